package trip_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/clock"
	"github.com/buoy-go/buoy/internal/conn"
	"github.com/buoy-go/buoy/internal/replay"
	"github.com/buoy-go/buoy/internal/trip"
	"github.com/stretchr/testify/require"
)

func untapped(body io.ReadCloser) io.ReadCloser { return body }

// A trip over net/http: what is sent, how far it has come, and a reply that is unpacked.
func TestTrip(t *testing.T) {
	got := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Method + " " + r.URL.Path + " " + r.Header.Get("X-Test") + " " + string(body)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, "the answer")
		_ = z.Close()
	}))
	defer srv.Close()
	for _, timed := range []bool{true, false} { // with a clock, and without one
		var conns conn.Connections
		conns.Of(nil, time.Second)
		var c *clock.Clock
		ctx := t.Context()
		if timed {
			c = new(clock.Clock)
			ctx = c.Run(ctx, clock.Bounds{Connect: time.Minute}, false, time.Now(), nil)
		}
		var trip trip.Trip
		trip.Begin(c, &conns, []byte("the question"))
		require.Equal(t, "the question", string(trip.Payload()))
		require.False(t, trip.Phase.Sent())
		u := *mustRequest(t, srv.URL+"/chat").URL
		req := trip.Request(ctx, &u, http.Header{"X-Test": {"1"}})
		require.EqualValues(t, 12, req.ContentLength)
		resp, err := conns.RoundTripper().RoundTrip(req)
		require.NoError(t, err)
		require.Equal(t, "POST /chat 1 the question", <-got)
		require.True(t, trip.Phase.Awaits())
		body := trip.Open(resp, untapped)
		require.Equal(t, "read", trip.Phase.Op())
		text, err := io.ReadAll(body)
		require.NoError(t, err)
		require.Equal(t, "the answer", string(text))
		require.NoError(t, body.Close())
		require.NoError(t, body.Close())
		c.Stop()
		conns.Close()
		conns.HangUp()
	}
}

func mustRequest(t *testing.T, at string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at, nil)
	require.NoError(t, err)
	return req
}

// idle counts who closes its connections.
type idle struct{ closed int }

func (*idle) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.EOF }
func (i *idle) CloseIdleConnections()                         { i.closed++ }

// net/http may send a request again that no server can have worked on. Else the connections
// that are left are closed, of which most are as dead as the first.
func TestAgain(t *testing.T) {
	var conns conn.Connections
	transport := new(idle)
	conns.Of(&http.Client{Transport: transport}, 0)
	var trip trip.Trip
	trip.Begin(nil, &conns, []byte("the question"))
	req := trip.Request(context.Background(), mustRequest(t, "http://localhost/v1").URL, http.Header{})
	httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
	again, err := req.GetBody()
	require.NoError(t, err)
	body, err := io.ReadAll(again)
	require.NoError(t, err)
	require.Equal(t, "the question", string(body))
	require.NoError(t, again.Close())
	_, err = req.GetBody()
	require.ErrorIs(t, err, replay.ErrWritten)
	require.Equal(t, 1, transport.closed)
}

// A reply without a body, which only a RoundTripper of somebody's returns, is an empty one.
func TestNoBody(t *testing.T) {
	var trip trip.Trip
	trip.Begin(nil, new(conn.Connections), nil)
	tapped := false
	body := trip.Open(&http.Response{}, func(packed io.ReadCloser) io.ReadCloser { tapped = true; return packed })
	text, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Empty(t, text)
	require.True(t, tapped)
}
