package buoy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
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
