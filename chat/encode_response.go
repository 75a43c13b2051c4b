package chat

import (
	"encoding/json"

	"github.com/buoy-go/buoy/internal/jprint"
)

// response writes the reply in the form of OpenAI's schema, so that what was stored
// can be read by anything that reads replies.
func (w *writer) response(r *Response) {
	f := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: r.Extra}
	w.Open('{')
	if f.Key("id") {
		w.String(r.ID)
	}
	if f.Key("object") {
		w.String("chat.completion")
	}
	if f.Key("created") {
		w.Int(r.Created)
	}
	if f.Key("model") {
		w.String(r.Model)
	}
	f.Str("provider", r.Provider)
	if f.Key("choices") {
		w.Open('[')
		for i := range r.Choices {
			w.Comma()
			w.choice(&r.Choices[i])
		}
		w.Close(']')
	}
	if f.Key("usage") {
		w.usage(&r.Usage)
	}
	f.Str("service_tier", r.ServiceTier)
	f.Str("system_fingerprint", r.SystemFingerprint)
	f.Any("metadata", r.Metadata, len(r.Metadata) > 0)
	f.Raw("moderation", r.Moderation)
	f.Rest()
	w.Close('}')
}

func (w *writer) choice(c *Choice) {
	f := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: c.Extra}
	w.Open('{')
	if f.Key("index") {
		w.Int(int64(c.Index))
	}
	if f.Key("message") {
		w.reply = true
		w.message(&c.Message)
		w.reply = false
	}
	f.Any("logprobs", c.Logprobs, true)
	if c.FinishReason != "" {
		f.Str("finish_reason", c.FinishReason)
	} else if f.Key("finish_reason") {
		w.Null()
	}
	f.Str("native_finish_reason", c.NativeFinishReason)
	f.Rest()
	w.Close('}')
}

func (w *writer) usage(u *Usage) {
	f := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: u.Extra}
	w.Open('{')
	for _, n := range []struct {
		name  string
		count int
	}{{"prompt_tokens", u.PromptTokens}, {"completion_tokens", u.CompletionTokens}, {"total_tokens", u.TotalTokens}} {
		if f.Key(n.name) {
			w.Int(int64(n.count))
		}
	}
	w.promptDetails(f, &u.PromptTokensDetails)
	w.completionDetails(f, &u.CompletionTokensDetails)
	f.Float("cost_rub", u.CostRUB)
	f.Float("balance", u.Balance)
	f.Float("cost", u.Cost)
	f.Raw("cost_details", u.CostDetails)
	f.Bool("is_byok", u.IsBYOK)
	if u.ServerToolUse != nil && f.Key("server_tool_use") {
		g := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: u.ServerToolUse.Extra}
		w.Open('{')
		g.Count("web_search_requests", u.ServerToolUse.WebSearchRequests)
		g.Rest()
		w.Close('}')
	}
	f.Rest()
	w.Close('}')
}

func (w *writer) promptDetails(f jprint.Fields[json.RawMessage], t *PromptTokensDetails) {
	if !f.Key("prompt_tokens_details") {
		return
	}
	g := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: t.Extra}
	w.Open('{')
	g.Count("cached_tokens", t.CachedTokens)
	g.Count("cache_write_tokens", t.CacheWriteTokens)
	g.Count("text_tokens", t.TextTokens)
	g.Count("audio_tokens", t.AudioTokens)
	g.Count("image_tokens", t.ImageTokens)
	g.Count("video_tokens", t.VideoTokens)
	g.Rest()
	w.Close('}')
}

func (w *writer) completionDetails(f jprint.Fields[json.RawMessage], t *CompletionTokensDetails) {
	if !f.Key("completion_tokens_details") {
		return
	}
	g := jprint.Fields[json.RawMessage]{W: &w.Writer, Extra: t.Extra}
	w.Open('{')
	g.Count("reasoning_tokens", t.ReasoningTokens)
	g.Count("text_tokens", t.TextTokens)
	g.Count("audio_tokens", t.AudioTokens)
	g.Count("image_tokens", t.ImageTokens)
	g.Count("accepted_prediction_tokens", t.AcceptedPredictionTokens)
	g.Count("rejected_prediction_tokens", t.RejectedPredictionTokens)
	g.Rest()
	w.Close('}')
}
