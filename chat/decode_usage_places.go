package chat

import "encoding/json"

// usagePlaces are fields in which servers have a usage: Kimi in the choice, gateways
// before LangChain, LangServe, SGLang, Bedrock, Groq in an object of its own.
var usagePlaces = [...]string{"usage", "token_usage", "usage_metadata", "meta_info", "amazon-bedrock-invocationMetrics", "x_groq"}

// mayHaveUsage reports unknown fields in which usageElsewhere looks.
func mayHaveUsage(extra map[string]json.RawMessage) bool {
	if len(extra) == 0 {
		return false
	}
	for _, name := range usagePlaces {
		if len(extra[name]) > 0 {
			return true
		}
	}
	return len(extra["usageMetadata"]) > 0 || len(extra["eval_count"]) > 0 || len(extra["timings"]) > 0 || len(extra["completion_tokens"]) > 0
}

// usageElsewhere reads a usage from the unknown fields of a reply, a choice, a message or
// a delta. Gateways also leave the native ones of Gemini, Ollama and llama.cpp as they
// are. What is there already stays unless there is one.
func (d *decoder) usageElsewhere(extra map[string]json.RawMessage, u *Usage) (found bool) {
	if !mayHaveUsage(extra) {
		return false
	}
	e := decoder{event: d.event}
	e.start(Asked{})
	for _, name := range usagePlaces {
		raw := extra[name]
		if len(raw) == 0 {
			continue
		}
		e.Reset(raw)
		var other Usage
		if read := name == "x_groq" && e.member("usage", &other) || name != "x_groq" && e.usage(&other); read && (name == "usage" || name == "x_groq" || other.told() > 0) {
			*u = other
			return true
		}
	}
	return nativeUsage(extra, u) || e.flatUsage(extra, u)
}

// member reads the usage under this name in an object.
func (d *decoder) member(name string, u *Usage) (found bool) {
	for ok := d.Object(); ok; {
		key, more := d.Key()
		if ok = more; !ok {
			break
		}
		if string(key) == name && d.usage(u) {
			found = true
			continue
		}
		d.Skip()
	}
	return found
}

// flatUsage reads counts that stand beside the choices.
func (d *decoder) flatUsage(extra map[string]json.RawMessage, u *Usage) bool {
	var n [3]int
	for i, name := range [...]string{"prompt_tokens", "completion_tokens", "total_tokens"} {
		if raw := extra[name]; len(raw) > 0 {
			d.Reset(raw)
			d.int(&n[i])
		}
	}
	if n[0] <= 0 && n[1] <= 0 {
		return false
	}
	*u = Usage{PromptTokens: n[0], CompletionTokens: n[1], TotalTokens: n[2]}
	u.clamp()
	return true
}

// nativeUsage reads the counts of the own APIs of Gemini, llama.cpp and Ollama.
func nativeUsage(extra map[string]json.RawMessage, u *Usage) (found bool) {
	var prompt, answer, cached, thoughts int
	switch {
	case len(extra["usageMetadata"]) > 0:
		prompt, answer, cached, thoughts = geminiCounts(extra["usageMetadata"])
	case len(extra["usage_metadata"]) > 0:
		prompt, answer, cached, thoughts = geminiCounts(extra["usage_metadata"])
	case len(extra["timings"]) > 0:
		var n struct {
			Prompt int `json:"prompt_n"`
			Cached int `json:"cache_n"`
			Answer int `json:"predicted_n"`
		}
		if json.Unmarshal(extra["timings"], &n) != nil {
			return false
		}
		prompt, answer, cached = plus(max(n.Prompt, 0), max(n.Cached, 0)), n.Answer, n.Cached
	default:
		if json.Unmarshal(extra["eval_count"], &answer) != nil {
			return false
		}
		if raw := extra["prompt_eval_count"]; len(raw) > 0 && json.Unmarshal(raw, &prompt) != nil {
			return false
		}
	}
	if prompt <= 0 && answer <= 0 {
		return false
	}
	*u = Usage{PromptTokens: prompt, CompletionTokens: answer, TotalTokens: plus(prompt, answer)}
	u.PromptTokensDetails.CachedTokens = cached
	u.CompletionTokensDetails.ReasoningTokens = thoughts
	u.clamp()
	return true
}

// geminiCounts reads the counts of Gemini's own API, whose thoughts are not among the
// tokens of the candidates, in either way of writing the names.
func geminiCounts(raw []byte) (prompt, answer, cached, thoughts int) {
	var d decoder
	d.start(Asked{})
	d.Reset(raw)
	for ok := d.Object(); ok; {
		key, more := d.Key()
		if ok = more; !ok {
			break
		}
		var buf [maxLetters]byte
		dst := (*int)(nil)
		switch string(plainName(&buf, key)) {
		case "prompttokencount":
			dst = &prompt
		case "candidatestokencount":
			dst = &answer
		case "cachedcontenttokencount":
			dst = &cached
		case "thoughtstokencount":
			dst = &thoughts
		}
		if dst == nil || !d.int(dst) {
			d.Skip()
		}
	}
	return prompt, plus(max(answer, 0), max(thoughts, 0)), cached, thoughts
}
