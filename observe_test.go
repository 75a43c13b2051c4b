package buoy_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

type recorder struct {
	mu       sync.Mutex
	attempts []buoy.AttemptEvent
	calls    []buoy.CallEvent
}

func (r *recorder) ObserveAttempt(_ context.Context, e buoy.AttemptEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts = append(r.attempts, e)
}

func (r *recorder) ObserveCall(_ context.Context, e buoy.CallEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, e)
}

// One event per attempt and one per call, when they have ended: for a stream
// that is when it was read.
func TestObserver(t *testing.T) {
	for _, stream := range []bool{false, true} {
		var seen recorder
		bubble(t, []buoy.Option{buoy.WithObserver(&seen)}, func(t *testing.T, d desk) {
			require.NoError(t, call(t.Context(), d, stream))
			require.Len(t, seen.attempts, 2)
			require.ErrorIs(t, seen.attempts[0].Err, buoy.ErrOverloaded)
			require.Equal(t, 2, seen.attempts[1].Number)
			require.NoError(t, seen.attempts[1].Err)
			require.Positive(t, seen.attempts[1].Usage.TotalTokens)
			require.Len(t, seen.calls, 1)
			require.NoError(t, seen.calls[0].Err)
			require.Len(t, seen.calls[0].Info.Attempts, 2)
			require.Positive(t, seen.calls[0].Usage.TotalTokens)
			require.Equal(t, "gpt-4o-mini", seen.calls[0].Model)

			require.Error(t, call(t.Context(), d, stream))
			require.ErrorIs(t, seen.calls[1].Err, buoy.ErrQuota)
		}, buoytest.Error(503, ""), buoytest.Reply("fine"), noMoney)
	}
}

func TestLoggerShowsNoSecrets(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	bubble(t, []buoy.Option{buoy.WithLogger(log)}, func(t *testing.T, d desk) {
		_ = call(t.Context(), d, false)
		_ = call(t.Context(), d, true)
		_ = call(t.Context(), d, false)
	}, buoytest.RetryAfter(time.Second, tooFast), buoytest.Reply("a secret answer"), badKey, buoytest.Error(400, `{"error":{"message":"bad: `+hello.Messages[0].Content+`"}}`))
	text := out.String()
	for _, want := range []string{"level=WARN", "level=ERROR", "kind=rate_limit", "kind=auth", "attempt=2", "wait=", "buoy call"} {
		require.Contains(t, text, want)
	}
	for _, secret := range []string{testKey, "Bearer", "sky blue", "a secret answer"} {
		require.NotContains(t, text, secret)
	}
}
