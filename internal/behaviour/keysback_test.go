package behaviour_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// forGood are refusals of a key that waiting does not end.
var forGood = map[string]struct {
	kind   buoy.Kind
	refuse func() *http.Response
}{
	"wrong": {buoy.ErrAuth, func() *http.Response {
		return refusing(401, `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`)
	}},
	"no money": {buoy.ErrQuota, func() *http.Response {
		return refusing(402, `{"error":{"message":"Insufficient balance","code":402}}`)
	}},
	"no allowance": {buoy.ErrQuota, func() *http.Response {
		return refusing(429, `{"error":{"message":"You exceeded your current quota","code":"insufficient_quota","type":"insufficient_quota"}}`)
	}},
	"may not": {buoy.ErrPermission, func() *http.Response {
		return refusing(403, `{"error":{"message":"Your organization does not have access to this model","type":"permission_error"}}`)
	}},
}

// A call that one key told to go slower, and another one refused for good, waits for the
// first: the same whether the other was known to be bad or not.
func TestABusyKeyIsWaitedForBesideARefusedOne(t *testing.T) {
	for _, order := range orders {
		for name, bad := range forGood {
			for _, hint := range []string{"1", "7", ""} {
				for _, s := range []shape{asWhole, asStream, asStreamed} {
					t.Run(fmt.Sprintf("%s/%s/%q/%s", order, name, hint, s), func(t *testing.T) {
						for i := range 4 { // each conversation has a first key of its own
							synctest.Test(t, func(t *testing.T) {
								keys := keyNames(2)
								busy := true
								d := &door{slow: 30 * time.Millisecond}
								d.refuse = func(_ *http.Request, key string) *http.Response {
									switch {
									case key == keys[1]:
										return bad.refuse()
									case busy:
										busy = false
										return slowDown(hint)
									}
									return nil
								}
								c := d.client(t, keys, order)
								require.NoError(t, s.ask(t.Context(), c, prompt(i, false)))
								require.LessOrEqual(t, len(d.sent), 4, "%v", d.sent)
								require.Equal(t, keys[0], d.sent[len(d.sent)-1])
							})
						}
					})
				}
			}
		}
	}
}

// The pause of the first key may be over when the other one refuses the call.
func TestAPauseThatEndsMeanwhile(t *testing.T) {
	for _, order := range orders {
		for name, bad := range forGood {
			t.Run(fmt.Sprintf("%s/%s", order, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					keys := keyNames(2)
					d := &door{slow: 3 * time.Second}
					d.refuse = func(_ *http.Request, key string) *http.Response {
						switch {
						case key == keys[1]:
							return bad.refuse()
						case len(d.sent) == 1:
							return slowDown("1")
						}
						return nil
					}
					c := d.client(t, keys, order, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3}))
					begun := time.Now()
					require.NoError(t, asWhole.ask(t.Context(), c, prompt(0, false)))
					require.LessOrEqual(t, time.Since(begun), 3*d.slow)
				})
			})
		}
	}
}

// No call sleeps into its own deadline: it gives up before it waits for a key that is back
// too late.
func TestNoDeadlineEndsAWaitForAKey(t *testing.T) {
	for _, order := range orders {
		t.Run(string(order), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				keys, busy := keyNames(2), true
				d := &door{refuse: func(_ *http.Request, key string) *http.Response {
					switch {
					case key == keys[1]:
						return forGood["may not"].refuse()
					case busy:
						busy = false
						return slowDown("7")
					}
					return nil
				}}
				c := d.client(t, keys, order)
				begun := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second+time.Millisecond)
				defer cancel()
				if asWhole.ask(ctx, c, prompt(0, false)) != nil {
					require.Less(t, time.Since(begun), time.Second, "%v", d.sent)
				}
			})
		})
	}
}

