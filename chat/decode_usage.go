package chat

// usage reads an object.
func (d *decoder) usage(u *Usage) bool {
	if !d.Object() {
		return false
	}
	if !d.fresh {
		*u = Usage{}
	}
	var other otherUsage
	for {
		key, ok := d.Key()
		if !ok {
			if other != (otherUsage{}) {
				other.fill(u)
			}
			if len(u.Extra) > 0 && u.told() == 0 {
				u.billedUnits()
			}
			u.clamp()
			u.takeThoughts()
			u.takeCached()
			return true
		}
		switch string(key) {
		case "prompt_tokens":
			if d.int(&u.PromptTokens) {
				continue
			}
		case "completion_tokens":
			if d.int(&u.CompletionTokens) {
				continue
			}
		case "total_tokens":
			if d.int(&u.TotalTokens) {
				continue
			}
		case "prompt_tokens_details":
			if d.promptDetails(&u.PromptTokensDetails) || d.Null() {
				continue
			}
		case "completion_tokens_details":
			if d.completionDetails(&u.CompletionTokensDetails) || d.Null() {
				continue
			}
		case "cost_rub":
			if d.float(&u.CostRUB) {
				continue
			}
		case "balance":
			if d.float(&u.Balance) {
				continue
			}
		case "cost":
			if d.float(&u.Cost) {
				continue
			}
		case "cost_details":
			if d.raw(&u.CostDetails) {
				continue
			}
		case "is_byok":
			if d.bool(&u.IsBYOK) {
				continue
			}
		case "server_tool_use":
			if d.serverToolUse(&u.ServerToolUse) {
				continue
			}
		}
		d.otherName(key, u, &other)
		u.Extra = d.keep(u.Extra, key)
	}
}

// takeThoughts counts the reasoning as part of the completion where the total says that
// it was counted apart (xAI).
func (u *Usage) takeThoughts() {
	thought := u.CompletionTokensDetails.ReasoningTokens
	if thought > 0 && u.TotalTokens == plus(plus(u.PromptTokens, u.CompletionTokens), thought) {
		u.CompletionTokens = plus(u.CompletionTokens, thought)
	}
}

// takeCached counts what the cache held as part of the prompt where the total says that
// it was counted apart (Anthropic's own counts, and Portkey's).
func (u *Usage) takeCached() {
	t := &u.PromptTokensDetails
	cached := plus(t.CachedTokens, t.CacheWriteTokens)
	if cached > 0 && u.TotalTokens == plus(plus(u.PromptTokens, u.CompletionTokens), cached) {
		u.PromptTokens = plus(u.PromptTokens, cached)
	}
}

func (d *decoder) promptDetails(t *PromptTokensDetails) bool {
	*t = PromptTokensDetails{}
	if !d.Object() {
		return false
	}
	var other PromptTokensDetails
	strange := false // most have no other names
	for {
		key, ok := d.Key()
		if !ok {
			if strange {
				fillZeros(t.counts(), other.counts())
			}
			return true
		}
		switch string(key) {
		case "cached_tokens":
			ok = d.int(&t.CachedTokens)
		case "cache_write_tokens":
			ok = d.int(&t.CacheWriteTokens)
		case "text_tokens":
			ok = d.int(&t.TextTokens)
		case "audio_tokens":
			ok = d.int(&t.AudioTokens)
		case "image_tokens":
			ok = d.int(&t.ImageTokens)
		case "video_tokens":
			ok = d.int(&t.VideoTokens)
		default:
			d.peek(other.named(key))
			ok, strange = false, true
		}
		if !ok {
			t.Extra = d.keep(t.Extra, key)
		}
	}
}

func (d *decoder) completionDetails(t *CompletionTokensDetails) bool {
	*t = CompletionTokensDetails{}
	if !d.Object() {
		return false
	}
	var other CompletionTokensDetails
	strange := false
	for {
		key, ok := d.Key()
		if !ok {
			if strange {
				fillZeros(t.counts(), other.counts())
			}
			return true
		}
		switch string(key) {
		case "reasoning_tokens":
			ok = d.int(&t.ReasoningTokens)
		case "text_tokens":
			ok = d.int(&t.TextTokens)
		case "audio_tokens":
			ok = d.int(&t.AudioTokens)
		case "image_tokens":
			ok = d.int(&t.ImageTokens)
		case "accepted_prediction_tokens":
			ok = d.int(&t.AcceptedPredictionTokens)
		case "rejected_prediction_tokens":
			ok = d.int(&t.RejectedPredictionTokens)
		default:
			d.peek(other.named(key))
			ok, strange = false, true
		}
		if !ok {
			t.Extra = d.keep(t.Extra, key)
		}
	}
}

func (d *decoder) serverToolUse(dst **ServerToolUse) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	if !d.Object() {
		return false
	}
	t := new(ServerToolUse)
	*dst = t
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		if string(key) != "web_search_requests" || !d.int(&t.WebSearchRequests) {
			t.Extra = d.keep(t.Extra, key)
		}
	}
}
