package chat

import (
	"encoding/json"
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
