package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Message is one message of the prompt that all clients send.
type Message struct{ Role, Text string }

const model = "gpt-4o-mini"

// Prompts.
var (
	shortPrompt = []Message{
		{"system", "Answer in one sentence."},
		{"user", "Why is the sky blue?"},
	}
	longPrompt = conversation(100 << 10)
)

// conversation makes a chat of about so many bytes: 40 messages.
func conversation(size int) []Message {
	const count = 40
	messages := []Message{{"system", "You are a careful assistant."}}
	for i := range count {
		role := "user"
		if i%2 == 1 {
			role = "assistant"
		}
		messages = append(messages, Message{role, prose(size / count)})
	}
	return messages
}

// paragraph is text as models write it: with Markdown, quotes, code, line breaks
// and a few letters beyond ASCII, which is what makes escaping cost something.
const paragraph = `The short answer is **Rayleigh scattering**: air molecules scatter blue light more than red, roughly as 1/λ⁴.

- At noon the light takes the short way, and what reaches you "sideways" is blue.
- At sunset it takes the long way; the blue is gone, so what is left looks red.

` + "```go\nfmt.Println(\"blue\", math.Pow(680.0/450.0, 4)) // about 5.2\n```\n\n"

func prose(size int) string {
	return strings.Repeat(paragraph, size/len(paragraph)+1)[:size/len(paragraph)*len(paragraph)+len("The short answer is")]
}

// wholeReply is the body of a whole answer as OpenAI sends it.
func wholeReply(text string) []byte {
	return fmt.Appendf(nil, `{
  "id": "chatcmpl-CbRkMHFQ8UyEJ0m0bq1mZTkJH1kLp",
  "object": "chat.completion",
  "created": 1763000000,
  "model": "gpt-4o-mini-2024-07-18",
  "choices": [
    {
      "index": 0,
      "message": {
        "role": "assistant",
        "content": %s,
        "refusal": null,
        "annotations": []
      },
      "logprobs": null,
      "finish_reason": "stop"
    }
  ],
  "usage": {
    "prompt_tokens": 24,
    "completion_tokens": 31,
    "total_tokens": 55,
    "prompt_tokens_details": {
      "cached_tokens": 0,
      "audio_tokens": 0
    },
    "completion_tokens_details": {
      "reasoning_tokens": 0,
      "audio_tokens": 0,
      "accepted_prediction_tokens": 0,
      "rejected_prediction_tokens": 0
    }
  },
  "service_tier": "default",
  "system_fingerprint": "fp_560af6e559"
}
`, quoted(text))
}

const shortAnswer = "The sky is blue because air scatters short wavelengths of sunlight more than long ones (Rayleigh scattering)."

// refusal says that there is no money left, which no client waits for.
const refusal = `{
    "error": {
        "message": "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        "type": "insufficient_quota",
        "param": null,
        "code": "insufficient_quota"
    }
}
`

// stream is the body of a streamed answer of so many deltas, as OpenAI sends it;
// delta writes the i-th.
func stream(count int, delta func(i int) string, finish string) []byte {
	const head = `data: {"id":"chatcmpl-CbRkMHFQ8UyEJ0m0bq1mZTkJH1kLp","object":"chat.completion.chunk","created":1763000000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_560af6e559",`
	choice := func(b []byte, delta, finish, padding string) []byte {
		return fmt.Appendf(b, head+`"choices":[{"index":0,"delta":%s,"logprobs":null,"finish_reason":%s}],"usage":null,"obfuscation":"%s"}`+"\n\n", delta, finish, padding)
	}
	b := choice(nil, `{"role":"assistant","content":"","refusal":null}`, "null", "kY3")
	for i := range count {
		b = choice(b, delta(i), "null", "9fXw2Lq"[:i%7+1])
	}
	b = choice(b, "{}", quoted(finish), "Zs")
	b = append(b, head+`"choices":[],"usage":{"prompt_tokens":24,"completion_tokens":1000,"total_tokens":1024,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"obfuscation":"Q"}`+"\n\n"...)
	return append(b, "data: [DONE]\n\n"...)
}

// words are tokens as they come.
var words = strings.SplitAfter("The sky is blue , because the molecules of the air scatter \"short\" wavelengths\n more than long ones ", " ")

func textDelta(i int) string {
	return `{"content":` + quoted(words[i%(len(words)-1)]) + `}`
}

// toolDelta begins a call and then brings its arguments piece by piece.
func toolDelta(i int) string {
	if i == 0 {
		return `{"tool_calls":[{"index":0,"id":"call_uVJjNQ6kq4PbO2yJQmVbE0xw","type":"function","function":{"name":"get_weather","arguments":""}}]}`
	}
	return `{"tool_calls":[{"index":0,"function":{"arguments":` + quoted(`{"city":"Paris"} `[i%17:i%17+1]+"x") + `}}]}`
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(b)
}

// header is what comes with an answer of OpenAI's.
func header(contentType string) http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"Content-Type":                   contentType,
		"Date":                           "Thu, 13 Nov 2025 02:13:20 GMT",
		"Openai-Organization":            "org-abcdef",
		"Openai-Processing-Ms":           "412",
		"Openai-Version":                 "2020-10-01",
		"X-Ratelimit-Limit-Requests":     "500",
		"X-Ratelimit-Limit-Tokens":       "200000",
		"X-Ratelimit-Remaining-Requests": "499",
		"X-Ratelimit-Remaining-Tokens":   "199968",
		"X-Ratelimit-Reset-Requests":     "120ms",
		"X-Ratelimit-Reset-Tokens":       "9ms",
		"X-Request-Id":                   "req_3a1f6c0e8b7d4f52",
	} {
		h.Set(name, value)
	}
	return h
}
