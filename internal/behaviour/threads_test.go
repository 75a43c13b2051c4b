package behaviour_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// Answers of the threads, whole and streamed, mean what they should, and their messages
// can be sent back.
func TestThreads(t *testing.T) {
	for _, r := range slices.Concat(threadRows, moreThreadRows, furtherThreadRows, streamThreadRows, moreStreamThreadRows, furtherStreamThreadRows, lastStreamThreadRows) {
		for _, mode := range []string{"chat", "stream"} {
			t.Run(r.name+"/"+mode, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { r.judge(t, mode == "stream") })
			})
		}
	}
}

func (r *threadRow) judge(t *testing.T, streamed bool) {
	req := hello
	if r.n > 0 {
		req.N = new(r.n)
	}
	a := inquire(t, req, streamed, r.reply)
	if r.kinds != "" {
		r.failed(t, a, streamed)
		return
	}
	require.NoError(t, a.err)
	require.Equal(t, 1, a.asked)
	require.Regexp(t, wanted(r.want), sums(a.resp))
	require.Equal(t, r.check, string(buoy.KindOf(a.resp.Check())))
	if r.second != "" {
		require.Len(t, a.resp.Choices, 2)
		require.Equal(t, r.second, a.resp.Choices[1].Message.Text())
	}
	r.answered(t, a, streamed && r.n < 2)
}

// inquiry is a question that a row answers.
type inquiry struct {
	client *buoy.Client
	resp   *buoy.Response
	pieces string // of a stream
	err    error
	asked  int
	sent   []byte // the latest request
}

func inquire(t *testing.T, req buoy.Request, streamed bool, reply func() *http.Response) *inquiry {
	a := new(inquiry)
	a.client = clientOf(t, false, func(req *http.Request) (*http.Response, error) {
		a.asked++
		a.sent, _ = io.ReadAll(req.Body)
		return reply(), nil
	}, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3}))
	a.resp, a.pieces, a.err = answerOf(t, a.client, req, streamed)
	return a
}

// failed judges an error, and that no key is out without need.
func (r *threadRow) failed(t *testing.T, a *inquiry, streamed bool) {
	require.Contains(t, strings.Split(r.kinds, "|"), string(buoy.KindOf(a.err)), "%v", a.err)
	require.False(t, r.retried == "yes" && a.asked < 2 || r.retried == "no" && a.asked > 1, "%d requests: %v", a.asked, a.err)
	if r.partial != "" && streamed {
		require.Equal(t, r.partial, a.resp.Text())
	}
	for _, k := range a.client.Keys() {
		require.False(t, k.Disabled && buoy.KindOf(a.err) != buoy.ErrAuth, "%v", a.err)
	}
}

// answered judges what every answer has, and sends it back.
func (r *threadRow) answered(t *testing.T, a *inquiry, inPieces bool) {
	if inPieces {
		require.Equal(t, a.resp.Text(), a.pieces)
	}
	if r.usage != "" {
		require.Regexp(t, "^"+strings.ReplaceAll(r.usage, "-", `\d+`)+"$", counts(&a.resp.Usage))
	}
	ids := map[string]bool{}
	for _, call := range a.resp.ToolCalls() {
		require.False(t, ids[call.ID], "the id %q twice", call.ID)
		ids[call.ID] = true
	}
	r.sendBack(t, a)
}

// answerOf is an answer, and of a stream also the text of its pieces.
func answerOf(t *testing.T, c *buoy.Client, req buoy.Request, streamed bool) (resp *buoy.Response, pieces string, err error) {
	if !streamed {
		resp, err = c.Chat(t.Context(), req)
		return resp, "", err
	}
	s, err := c.Stream(t.Context(), req)
	if err != nil {
		return nil, "", err
	}
	for s.Next() {
		pieces += s.Chunk().Text()
	}
	return s.Response(), pieces, s.Err()
}

func (r *threadRow) reply() *http.Response {
	contentType, status := r.ct, 200
	if contentType == "" {
		contentType = "application/json"
		if strings.Contains(r.body, "data:") && !strings.HasPrefix(r.body, "{") {
			contentType = "text/event-stream"
		}
	}
	if r.status != 0 {
		status = r.status
	}
	var body io.Reader = strings.NewReader(r.body)
	if r.oneByte {
		body = iotest.OneByteReader(body)
	}
	resp := reply(status, contentType, io.NopCloser(body))
	if r.header[0] != "" {
		resp.Header.Set(r.header[0], r.header[1])
	}
	return resp
}

// sendBack sends the answer's message in a next request.
func (r *threadRow) sendBack(t *testing.T, a *inquiry) {
	m := a.resp.Choices[0].Message
	req := hello
	req.Messages = append(append([]buoy.Message{}, hello.Messages...), m)
	for _, call := range m.ToolCalls {
		req.Messages = append(req.Messages, buoy.ToolResult(call.ID, "ok"))
	}
	if len(m.ToolCalls) == 0 {
		req.Messages = append(req.Messages, buoy.User("go on"))
	}
	_, err := a.client.Chat(t.Context(), req)
	_, mistake := errors.AsType[*buoy.RequestError](err)
	require.False(t, mistake, "%v", err)
	_, text, _ := strings.Cut(string(a.sent), `{"role":"assistant"`)
	text = `{"role":"assistant"` + text
	for _, part := range r.back {
		require.Contains(t, text, part)
	}
	for _, part := range r.not {
		require.NotContains(t, text, part)
	}
}

func counts(u *buoy.Usage) string {
	return fmt.Sprintf("%d/%d/%d/%d/%d", u.PromptTokens, u.CompletionTokens, u.TotalTokens, u.PromptTokensDetails.CachedTokens, u.CompletionTokensDetails.ReasoningTokens)
}

var wild = regexp.MustCompile(`\\\?,|\\\*`)

// wanted is the expression for what a row wants.
func wanted(want string) string {
	return "(?s)^" + wild.ReplaceAllStringFunc(regexp.QuoteMeta(want), func(mark string) string {
		if mark == `\*` {
			return `[^|]*`
		}
		return `[^,;|]+,`
	}) + "$"
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}
