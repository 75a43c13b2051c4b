package buoy_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A caller that cancels during a back-off: the kind is the end's for KindOf, errors.Is
// and RetryAfter alike, and what the provider had said is still to be found.
func TestACancellationDuringABackOffHasOneKind(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := d.Chat(ctx, hello)
		require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
		require.ErrorIs(t, err, buoy.ErrCanceled)
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, buoy.ErrRateLimit)
		require.False(t, buoy.IsRetryable(err))
		_, named := buoy.RetryAfter(err)
		require.False(t, named)
		require.Equal(t, 20*time.Second, apiError(t, err).RetryAfter)
	}, buoytest.Always(buoytest.RetryAfter(20*time.Second, tooFast)))
}

// The same while it waited for a local limit.
func TestACancellationInAQueueHasOneKind(t *testing.T) {
	bubble(t, []buoy.Option{buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1})}, func(t *testing.T, d desk) {
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = d.Chat(ctx, hello)
		require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
		require.NotErrorIs(t, err, buoy.ErrLimit)
		_, named := buoy.RetryAfter(err)
		require.False(t, named)
		require.Contains(t, limitError(t, err).Limit, "1 calls at a time")
	})
}

// A copy of a Stream was ended when the original was collected, and said nil.
func TestACopyOfAStreamIsAsGood(t *testing.T) {
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(200, "text/event-stream", io.NopCloser(strings.NewReader(good))), nil
	})
	s, err := c.Stream(t.Context(), hello)
	require.NoError(t, err)
	another := *s
	s = nil
	text := ""
	for another.Next() {
		text += another.Chunk().Text()
		runtime.GC()
		time.Sleep(time.Millisecond) // for the collector's goroutine
	}
	require.NoError(t, another.Err())
	require.Equal(t, "Hi there", text)
	require.Equal(t, "Hi there", another.Response().Text())
}

// panics is an observer whose author made a mistake.
type panics struct{}

func (panics) ObserveAttempt(context.Context, buoy.AttemptEvent) { panic("observer") }
func (panics) ObserveCall(context.Context, buoy.CallEvent)       {}

// A panic at the end of a stream lost the permits of the layers after it.
func TestAPanicAtTheEndOfAStreamLosesNothing(t *testing.T) {
	told := 0
	count := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			r, err := next(ctx, call)
			if err == nil {
				r.OnEnd(func(error) { told++ })
				r.OnEnd(func(error) { panic("callback") })
				r.OnEnd(func(error) { told++ })
			}
			return r, err
		}
	}
	seen := 0
	bubble(t, []buoy.Option{buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1}), buoy.WithAttemptMiddleware(count),
		buoy.WithObserver(panics{}), buoy.WithObserver(onAttempt(func() { seen++ }))}, func(t *testing.T, d desk) {
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, 1, d.Limits()[0].Running)
		require.Panics(t, func() { _, _ = read(s) })
		synctest.Wait()
		require.Zero(t, d.Limits()[0].Running)
		require.Equal(t, 2, told)
		require.Equal(t, 1, seen, "the observer after it")
	})
}

// lastAttempt keeps the latest attempt.
type lastAttempt struct{ at *buoy.Attempt }

func (l lastAttempt) ObserveAttempt(_ context.Context, e buoy.AttemptEvent) { *l.at = e.Attempt }
func (l lastAttempt) ObserveCall(context.Context, buoy.CallEvent)           {}

func lastTransport(err error) (*buoy.TransportError, bool) {
	return errors.AsType[*buoy.TransportError](err)
}

// A server that writes [DONE] and never a finish reason was asked four times, each
// answer paid for, and the fifth opened the breaker.
func TestAnAnswerThatNeverSaysItIsWholeIsAskedForTwice(t *testing.T) {
	const unfinished = `{"choices":[{"index":0,"message":{"role":"assistant","content":"It scatters."},"finish_reason":null}]}`
	for name, tc := range map[string]struct {
		body string
		opts []buoy.Option
	}{
		"whole":    {unfinished, nil},
		"streamed": {hi + there + done, []buoy.Option{buoy.WithStreamedChat()}},
		"recovered": {hi + there + done, []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart),
			buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					c := *call
					c.Stream = true
					r, err := next(ctx, &c)
					if err != nil {
						return nil, err
					}
					for r.Stream.Next() {
					}
					return nil, r.Stream.Err()
				}
			})}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, tc.opts, func(t *testing.T, d desk) {
				for range 8 {
					before := len(d.Server.Requests())
					_, err := d.Chat(t.Context(), hello)
					require.ErrorIs(t, err, buoy.ErrStreamInterrupted)
					require.Equal(t, 2, len(d.Server.Requests())-before)
				}
				for _, b := range d.Breakers().Snapshot() {
					require.Equal(t, buoy.BreakerClosed, b.State)
				}
			}, buoytest.Always(buoytest.Raw(200, "", []byte(tc.body))))
		})
	}
}

