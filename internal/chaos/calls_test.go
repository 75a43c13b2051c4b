// Package chaos_test asks buoy for its invariants under faults that chance chooses:
// the seed is in the name of each run or in its failure, and the same seed makes
// the same run. The runs are short with go test -short; make test-long has them
// whole.
package chaos_test

import (
	"errors"
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

// Reproducible chaos: whatever a provider does, no call hangs, no truncated
// answer is a success, every failure is typed, no goroutine or body is left, and
// no call sends more requests than its attempts allow.
//
// 200 seeds take minutes with the race detector, so each share of them says when
// it has ended (go test -v).
func TestChaos(t *testing.T) {
	seeds, calls, share := 200, 2000, 20
	if testing.Short() {
		seeds, calls = 10, 500
	}
	var good, failed atomic.Int64
	for first := 0; first < seeds; first += share {
		last := min(first+share, seeds) - 1
		t.Run(fmt.Sprintf("%d-%d", first, last), func(t *testing.T) {
			for seed := first; seed <= last; seed++ {
				t.Run(strconv.Itoa(seed), func(t *testing.T) {
					t.Parallel()
					chaos(t, uint64(seed), calls, &good, &failed)
				})
			}
		})
		t.Logf("seeds up to %d of %d: %d good answers, %d typed errors", last, seeds, good.Load(), failed.Load())
	}
	require.Positive(t, good.Load())
	require.Positive(t, failed.Load())
}

func chaos(t *testing.T, seed uint64, calls int, good, failed *atomic.Int64) {
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(seed, 1))
		faults := buoytest.AllFaults(0.02 + 0.6*rng.Float64())
		faults.HangFor = time.Duration(rng.Int64N(int64(3 * time.Minute)))
		srv := buoytest.NewMemServer(t, buoytest.Chaos(seed, faults))
		bodies := &testdesk.CountedBodies{Next: srv.RoundTripper()}
		policy := buoy.RetryPolicy{MaxAttempts: 1 + rng.IntN(5)}
		c, err := buoy.New(testdesk.Endpoint(srv), buoy.WithHTTPClient(&http.Client{Transport: bodies}),
			buoy.WithRetry(policy), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: rng.IntN(2) == 0}))
		require.NoError(t, err)
		var workers sync.WaitGroup
		for range 20 {
			workers.Go(func() {
				for i := range calls / 20 {
					if oneCall(t, c, i%2 == 0, policy.MaxAttempts) {
						good.Add(1)
					} else {
						failed.Add(1)
					}
				}
			})
		}
		workers.Wait()
		synctest.Wait()
		require.Zero(t, bodies.Open.Load(), "seed %d: bodies left open", seed)
		require.NoError(t, c.Close())
		srv.Close()
	})
}

func oneCall(t *testing.T, c *buoy.Client, streamed bool, attempts int) bool {
	start := time.Now()
	var text string
	var info buoy.CallInfo
	var err error
	if streamed {
		var s *buoy.Stream
		if s, err = c.Stream(t.Context(), testdesk.Hello); err == nil {
			text, err = testdesk.Read(s)
			info = s.Info()
		}
	} else {
		var resp *buoy.Response
		if resp, err = c.Chat(t.Context(), testdesk.Hello); err == nil {
			text, info = resp.Text(), resp.Info
		}
	}
	if err != nil {
		ce, ok := errors.AsType[*buoy.CallError](err)
		if !ok || buoy.KindOf(err) == buoy.ErrUnknown || ce.Stop == "" {
			t.Errorf("not typed: %v", err)
		}
		info.Attempts = ce.Attempts
	} else if !buoytest.Intact(text) {
		t.Errorf("a truncated answer came back as a success: %q", text)
	}
	if len(info.Attempts) > attempts {
		t.Errorf("%d requests for one call, %d allowed", len(info.Attempts), attempts)
	}
	if d := time.Since(start); d > 11*time.Minute {
		t.Errorf("a call took %v", d)
	}
	return err == nil
}
