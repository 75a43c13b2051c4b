package behaviour_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// keeper keeps what it was told of.
type keeper struct{ calls []buoy.CallEvent }

func (k *keeper) ObserveAttempt(context.Context, buoy.AttemptEvent) {}

func (k *keeper) ObserveCall(_ context.Context, e buoy.CallEvent) { k.calls = append(k.calls, e) }

// Who sorts, appends to or writes into the attempts of a failure that he was given changes
// what nobody else has.
func TestAttemptsAreTheHoldersOwn(t *testing.T) {
	spoil := map[string]func([]buoy.Attempt){
		"sorts":   slices.Reverse[[]buoy.Attempt],
		"appends": func(a []buoy.Attempt) { _ = append(a, buoy.Attempt{Endpoint: "spoiled"}) },
		"writes":  func(a []buoy.Attempt) { a[0], a[len(a)-1].Err = buoy.Attempt{Endpoint: "spoiled"}, nil },
	}
	ends := map[string][]buoytest.Step{
		"refused":             {buoytest.Error(500, "one"), buoytest.Error(503, "two"), buoytest.Error(502, "three")},
		"refused by one":      {buoytest.Error(500, "one"), buoytest.Error(500, "two"), buoytest.Error(400, "three")},
		"cut":                 {buoytest.Error(500, "one"), buoytest.Error(503, "two"), buoytest.ResetAfter(3)},
		"cut and asked again": {buoytest.ResetAfter(3), buoytest.ResetAfter(3), buoytest.ResetAfter(3)},
		"answered":            {buoytest.Error(500, "one"), buoytest.Error(503, "two"), buoytest.Reply("one two three")},
	}
	for end, steps := range ends {
		for how, change := range spoil {
			for _, streamed := range []bool{false, true} {
				if !streamed && end == "answered" {
					continue // see CallEvent
				}
				t.Run(end+"/"+how, func(t *testing.T) {
					var k keeper
					opts := []buoy.Option{buoy.WithObserver(&k), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3}), buoy.WithStreamRecovery(buoy.RecoverRestart)}
					bubble(t, opts, func(t *testing.T, d desk) {
						var holders [][]buoy.Attempt
						note := func(err error) {
							if err != nil {
								holders = append(holders, callError(t, err).Attempts)
							}
						}
						if streamed {
							s, err := d.Stream(t.Context(), hello)
							note(err)
							if err == nil {
								_, err := read(s)
								note(err)
								holders = append(holders, s.Info().Attempts, s.Response().Info.Attempts, s.Info().Attempts)
							}
						} else {
							_, err := d.Chat(t.Context(), hello)
							note(err)
						}
						require.Len(t, k.calls, 1)
						holders = append(holders, k.calls[0].Info.Attempts)
						require.Greater(t, len(holders), 1)
						before := slices.Clone(holders[0])
						require.Greater(t, len(before), 1)
						for i := range holders {
							require.Equal(t, before, holders[i])
						}
						for i := range holders {
							change(holders[i])
							for _, later := range holders[i+1:] {
								require.Equal(t, before, later)
							}
						}
					}, steps...)
				})
			}
		}
	}
}

// A middleware below a hedge sees the attempts as they were when its answer came.
func TestAttemptsBesideAHedge(t *testing.T) {
	var seen, then []buoy.Attempt
	look := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if err == nil {
				seen = reply.Response.Info.Attempts
				then = slices.Clone(seen)
				time.Sleep(10 * time.Second) // the other one fails meanwhile
			}
			return reply, err
		}
	}
	steps := []buoytest.Step{
		buoytest.ForKey("a", buoytest.Delay(3*time.Second, buoytest.Reply("fine"))),
		buoytest.ForKey("b", buoytest.Delay(5*time.Second, buoytest.Error(500, ""))),
	}
	opts := []buoy.Option{buoy.WithHedge(buoy.HedgePolicy{After: time.Second}), buoy.WithAttemptMiddleware(look)}
	keyed(t, []string{"a", "b"}, steps, opts, func(t *testing.T, d desk) {
		resp, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.Equal(t, then, seen)
		require.Len(t, resp.Info.Attempts, 2)
		require.ErrorIs(t, resp.Info.Attempts[1].Err, buoy.ErrServer)
	})
}