// Where the pause is too long for the call, its error is that of a client that knew the
// other key to be bad: there is a wait, and no need to give up. What the bad key said is
// beneath.
func TestAPauseThatIsTooLongIsTheError(t *testing.T) {
	for _, order := range orders {
		for _, name := range []string{"wrong", "no money", "no allowance"} {
			for _, known := range []bool{false, true} {
				for _, pause := range []string{"30", "200"} {
					t.Run(fmt.Sprintf("%s/%s/%v/%s", order, name, known, pause), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							keys, bad := keyNames(2), forGood[name]
							busy := false
							d := &door{refuse: func(_ *http.Request, key string) *http.Response {
								switch {
								case key == keys[1]:
									return bad.refuse()
								case busy:
									return slowDown(pause)
								}
								return nil
							}}
							c := d.client(t, keys, order)
							for i := range 8 {
								if known {
									check(t, asWhole.ask(t.Context(), c, prompt(i, false)))
								}
							}
							busy, d.sent = true, nil
							ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
							defer cancel()
							begun := time.Now()
							first := asWhole.ask(ctx, c, prompt(0, false))
							require.Error(t, first)
							second := asWhole.ask(ctx, c, prompt(0, false))
							require.Zero(t, time.Since(begun))
							require.Equal(t, buoy.ErrLimit, buoy.KindOf(second))
							require.ErrorContains(t, second, "door has asked for a pause on 1 of 2 keys, and the others were refused")
							for _, err := range []error{first, second} {
								wait, ok := buoy.RetryAfter(err)
								require.True(t, ok, "%v", err)
								require.Equal(t, pause+"s", fmt.Sprint(wait.Seconds())+"s")
							}
							if !known {
								require.Len(t, d.sent, 2)
								require.Contains(t, []buoy.Kind{buoy.ErrLimit, buoy.ErrRateLimit}, buoy.KindOf(first))
								if d.sent[1] == keys[1] {
									require.ErrorIs(t, first, buoy.ErrLimit)
									require.ErrorIs(t, first, bad.kind)
									api, ok := errors.AsType[*buoy.APIError](first)
									require.True(t, ok)
									require.Equal(t, bad.kind, api.Kind)
								}
							}
						})
					})
				}
			}
		}
	}
}

// Random states of keys: a call with time enough is answered whenever a good key comes
// back within it, asks no key twice that refused it for good, and ends in time otherwise.
func TestWhateverTheKeysSay(t *testing.T) {
	names := []string{"wrong", "no money", "no allowance", "may not"}
	for seed := range uint64(400) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 19))
			n := 2 + rnd.IntN(4)
			keys, order := keyNames(n), orders[rnd.IntN(len(orders))]
			says := make(map[string]string, n)       // a refusal for good, or "" for a good key
			free := make(map[string]time.Time, n)    // when a good key answers
			asked := make(map[string]map[string]int) // by call, by key
			good := false
			for _, k := range keys {
				if rnd.IntN(2) == 0 {
					says[k] = names[rnd.IntN(len(names))]
					continue
				}
				good = true
				free[k] = time.Now().Add(time.Duration(rnd.IntN(8)) * time.Second)
			}
			d := &door{slow: time.Duration(rnd.IntN(500)) * time.Millisecond}
			d.refuse = func(r *http.Request, key string) *http.Response {
				id := r.Header.Get("X-Call")
				d.mu.Lock()
				if asked[id] == nil {
					asked[id] = map[string]int{}
				}
				asked[id][key]++
				d.mu.Unlock()
				if says[key] != "" {
					return forGood[says[key]].refuse()
				}
				if left := time.Until(free[key]); left > 0 {
					return slowDown(fmt.Sprint(int(left.Seconds()) + 1))
				}
				return nil
			}
			c := d.client(t, keys, order, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2 * n}))
			for i := range 4 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				id := fmt.Sprint(i)
				begun := time.Now()
				_, err := c.Chat(ctx, prompt(i, false), buoy.WithHeader("X-Call", id))
				cancel()
				if good {
					require.NoError(t, err, "seed %d: %s, %v, %v", seed, order, says, d.sent)
				} else {
					require.Error(t, err)
					require.Less(t, time.Since(begun), 10*time.Second, "seed %d", seed)
				}
				for k, times := range asked[id] {
					most := 1
					if says[k] == "may not" {
						most = 2 // it stays in use: asked last, while all others rest
					}
					if says[k] != "" {
						require.LessOrEqual(t, times, most, "seed %d: %s", seed, says[k])
					}
				}
			}
		})
	}
}
