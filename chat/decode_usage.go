package chat

import "encoding/json"

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

// mayHaveUsage reports unknown fields in which usageElsewhere looks.
func mayHaveUsage(extra map[string]json.RawMessage) bool {
	return len(extra) > 0 && (len(extra["usage"]) > 0 || len(extra["x_groq"]) > 0 || len(extra["usageMetadata"]) > 0 || len(extra["eval_count"]) > 0)
}

// usageElsewhere reads a usage from the unknown fields of a reply or a choice: Kimi has
// it in the choice, Groq in x_groq, and gateways leave the native ones of Gemini and
// Ollama as they are. What is there already stays unless there is one.
func (d *decoder) usageElsewhere(extra map[string]json.RawMessage, u *Usage) (found bool) {
	if !mayHaveUsage(extra) {
		return false
	}
	e := decoder{event: d.event}
	e.start(Asked{})
	if raw := extra["usage"]; len(raw) > 0 {
		e.Reset(raw)
		found = e.usage(u)
	}
	if !found {
		found = nativeUsage(extra, u)
	}
	raw := extra["x_groq"]
	if found || len(raw) == 0 {
		return found
	}
	e.Reset(raw)
	for ok := e.Object(); ok; {
		key, more := e.Key()
		if ok = more; !ok {
			break
		}
		if string(key) == "usage" && e.usage(u) {
			found = true
			continue
		}
		e.Skip()
	}
	return found
}

// nativeUsage reads the counts of Gemini's and of Ollama's own API.
func nativeUsage(extra map[string]json.RawMessage, u *Usage) (found bool) {
	var prompt, answer int
	var gemini struct{ PromptTokenCount, CandidatesTokenCount, ThoughtsTokenCount, CachedContentTokenCount int }
	if raw := extra["usageMetadata"]; len(raw) > 0 {
		if json.Unmarshal(raw, &gemini) != nil {
			return false
		}
		prompt, answer = gemini.PromptTokenCount, plus(gemini.CandidatesTokenCount, gemini.ThoughtsTokenCount)
	} else if json.Unmarshal(extra["eval_count"], &answer) != nil {
		return false
	} else if raw := extra["prompt_eval_count"]; len(raw) > 0 && json.Unmarshal(raw, &prompt) != nil {
		return false
	}
	if prompt <= 0 && answer <= 0 {
		return false
	}
	*u = Usage{PromptTokens: prompt, CompletionTokens: answer, TotalTokens: plus(prompt, answer)}
	u.PromptTokensDetails.CachedTokens = gemini.CachedContentTokenCount
	u.CompletionTokensDetails.ReasoningTokens = gemini.ThoughtsTokenCount
	u.clamp()
	return true
}

func (d *decoder) promptDetails(t *PromptTokensDetails) bool {
	*t = PromptTokensDetails{}
	if !d.Object() {
		return false
	}
	var other PromptTokensDetails
	for {
		key, ok := d.Key()
		if !ok {
			fillZeros(t.counts(), other.counts())
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
			ok = false
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
	for {
		key, ok := d.Key()
		if !ok {
			fillZeros(t.counts(), other.counts())
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
			ok = false
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
