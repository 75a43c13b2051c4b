package buoyhttp

import (
	"bytes"
	"testing"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// What a client says reaches the provider, whatever it is: fields that nobody knows,
// zeros, empty lists and nulls, at whatever depth.
func TestARequestArrivesAsItWas(t *testing.T) {
	for name, more := range map[string]string{
		"nothing":               ``,
		"no stream":             `,"stream":false`,
		"zeros":                 `,"temperature":0,"top_p":0,"top_k":0,"min_p":0,"presence_penalty":0,"frequency_penalty":0,"seed":0,"max_tokens":1,"top_logprobs":0,"logprobs":false,"store":false,"parallel_tool_calls":false`,
		"empty strings":         `,"user":"","reasoning_effort":"","service_tier":"","prompt_cache_key":"","verbosity":"","safety_identifier":"","session_id":"","route":"","preset":"","prompt_cache_retention":""`,
		"empty lists":           `,"stop":[],"tools":[],"modalities":[],"functions":[],"plugins":[],"transforms":[],"models":[],"fallbacks":[],"stop_server_tools_when":[]`,
		"empty objects":         `,"logit_bias":{},"metadata":{},"reasoning":{},"provider":{},"usage":{},"audio":{},"prediction":{},"web_search_options":{},"cache_control":{},"moderation":{},"trace":{},"debug":{},"image_config":{}`,
		"nulls":                 `,"temperature":null,"stop":null,"tools":null,"user":null,"metadata":null,"response_format":null,"tool_choice":null,"n":null,"max_tokens":null,"x":null`,
		"odd types":             `,"temperature":"0.5","user":5,"metadata":{"a":1},"stop":"END"`,
		"unknown fields":        `,"x_new":{"deep":[1,2.50,"three",null]},"x_big":123456789012345678901234567890,"x_small":1e-30,"guided_json":{"type":"object"}`,
		"unknown members":       `,"reasoning":{"effort":"low","x":1},"provider":{"sort":"price","x":[0]},"audio":{"voice":"a","format":"mp3","x":""},"web_search_options":{"x":{}},"usage":{"include":false,"x":0}`,
		"a schema":              `,"response_format":{"type":"json_schema","json_schema":{"name":"a","description":"","strict":false,"schema":{"type":"object","properties":{},"required":[],"additionalProperties":false},"x":1}}`,
		"tools":                 `,"tools":[{"type":"function","function":{"name":"f","description":"","parameters":{},"strict":false,"x":0},"x":null},{"type":"function","function":{"name":"g"}},{"type":"web_search","x":{}},{"type":"custom","custom":{"name":"c","format":{"type":"text"}}}],"tool_choice":{"type":"function","function":{"name":"f"}}`,
		"a tool choice":         `,"tool_choice":"none"`,
		"allowed tools":         `,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"},"x":0}]}}`,
		"functions":             `,"functions":[{"name":"f","description":"","parameters":{}}],"function_call":{"name":"f"}`,
		"escapes":               `,"user":"a\u0000\u2028<>&\ud83d\ude00\/"`,
		"names in another case": `,"Temperature":1,"USER":"x"`,
	} {
		t.Run(name, func(t *testing.T) {
			arrives(t, `{"model":"small","messages":[{"role":"user","content":"Hi"}]`+more+`}`)
		})
	}
}

func TestMessagesArriveAsTheyWere(t *testing.T) {
	for name, message := range map[string]string{
		"a name":              `{"role":"user","content":"Hi","name":""}`,
		"unknown members":     `{"role":"user","content":"Hi","x":[0],"y":null,"cache_control":{"type":"ephemeral"}}`,
		"parts":               `{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"x","cache_control":{"type":"ephemeral"},"x":0},{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"","x":1}},{"type":"input_audio","input_audio":{"data":"AA==","format":"wav","x":""}},{"type":"file","file":{"file_id":"f","filename":""}},{"type":"x_smell","x_smell":{"of":[]}}]}`,
		"no parts":            `{"role":"user","content":[]}`,
		"a null content":      `{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""},"x":0}]},{"role":"tool","tool_call_id":"c","content":""}`,
		"no content":          `{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"x","name":"f"}`,
		"an empty content":    `{"role":"assistant","content":"","refusal":null,"tool_calls":[]}`,
		"a refusal":           `{"role":"assistant","content":null,"refusal":"No."}`,
		"tool parts":          `{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"custom","custom":{"name":"n","input":""}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"x"}]}`,
		"reasoning":           `{"role":"assistant","content":"x","reasoning_content":"","reasoning_details":[],"annotations":[]}`,
		"thoughts":            `{"role":"assistant","content":"x","reasoning_content":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":null}]}`,
		"a function call":     `{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"x"}`,
		"a developer's words": `{"role":"developer","content":"x"},{"role":"system","content":[{"type":"text","text":"y"}]}`,
		"another role":        `{"role":"critic","content":"x"}`,
		"audio":               `{"role":"assistant","content":null,"audio":{"id":"a"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			arrives(t, `{"model":"small","messages":[{"role":"user","content":"Hi"},`+message+`]}`)
		})
	}
}

// arrives asks in both ways.
func arrives(t *testing.T, body string) {
	t.Helper()
	north := buoytest.NewServer(t)
	d := newDesk(t, north)
	for way, ask := range d.ways() {
		r := ask(body)
		require.Equal(t, 200, r.StatusCode, "%s: %s", way, r.Text)
	}
	for _, got := range north.Requests() {
		require.JSONEq(t, body, string(replaceModel(got.Body)))
	}
}

func replaceModel(body []byte) []byte {
	return bytes.Replace(body, []byte(`"model":"gpt-4o-mini"`), []byte(`"model":"small"`), 1)
}
