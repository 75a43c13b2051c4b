package chat_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

func calls(ids ...string) chat.Message {
	m := chat.Message{Role: chat.RoleAssistant}
	for _, id := range ids {
		m.ToolCalls = append(m.ToolCalls, chat.ToolCall{ID: id, Type: chat.ToolFunction, Function: chat.FunctionCall{Name: "f", Arguments: "{}"}})
	}
	return m
}

func TestCallsAndResultsBelongTogether(t *testing.T) {
	const canary = "the secret text of the prompt"
	sys, user, said := chat.System(canary), chat.User(canary), chat.Assistant(canary)
	result := func(id string) chat.Message { return chat.ToolResult(id, canary) }
	own := calls("a")
	own.ToolCalls[0].Type = "web_search_call"
	extra := chat.Message{Role: chat.RoleAssistant, Extra: map[string]json.RawMessage{"tool_calls": json.RawMessage(`[]`)}}
	for _, tc := range []struct {
		name, field string // "" for what may be right
		messages    []chat.Message
	}{
		{"a round", "", []chat.Message{user, calls("a"), result("a")}},
		{"a round, and on", "", []chat.Message{user, calls("a"), result("a"), said, user}},
		{"two calls, the other order", "", []chat.Message{user, calls("a", "b"), result("b"), result("a")}},
		{"two messages with calls", "", []chat.Message{user, calls("a"), calls("b"), result("a"), result("b")}},
		{"calls at the end", "", []chat.Message{user, calls("a", "b")}},
		{"a prefill", "", []chat.Message{user, said}},
		{"a prefill after a round", "", []chat.Message{user, calls("a"), result("a"), said}},
		{"a history that begins with a result", "", []chat.Message{result("a"), said, user}},
		{"the same behind instructions", "", []chat.Message{sys, chat.Developer("d"), result("a"), result("b"), calls("c"), result("c")}},
		{"a role of a server's own", "", []chat.Message{user, calls("a"), {Role: "ipython", Content: "r"}, user}},
		{"the role before tools", "", []chat.Message{user, calls("a"), {Role: chat.RoleFunction, Name: "f"}, user}},
		{"a server without ids", "", []chat.Message{user, calls(""), result("a"), user}},
		{"a tool of the server's", "", []chat.Message{user, own, user}},
		{"calls in Extra", "", []chat.Message{user, extra, result("a"), user}},
		{"an id used again", "", []chat.Message{user, calls("a"), result("a"), calls("a"), result("a"), user}},

		{"a call without a result", "messages[1].tool_calls[0]", []chat.Message{user, calls("a"), user}},
		{"one of two", "messages[1].tool_calls[1]", []chat.Message{user, calls("a", "b"), result("a"), user}},
		{"one of two, at the end", "messages[1].tool_calls[1]", []chat.Message{user, calls("a", "b"), result("a")}},
		{"before a prefill", "messages[1].tool_calls[0]", []chat.Message{user, calls("a"), said}},
		{"a result without a call", "messages[1].tool_call_id", []chat.Message{user, result("a")}},
		{"a result after words", "messages[2].tool_call_id", []chat.Message{user, said, result("a")}},
		{"another id", "messages[1].tool_calls[0]", []chat.Message{user, calls("a"), result("A")}},
	} {
		r := chat.Request{Model: "m", Messages: tc.messages}
		err := r.Validate()
		if tc.field == "" {
			require.NoError(t, err, tc.name)
		} else {
			field, ok := errors.AsType[*chat.FieldError](err)
			require.True(t, ok, tc.name)
			require.Equal(t, tc.field, field.Field, tc.name)
			require.NotContains(t, err.Error(), canary)
		}
		r.Extra = map[string]any{"messages": []any{}}
		require.NoError(t, r.Validate(), "what is sent stands elsewhere")
	}
}

func TestValidateTellsWhereDataComeFrom(t *testing.T) {
	jpeg := "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD" // base64 without a head
	for _, tc := range []struct {
		part chat.Part
		says string // "" for what some server takes
	}{
		{chat.ImageURL("https://x/y.png"), ""},
		{chat.ImageURL("https://x/y"), ""},
		{chat.ImageURL("file:///data/y.png"), ""}, // vLLM
		{chat.ImageURL("gs://bucket/y.png"), ""},
		{chat.ImageURL("//x.com/y.png"), ""},
		{chat.ImageURL("x.com/y.png"), ""},
		{chat.ImageURL("x.com"), ""},
		{chat.ImageURL(jpeg), ""},
		{chat.ImageURL("file-abc123"), ""},
		{chat.ImageURL("data:;base64,QQ=="), ""},
		{chat.ImageURL("data:image/png;base64,QQ=="), ""},
		{chat.ImageURL("data:image/svg+xml,<svg>"), ""},
		{chat.ImageURL("data:" + strings.Repeat("x", 1000)), ""},
		{chat.FileURL("a.pdf", "https://x/a.pdf"), ""},
		{chat.Part{Type: chat.PartImageURL, Extra: map[string]json.RawMessage{"image_url": json.RawMessage(`{"url":"/data/y.png"}`)}}, ""},
		{chat.Part{Type: chat.PartImageURL, ImageURL: &chat.PartImage{URL: "/data/y.png"}, Extra: map[string]json.RawMessage{"image_url": json.RawMessage(`{}`)}}, ""},

		{chat.ImageURL("/home/jane/y.png"), "ImageFile"},
		{chat.ImageURL("./y.png"), "ImageFile"},
		{chat.ImageURL("../pics/y.png"), "ImageFile"},
		{chat.ImageURL("~/y.png"), "ImageFile"},
		{chat.ImageURL("y.PNG"), "ImageFile"},
		{chat.ImageURL("pics/y.jpeg"), "ImageFile"},
		{chat.ImageURL(`C:\pics\y.png`), "ImageFile"},
		{chat.ImageURL(`c:/pics/y.png`), "ImageFile"},
		{chat.ImageURL(`\\server\pics\y.png`), "ImageFile"},
		{chat.VideoURL("clip.mp4"), "VideoData"},
		{chat.FileURL("a.pdf", "a.pdf"), "File"},
		{chat.ImageData("png", []byte{1}), `"image/png"`},
		{chat.ImageData("JPG", []byte{1}), `"image/jpeg"`},
		{chat.ImageData("the secret", []byte{1}), `"image/..."`},
		{chat.ImageURL("data:base64,QQ=="), `"image/..."`},
		{chat.VideoData("mp4", []byte{1}), `"video/mp4"`},
		{chat.File("a.pdf", "pdf", []byte{1}), `"application/pdf"`},
	} {
		r := chat.Request{Model: "m", Messages: []chat.Message{chat.UserParts(chat.Text("x"), tc.part)}}
		err := r.Validate()
		if tc.says == "" {
			require.NoError(t, err, "%+v", tc.part)
			continue
		}
		require.ErrorContains(t, err, tc.says, "%+v", tc.part)
		require.ErrorContains(t, err, "messages[0].content[1].")
		require.NotContains(t, err.Error(), "secret")
		require.NotContains(t, err.Error(), "jane")
	}
}
