package behaviour_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// comeBack is what docs/production.md gives to those with a queue of their own.
func comeBack(err error) (wait time.Duration, again bool) {
	wait, named := buoy.RetryAfter(err)
	kind := buoy.KindOf(err)
	again = named || kind.Retryable() || kind == buoy.ErrCanceled || buoy.IsRetryable(err)
	return max(wait, time.Minute), again
}

// A queue that follows the page drops no job in an outage, whatever the outage looks like
// to its calls: from the first failure on, behind an open breaker, with keys that rest.
func TestNoJobIsDroppedInAnOutage(t *testing.T) {
	forbids := buoytest.Error(503, `{"error":{"message":"down"}}`, "X-Should-Retry: false")
	for name, step := range map[string]buoytest.Step{
		"503":                        buoytest.Fail(503),
		"forbids retries":            forbids,
		"too fast, for long":         buoytest.RetryAfter(70*time.Second, buoytest.Fail(429)),
		"too fast":                   buoytest.Fail(429),
		"hangs":                      buoytest.Hang(time.Hour),
		"cut":                        buoytest.Cut(0),
		"HTML":                       buoytest.HTML(200),
		"the account's day is spent": buoytest.RetryAfter(time.Hour, buoytest.OpenAIError(429, "insufficient_quota", "Your daily quota is used up.")),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, d desk) {
				d.Server.Script(buoytest.Always(step))
				for i := range 12 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i*7)*time.Second)
					_, err := d.Chat(ctx, hello)
					cancel()
					_, again := comeBack(err)
					require.True(t, again, "call %d: %v", i, err)
				}
			})
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
			}, buoy.WithBreaker(buoy.BreakerPolicy{}))
			for range 8 {
				_, err := c.Chat(t.Context(), hello)
				_, again := comeBack(err)
				require.True(t, again, "%v", err)
			}
			require.NoError(t, c.Close())
			_, err := c.Chat(t.Context(), hello)
			_, again := comeBack(err)
			require.True(t, again, "the worker stops: %v", err)
		})
	})
}

// What this client refuses passes later: RetryAfter says when. IsRetryable and the table's
// column are for one call, of which no target is asked again for it.
func TestWhatIsRefusedHereMayBeTriedLater(t *testing.T) {
	bubble(t, []buoy.Option{noRetry}, func(t *testing.T, d desk) {
		d.Server.Script(buoytest.Always(buoytest.Fail(500)))
		for range 6 {
			_, _ = d.Chat(t.Context(), hello)
		}
		_, err := d.Chat(t.Context(), hello)
		require.Equal(t, buoy.ErrCircuitOpen, buoy.KindOf(err))
		require.False(t, buoy.IsRetryable(err))
		require.False(t, buoy.KindOf(err).Retryable())
		_, ok := buoy.RetryAfter(err)
		require.True(t, ok)
		require.Empty(t, callError(t, err).Attempts)
	})
	bubble(t, nil, func(t *testing.T, d desk) {
		d.Server.Script(buoytest.RetryAfter(70*time.Second, buoytest.Fail(429)))
		_, _ = d.Chat(t.Context(), hello)
		time.Sleep(43 * time.Microsecond)
		begun := time.Now()
		_, err := d.Chat(t.Context(), hello)
		require.Zero(t, time.Since(begun))
		require.ErrorContains(t, err, "has asked for a pause on the only key: the wait would be 1m10s;")
		require.Equal(t, buoy.ErrLimit, buoy.KindOf(err))
		require.False(t, buoy.IsRetryable(err))
		wait, ok := buoy.RetryAfter(err)
		require.True(t, ok)
		time.Sleep(wait)
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err)
	})
}

// What no wait mends is not tried again.
func TestAQueueDropsWhatDoesNotPass(t *testing.T) {
	for name, step := range map[string]buoytest.Step{
		"bad request": buoytest.Fail(400), "wrong key": buoytest.Fail(401), "no money": buoytest.Fail(402), "no such model": buoytest.Fail(404),
		"too long": buoytest.OpenAIError(400, "context_length_exceeded", "too long"),
	} {
		bubble(t, []buoy.Option{buoy.WithRateLimit(buoy.RateLimit{TokensPerMinute: 1000})}, func(t *testing.T, d desk) {
			d.Server.Script(buoytest.Always(step))
			_, err := d.Chat(t.Context(), hello)
			_, again := comeBack(err)
			require.False(t, again, "%s: %v", name, err)
			large := hello
			large.MaxTokens = new(2000)
			_, err = d.Chat(t.Context(), large)
			_, again = comeBack(err)
			require.False(t, again, "%v", err)
			require.False(t, buoy.IsRetryable(err))
		})
	}
}
