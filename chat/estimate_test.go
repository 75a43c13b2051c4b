package chat_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

func TestEstimateTokens(t *testing.T) {
	text := strings.Repeat("word", 100) // 400 bytes
	user := func(parts ...chat.Part) chat.Request {
		return chat.Request{Messages: []chat.Message{chat.UserParts(parts...)}}
	}
	low := chat.ImageURL("https://example.com/a.png")
	low.ImageURL.Detail = "low"
	schema := json.RawMessage(`{"type":"object"}`)
	for name, tc := range map[string]struct {
		request chat.Request
		want    int
	}{
		"nothing":                  {chat.Request{}, 0},
		"a text":                   {chat.Request{Messages: []chat.Message{chat.User(text)}}, 104},
		"begun tokens count":       {chat.Request{Messages: []chat.Message{chat.User("a")}}, 5},
		"messages":                 {chat.Request{Messages: []chat.Message{chat.System(text), chat.User(text)}}, 208},
		"Cyrillic, by its bytes":   {chat.Request{Messages: []chat.Message{chat.User("Почему небо голубое?")}}, 4 + 10},
		"a text in parts":          {user(chat.Text(text), chat.Text(text)), 204},
		"a picture, however large": {user(chat.ImageData("image/png", make([]byte, 1<<20))), 1004},
		"a small picture":          {user(low), 89},
		"a sound":                  {user(chat.InputAudio("wav", make([]byte, 1<<20))), 1004},
		"a file":                   {user(chat.File("a.pdf", "application/pdf", make([]byte, 1<<20))), 4004},
		"a video":                  {user(chat.VideoURL("https://example.com/a.mp4")), 10004},
		"a call and its result": {chat.Request{Messages: []chat.Message{
			{Role: chat.RoleAssistant, ToolCalls: []chat.ToolCall{{ID: "call", Function: chat.FunctionCall{Name: "name", Arguments: text}}}},
			chat.ToolResult("call", text),
		}}, 8 + 100 + 2 + 1 + 100},
		"reasoning": {chat.Request{Messages: []chat.Message{{Role: chat.RoleAssistant, Content: text, Reasoning: text}}}, 204},
		// {"type":"function","function":{"name":"f","parameters":{"type":"object"}}} in brackets.
		"tools": {chat.Request{Tools: []chat.Tool{chat.FunctionTool("f", "", schema)}}, 19},
		// {"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"},"strict":true}}
		"a schema, of any type": {chat.Request{ResponseFormat: chat.JSONSchema("s", map[string]string{"type": "object"}, true)}, 23},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, chat.EstimateTokens(&tc.request)) })
	}
	require.Zero(t, chat.EstimateTokens(nil))
}

// Of an ordinary request it makes no garbage.
func TestEstimateTokensDoesNotAllocate(t *testing.T) {
	req := chat.Request{Model: "m", Messages: []chat.Message{chat.User("Why is the sky blue?")}}
	require.Zero(t, testing.AllocsPerRun(100, func() { chat.EstimateTokens(&req) }))
}
