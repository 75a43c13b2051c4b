package behaviour_test

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
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

func newGated(t *testing.T, refuse, http2 bool) *gated {
	g := &gated{asked: make(chan struct{}, 10), proceed: make(chan struct{})}
	var refused atomic.Bool
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if http2 != (r.ProtoMajor == 2) {
			t.Errorf("%s", r.Proto)
		}
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
	if g.EnableHTTP2 = http2; http2 {
		g.StartTLS()
	} else {
		g.Start()
	}
	t.Cleanup(g.Server.Close)
	return g
}

// Close lets calls go on to their end. Their connections stayed open after that, for
// 90 seconds, where a call sent another request after Close.
func TestConnectionsOfCallsThatEndAfterClose(t *testing.T) { endAfterClose(t, false) }

// The same over HTTP/2, in a process that trusts the server's certificate.
func TestConnectionsOfCallsThatEndAfterCloseOverHTTP2(t *testing.T) {
	const trusts = "BUOY_TEST_TRUSTS_LOOPBACK"
	if os.Getenv(trusts) != "" {
		endAfterClose(t, true)
		return
	}
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600))
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), trusts+"=1", "SSL_CERT_FILE="+roots)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name()+"/a_stream_after_a_refusal")
}

func endAfterClose(t *testing.T, http2 bool) {
	for name, tc := range map[string]struct{ stream, refuse bool }{
		"a stream":                  {true, false},
		"a whole answer":            {false, false},
		"a stream after a refusal":  {true, true},
		"an answer after a refusal": {false, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGated(t, tc.refuse, http2)
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
