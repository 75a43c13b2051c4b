package behaviour_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// content is a thing that an answer may have in it, as members of a message.
type content struct{ name, members string }

var contents = []content{
	{"text", `"content":"hey"`},
	{"blank text", `"content":""`},
	{"text in parts", `"content":[{"type":"text","text":"hey"}]`},
	{"thought", `"reasoning":"hm"`},
	{"thought, another name", `"reasoning_content":"hm"`},
	{"details", `"reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}]`},
	{"refusal", `"refusal":"no"`},
	{"call", `"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]`},
	{"nameless call", `"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"","arguments":"{}"}}]`},
	{"ghost", `"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"","arguments":""}}]`},
	{"custom call", `"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"f","input":"x"}}]`},
	{"search call", `"tool_calls":[{"index":0,"id":"a","type":"web_search"}]`},
	{"old call", `"function_call":{"name":"f","arguments":"{}"}`},
	{"old ghost", `"function_call":{"name":"","arguments":""}`},
	{"old nameless call", `"function_call":{"name":"","arguments":"{}"}`},
	{"sound", `"audio":{"id":"s","data":"AAAA","transcript":"hey"}`},
	{"silence", `"audio":{"id":"s","data":"","transcript":""}`},
	{"picture", `"images":[{"type":"image_url","index":0,"image_url":{"url":"data:image/png;base64,AA"}}]`},
	{"annotation", `"annotations":[{"type":"url_citation","url_citation":{"url":"https://a.example"}}]`},
}

var finishReasons = []string{`"stop"`, `"tool_calls"`, `"length"`, `"content_filter"`, `"OTHER"`, `"error"`, `null`, `""`}

// judgement is the kind that a choice deserves that has these sayings and ends so: of the call's error, or of Check.
func judgement(finish string, said ...string) string {
	has := func(names ...string) bool {
		for _, s := range said {
			for _, name := range names {
				if s == name {
					return true
				}
			}
		}
		return false
	}
	answers := has("text", "text in parts", "refusal", "call", "nameless call", "custom call", "search call", "old call", "old nameless call", "sound", "silence", "picture")
	switch finish {
	case `"error"`:
		return "upstream"
	case `null`, `""`:
		if !answers && !has("thought", "thought, another name", "details") {
			return "no_content"
		}
		return "stream_interrupted"
	case `"content_filter"`:
		return "moderation"
	}
	switch {
	case has("refusal"):
		return "moderation"
	case finish == `"length"`:
		return "incomplete"
	case finish == `"OTHER"`:
		if !answers && !has("thought", "thought, another name", "details") {
			return "no_content"
		}
		return "incomplete"
	case has("nameless call", "old nameless call"):
		return "incomplete"
	case !answers:
		return "no_content"
	}
	return ""
}

// kindOfAnswer is what a call makes of this answer, whole or streamed: the kind of its error, or what Check says.
func kindOfAnswer(t *testing.T, body string, streamed bool) string {
	var kind string
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		ct := "application/json"
		if strings.HasPrefix(body, "data:") {
			ct = "text/event-stream"
		}
		return reply(200, ct, io.NopCloser(strings.NewReader(body))), nil
	}, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
	req := hello
	if strings.Contains(body, `"index":1,`) {
		req.N = new(2)
	}
	resp, _, err := answerOf(t, c, req, streamed)
	if err == nil {
		err = resp.Check()
	}
	kind = string(buoy.KindOf(err))
	return kind
}

// saidSo is an answer with the choices of these members, as a whole and in two ways as a stream.
func saidSo(finish []string, members ...string) map[string]string {
	var whole, one, split []string
	for i, m := range members {
		whole = append(whole, fmt.Sprintf(`{"index":%d,"message":{"role":"assistant",%s},"finish_reason":%s}`, i, m, finish[i]))
		chunk := func(delta, finish string) string {
			return fmt.Sprintf(`{"id":"c","choices":[{"index":%d,"delta":{%s},"finish_reason":%s}]}`, i, delta, finish)
		}
		one = append(one, chunk(`"role":"assistant",`+m, finish[i]))
		split = append(split, chunk(`"role":"assistant"`, "null"), chunk(m, "null"), chunk("", finish[i]))
	}
	return map[string]string{
		"whole":      `{"id":"c","choices":[` + strings.Join(whole, ",") + `]}`,
		"one event":  ev(append(one, "[DONE]")...),
		"in events":  ev(append(split, "[DONE]")...),
		"one, whole": `{"id":"c","choices":[` + strings.Join(whole, ",") + `]} `, // in answer to a request for a stream
	}
}

func TestEveryEndMeansTheSameWholeAndStreamed(t *testing.T) {
	for _, finish := range finishReasons {
		for i, a := range contents {
			for _, b := range contents[i:] {
				names, members := []string{a.name}, a.members
				if a.name != b.name {
					names, members = append(names, b.name), a.members+","+b.members
				}
				if key, _, _ := strings.Cut(b.members, ":"); a.name != b.name && strings.HasPrefix(a.members, key) {
					continue // one member cannot be both
				}
				want := judgement(finish, names...)
				for form, body := range saidSo([]string{finish}, members) {
					t.Run(fmt.Sprint(finish, "/", strings.Join(names, " and "), "/", form), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							require.Equal(t, want, kindOfAnswer(t, body, form != "whole"))
						})
					})
				}
			}
		}
	}
}

// Of two choices the first that is wrong is told, and one that is empty is no harm beside one that is not.
func TestEveryPairOfEndsMeansTheSame(t *testing.T) {
	type choice struct{ finish, name, members string }
	var choices []choice
	for _, c := range contents {
		switch c.name {
		case "text", "blank text", "thought", "refusal", "call", "nameless call", "ghost", "search call", "old ghost", "sound":
			for _, finish := range finishReasons[:4] {
				choices = append(choices, choice{finish, c.name, c.members})
			}
		}
	}
	for _, a := range choices {
		for _, b := range choices {
			first, second := judgement(a.finish, a.name), judgement(b.finish, b.name)
			want := second
			switch {
			case first != "" && first != "no_content":
				want = first
			case second == "no_content":
				want = first
			}
			for form, body := range saidSo([]string{a.finish, b.finish}, a.members, b.members) {
				if testing.Short() && (a.finish != `"stop"` || form == "one event") {
					continue
				}
				t.Run(fmt.Sprint(a.finish, " ", a.name, "/", b.finish, " ", b.name, "/", form), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						require.Equal(t, want, kindOfAnswer(t, body, form != "whole"))
					})
				})
			}
		}
	}
}
