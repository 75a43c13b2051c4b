package behaviour_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/testdesk"
)

// slowLane is a limit of a user's own: each of these keys lets a call go after its wait.
func slowLane(lanes map[string]time.Duration) buoy.Middleware {
	return func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			c, wait, begun := *call, lanes[call.Key], time.Now()
			until, others := c.Patience(ctx)
			for _, other := range others {
				if lanes[other] < wait {
					return nil, &buoy.LimitError{Wait: wait, Limit: "the slow lane"}
				}
			}
			if !begun.Add(wait).Before(until) {
				return nil, &buoy.LimitError{Wait: wait, Limit: "the slow lane"}
			}
			if wait > 0 {
				time.Sleep(wait)
				c.Waited(ctx, begun)
			}
			return next(ctx, &c)
		}
	}
}

// waitNotes notes the waits that observers are told of.
type waitNotes struct {
	buoy.Observer
	limits []event.LimitWait
}

func (w *waitNotes) ObserveAttempt(context.Context, buoy.AttemptEvent) {}
func (w *waitNotes) ObserveCall(context.Context, buoy.CallEvent)       {}
func (w *waitNotes) ObserveLimit(_ context.Context, e event.LimitWait) {
	w.limits = append(w.limits, e)
}

// A limit of a user's own in the place of the standard one goes as far as that: the
// quicker key, the wait that observers are told of, the deadline.
func TestALimitOfOnesOwn(t *testing.T) {
	const a, b = "sk-own-limit-key-a", "sk-own-limit-key-b"
	lanes, told := map[string]time.Duration{}, &waitNotes{}
	parts := buoy.StandardParts()
	parts.Rate = slowLane(lanes)
	opts := []buoy.Option{buoy.WithChain(parts.List()...), buoy.WithObserver(told)}
	testdesk.Keyed(t, []string{a, b}, []buoytest.Step{buoytest.Reply("fine")}, opts, func(t *testing.T, d testdesk.Desk) {
		keys := d.Client.Keys()
		lanes[keys[0].Label], lanes[keys[1].Label] = 7*time.Second, 3*time.Second
		for range 2 {
			resp, err := d.Chat(t.Context(), testdesk.Hello)
			require.NoError(t, err)
			require.Len(t, resp.Info.Attempts, 1, "a refused call is no attempt")
			require.Equal(t, keys[1].Label, resp.Info.Attempts[0].Key)
			require.Equal(t, 3*time.Second, resp.Info.Attempts[0].Wait)
			require.Less(t, resp.Info.Attempts[0].Duration, time.Second)
		}
		require.Len(t, told.limits, 2)
		require.Equal(t, event.WaitRate, told.limits[0].For)
		require.Equal(t, 3*time.Second, told.limits[0].Wait)
		require.Equal(t, keys[1].Label, told.limits[0].Key)

		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := d.Chat(ctx, testdesk.Hello)
		require.ErrorIs(t, err, buoy.ErrLimit)
		require.Zero(t, time.Since(begun), "what does not fit is told at once")
		wait, _ := buoy.RetryAfter(err)
		require.Positive(t, wait)
	})
}

// Over a handler of a user's own there are no keys and no client.
func TestPatienceWithoutAClient(t *testing.T) {
	call := &buoy.Call{Request: &buoy.Request{}}
	until, others := call.Patience(t.Context())
	require.WithinDuration(t, time.Now().Add(time.Minute), until, time.Second, "MaxServerDelay")
	require.Empty(t, others)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	deadline, _ := ctx.Deadline()
	until, _ = call.Patience(ctx)
	require.Equal(t, deadline, until)
	(&buoy.Call{}).Waited(ctx, time.Now())
}
