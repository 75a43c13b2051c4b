package chat

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// sendBack returns how a received message looks when it is sent again.
func sendBack(t *testing.T, received string) string {
	var m Message
	require.NoError(t, json.Unmarshal([]byte(received), &m))
	w := writer{}
	w.message(&m)
	require.Nil(t, w.Err)
	return string(w.Buf)
}

func TestAnswerSentBack(t *testing.T) {
	for _, test := range []struct{ name, received, sent string }{
		{"text", `{"role":"assistant","content":"hi","refusal":null,"annotations":[]}`, `{"role":"assistant","content":"hi"}`},
		{"empty text", `{"role":"assistant","content":""}`, `{"role":"assistant","content":""}`},
		{"calls without text", `{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}`,
			`{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}`},
		{"Gemini's signature", `{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]}`,
			`{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}]}`},
		{"arguments that are no string", `{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":{"a": 1}}}]}`,
			`{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]}`},
		{"an empty text beside calls", `{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""}}]}`,
			`{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}`},
		{"a null alone", `{"role":"assistant","content":null}`, `{"role":"assistant","content":""}`},
		{"a null beside reasoning", `{"role":"assistant","content":null,"reasoning":"hm"}`, `{"role":"assistant","content":"","reasoning":"hm"}`},
		{"empty reasoning", `{"role":"assistant","content":"x","reasoning_content":""}`, `{"role":"assistant","content":"x","reasoning_content":""}`},
		{"reasoning as an object", `{"role":"assistant","content":"x","reasoning_content":{"text":"hm"}}`, `{"role":"assistant","content":"x","reasoning_content":"hm"}`},
		{"content of another form", `{"role":"assistant","content":{"type":"file","data":"aGk="}}`, `{"role":"assistant","content":{"type":"file","data":"aGk="}}`},
		{"details to the byte", `{"role":"assistant","content":"x","reasoning":"r","reasoning_details":[ {"type":"reasoning.encrypted", "data":"e\u00e9"} ]}`,
			`{"role":"assistant","content":"x","reasoning":"r","reasoning_details":[ {"type":"reasoning.encrypted", "data":"e\u00e9"} ]}`},
		{"the other name of reasoning", `{"role":"assistant","content":"x","reasoning_content":"r"}`, `{"role":"assistant","content":"x","reasoning_content":"r"}`},
		{"both names, one text", `{"role":"assistant","content":"x","reasoning_content":"r","reasoning":"r"}`, `{"role":"assistant","content":"x","reasoning":"r"}`},
		{"both names, two texts", `{"role":"assistant","content":"x","reasoning_content":"a","reasoning":"b"}`, `{"role":"assistant","content":"x","reasoning":"b","reasoning_content":"a"}`},
		{"both names, one null", `{"role":"assistant","content":"x","reasoning_content":"a","reasoning":null}`, `{"role":"assistant","content":"x","reasoning_content":"a"}`},
		{"audio by its id", `{"role":"assistant","content":null,"audio":{"id":"a","data":"QQ==","transcript":"t","expires_at":1}}`, `{"role":"assistant","content":null,"audio":{"id":"a"}}`},
		{"citations stay here, files go back", `{"role":"assistant","content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0,"end_index":1}},{"type":"file","file":{"hash":"h"}}]}`,
			`{"role":"assistant","content":"x","annotations":[{"type":"file","file":{"hash":"h"}}]}`},
		{"unknown fields", `{"role":"assistant","content":"x","images":[{"a":1.50}],"thinking":null}`, `{"role":"assistant","content":"x","images":[{"a":1.50}],"thinking":null}`},
		{"known fields of another type", `{"role":"assistant","content":7,"tool_calls":[1],"reasoning":{"a":1}}`, `{"role":"assistant","content":7,"reasoning":{"a":1},"tool_calls":[1]}`},
		{"parts", `{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"text","text":"x","citations":[1]}]}`,
			`{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"text","text":"x","citations":[1]}]}`},
		{"parts with more than is documented", `{"role":"user","content":[{"type":"image_url","image_url":{"url":"u","mime":"x"}}]}`, `{"role":"user","content":[{"type":"image_url","image_url":{"url":"u","mime":"x"}}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.sent, sendBack(t, test.received))
			require.Equal(t, test.sent, sendBack(t, test.sent), "and again")
		})
	}
}

func TestMessageText(t *testing.T) {
	var m Message
	require.NoError(t, json.Unmarshal([]byte(`{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"x"},{"type":"text","text":"b"}]}`), &m))
	require.Equal(t, "ab", m.Content)
	require.Equal(t, "ab", m.Text())
	require.Len(t, m.Parts, 3)

	parts := UserParts(Text("a"), ImageURL("u"), Text("b"))
	require.Empty(t, parts.Content)
	require.Equal(t, "ab", parts.Text())
}

// A message that is stored keeps what is not sent back.
func TestMessageIsStoredWhole(t *testing.T) {
	stored := `{"role":"assistant","content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t","start_index":0,"end_index":1}}],"audio":{"id":"a","data":"QQ==","transcript":"t","expires_at":1}}`
	var m Message
	require.NoError(t, json.Unmarshal([]byte(stored), &m))
	again, err := json.Marshal(m)
	require.NoError(t, err)
	require.JSONEq(t, stored, string(again))
}

func TestUnmarshalRefusesOtherValues(t *testing.T) {
	for _, v := range []json.Unmarshaler{new(Message), new(Part), new(Tool), new(FunctionDefinition), new(ToolCall), new(FunctionCall), new(ToolChoice), new(ResponseFormat), new(Response), new(Choice), new(Annotation), new(Usage), new(Request), new(Plugin), new(Reasoning), new(ProviderPreferences), new(ModelFallback)} {
		require.Error(t, v.UnmarshalJSON([]byte(`7`)), "%T", v)
		require.Error(t, v.UnmarshalJSON([]byte(`{"type":`)), "%T", v)
		require.NoError(t, v.UnmarshalJSON([]byte(`null`)), "%T", v)
	}
}