// An empty answer whose body does not end is told from silence.
func TestAnEmptyAnswerThatHangsIsNoContent(t *testing.T) {
	hangs := buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, role+stop)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	bubble(t, []buoy.Option{noRetry}, func(t *testing.T, d desk) {
		_, err := d.Stream(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrNoContent)
	}, hangs)
}

// The same without a Retry in the chain, which would count.
func TestARecoveryAloneAsksAnAnswerWithoutAnEndTwice(t *testing.T) {
	asked := 0
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		asked++
		return reply(200, "text/event-stream", io.NopCloser(strings.NewReader(hi+there+done))), nil
	}, buoy.WithChain(buoy.Recover(buoy.RecoverRestart)), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 4}))
	s, err := c.Stream(t.Context(), hello)
	require.NoError(t, err)
	_, err = read(s)
	require.ErrorIs(t, err, buoy.ErrStreamInterrupted)
	require.Equal(t, 2, asked)
}

func zipped(t *testing.T, text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// Bodies are unpacked by their first bytes, whatever the headers say, and bounded
// while they are.
func TestCompressedBodies(t *testing.T) {
	const whole = `{"choices":[{"message":{"content":"hey"},"finish_reason":"stop"}]}`
	chat := func(status int, body, encoding string) (*buoy.Response, error) {
		return clientOf(t, false, func(*http.Request) (*http.Response, error) {
			return reply(status, "application/json", io.NopCloser(strings.NewReader(body)), "Content-Encoding", encoding), nil
		}, buoy.WithMaxResponse(1<<20)).Chat(t.Context(), hello)
	}
	_, err := chat(400, zipped(t, `{"error":{"message":"bad model","type":"invalid_request_error"}}`), "")
	require.Equal(t, "bad model", apiError(t, err).Message)
	for _, encoding := range []string{"", "gzip", "br"} {
		resp, err := chat(200, zipped(t, whole), encoding)
		require.NoError(t, err)
		require.Equal(t, "hey", resp.Text())
		resp, err = chat(200, whole, encoding)
		require.NoError(t, err, "said, and not done")
		require.Equal(t, "hey", resp.Text())
	}
	_, err = chat(200, "\x1b\x45\x00\x00\x04\xf2\x9b", "br")
	require.ErrorIs(t, err, buoy.ErrMalformed)
	require.ErrorContains(t, err, "compressed with br")
	_, err = chat(200, zipped(t, whole+strings.Repeat(" ", 8<<20)), "")
	require.ErrorIs(t, err, buoy.ErrResponseTooLarge)
	s, err := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(200, "text/event-stream", io.NopCloser(iotest.OneByteReader(strings.NewReader(zipped(t, good))))), nil
	}).Stream(t.Context(), hello)
	require.NoError(t, err)
	text, err := read(s)
	require.NoError(t, err)
	require.Equal(t, "Hi there", text)
}

func TestARedirectNamesItsPlace(t *testing.T) {
	for location, want := range map[string]string{
		"https://user:secret@api.example/v2/chat?key=hidden#top": "https://api.example/v2/chat?***",
		"/v2/chat": "https://desk.example/v2/chat",
	} {
		_, err := clientOf(t, false, func(*http.Request) (*http.Response, error) {
			return reply(308, "", http.NoBody, "Location", location), nil
		}).Chat(t.Context(), hello)
		require.Equal(t, 308, apiError(t, err).StatusCode)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
		require.NotContains(t, err.Error(), "hidden")
	}
}

func TestARefusedConnectNamesItsProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	require.NoError(t, err)
	at.User = url.UserPassword("me", "secret")
	c, err := buoy.New(buoy.OpenAI(testKey), noRetry, buoy.WithHTTPClient(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at)}}))
	require.NoError(t, err)
	_, err = c.Chat(t.Context(), hello)
	require.ErrorIs(t, err, buoy.ErrConnection)
	require.ErrorContains(t, err, "through the proxy "+at.Host)
	require.ErrorContains(t, err, "Forbidden")
	require.NotContains(t, err.Error(), "secret")
}

// A stream that an error in an event broke had cost something; nobody was told.
func TestABrokenStreamIsCountedAsUnknown(t *testing.T) {
	broken := role + hi + `data: {"error":{"code":502,"message":"gone"}}` + "\n\n"
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(200, "text/event-stream", io.NopCloser(strings.NewReader(broken))), nil
	}, buoy.WithQuota(buoy.Quota{Tokens: 1000, Period: buoy.Daily(time.UTC)}))
	s, err := c.Stream(t.Context(), hello)
	require.NoError(t, err)
	_, err = read(s)
	require.ErrorIs(t, err, buoy.ErrUpstream)
	quotas, err := c.Quotas(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, quotas[0].Unknown)
}
