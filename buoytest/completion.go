package buoytest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// JSON is appended without encoding/json here: a chaos run encodes hundreds of thousands of chunks, under the race detector, and
// encoding/json took most of its time. What is rare (Extra, Message, non-ASCII text) goes through encoding/json.

// completion is a as the body of a whole reply.
func (x *exchange) completion(a Answer) []byte {
	return x.appendCompletion(nil, a, "")
}

// appendCompletion appends a as a whole reply; failure, if there is one, is the error object of each choice.
func (x *exchange) appendCompletion(b []byte, a Answer, failure string) []byte {
	b = x.appendHead(b, a, "chat.completion")
	b = append(b, `,"choices":[`...)
	for i := range x.got.Choices {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"index":`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `,"message":`...)
		b = a.appendMessage(b)
		if failure != "" {
			b = append(b, `,"error":`...)
			b = append(b, failure...)
		}
		b = append(b, `,"logprobs":null,`...)
		b = x.dialect.appendFinish(b, a.finishReason())
		b = append(b, '}')
	}
	b = append(b, ']')
	if !a.OmitUsage {
		b = append(b, `,"usage":`...)
		b = x.appendUsage(b, a)
	}
	return append(b, '}')
}

// appendHead appends what replies and chunks begin with, without the closing brace.
func (x *exchange) appendHead(b []byte, a Answer, object string) []byte {
	b = append(b, `{"id":"chatcmpl-`...)
	b = strconv.AppendInt(b, int64(x.got.Ordinal), 10)
	b = append(b, `","object":"`...)
	b = append(b, object...)
	b = append(b, `","created":`...)
	b = strconv.AppendInt(b, x.got.At.Unix(), 10)
	b = append(b, `,"model":`...)
	model := a.Model
	if model == "" {
		model = x.got.Model
	}
	b = appendString(b, model)
	if x.dialect == OpenAI {
		b = append(b, `,"service_tier":"default","system_fingerprint":"fp_buoytest"`...)
	}
	return appendFields(b, a.Extra)
}

// bare reports an answer with something in place of a text, which is null then.
func (a *Answer) bare() bool {
	return a.text() == "" && (len(a.ToolCalls) > 0 || a.Refusal != "" || a.Message["audio"] != nil)
}

func (a *Answer) appendMessage(b []byte) []byte {
	b = append(b, `{"role":"assistant","content":`...)
	if a.bare() {
		b = append(b, `null`...)
	} else {
		b = appendString(b, a.text())
	}
	b = append(b, `,"refusal":`...)
	if a.Refusal == "" {
		b = append(b, `null`...)
	} else {
		b = appendString(b, a.Refusal)
	}
	if a.Reasoning != "" {
		b = append(b, `,"reasoning":`...)
		b = appendString(b, a.Reasoning)
	}
	for i, c := range a.ToolCalls {
		if i == 0 {
			b = append(b, `,"tool_calls":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, `{"id":`...)
		b = appendString(b, c.id(i))
		b = append(b, `,"type":"function","function":{"name":`...)
		b = appendString(b, c.Name)
		b = append(b, `,"arguments":`...)
		b = appendString(b, c.Arguments)
		b = append(b, `}}`...)
		if i == len(a.ToolCalls)-1 {
			b = append(b, ']')
		}
	}
	b = appendFields(b, a.Message)
	return append(b, '}')
}

func (a *Answer) finishReason() string {
	switch {
	case a.FinishReason != "":
		return a.FinishReason
	case len(a.ToolCalls) > 0:
		return "tool_calls"
	}
	return "stop"
}

func (c ToolCall) id(i int) string {
	if c.ID != "" {
		return c.ID
	}
	return "call_" + strconv.Itoa(i)
}

// appendFinish appends the fields of a choice that say why it ended; "" is null.
func (d Dialect) appendFinish(b []byte, reason string) []byte {
	quoted := []byte(`null`)
	if reason != "" {
		quoted = appendString(nil, reason)
	}
	b = append(b, `"finish_reason":`...)
	b = append(b, quoted...)
	if d == AITunnel {
		b = append(b, `,"native_finish_reason":`...)
		b = append(b, quoted...)
	}
	return b
}

func (x *exchange) appendUsage(b []byte, a Answer) []byte {
	u := a.Usage
	if u.PromptTokens == 0 {
		u.PromptTokens = len(x.got.Body)/4 + 1
	}
	if u.CompletionTokens == 0 {
		u.CompletionTokens = len(a.tokens())*x.got.Choices + u.ReasoningTokens
	}
	if u.TotalTokens == 0 {
		u.TotalTokens = u.PromptTokens + u.CompletionTokens
	}
	if x.dialect == AITunnel {
		if u.CostRUB == nil {
			u.CostRUB = new(float64(u.TotalTokens) / 100)
		}
		if u.Balance == nil {
			u.Balance = new(1000.0)
		}
	}
	count := func(name string, n int) {
		b = append(b, name...)
		b = strconv.AppendInt(b, int64(n), 10)
	}
	count(`{"prompt_tokens":`, u.PromptTokens)
	count(`,"completion_tokens":`, u.CompletionTokens)
	count(`,"total_tokens":`, u.TotalTokens)
	count(`,"prompt_tokens_details":{"cached_tokens":`, u.CachedTokens)
	if u.CacheWriteTokens > 0 {
		count(`,"cache_write_tokens":`, u.CacheWriteTokens)
	}
	count(`},"completion_tokens_details":{"reasoning_tokens":`, u.ReasoningTokens)
	b = append(b, '}')
	for _, money := range []struct {
		name  string
		value *float64
	}{{`,"cost_rub":`, u.CostRUB}, {`,"balance":`, u.Balance}, {`,"cost":`, u.Cost}} {
		if money.value != nil {
			b = append(b, money.name...)
			b = append(b, encode(*money.value)...)
		}
	}
	return append(b, '}')
}

// appendFields appends further fields of an object, in the order of their names.
func appendFields(b []byte, fields map[string]any) []byte {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		b = append(b, ',')
		b = appendString(b, name)
		b = append(b, ':')
		b = append(b, encode(fields[name])...)
	}
	return b
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // cannot fail for a string
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
