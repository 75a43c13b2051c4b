package verbatim

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// message is a choice that has all a client needs.
const message = `"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]`

// An answer that buoy had to unwrap or to correct is not passed on as it came:
// clients could not read it.
func TestAnAnswerOfAnotherForm(t *testing.T) {
	require.True(t, isAnswer([]byte(`{`+message+`}`)))
	for _, body := range []string{``, `{`, `[]`, `{"data":{` + message + `}}`, `{"choices":null}`, `{"choices":[]}`, `{"choices":[{"delta":{}}]}`, `{"choices":[{"message":null}]}`, `{"choices":[{"message":"Hi"}]}`} {
		require.False(t, isAnswer([]byte(body)), body)
	}
}

// Several answers may have come for one call, and somebody may have changed the
// one that was taken.
func TestOnlyTheAnswerThatWasTakenIsPassedOn(t *testing.T) {
	one, two := `{"id": "1", `+message+`}`, `{"id": "2", `+message+`}`
	came := &Record{tracks: []*track{{whole: true, body: []byte(one)}, {whole: true, body: []byte(two)}}}
	var resp chat.Response
	require.NoError(t, json.Unmarshal([]byte(one), &resp))
	body, err := came.Response(&resp)
	require.NoError(t, err)
	require.Equal(t, one, string(body))

	resp.ID = "3"
	body, err = came.Response(&resp)
	require.NoError(t, err)
	require.Contains(t, string(body), `"id":"3"`)
	require.NotContains(t, string(body), "usage", "nothing was told")
}

// Who says what a body was read as spares reading it again, unless somebody else saw the
// answer.
func TestABodyIsNotReadTwice(t *testing.T) {
	ctx, came := Whole(t.Context())
	text := `{"id":"1",` + message + `}`
	read := func() *chat.Response {
		_, err := io.ReadAll(Tap(ctx, io.NopCloser(strings.NewReader("\n"+text))))
		require.NoError(t, err)
		resp := new(chat.Response)
		require.NoError(t, json.Unmarshal([]byte(text), resp))
		Read(ctx, []byte(text), resp)
		return resp
	}
	resp := read()
	copied := *resp
	copied.Info.Endpoint = "e"
	resp.Choices[0].Message.Content = "changed by nobody"
	for _, r := range []*chat.Response{resp, &copied} {
		body, err := came.Response(r)
		require.NoError(t, err)
		require.Equal(t, text, string(body))
	}
	body, err := came.Response(&chat.Response{Choices: resp.Choices[:0]})
	require.NoError(t, err)
	require.NotEqual(t, text, string(body), "another answer")

	Doubt(ctx)
	body, err = came.Response(resp)
	require.NoError(t, err)
	require.Contains(t, string(body), "changed by nobody")

	Doubt(t.Context()) // nobody keeps anything here
	Read(t.Context(), nil, resp)
}
