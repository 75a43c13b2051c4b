package chat

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A request that was read goes out with all that was in it.
func TestRequestKeepsWhatItDoesNotKnow(t *testing.T) {
	for _, field := range []string{
		`"stop":"END"`, `"stop":["a","b"]`,
		`"audio":{"voice":{"id":"v","pitch":2},"format":"mp3","speed":1.5}`,
		`"prediction":{"type":"content","content":"x","strength":3}`,
		`"web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"city":"Oslo","zip":"1"}},"depth":2}`,
		`"moderation":{"model":"m","policy":{"input":{"mode":"score","level":1}},"who":"x"}`,
		`"usage":{"include":true,"detail":"x"}`,
		`"prompt_cache_options":{"mode":"explicit","size":1}`,
		`"cache_control":{"type":"ephemeral","scope":"x"}`,
		`"provider":{"order":["a"],"max_price":{"prompt":1,"new":2}}`,
		`"plugins":[{"id":"file-parser","pdf":{"engine":"native","pages":3}}]`,
		`"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{},"hint":1}}`,
		`"function_call":{"name":"f","strict":true}`,
	} {
		text := `{"model":"m","messages":[{"role":"user","content":"hi"}],` + field + `}`
		var r Request
		require.NoError(t, json.Unmarshal([]byte(text), &r))
		body, err := r.AppendBody(nil, r.Model, false)
		require.NoError(t, err)
		require.JSONEq(t, text, string(body))
		stored, err := json.Marshal(r)
		require.NoError(t, err)
		require.JSONEq(t, text, string(stored))
	}

	var r Request
	require.NoError(t, json.Unmarshal([]byte(`{"model":"m","messages":[{"role":"user","content":"hi"}],"stop":"END","stream":true,"stream_options":{"include_usage":false,"include_obfuscation":true,"pace":1}}`), &r))
	require.Equal(t, []string{"END"}, r.Stop)
	body, err := r.AppendBody(nil, "m", true)
	require.NoError(t, err)
	require.Equal(t, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_obfuscation":true,"pace":1},"stop":"END"}`, string(body))
	r.Stop = []string{"STOP"}
	body, err = r.AppendBody(nil, "m", false)
	require.NoError(t, err)
	require.Equal(t, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stop":["STOP"]}`, string(body), "what was changed counts")
}

// Another client's body is sent as it was, as long as nobody changes it.
func TestABodyIsPassedOnAsItWas(t *testing.T) {
	for _, c := range []struct {
		body   string
		stream bool
		sent   string // "": the same
	}{
		{`{"model":"m","messages":[],"stream":false,"user":"","stop":[],"logit_bias":{},"n":1}`, false, ""},
		{`{"model":"m","messages":[{"content":"a","role":"user","name":""},{"role":"assistant","refusal":null,"annotations":[],"tool_calls":[]}]}`, false, ""},
		{`{"model":"m","messages":[{"role":"assistant","content":"a","annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"","start_index":0,"end_index":0}}],"audio":{"id":"a","data":"AA=="}}]}`, false, ""},
		{`{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a","x":1},{"type":"y","y":{}}],"z":[1]}],"tools":[{"type":"function","function":{"name":"f","parameters":{"a":1}}}],"tool_choice":{"type":"x"},"logit_bias":{"1":2},"user":"é","x":{"y":1.50}}`, false, ""},
		{`{"model":"m","messages":null,"temperature":null,"stream":null}`, false, `{"model":"m","messages":null,"temperature":null}`},
		{`{"model":"m","messages":[],"stream_options":{"include_usage":true}}`, false, ""},
		{`{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":false}}`, true, ""},
		{`{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true,"x":0}}`, true, ""},
		{`{"model":"m","messages":[],"stream":true}`, true, `{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}`},
		{`{"model":"m","messages":[],"stream":true,"stream_options":{"x":0}}`, true, `{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true,"x":0}}`},
		{`{"model":"m","messages":[],"stop":"x","stop":["x"],"user":null,"user":"u"}`, false, `{"model":"m","messages":[],"stop":["x"],"user":"u"}`},
		{`{"model":"m","messages":[],"stop":["x"],"stop":"x"}`, false, `{"model":"m","messages":[],"stop":"x"}`},
		{`{"model":"m","messages":[],"stream":false,"user":""}`, true, `{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true},"user":""}`},
	} {
		var r Request
		memory := []byte(c.body)
		stream, err := r.ReadBody(memory)
		require.NoError(t, err)
		clear(memory) // nothing of it is kept
		require.Equal(t, strings.Contains(c.body, `"stream":true`), stream)
		body, err := r.AppendBody(nil, "m", c.stream)
		require.NoError(t, err)
		if c.sent == "" {
			c.sent = c.body
		}
		require.JSONEq(t, c.sent, string(body))
	}
}

// What was changed is written as it is now, and all else as it came.
func TestAChangedBody(t *testing.T) {
	var r Request
	_, err := r.ReadBody([]byte(`{"model":"m","messages":[{"role":"user","content":"a","name":""},{"role":"user","content":"b","name":""}],"user":"","stop":[]}`))
	require.NoError(t, err)
	r.User = "ann"
	r.Messages = append([]Message{{Role: "system", Content: "s"}}, r.Messages...)
	body, err := r.AppendBody(nil, "other", false)
	require.NoError(t, err)
	require.JSONEq(t, `{"model":"other","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"user","content":"b"}],"user":"ann","stop":[]}`, string(body))

	r.Messages = r.Messages[1:]
	r.Messages[1].Content = "c"
	r.Extra = map[string]any{"stop": "x"}
	body, err = r.AppendBody(nil, "m", false)
	require.NoError(t, err)
	require.JSONEq(t, `{"model":"m","messages":[{"role":"user","content":"a","name":""},{"role":"user","content":"c"}],"user":"ann","stop":"x"}`, string(body))
}

func TestABodyThatIsNone(t *testing.T) {
	for _, text := range []string{``, `[]`, `{`, `{"stream":1}`, `{"stream":"true"}`, `{"stream":{}}`} {
		var r Request
		_, err := r.ReadBody([]byte(text))
		require.Error(t, err, text)
	}
}

// FuzzReadBody: a body that can be read is sent with the same values, whatever it is.
func FuzzReadBody(f *testing.F) {
	for _, seed := range []string{
		`{"model":"m","messages":[{"role":"user","content":"a","name":""}],"stream":false,"stop":[]}`,
		`{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":""}}]}],"tools":[],"x":{"y":1.50}}`,
		`{"messages":{"role":"user"},"n":1e0,"user":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Request
		stream, err := r.ReadBody(data)
		if err != nil || stream || r.Model == "" {
			return
		}
		body, err := r.AppendBody(nil, r.Model, false)
		if err != nil {
			return
		}
		came, sent := make(map[string]json.RawMessage), make(map[string]json.RawMessage)
		for _, m := range appendMembers(nil, data) {
			came[string(m.name)] = m.raw
		}
		for _, m := range appendMembers(nil, body) {
			sent[string(m.name)] = m.raw
		}
		for name, raw := range came {
			if name != "stream" && !sameValue(raw, sent[name]) {
				t.Fatalf("%q: %s became %s", name, raw, sent[name])
			}
		}
		for name := range sent {
			if _, ok := came[name]; !ok && name != "messages" {
				t.Fatalf("%q was made up: %s", name, sent[name])
			}
		}
	})
}
