package behaviour_test

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// traceEvents are the events of somebody's httptrace, for each connection that was asked for.
type traceEvents struct {
	mu   sync.Mutex
	seen []string
}

func (e *traceEvents) note(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, name)
}

// sorted has the events so far. Those of the dialer come on a goroutine of its own.
func (e *traceEvents) sorted() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	seen := slices.Clone(e.seen)
	slices.Sort(seen)
	return seen
}

// answering tells whether two requests were written, and the headers before their answers read.
func (e *traceEvents) answering() bool {
	count := map[string]int{}
	for _, name := range e.sorted() {
		count[name]++
	}
	return count["WroteRequest"] == 2 && count["Got1xxResponse"] == 2
}

// trace has every hook that there is.
func (e *traceEvents) trace(t *testing.T) *httptrace.ClientTrace {
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { e.note("GetConn") }, GotConn: func(httptrace.GotConnInfo) { e.note("GotConn") }, PutIdleConn: func(error) {},
		GotFirstResponseByte: func() { e.note("GotFirstResponseByte") }, Got100Continue: func() { e.note("Got100Continue") },
		Got1xxResponse: func(int, textproto.MIMEHeader) error { e.note("Got1xxResponse"); return nil },
		DNSStart:       func(httptrace.DNSStartInfo) { e.note("DNSStart") }, DNSDone: func(httptrace.DNSDoneInfo) { e.note("DNSDone") },
		ConnectStart: func(string, string) { e.note("ConnectStart") }, ConnectDone: func(string, string, error) { e.note("ConnectDone") },
		TLSHandshakeStart: func() { e.note("TLSHandshakeStart") }, TLSHandshakeDone: func(tls.ConnectionState, error) { e.note("TLSHandshakeDone") },
		WroteHeaderField: func(string, []string) {}, WroteHeaders: func() { e.note("WroteHeaders") }, Wait100Continue: func() { e.note("Wait100Continue") },
		WroteRequest: func(httptrace.WroteRequestInfo) { e.note("WroteRequest") },
	}
	for i, v := 0, reflect.ValueOf(trace).Elem(); i < v.NumField(); i++ {
		require.False(t, v.Field(i).IsNil(), v.Type().Field(i).Name)
	}
	return trace
}

// An application's own httptrace gets what it gets beneath net/http alone, for each attempt:
// whoever sets it, in one place, in two or in three.
func TestAnApplicationsTrace(t *testing.T) {
	for _, mode := range []string{"answered", "retried", "hedged", "streamed"} {
		for _, secure := range []bool{false, true} {
			for _, where := range []string{"caller", "transport", "middleware", "caller and transport", "all three", "caller, context without its end", "caller, context of another"} {
				t.Run(mode+"/"+where, func(t *testing.T) {
					n := 0
					var mu sync.Mutex
					var own [3]traceEvents
					var told []int // which of them
					srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						_, _ = io.Copy(io.Discard, r.Body)
						mu.Lock()
						n++
						first, second := n == 1, n == 2
						mu.Unlock()
						w.WriteHeader(http.StatusEarlyHints)
						w.Header().Set("Connection", "close") // each attempt has a connection of its own
						switch {
						case mode == "retried" && first:
							w.WriteHeader(http.StatusInternalServerError)
							return
						case mode == "hedged" && first:
							<-r.Context().Done()
							return
						case mode == "hedged" && second: // else the first may end before it was told all
							for slices.ContainsFunc(told, func(i int) bool { return !own[i].answering() }) {
								select {
								case <-r.Context().Done():
									return
								case <-time.After(time.Millisecond):
								}
							}
						case mode == "streamed":
							w.Header().Set("Content-Type", "text/event-stream")
							_, _ = io.WriteString(w, ev(d(`{"content":"one"}`), f("stop"), end))
							return
						}
						w.Header().Set("Content-Type", "application/json")
						_, _ = io.WriteString(w, wholeFine)
					}))
					if secure {
						srv.StartTLS()
					} else {
						srv.Start()
					}
					defer srv.Close()

					inner := srv.Client().Transport.(*http.Transport).Clone()
					defer inner.CloseIdleConnections()
					// What net/http tells of one request.
					bare := func() []string {
						var e traceEvents
						req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), e.trace(t)), http.MethodPost, srv.URL, strings.NewReader("{}"))
						require.NoError(t, err)
						resp, err := inner.RoundTrip(req)
						require.NoError(t, err)
						_, _ = io.Copy(io.Discard, resp.Body)
						require.NoError(t, resp.Body.Close())
						require.Eventually(t, func() bool { return slices.Contains(e.sorted(), "WroteRequest") }, 10*time.Second, time.Millisecond)
						return e.sorted()
					}
					mu.Lock()
					n = 2
					mu.Unlock()
					one := bare()
					require.Contains(t, one, "ConnectDone")
					mu.Lock()
					n = 0
					mu.Unlock()

					ctx := t.Context()
					send := roundTripper(func(req *http.Request) (*http.Response, error) {
						switch {
						case where == "transport", where == "caller and transport", where == "all three":
							req = req.Clone(httptrace.WithClientTrace(req.Context(), own[1].trace(t)))
						case strings.HasSuffix(where, "without its end"):
							req = req.Clone(context.WithoutCancel(req.Context()))
						case strings.HasSuffix(where, "of another"):
							req = req.Clone(ctx)
						}
						return inner.RoundTrip(req)
					})
					opts := []buoy.Option{buoy.WithHTTPClient(&http.Client{Transport: send}), buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond})}
					if strings.HasPrefix(where, "caller") || where == "all three" {
						ctx = httptrace.WithClientTrace(ctx, own[0].trace(t))
						told = append(told, 0)
					}
					if strings.Contains(where, "transport") || where == "all three" {
						told = append(told, 1)
					}
					if where == "middleware" || where == "all three" {
						opts = append(opts, buoy.WithAttemptMiddleware(func(next buoy.Handler) buoy.Handler {
							return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
								return next(httptrace.WithClientTrace(ctx, own[2].trace(t)), call)
							}
						}))
						told = append(told, 2)
					}
					if mode == "hedged" {
						if strings.HasPrefix(where, "caller, context") {
							return // the first would never end
						}
						opts = append(opts, buoy.WithHedge(buoy.HedgePolicy{After: 20 * time.Millisecond}))
					}
					client, err := buoy.New(buoy.Endpoint{BaseURL: srv.URL, Keys: []string{"a", "b"}}, opts...)
					require.NoError(t, err)
					_, _, err = answerOfIn(ctx, t, client, mode == "streamed")
					require.NoError(t, err)
					require.NoError(t, client.Close())

					want := one
					if mode == "retried" || mode == "hedged" {
						want = append(slices.Clone(one), one...)
					}
					slices.Sort(want)
					for _, i := range told {
						// The request may be written after its answer is here.
						require.Eventually(t, func() bool { return len(own[i].sorted()) >= len(want) }, 10*time.Second, time.Millisecond)
						require.Equal(t, want, own[i].sorted(), "%d", i)
					}
				})
			}
		}
	}
}

func answerOfIn(ctx context.Context, t *testing.T, c *buoy.Client, streamed bool) (*buoy.Response, string, error) {
	if !streamed {
		resp, err := c.Chat(ctx, hello)
		return resp, "", err
	}
	s, err := c.Stream(ctx, hello)
	require.NoError(t, err)
	text, err := read(s)
	return s.Response(), text, err
}
