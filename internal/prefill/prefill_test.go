package prefill

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/assemble"
)

func had(chunks ...*chat.Chunk) []assemble.Received {
	var a assemble.Assembler
	for _, c := range chunks {
		a.Add(c)
	}
	return a.Received()
}

func said(text string) *chat.Chunk {
	return &chat.Chunk{Choices: []chat.ChunkChoice{{Delta: chat.Delta{Content: text}}}}
}

func TestWhatCanBeContinued(t *testing.T) {
	text := had(said("The sky is \n"))
	for name, tc := range map[string]struct {
		req  *chat.Request
		had  []assemble.Received
		want string
	}{
		"text":               {&chat.Request{}, text, "The sky is"},
		"no request":         {nil, text, ""},
		"nothing":            {&chat.Request{}, nil, ""},
		"two choices":        {&chat.Request{N: new(2)}, text, ""},
		"one of one":         {&chat.Request{N: new(1)}, text, "The sky is"},
		"a schema":           {&chat.Request{ResponseFormat: chat.JSONObject()}, text, ""},
		"plain text":         {&chat.Request{ResponseFormat: chat.PlainText()}, text, "The sky is"},
		"messages in Extra":  {&chat.Request{Extra: map[string]any{"messages": nil}}, text, ""},
		"something in Extra": {&chat.Request{Extra: map[string]any{"seed": 1}}, text, "The sky is"},
		"a prefill of mine":  {&chat.Request{Messages: []chat.Message{chat.Assistant("Well: ")}}, text, "The sky is"},
		"a call of mine":     {&chat.Request{Messages: []chat.Message{{Role: chat.RoleAssistant, ToolCalls: []chat.ToolCall{{}}}}}, text, ""},
		"it ended":           {&chat.Request{}, had(said("a"), &chat.Chunk{Choices: []chat.ChunkChoice{{FinishReason: "stop"}}}), ""},
	} {
		require.Equal(t, tc.want, Of(tc.req, tc.had, chat.Usage{}).Text, name)
	}
}

func TestTokensAreThoseToldUnlessTheyCannotBe(t *testing.T) {
	text := had(said("0123456789abcdef0123456789abcdef")) // about 8
	require.Equal(t, 8, Of(&chat.Request{}, text, chat.Usage{CompletionTokens: 1}).Tokens)
	require.Equal(t, 5, Of(&chat.Request{}, text, chat.Usage{CompletionTokens: 5}).Tokens)
	require.Equal(t, 30, Of(&chat.Request{}, text, chat.Usage{CompletionTokens: 30}).Tokens)
}

func TestARequestForTheRest(t *testing.T) {
	req := &chat.Request{Messages: []chat.Message{chat.User("why")}, MaxTokens: new(10), MaxCompletionTokens: new(3)}
	rest := Text{Text: "The sky", Tokens: 4}.Request(req)
	require.Equal(t, []chat.Message{chat.User("why"), chat.Assistant("The sky")}, rest.Messages)
	require.Equal(t, []int{6, 1}, []int{*rest.MaxTokens, *rest.MaxCompletionTokens})
	require.Equal(t, []int{10, 3}, []int{*req.MaxTokens, *req.MaxCompletionTokens}, "the caller's own does not change")
	require.Len(t, req.Messages, 1)

	mine := &chat.Request{Messages: []chat.Message{chat.Assistant("Well: ")}}
	require.Equal(t, []chat.Message{chat.Assistant("Well: The sky")}, Text{Text: "The sky"}.Request(mine).Messages)
	require.Equal(t, "Well: ", mine.Messages[0].Content)
}
