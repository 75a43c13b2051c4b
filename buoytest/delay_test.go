package buoytest_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

// clients are the ways to reach a server in memory.
var clients = map[string]func(*buoytest.Server) *http.Client{
	"memory": func(s *buoytest.Server) *http.Client { return s.Client() },
	"http2":  func(s *buoytest.Server) *http.Client { return s.HTTP2Client() },
	"direct": func(s *buoytest.Server) *http.Client { return &http.Client{Transport: s.RoundTripper()} },
}

// first is when the first line of body came that holds s.
func first(t *testing.T, body io.Reader, s string) time.Time {
	t.Helper()
	for lines := bufio.NewScanner(body); lines.Scan(); {
		if strings.Contains(lines.Text(), s) {
			return time.Now()
		}
	}
	t.Fatalf("no line with %q", s)
	return time.Time{}
}

func TestDelays(t *testing.T) {
	const second = time.Second
	for _, tt := range []struct {
		name    string
		step    buoytest.Step
		headers time.Duration // when the headers of a stream come
		quick   time.Duration // when its second token comes
		end     time.Duration
		whole   time.Duration // when a whole reply ends
		says    string
		signs   int // keep-alive comments or empty deltas, beside the last
	}{
		{"slow", buoytest.Slow(second), 0, 2 * second, 9 * second, 9 * second, buoytest.DefaultText, 0},
		{"slow with tokens", buoytest.Slow(second, "very", " quick"), 0, 2 * second, 2 * second, 2 * second, "very quick", 0},
		{"slow first token", buoytest.Stall(0, 10*second), 0, 10 * second, 10 * second, 10 * second, buoytest.DefaultText, 0},
		{"stall", buoytest.Stall(3, 90*second), 0, 0, 90 * second, 90 * second, buoytest.DefaultText, 0},
		{"late", buoytest.Delay(5*second, buoytest.Reply("as quick as it gets")), 5 * second, 5 * second, 5 * second, 5 * second, "as quick as it gets", 0},
		{"comments", buoytest.Comments(5*second, 60*second), 0, 60 * second, 60 * second, 60 * second, buoytest.DefaultText, 12},
		{"comments later", buoytest.CommentsAfter(4, 5*second, 20*second), 0, 0, 20 * second, 20 * second, buoytest.DefaultText, 4},
		{"empty deltas", buoytest.EmptyDeltas(1, 5*second, 60*second), 0, 60 * second, 60 * second, 60 * second, buoytest.DefaultText, 12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, client := range clients {
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						srv := buoytest.NewMemServer(t, buoytest.Times(2, tt.step))
						start := time.Now()
						req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/v1/chat/completions", strings.NewReader(askStream))
						require.NoError(t, err)
						resp, err := client(srv).Do(req)
						require.NoError(t, err)
						require.Equal(t, tt.headers, time.Since(start))
						var all strings.Builder
						body := io.TeeReader(resp.Body, &all)
						require.Equal(t, tt.quick, first(t, body, "quick").Sub(start))
						_, err = io.Copy(io.Discard, body)
						require.NoError(t, err)
						require.NoError(t, resp.Body.Close())
						require.Equal(t, tt.end, time.Since(start))
						require.Equal(t, tt.says, says(t, all.String()))
						signs := strings.Count(all.String(), ": keep-alive\n\n") + strings.Count(all.String(), `"delta":{},"logprobs":null,"finish_reason":null`)
						require.Equal(t, tt.signs, signs)

						whole := post(t, client(srv), srv.URL, askWhole)
						require.NoError(t, whole.err)
						require.Equal(t, tt.whole, whole.took)
						require.Equal(t, tt.says, text(t, strings.TrimLeft(whole.body, "\n")))
						require.Equal(t, tt.signs, len(whole.body)-len(strings.TrimLeft(whole.body, "\n")))
					})
				})
			}
		})
	}
}

// says is text for a stream with comments in it.
func says(t *testing.T, body string) string {
	t.Helper()
	return text(t, strings.ReplaceAll(body, ": keep-alive\n\n", ""))
}

func TestHangEndsWithoutAnAnswer(t *testing.T) {
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := buoytest.NewMemServer(t, buoytest.Hang(time.Minute))
				got := post(t, client(srv), srv.URL, askStream)
				require.Error(t, got.err)
				require.Nil(t, got.resp)
				require.Equal(t, time.Minute, got.took)
			})
		})
	}
}

// The bubble ends only if the handler has ended, and it has to end before the server is closed.
func TestStepsEndWhenTheClientLeaves(t *testing.T) {
	for _, tt := range []struct {
		name string
		step buoytest.Step
	}{
		{"hang", buoytest.Hang(0)},
		{"delay", buoytest.Delay(time.Hour, buoytest.Reply("late"))},
		{"stall", buoytest.Stall(2, 0)},
		{"slow", buoytest.Slow(time.Hour)},
		{"comments", buoytest.Comments(time.Second, 0)},
		{"empty deltas", buoytest.EmptyDeltas(1, time.Second, 0)},
		{"huge", buoytest.Huge(1 << 30)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, client := range clients {
				for _, ask := range []string{askWhole, askStream} {
					t.Run(name, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							ended := make(chan struct{})
							srv := buoytest.NewMemServer(t, buoytest.Watched(tt.step, func() { close(ended) }))
							ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
							defer cancel()
							req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/v1/chat/completions", strings.NewReader(ask))
							require.NoError(t, err)
							resp, err := client(srv).Do(req)
							if err == nil {
								time.Sleep(10 * time.Second) // nobody reads what comes
								_, err = io.Copy(io.Discard, resp.Body)
								require.NoError(t, resp.Body.Close())
							}
							require.ErrorIs(t, err, context.DeadlineExceeded)
							synctest.Wait()
							select {
							case <-ended:
							default:
								t.Fatal("the step goes on though its client has left")
							}
						})
					})
				}
			}
		})
	}
}
