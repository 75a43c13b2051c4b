package buoyqueue

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// Each kind of error, and what becomes of its job.
func TestVerdictOn(t *testing.T) {
	const dead, snoozed, retried = event.QueueDead, event.QueueSnoozed, event.QueueRetried
	moves := map[buoy.Kind]event.QueueMove{
		buoy.ErrInvalidRequest: dead, buoy.ErrContextLength: dead, buoy.ErrTooLarge: dead, buoy.ErrModeration: dead,
		buoy.ErrAuth: dead, buoy.ErrPermission: dead, buoy.ErrNotFound: dead, buoy.ErrQuota: dead,
		buoy.ErrRateLimit: snoozed, buoy.ErrCircuitOpen: snoozed,
		buoy.ErrConflict: retried, buoy.ErrServer: retried, buoy.ErrOverloaded: retried, buoy.ErrUpstream: retried,
		buoy.ErrTimeout: retried, buoy.ErrConnection: retried, buoy.ErrStreamInterrupted: retried, buoy.ErrMalformed: retried,
		buoy.ErrNoContent: retried, buoy.ErrCanceled: retried,
		buoy.ErrResponseTooLarge: dead, buoy.ErrLimit: dead, buoy.ErrIncomplete: dead, buoy.ErrUnknown: dead,
	}
	n := 0
	for kind := range buoy.Kinds() {
		n++
		require.Contains(t, moves, kind, "a kind without a verdict")
		require.Equal(t, moves[kind], verdictOn(&buoy.APIError{Kind: kind}, 0, time.Hour).move, kind)
	}
	require.Len(t, moves, n)

	hinted := func(kind buoy.Kind, wait time.Duration) error { return &buoy.APIError{Kind: kind, RetryAfter: wait} }
	no := false
	for _, c := range []struct {
		err  error
		left time.Duration
		move event.QueueMove
		wait time.Duration // at least
	}{
		{hinted(buoy.ErrRateLimit, 2*time.Hour), 3 * time.Hour, snoozed, 2 * time.Hour},
		{hinted(buoy.ErrRateLimit, 2*time.Hour), time.Hour, dead, 0}, // it would outlast the patience
		{hinted(buoy.ErrOverloaded, time.Minute), time.Hour, snoozed, time.Minute},
		{hinted(buoy.ErrServer, 10*time.Second), time.Hour, snoozed, 10 * time.Second},
		{&buoy.APIError{Kind: buoy.ErrServer, RetryAfter: time.Second, ShouldRetry: &no}, time.Hour, snoozed, time.Second},
		{&buoy.APIError{Kind: buoy.ErrServer, ShouldRetry: &no}, time.Hour, retried, 0},
		{&buoy.APIError{Kind: buoy.ErrQuota, ShouldRetry: &no}, time.Hour, dead, 0},
		{hinted(buoy.ErrInvalidRequest, time.Minute), time.Hour, dead, 0},
		{&buoy.LimitError{Wait: time.Minute}, time.Hour, snoozed, time.Minute},
		{&buoy.LimitError{}, time.Hour, dead, 0}, // larger than the limit: no wait helps
		{&buoy.OpenError{Until: time.Now().Add(time.Minute)}, time.Hour, snoozed, 59 * time.Second},
		{&buoy.OpenError{}, 0, dead, 0},
		{&buoy.OpenError{}, math.MaxInt64, snoozed, 2 * time.Second},
		{context.DeadlineExceeded, time.Hour, retried, 0},                                                          // our own JobTimeout
		{&buoy.TransportError{Kind: buoy.ErrConnection, Err: x509.UnknownAuthorityError{}}, time.Hour, retried, 0}, // certificates are renewed
		{errors.New("a middleware's"), time.Hour, dead, 0},
	} {
		v := verdictOn(c.err, 0, c.left)
		require.Equal(t, c.move, v.move, "%v", c.err)
		require.GreaterOrEqual(t, v.wait, c.wait, "%v", c.err)
	}
	require.Less(t, verdictOn(hinted(buoy.ErrRateLimit, time.Hour), 0, 2*time.Hour).wait, 67*time.Minute, "the jitter is a tenth at most")
}

// Waits without a hint grow, and stay below their bound.
func TestGrowing(t *testing.T) {
	for n := -1; n < 100; n++ {
		for range 20 {
			d := growing(2*time.Second, n)
			full := longest
			if n < 8 {
				full = min(2*time.Second<<max(n, 0), longest)
			}
			require.LessOrEqual(t, d, full, n)
			require.GreaterOrEqual(t, d, full/2, n)
		}
	}
}

// River's timers lie outside of the client's, and of each other.
func TestTimersContainEachOther(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Millisecond, 2 * time.Second, 15 * time.Minute, 10 * time.Hour} {
		o := Options{Timeout: timeout}
		require.Greater(t, o.jobTimeout(), o.timeout(), timeout)
		require.Greater(t, o.rescueAfter(), o.jobTimeout(), timeout)
	}
	o := Options{}
	require.Equal(t, 15*time.Minute, o.timeout())
	require.Equal(t, 17*time.Minute, o.rescueAfter())
}

// Text of others that came with an error is not kept: it may be the prompt, or a key.
func TestFailureHasNoForeignText(t *testing.T) {
	secret := "sk-live-0123456789 and the prompt"
	f := failureOf(fmt.Errorf("asking %s: %w", secret, &buoy.APIError{Kind: buoy.ErrServer, StatusCode: 500, Code: "oops\x00", Message: "it broke\x00 \x1b[31m", Endpoint: "e", RequestID: "r1", Body: []byte(secret)}), time.Now())
	require.Equal(t, buoy.ErrServer, f.Kind)
	require.Equal(t, 500, f.Status)
	require.Equal(t, "oops ", f.Code)
	require.Equal(t, "it broke   [31m", f.Message)
	require.Equal(t, "r1", f.RequestID)
	require.NotContains(t, fmt.Sprintf("%v %+v %q", f, *f, f), "sk-live")
	require.ErrorIs(t, f, buoy.ErrServer)

	f = failureOf(errors.New(secret), time.Now())
	require.Equal(t, buoy.ErrUnknown, f.Kind)
	require.Equal(t, "an error of type *errors.errorString", f.Message)
	f = failureOf(&buoy.CallError{Op: "chat", Err: errors.New(secret)}, time.Now())
	require.NotContains(t, f.Error(), "sk-live")
	var none *Failure
	require.Equal(t, "<nil>", none.Error())
	require.NoError(t, none.Unwrap())
}
