package buoy

import "encoding/json"

// response writes the reply in the form of OpenAI's schema, so that what was stored
// can be read by anything that reads replies.
func (w *writer) response(r *Response) {
	f := fields[json.RawMessage]{w, r.Extra}
	w.open('{')
	if f.key("id") {
		w.string(r.ID)
	}
	if f.key("object") {
		w.string("chat.completion")
	}
	if f.key("created") {
		w.int(r.Created)
	}
	if f.key("model") {
		w.string(r.Model)
	}
	f.str("provider", r.Provider)
	if f.key("choices") {
		w.open('[')
		for i := range r.Choices {
			w.comma()
			w.choice(&r.Choices[i])
		}
		w.close(']')
	}
	if f.key("usage") {
		w.usage(&r.Usage)
	}
	f.str("service_tier", r.ServiceTier)
	f.str("system_fingerprint", r.SystemFingerprint)
	f.any("metadata", r.Metadata, len(r.Metadata) > 0)
	f.raw("moderation", r.Moderation)
	f.rest()
	w.close('}')
}

func (w *writer) choice(c *Choice) {
	f := fields[json.RawMessage]{w, c.Extra}
	w.open('{')
	if f.key("index") {
		w.int(int64(c.Index))
	}
	if f.key("message") {
		w.reply = true
		w.message(&c.Message)
		w.reply = false
	}
	f.any("logprobs", c.Logprobs, true)
	if c.FinishReason != "" {
		f.str("finish_reason", c.FinishReason)
	} else if f.key("finish_reason") {
		w.null()
	}
	f.str("native_finish_reason", c.NativeFinishReason)
	f.rest()
	w.close('}')
}

func (w *writer) usage(u *Usage) {
	f := fields[json.RawMessage]{w, u.Extra}
	w.open('{')
	for _, n := range []struct {
		name  string
		count int
	}{{"prompt_tokens", u.PromptTokens}, {"completion_tokens", u.CompletionTokens}, {"total_tokens", u.TotalTokens}} {
		if f.key(n.name) {
			w.int(int64(n.count))
		}
	}
	w.promptDetails(f, &u.PromptTokensDetails)
	w.completionDetails(f, &u.CompletionTokensDetails)
	f.float("cost_rub", u.CostRUB)
	f.float("balance", u.Balance)
	f.float("cost", u.Cost)
	f.raw("cost_details", u.CostDetails)
	f.bool("is_byok", u.IsBYOK)
	if u.ServerToolUse != nil && f.key("server_tool_use") {
		g := fields[json.RawMessage]{w, u.ServerToolUse.Extra}
		w.open('{')
		g.count("web_search_requests", u.ServerToolUse.WebSearchRequests)
		g.rest()
		w.close('}')
	}
	f.rest()
	w.close('}')
}

func (w *writer) promptDetails(f fields[json.RawMessage], t *PromptTokensDetails) {
	if !f.key("prompt_tokens_details") {
		return
	}
	g := fields[json.RawMessage]{w, t.Extra}
	w.open('{')
	g.count("cached_tokens", t.CachedTokens)
	g.count("cache_write_tokens", t.CacheWriteTokens)
	g.count("text_tokens", t.TextTokens)
	g.count("audio_tokens", t.AudioTokens)
	g.count("image_tokens", t.ImageTokens)
	g.count("video_tokens", t.VideoTokens)
	g.rest()
	w.close('}')
}

func (w *writer) completionDetails(f fields[json.RawMessage], t *CompletionTokensDetails) {
	if !f.key("completion_tokens_details") {
		return
	}
	g := fields[json.RawMessage]{w, t.Extra}
	w.open('{')
	g.count("reasoning_tokens", t.ReasoningTokens)
	g.count("text_tokens", t.TextTokens)
	g.count("audio_tokens", t.AudioTokens)
	g.count("image_tokens", t.ImageTokens)
	g.count("accepted_prediction_tokens", t.AcceptedPredictionTokens)
	g.count("rejected_prediction_tokens", t.RejectedPredictionTokens)
	g.rest()
	w.close('}')
}
