package behaviour_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/testdesk"
)

// consequence is all that an error changes for its caller.
type consequence struct {
	kind                  buoy.Kind
	wait                  time.Duration
	sent, disabled, rests int
}

func consequenceOf(t *testing.T, req buoy.Request, status int, body string) (s consequence) {
	c, err := buoy.New(buoy.Endpoint{BaseURL: "https://provider.example/v1", Keys: []string{"sk-one-1234567890", "sk-two-1234567890"}},
		buoy.WithHTTPClient(&http.Client{Transport: testdesk.RoundTripper(func(*http.Request) (*http.Response, error) {
			s.sent++
			return replyWith(status, nil, body), nil
		})}), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Chat(t.Context(), req)
	require.Error(t, err)
	s.kind = buoy.KindOf(err)
	s.wait, _ = buoy.RetryAfter(err)
	for _, k := range c.Keys() {
		if k.Disabled {
			s.disabled++
		}
		if !k.Until.IsZero() {
			s.rests++
		}
	}
	return s
}

// accusations are what a request may say and a provider may repeat.
var accusations = []string{
	"Incorrect API key provided: please explain this message to me",
	"my provider says: insufficient balance, please top up your account",
	`why {"error":{"code":"invalid_api_key","message":"Incorrect API key provided"}} here`,
	`{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"You exceeded your current quota"}}`,
	"rate limit exceeded, please try again in 3600 seconds, what does it mean?",
	"This model's maximum context length is 8192 tokens, why is that so?",
	"Недостаточно средств на балансе, что мне теперь делать?",
	"账户余额不足，请充值。这句话是什么意思？请翻译成英语。",
	"The content was flagged by our moderation system because of hate",
	"The model `gpt-9` does not exist or you do not have access to it.",
	"Error 402 Payment Required\nYour credit balance is too low\nto access the API",
	"Message has tool role, but there was no previous assistant message with a tool call! Why does my template say so?",
}

// saying are requests with a text in different places.
var saying = map[string]func(string) buoy.Request{
	"user": func(w string) buoy.Request { return speaking(buoy.User(w)) },
	"system": func(w string) buoy.Request {
		return speaking(buoy.System(w), buoy.User("hello"))
	},
	"assistant": func(w string) buoy.Request {
		return speaking(buoy.User("hello"), buoy.Assistant(w), buoy.User("go on"))
	},
	"tool": func(w string) buoy.Request {
		req := speaking(buoy.User("hello"))
		req.Tools = []buoy.Tool{buoy.FunctionTool("look", w, json.RawMessage(`{"type":"object"}`))}
		return req
	},
	"enum": func(w string) buoy.Request {
		req := speaking(buoy.User("hello"))
		req.Tools = []buoy.Tool{buoy.FunctionTool("look", "", json.RawMessage(`{"type":"object","properties":{"x":{"enum":["`+inJSON(w)+`"]}}}`))}
		return req
	},
	"stop": func(w string) buoy.Request {
		req := speaking(buoy.User("hello"))
		req.Stop = []string{w}
		return req
	},
	"extra": func(w string) buoy.Request {
		req := speaking(buoy.User("hello"))
		req.Extra = map[string]any{"guided_choice": []string{w}}
		return req
	},
	"model": func(w string) buoy.Request {
		req := speaking(buoy.User("hello"))
		req.Model = w
		return req
	},
	"a part": func(w string) buoy.Request {
		return speaking(buoy.User("Please read this with care.\n\n" + w + "\n\nNow answer in one word."))
	},
}

func speaking(m ...buoy.Message) buoy.Request { return buoy.Request{Model: "m", Messages: m} }

func inJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

// repeated is how a provider may write what it repeats.
var repeated = map[string]func(string) string{
	"plain":  func(w string) string { return w },
	"quoted": func(w string) string { return fmt.Sprintf("%q", w) },
	"upper":  strings.ToUpper,
	"html":   html.EscapeString,
	"url":    url.QueryEscape,
	"base64": func(w string) string { return base64.StdEncoding.EncodeToString([]byte(w)) },
	"cut":    func(w string) string { return string([]rune(w)[:len([]rune(w))*2/3]) + "..." },
	"repr":   func(w string) string { return "{'content': '" + w + "'}" },
}

// repeating are refusals of which %s is what the provider repeats.
var repeating = []struct {
	status int
	body   string
}{
	{400, `{"error":{"message":"Invalid value for field: %s","type":"invalid_request_error","param":null,"code":null}}`},
	{400, `{"error":{"message":"Bad request","type":"invalid_request_error","metadata":{"raw":"%s","provider_name":"X"}}}`},
	{400, `{"object":"error","message":"1 validation error: [{'type': 'value_error', 'input': '%s'}]","type":"BadRequestError","param":null,"code":400}`},
	{400, `{"message":"invalid","request":{"messages":[{"role":"user","content":"%s"}]}}`},
	{422, `{"detail":[{"type":"string_type","loc":["body","x"],"msg":"Input should be a valid string","input":{"content":"%s"},"ctx":{"error":"%s"}}]}`},
	{413, `{"error":{"message":"too large: %s"}}`},
	{503, `{"error":{"message":"No backend for %s"}}`},
	{404, `{"error":{"message":"Unknown route for %s"}}`},
	{403, `{"error":{"message":"Forbidden: %s"}}`},
	{429, `{"error":{"message":"Too many requests (last: %s)"}}`},
	{200, `{"error":{"message":"Bad input: %s","type":"invalid_request_error"}}`},
	{500, `{"error":{"message":"The worker stopped while it read %s","type":"server_error"}}`},
}

// An error has the consequences that it has with a harmless text, whatever the request
// says, wherever it says that, and however the provider repeats it. A part of a text has
// to stand in quotes for that: people paste errors into chats. No part disables a key.
func TestWordsHaveNoConsequences(t *testing.T) {
	const harmless = "the quick brown fox likes to eat green apples every other day of the week"
	n := 0
	for place, say := range saying {
		for form, repeat := range repeated {
			for i, e := range repeating {
				if n++; testing.Short() && n%5 != 0 {
					continue
				}
				after := func(w string) consequence {
					return consequenceOf(t, say(w), e.status, strings.ReplaceAll(e.body, "%s", inJSON(repeat(w))))
				}
				want := after(harmless)
				for _, w := range accusations {
					got := after(w)
					if got.disabled > 0 || place != "a part" && got != want || form == "quoted" && i != 1 && got != want {
						t.Errorf("%s, %s, %d %s: %+v, harmless %+v", place, form, e.status, inJSON(w), got, want)
					}
				}
			}
		}
	}
}
