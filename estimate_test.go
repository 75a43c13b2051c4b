package buoy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

func TestEstimateTokens(t *testing.T) {
	text := strings.Repeat("word", 100) // 400 bytes
	user := func(parts ...buoy.Part) buoy.Request {
		return buoy.Request{Messages: []buoy.Message{buoy.UserParts(parts...)}}
	}
	low := buoy.ImageURL("https://example.com/a.png")
	low.ImageURL.Detail = "low"
	schema := json.RawMessage(`{"type":"object"}`)
	for name, tc := range map[string]struct {
		request buoy.Request
		want    int
	}{
		"nothing":                  {buoy.Request{}, 0},
		"a text":                   {buoy.Request{Messages: []buoy.Message{buoy.User(text)}}, 104},
		"begun tokens count":       {buoy.Request{Messages: []buoy.Message{buoy.User("a")}}, 5},
		"messages":                 {buoy.Request{Messages: []buoy.Message{buoy.System(text), buoy.User(text)}}, 208},
		"Cyrillic, by its bytes":   {buoy.Request{Messages: []buoy.Message{buoy.User("Почему небо голубое?")}}, 4 + 10},
		"a text in parts":          {user(buoy.Text(text), buoy.Text(text)), 204},
		"a picture, however large": {user(buoy.ImageData("image/png", make([]byte, 1<<20))), 1004},
		"a small picture":          {user(low), 89},
		"a sound":                  {user(buoy.InputAudio("wav", make([]byte, 1<<20))), 1004},
		"a file":                   {user(buoy.File("a.pdf", "application/pdf", make([]byte, 1<<20))), 4004},
		"a video":                  {user(buoy.VideoURL("https://example.com/a.mp4")), 10004},
		"a call and its result": {buoy.Request{Messages: []buoy.Message{
			{Role: buoy.RoleAssistant, ToolCalls: []buoy.ToolCall{{ID: "call", Function: buoy.FunctionCall{Name: "name", Arguments: text}}}},
			buoy.ToolResult("call", text),
		}}, 8 + 100 + 2 + 1 + 100},
		"reasoning": {buoy.Request{Messages: []buoy.Message{{Role: buoy.RoleAssistant, Content: text, Reasoning: text}}}, 204},
		// {"type":"function","function":{"name":"f","parameters":{"type":"object"}}} in brackets.
		"tools": {buoy.Request{Tools: []buoy.Tool{buoy.FunctionTool("f", "", schema)}}, 19},
		// {"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"},"strict":true}}
		"a schema, of any type": {buoy.Request{ResponseFormat: buoy.JSONSchema("s", map[string]string{"type": "object"}, true)}, 23},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, buoy.EstimateTokens(&tc.request)) })
	}
	require.Zero(t, buoy.EstimateTokens(nil))
}

// Of an ordinary request it makes no garbage.
func TestEstimateTokensDoesNotAllocate(t *testing.T) {
	require.Zero(t, testing.AllocsPerRun(100, func() { buoy.EstimateTokens(&hello) }))
}
