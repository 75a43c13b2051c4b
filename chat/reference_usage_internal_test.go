package chat

import "encoding/json"

func refUsage(r ref, u *Usage) bool {
	if r.raw[0] != '{' {
		return false
	}
	*u = Usage{}
	var other otherUsage
	defer func() {
		other.fill(u)
		if u.told() == 0 {
			u.billedUnits()
		}
		u.clamp()
		u.takeThoughts()
	}()
	return refObject(r, &u.Extra, func(key string, v ref) (known bool) {
		defer func() {
			if !known { // only where it is looked for is held against the reference
				var d decoder
				d.Reset(v.raw)
				d.otherName([]byte(key), u, &other)
			}
		}()
		switch key {
		case "prompt_tokens":
			return v.count(&u.PromptTokens)
		case "completion_tokens":
			return v.count(&u.CompletionTokens)
		case "total_tokens":
			return v.count(&u.TotalTokens)
		case "prompt_tokens_details":
			t := &u.PromptTokensDetails
			*t = PromptTokensDetails{}
			var other PromptTokensDetails
			defer func() { fillZeros(t.counts(), other.counts()) }()
			return v.null() || refCounts(v, &t.Extra, other.named, map[string]*int{
				"cached_tokens": &t.CachedTokens, "cache_write_tokens": &t.CacheWriteTokens, "text_tokens": &t.TextTokens,
				"audio_tokens": &t.AudioTokens, "image_tokens": &t.ImageTokens, "video_tokens": &t.VideoTokens,
			})
		case "completion_tokens_details":
			t := &u.CompletionTokensDetails
			*t = CompletionTokensDetails{}
			var other CompletionTokensDetails
			defer func() { fillZeros(t.counts(), other.counts()) }()
			return v.null() || refCounts(v, &t.Extra, other.named, map[string]*int{
				"reasoning_tokens": &t.ReasoningTokens, "text_tokens": &t.TextTokens, "audio_tokens": &t.AudioTokens,
				"image_tokens": &t.ImageTokens, "accepted_prediction_tokens": &t.AcceptedPredictionTokens,
				"rejected_prediction_tokens": &t.RejectedPredictionTokens,
			})
		case "cost_rub":
			return v.amount(&u.CostRUB)
		case "balance":
			return v.amount(&u.Balance)
		case "cost":
			return v.amount(&u.Cost)
		case "cost_details":
			u.CostDetails = nil
			if !v.null() {
				u.CostDetails = v.raw
			}
			return true
		case "is_byok":
			return refPointer(v, &u.IsBYOK)
		case "server_tool_use":
			u.ServerToolUse = nil
			if v.null() {
				return true
			}
			t := new(ServerToolUse)
			if !refCounts(v, &t.Extra, nil, map[string]*int{"web_search_requests": &t.WebSearchRequests}) {
				return false
			}
			u.ServerToolUse = t
			return true
		}
		return false
	})
}

func refCounts(r ref, extra *map[string]json.RawMessage, named func([]byte) *int, counts map[string]*int) bool {
	return refObject(r, extra, func(key string, v ref) bool {
		dst := counts[key]
		if dst == nil && named != nil {
			if other := named([]byte(key)); other != nil {
				if n := 0; v.count(&n) && n > 0 {
					*other = n
				}
			}
		}
		return dst != nil && v.count(dst)
	})
}

// refResponse is DecodeResponse on top of encoding/json.
func refResponse(body []byte, r *Response) (flags Signs, err error) {
	if flags, err = refReply(body, r); err == nil {
		r.settle()
	}
	return flags, err
}
