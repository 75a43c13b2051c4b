package behaviour_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
)

// slowDown is a 429 that names a wait, or none.
func slowDown(hint string) *http.Response {
	resp := refusing(429, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)
	if hint != "" {
		resp.Header.Set("Retry-After", hint)
	}
	return resp
}

// Forty calls, each of another conversation or all of one, outlive three seconds of 429s
// on all keys with at most 100 requests: with one key 140 were sent and none was answered,
// with five keys 160. A longer outage costs a probe for each key and second at most.
func TestHerdsOnSeveralKeys(t *testing.T) {
	for _, order := range orders {
		for _, n := range []int{1, 2, 3, 4, 5} {
			for _, equal := range []bool{true, false} {
				for _, s := range []shape{asWhole, asStream, asStreamed} {
					for _, hint := range []string{"", "1", "2", "3"} {
						for _, outage := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 6 * time.Second, 10 * time.Second} {
							if testing.Short() && (s != asWhole || outage != 3*time.Second) {
								continue
							}
							t.Run(fmt.Sprintf("%s/%d keys/equal %v/%s/hint %q/%v", order, n, equal, s, hint, outage), func(t *testing.T) {
								synctest.Test(t, func(t *testing.T) {
									begun := time.Now()
									d := &door{slow: 70 * time.Millisecond}
									d.refuse = func(*http.Request, string) *http.Response {
										if time.Since(begun) >= outage {
											return nil
										}
										return slowDown(hint)
									}
									c := d.client(t, keyNames(n), order)
									eachAtOnce(40, func(i int) { check(t, s.ask(t.Context(), c, prompt(i, equal))) })
									most := 100 + n*int(max(outage-3*time.Second, 0)/time.Second) // a probe for each key and second
									// A pause that was learned doubles: 1, 2, 4 and 8 s outlive 10 s, and those
									// who waited come back spread over a while.
									if longest := max(15*time.Second, outage+7*time.Second); len(d.sent) > most || time.Since(begun) > longest {
										t.Errorf("%d requests, %v", len(d.sent), time.Since(begun))
									}
								})
							})
						}
					}
				}
			}
		}
	}
}

// The same after calls that were all answered. What has answered lately is trusted with
// twelve calls of the herd, not with all.
func TestAHerdOnKeysThatAnsweredLately(t *testing.T) {
	for _, order := range orders {
		for _, n := range []int{1, 2, 3, 4, 5} {
			for _, hint := range []string{"", "1"} {
				t.Run(fmt.Sprintf("%s/%d keys/hint %q", order, n, hint), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						var down time.Time
						d := &door{slow: 70 * time.Millisecond}
						d.refuse = func(*http.Request, string) *http.Response {
							if down.IsZero() || time.Since(down) >= 3*time.Second {
								return nil
							}
							return slowDown(hint)
						}
						c := d.client(t, keyNames(n), order)
						for i := range 4 * n {
							check(t, asWhole.ask(t.Context(), c, prompt(i, false)))
						}
						down, d.sent = time.Now(), nil
						eachAtOnce(40, func(i int) { check(t, asWhole.ask(t.Context(), c, prompt(i, false))) })
						if len(d.sent) > 110 || time.Since(down) > 15*time.Second {
							t.Errorf("%d requests, %v", len(d.sent), time.Since(down))
						}
					})
				})
			}
		}
	}
}

// One bad key of four costs its calls one more request and no time, where the others
// have answered lately. Backups that nobody has asked yet get a few calls before all.
func TestOneSlowKeyOfFour(t *testing.T) {
	for _, order := range orders {
		for bad := range 4 {
			for _, hint := range []string{"", "30"} {
				t.Run(fmt.Sprintf("%s/%d/hint %q", order, bad, hint), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						limited := false
						d := &door{slow: 70 * time.Millisecond}
						d.refuse = func(_ *http.Request, key string) *http.Response {
							if limited && key == keyNames(4)[bad] {
								return slowDown(hint)
							}
							return nil
						}
						c := d.client(t, keyNames(4), order)
						eachAtOnce(40, func(i int) { check(t, asWhole.ask(t.Context(), c, prompt(i, false))) })
						limited, d.sent = true, nil
						for round := range 10 {
							eachAtOnce(12, func(i int) {
								begun := time.Now()
								check(t, asWhole.ask(t.Context(), c, prompt(12*round+i, false)))
								most := 2 * d.slow
								if order == buoy.KeysInOrder && round == 0 {
									most += d.slow
								}
								if took := time.Since(begun); took > most {
									t.Errorf("round %d: %v", round, took)
								}
							})
							time.Sleep(100 * time.Millisecond)
						}
						if len(d.sent) > 10*12+20 {
							t.Errorf("%d requests", len(d.sent))
						}
					})
				})
			}
		}
	}
}

// A call without the time to wait for what another one is told does not fail for it.
func TestADoubtFailsNoCall(t *testing.T) {
	for _, order := range orders {
		synctest.Test(t, func(t *testing.T) {
			d := &door{slow: 70 * time.Millisecond}
			d.refuse = func(_ *http.Request, key string) *http.Response {
				if key == keyNames(4)[0] {
					return slowDown("")
				}
				return nil
			}
			c := d.client(t, keyNames(4), order)
			eachAtOnce(40, func(i int) {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				check(t, asWhole.ask(ctx, c, prompt(i, false)))
			})
		})
	}
}

// A call that waits for a local limit looks at its key again when its turn comes: it does
// not send into a pause that another call was told of meanwhile.
func TestATurnAtAKeyThatPauses(t *testing.T) {
	for name, limit := range map[string]buoy.RateLimit{
		"permits":  {Concurrent: 2},
		"requests": {RequestsPerMinute: 20}, // two at once, then one every three seconds
	} {
		for _, n := range []int{1, 2, 3} {
			for _, order := range orders {
				t.Run(fmt.Sprintf("%s/%d keys/%s", name, n, order), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						first := keyNames(n)[0]
						var mu sync.Mutex // guards paused
						var paused time.Time
						d := &door{slow: time.Second}
						d.refuse = func(_ *http.Request, key string) *http.Response {
							if key != first {
								return nil
							}
							mu.Lock()
							defer mu.Unlock()
							if paused.IsZero() {
								paused = time.Now()
								return slowDown("30")
							}
							if at := time.Since(paused) - d.slow; at > 0 && at < 30*time.Second {
								t.Errorf("sent %v into the pause", at)
							}
							return nil
						}
						c := d.client(t, keyNames(n), order, buoy.WithRateLimit(limit))
						eachAtOnce(12, func(i int) { check(t, asWhole.ask(t.Context(), c, prompt(i, false))) })
						if paused.IsZero() || len(d.sent) > 15 {
							t.Errorf("%d requests", len(d.sent))
						}
					})
				})
			}
		}
	}
}
