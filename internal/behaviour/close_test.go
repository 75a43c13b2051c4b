package behaviour_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// gated is a server on the loopback that counts open connections and answers when it
// may: with 503 the first time where refuse says so, else well.
type gated struct {
	*httptest.Server
	open    atomic.Int64
	asked   chan struct{} // one for each request
	proceed chan struct{} // closed when answers may be ended
}

func newGated(t *testing.T, refuse bool) *gated {
	g := &gated{asked: make(chan struct{}, 10), proceed: make(chan struct{})}
	var refused atomic.Bool
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stream := r.Header.Get("Accept") != "application/json"
		if stream && !refuse {
			say(w, true, stalls)
		}
		g.asked <- struct{}{}
		<-g.proceed
		switch {
		case refuse && !refused.Swap(true):
			w.WriteHeader(http.StatusServiceUnavailable)
		case stream && !refuse:
			_, _ = w.Write([]byte(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"))
		default:
			say(w, stream, answers)
		}
	}))
	g.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			g.open.Add(1)
		case http.StateClosed:
			g.open.Add(-1)
		}
	}
	g.Start()
	t.Cleanup(g.Server.Close)
	return g
}

// Close lets calls go on to their end. Their connections stayed open after that, for
// 90 seconds, where a call sent another request after Close.
func TestConnectionsOfCallsThatEndAfterClose(t *testing.T) {
	for name, tc := range map[string]struct{ stream, refuse bool }{
		"a stream":                  {true, false},
		"a whole answer":            {false, false},
		"a stream after a refusal":  {true, true},
		"an answer after a refusal": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGated(t, tc.refuse)
			c, err := buoy.New(buoy.Endpoint{Name: "gated", BaseURL: g.URL + "/v1", Keys: []string{testKey}}, buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Microsecond}))
			require.NoError(t, err)
			ended := make(chan error, 1)
			go func() { ended <- call(t.Context(), c, tc.stream) }()
			<-g.asked
			require.EqualValues(t, 1, g.open.Load())
			require.NoError(t, c.Close())
			close(g.proceed)
			require.NoError(t, <-ended)
			require.Eventually(t, func() bool { return g.open.Load() == 0 }, 10*time.Second, time.Millisecond)
			_, err = c.Chat(t.Context(), hello)
			require.ErrorIs(t, err, buoy.ErrClosed)
		})
	}
}
