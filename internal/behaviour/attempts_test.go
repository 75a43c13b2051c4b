package behaviour_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
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

// writable is the memory that the holder of v can write to, by exported fields: pointers,
// slices and maps.
func writable(v any) map[uintptr]string {
	found := map[uintptr]string{}
	var walk func(reflect.Value, string)
	walk = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Interface:
			walk(v.Elem(), path)
		case reflect.Pointer:
			if !v.IsNil() && found[v.Pointer()] == "" {
				found[v.Pointer()] = path + "*"
				walk(v.Elem(), path)
			}
		case reflect.Map:
			if v.Len() > 0 {
				found[v.Pointer()] = path + "{}"
			}
		case reflect.Slice:
			if v.Len() > 0 {
				found[v.Pointer()] = path + "[]"
			}
			for i := range v.Len() {
				walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					walk(v.Field(i), path+"."+f.Name)
				}
			}
		}
	}
	walk(reflect.ValueOf(v), "")
	return found
}

// What two calls have given out is in memory of its own, but for the headers and the error
// of a request that they shared, of which that is said.
func TestTwoCallsShareNoMemory(t *testing.T) {
	flagged := buoytest.AITunnelError(403, "flagged", map[string]any{"reasons": []string{"b", "a"}, "provider_name": "p"})
	same := func() buoy.Request {
		req := hello
		req.Temperature = new(float64)
		return req
	}
	for what, step := range map[string]buoytest.Step{"refused": flagged, "answered": buoytest.Reply("one two"), "cut": buoytest.ResetAfter(1)} {
		for how, opt := range map[string]buoy.Option{
			"apart": noRetry, "cached": buoy.WithCache(new(buoytest.Cache), buoy.CachePolicy{}), "together": buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true}),
			"breaker": buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 1, MinRequests: 1}),
		} {
			for _, streamed := range []bool{false, true} {
				t.Run(what+"/"+how, func(t *testing.T) {
					bubble(t, []buoy.Option{noRetry, opt}, func(t *testing.T, d desk) {
						given := make(chan []any, 3)
						for range cap(given) {
							one := func() {
								resp, _, err := answerOf(t, d.Client, same(), streamed)
								given <- []any{resp, err}
							}
							if how == "together" {
								go one()
							} else {
								one()
							}
						}
						var before []map[uintptr]string
						for range cap(given) {
							has := writable(<-given)
							for _, other := range before {
								for at, path := range has {
									if old := other[at]; old != "" && !strings.HasSuffix(path, ".Header{}") {
										require.True(t, strings.Contains(path, ".Err") && strings.Contains(old, ".Err"), "%s is %s", path, old)
									}
								}
							}
							before = append(before, has)
						}
					}, buoytest.Always(buoytest.Delay(time.Second, step)))
				})
			}
		}
	}
}
