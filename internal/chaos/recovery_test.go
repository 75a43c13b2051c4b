package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// Whatever breaks, what a reader has at the end of a recovered stream is exactly
// one attempt's whole text, and at an error exactly what was delivered since the
// last restart. The provider says something else each time, or (every second
// seed) the same, so that both restarts and repetitions happen.
func TestChaosRecovery(t *testing.T) {
	seeds := 20
	if testing.Short() {
		seeds = 8
	}
	var whole, mended, restarted, failed atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for seed := range seeds {
			t.Run(strconv.Itoa(seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					rng := rand.New(rand.NewPCG(uint64(seed), 7))
					srv := buoytest.NewMemServer(t, breaking(uint64(seed), seed%2 == 0, 0.2+0.5*rng.Float64()))
					bodies := &testdesk.CountedBodies{Next: srv.RoundTripper()}
					attempts := 1 + seed%5
					c, err := buoy.New(testdesk.Endpoint(srv), buoy.WithStreamRecovery(buoy.RecoverRestart), buoy.WithHTTPClient(&http.Client{Transport: bodies}),
						buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: attempts}), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: seed%4 < 2}))
					require.NoError(t, err)
					var workers sync.WaitGroup
					for range 8 {
						workers.Go(func() {
							for range 15 {
								time.Sleep(2 * time.Second) // or an open breaker would never be asked again
								s, err := c.Stream(t.Context(), testdesk.Hello)
								if err != nil {
									failed.Add(1)
									continue
								}
								w := testdesk.Watch(t, s)
								info := s.Info()
								if len(info.Attempts) > attempts {
									t.Errorf("%d requests for one call, %d allowed", len(info.Attempts), attempts)
								}
								switch {
								case w.Err != nil:
									failed.Add(1)
									if buoytest.Intact(w.Text) {
										t.Errorf("a whole answer was lost: %v", w.Err)
									}
									continue
								case !buoytest.Intact(w.Text):
									t.Errorf("the reader ended up with %q, of %q", w.Text, w.All)
								case w.Restarts > 0:
									restarted.Add(1)
								case len(info.Attempts) > 1:
									mended.Add(1)
								}
								if seed%2 == 0 && (w.Restarts > 0 || w.All != w.Text) {
									t.Errorf("%q was said again and delivered as %q", w.Text, w.All)
								}
								whole.Add(1)
							}
						})
					}
					workers.Wait()
					synctest.Wait()
					require.Zero(t, bodies.Open.Load())
					require.NoError(t, c.Close())
					srv.Close()
				})
			})
		}
	})
	t.Logf("%d whole, of which %d mended without and %d with a restart; %d failed", whole.Load(), mended.Load(), restarted.Load(), failed.Load())
	for _, n := range []*atomic.Int64{&whole, &mended, &restarted, &failed} {
		require.Positive(t, n.Load())
	}
}

// breaking answers well or breaks off, as chance decides. With same, all answers
// are the same.
func breaking(seed uint64, same bool, p float64) buoytest.Step {
	var requests atomic.Uint64
	return buoytest.Always(buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		rng := rand.New(rand.NewPCG(seed, n))
		text := buoytest.ChaosText(int(n))
		if same {
			text = buoytest.ChaosText(1)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		event := func(s string) {
			fmt.Fprintf(w, "data: %s\n\n", s)
			_ = http.NewResponseController(w).Flush() // fails only when the client has left
		}
		end := len(text)
		if rng.Float64() < p {
			end = rng.IntN(end + 1)
		}
		for rest := text[:end]; rest != ""; {
			size := min(1+rng.IntN(9), len(rest))
			event(`{"choices":[{"index":0,"delta":{"content":` + strconv.Quote(rest[:size]) + `}}]}`)
			rest = rest[size:]
		}
		if end == len(text) {
			event(`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
			event("[DONE]")
			return
		}
		switch rng.IntN(5) {
		case 0:
			event("[DONE]")
		case 1:
			event(`{"choices":[{"index":0,"del`)
		case 2:
			event(`{"error":{"code":502,"message":"gone"}}`)
		case 3:
			select {
			case <-r.Context().Done():
			case <-time.After(time.Hour):
			}
		}
	}))
}
