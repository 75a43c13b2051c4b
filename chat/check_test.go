package chat_test

import (
	"errors"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// named is how a kind of package buoy looks from here.
type named string

func (k named) Error() string { return string(k) }
func (named) HTTPStatus() int { return 0 }
func (named) Retryable() bool { return false }

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		name, body, kind string
		choice           int
	}{
		{"a stop", `{"choices":[{"message":{"content":"hey"},"finish_reason":"stop"}]}`, "", 0},
		{"another word for it", `{"choices":[{"message":{"content":"hey"},"finish_reason":"END_TURN"}]}`, "", 0},
		{"calls", `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","function":{"name":"f"}}]},"finish_reason":"tool_calls"}]}`, "", 0},
		{"calls with a stop", `{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f"}}]},"finish_reason":"stop"}]}`, "", 0},
		{"a picture", `{"choices":[{"message":{"content":null,"images":[{"type":"image_url"}]},"finish_reason":"stop"}]}`, "", 0},
		{"sound", `{"choices":[{"message":{"content":null,"audio":{"id":"a"}},"finish_reason":"stop"}]}`, "", 0},
		{"one of two empty", `{"choices":[{"message":{"content":""},"finish_reason":"stop"},{"message":{"content":"hey"},"finish_reason":"stop"}]}`, "", 0},

		{"withheld, text", `{"choices":[{"message":{"content":"hey"},"finish_reason":"content_filter"}]}`, "moderation", 0},
		{"withheld, nothing", `{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}`, "moderation", 0},
		{"Gemini's word", `{"choices":[{"message":{"content":"hey"},"finish_reason":"content_filter: PROHIBITED_CONTENT"}]}`, "moderation", 0},
		{"Anthropic's refusal", `{"choices":[{"message":{"content":"hey"},"finish_reason":"refusal"}]}`, "moderation", 0},
		{"a stop, and the upstream's word", `{"choices":[{"message":{"content":"hey"},"finish_reason":"stop","native_finish_reason":"SAFETY"}]}`, "moderation", 0},
		{"a refusal", `{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}`, "moderation", 0},
		{"a refusal in parts", `{"choices":[{"message":{"content":[{"type":"refusal","refusal":"no"}]},"finish_reason":"stop"}]}`, "moderation", 0},
		{"a refusal that was cut", `{"choices":[{"message":{"refusal":"no"},"finish_reason":"length"}]}`, "moderation", 0},
		{"the second withheld", `{"choices":[{"message":{"content":"hey"},"finish_reason":"stop"},{"message":{"content":""},"finish_reason":"safety"}]}`, "moderation", 1},

		{"length", `{"choices":[{"message":{"content":"he"},"finish_reason":"length"}]}`, "incomplete", 0},
		{"length, nothing", `{"choices":[{"message":{"content":""},"finish_reason":"max_tokens"}]}`, "incomplete", 0},
		{"length in the middle of a call", `{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{"}}]},"finish_reason":"length"}]}`, "incomplete", 0},
		{"a stop, and the upstream's limit", `{"choices":[{"message":{"content":"he"},"finish_reason":"stop","native_finish_reason":"MAX_TOKENS"}]}`, "incomplete", 0},
		{"a word that nobody knows", `{"choices":[{"message":{"content":"hey"},"finish_reason":"OTHER"}]}`, "incomplete", 0},
		{"no reason", `{"choices":[{"message":{"content":"hey"}}]}`, "incomplete", 0},
		{"null in quotes", `{"choices":[{"message":{"content":"hey"},"finish_reason":"null"}]}`, "incomplete", 0},
		{"a call without a name", `{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`, "incomplete", 0},
		{"a failure", `{"choices":[{"message":{"content":"hey"},"finish_reason":"error"}]}`, "incomplete", 0},

		{"nothing", `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`, "no_content", 0},
		{"thought alone", `{"choices":[{"message":{"content":"","reasoning":"hm"},"finish_reason":"stop"}]}`, "no_content", 0},
		{"thought alone, in details", `{"choices":[{"message":{"content":null,"reasoning_details":[{"type":"reasoning.text","text":"hm"}]},"finish_reason":"stop"}]}`, "no_content", 0},
		{"calls that did not come", `{"choices":[{"message":{"content":null},"finish_reason":"tool_calls"}]}`, "no_content", 0},
		{"no choices", `{"choices":[]}`, "no_content", -1},
	} {
		var r chat.Response
		_, err := chat.DecodeResponse([]byte(tc.body), &r)
		require.NoError(t, err)
		err = r.Check()
		if tc.kind == "" {
			require.NoError(t, err, tc.name)
			continue
		}
		answer, ok := errors.AsType[*chat.AnswerError](err)
		require.True(t, ok, tc.name)
		require.Equal(t, tc.kind, answer.Kind, tc.name)
		require.Equal(t, tc.choice, answer.Choice, tc.name)
		require.ErrorIs(t, err, named(tc.kind), tc.name)
		require.NotErrorIs(t, err, named("server"), tc.name)
		require.NotErrorIs(t, err, errors.New(tc.kind), tc.name)
	}
	var r chat.Response
	require.Error(t, r.Check())
	require.Equal(t, "<nil>", (*chat.AnswerError)(nil).Error())
}

func TestAnAnswerErrorTellsTheReasonAndNoText(t *testing.T) {
	r := chat.Response{Choices: []chat.Choice{{Message: chat.Message{Content: "canary", Refusal: "canary"}, FinishReason: "length"}}}
	require.EqualError(t, r.Check(), `answer, choice 0: moderation: the model refused (finish reason "length")`)
	r.Choices[0].Message.Refusal = ""
	require.EqualError(t, r.Check(), `answer, choice 0: incomplete: the limit of tokens was reached (finish reason "length")`)
	r.Choices[0].FinishReason = "my key is sk-12345678, and\nmore"
	require.EqualError(t, r.Check(), `answer, choice 0: incomplete: it ended for a reason that is not known`)
	r.Choices = nil
	require.EqualError(t, r.Check(), `answer: no_content: it has no choices`)
}
