package chat

import (
	"encoding/json"
	"strings"
	"testing"
)

// The peers of these benchmarks are the structs that a careful user of
// encoding/json would write by hand, with only the fields of the sample.

type plainMessage struct {
	Role      string `json:"role"`
	Content   string `json:"content"`
	Refusal   string `json:"refusal,omitempty"`
	ToolCalls []struct {
		Index    int    `json:"index"`
		ID       string `json:"id,omitempty"`
		Type     string `json:"type,omitempty"`
		Function struct {
			Name      string `json:"name,omitempty"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls,omitempty"`
}

type plainReply struct {
	ID                string `json:"id"`
	Object            string `json:"object"`
	Created           int64  `json:"created"`
	Model             string `json:"model"`
	SystemFingerprint string `json:"system_fingerprint"`
	ServiceTier       string `json:"service_tier"`
	Choices           []struct {
		Index        int          `json:"index"`
		Message      plainMessage `json:"message"`
		Delta        plainMessage `json:"delta"`
		FinishReason string       `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
		TotalTokens      int `json:"total_tokens"`
	} `json:"usage"`
}

type plainRequest struct {
	Model       string         `json:"model"`
	Messages    []plainMessage `json:"messages"`
	Temperature float64        `json:"temperature"`
	Stream      bool           `json:"stream,omitempty"`
}

const (
	benchToken    = `{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" weather"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"h3ll0w0r1d"}`
	benchToolCall = `{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"h3ll0w0r1d"}`
)

// benchReply returns a reply whose text has n bytes, with the line breaks,
// quotes and letters of an ordinary answer in a language.
func benchReply(n int, line string) []byte {
	text := strings.Repeat(line, n/len(line)+1)[:n]
	body, _ := json.Marshal(strings.ToValidUTF8(text, ""))
	return []byte(`{"id":"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":` +
		string(body) + `,"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_0123456789"}`)
}

const (
	english = "The quick brown fox said: \"jump over the lazy dog\", and so it went on for a while.\n"
	russian = "Съешь же ещё этих мягких французских булок, да выпей «чаю».\n"
)

func benchRequest(n int) *Request {
	r := &Request{Model: "gpt-4o-mini", Temperature: new(0.2), Messages: []Message{System("Be brief.")}}
	for used := 0; used < n; used += 2000 {
		text := strings.Repeat(english, 2000/len(english)+1)[:min(2000, n)]
		if len(r.Messages)%2 == 1 {
			r.Messages = append(r.Messages, User(text))
		} else {
			r.Messages = append(r.Messages, Assistant(text))
		}
	}
	return r
}

func BenchmarkDecodeChunk(b *testing.B) {
	for name, text := range map[string]string{"text": benchToken, "tool": benchToolCall} {
		data := []byte(text)
		b.Run(name+"/buoy", func(b *testing.B) {
			b.ReportAllocs()
			var d ChunkDecoder
			for b.Loop() {
				if _, _, err := d.Decode(data); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/json", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var c plainReply
				if err := json.Unmarshal(data, &c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodeResponse(b *testing.B) {
	for name, data := range map[string][]byte{
		"small": benchReply(100, english), "64K": benchReply(64<<10, english), "64K-ru": benchReply(64<<10, russian),
	} {
		b.Run(name+"/buoy", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				var r Response
				if _, err := DecodeResponse(data, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/json", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				var r plainReply
				if err := json.Unmarshal(data, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendRequest(b *testing.B) {
	for name, size := range map[string]int{"small": 100, "100K": 100 << 10} {
		r := benchRequest(size)
		plain := plainRequest{Model: r.Model, Temperature: *r.Temperature}
		for _, m := range r.Messages {
			plain.Messages = append(plain.Messages, plainMessage{Role: m.Role, Content: m.Content})
		}
		b.Run(name+"/buoy", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.AppendBody(nil, r.Model, false); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/json", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(&plain); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	r := benchRequest(100 << 10)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}
