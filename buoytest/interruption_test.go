package buoytest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

func TestInterruptions(t *testing.T) {
	const failure = "{\n\"error\": {\"code\": 502, \"message\": \"gone\"}}"
	for _, tt := range []struct {
		name     string
		step     buoytest.Step
		err      error  // of the body; nil: HTTP ends in good order
		whole    string // how the whole reply ends
		streamed string // what the stream says
		reasons  int
		done     bool
	}{
		{"cut", buoytest.Cut(3), io.ErrUnexpectedEOF, `"content":"The quick brown`, "The quick brown", 0, false},
		{"cut before the first token", buoytest.Cut(0), io.ErrUnexpectedEOF, `"content":"`, "", 0, false},
		{"cut after more tokens than the text has", buoytest.Cut(11), io.ErrUnexpectedEOF,
			`"content":"The quick brown fox jumps over the lazy dog. The quick`,
			"The quick brown fox jumps over the lazy dog. The quick", 0, false},
		{"reset", buoytest.ResetAfter(2), syscall.ECONNRESET, `"content":"The quick`, "The quick", 0, false},
		{"early end", buoytest.EndEarly(2), nil, `"content":"The quick`, "The quick", 0, false},
		{"early end with done", buoytest.CutWithDone(2), nil, `"content":"The quick`, "The quick", 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
				srv, client := start(buoytest.Times(2, tt.step))
				want := tt.err
				if want != nil && strings.HasSuffix(t.Name(), "http2") {
					want = errAny // HTTP/2 has errors of its own for a broken stream
					if tt.err == syscall.ECONNRESET {
						requireIs(t, post(t, client, srv.URL, askStream).err, want)
						return
					}
				}

				got := post(t, client, srv.URL, askWhole)
				requireIs(t, got.err, want)
				require.True(t, strings.HasSuffix(got.body, tt.whole), "%q", got.body)
				if tt.err != nil {
					require.Greater(t, got.resp.ContentLength, int64(len(got.body)))
				}

				got = post(t, client, srv.URL, askStream)
				requireIs(t, got.err, want)
				require.Equal(t, tt.streamed, text(t, got.body))
				require.Len(t, reasons(t, got.body), tt.reasons)
				require.Equal(t, tt.done, strings.HasSuffix(got.body, "data: [DONE]\n\n"))

				// What broke one connection does not harm the next.
				require.Equal(t, buoytest.DefaultText, text(t, post(t, client, srv.URL, askStream).body))
			})
		})
	}

	t.Run("stream error", func(t *testing.T) {
		networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
			srv, client := start(buoytest.Times(2, buoytest.StreamError(2, failure)))
			require.Equal(t, failure, post(t, client, srv.URL, askWhole).body)
			got := post(t, client, srv.URL, askStream)
			require.NoError(t, got.err)
			require.True(t, strings.HasSuffix(got.body, "\n\ndata: {\ndata: \"error\": {\"code\": 502, \"message\": \"gone\"}}\n\n"), "%q", got.body)
			require.Equal(t, 2, strings.Count(got.body, `"content":"The"`)+strings.Count(got.body, `"content":" quick"`))
		})
	})

	t.Run("malformed", func(t *testing.T) {
		srv := buoytest.NewServer(t, buoytest.Times(2, buoytest.Malformed(2)))
		whole := post(t, srv.Client(), srv.URL, askWhole)
		require.NoError(t, whole.err)
		require.True(t, strings.HasSuffix(whole.body, `"content":"The quick"]}`), whole.body)
		streamed := post(t, srv.Client(), srv.URL, askStream)
		require.NoError(t, streamed.err)
		ps := payloads(streamed.body)
		require.Equal(t, `{"id":"chatcmpl-2","choices":[{"index":0,"delta":{"content":"`, ps[3])
		require.Equal(t, "[DONE]", ps[len(ps)-1], "and it goes on as if nothing had happened")
	})
}

// errAny stands for whatever error there is.
var errAny = errors.New("any error")

func requireIs(t *testing.T, err, want error) {
	t.Helper()
	switch want {
	case nil:
		require.NoError(t, err)
	case errAny:
		require.Error(t, err)
	default:
		require.ErrorIs(t, err, want)
	}
}

func TestBreaksBeforeAnAnswer(t *testing.T) {
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		srv, client := start(buoytest.Reset(), buoytest.Drop())
		for _, want := range []error{syscall.ECONNRESET, io.EOF} {
			if strings.HasSuffix(t.Name(), "http2") {
				want = errAny
			}
			got := post(t, client, srv.URL, askStream)
			require.Nil(t, got.resp)
			requireIs(t, got.err, want)
		}
		require.Len(t, srv.Requests(), 2)
		require.Equal(t, 200, post(t, client, srv.URL, askWhole).resp.StatusCode)
	})
}

// A kept-alive connection that closes under a request is the case for which Go's transport sends a POST again, if it
// carries an Idempotency-Key.
func TestDropOnAConnectionInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Reply("a"), buoytest.Drop(), buoytest.Reply("b"), buoytest.Drop())
		require.Equal(t, "a", text(t, post(t, srv.Client(), srv.URL, askWhole).body))
		require.Equal(t, "b", text(t, post(t, srv.Client(), srv.URL, askWhole, "Idempotency-Key: 1").body))
		require.ErrorIs(t, post(t, srv.Client(), srv.URL, askWhole).err, io.EOF, "without the key it is an error")
		require.Len(t, srv.Requests(), 4)
	})
}
