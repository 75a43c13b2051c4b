package buoybatch_test

import (
	"context"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

func TestRunProgress(t *testing.T) {
	tr := &traffic{refuse: map[string]int{"3": 400}}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		var told []buoybatch.Progress
		yielded := 0
		opts := buoybatch.Options{Concurrency: 2, Total: 10, Progress: func(p buoybatch.Progress) {
			require.Equal(t, yielded, p.Done+p.Failed-1, "before its result is yielded")
			told = append(told, p)
		}}
		for range buoybatch.Run(t.Context(), d.Client, numbered(10), opts) {
			yielded++
		}
		require.Len(t, told, 10)
		// Two at a time, two seconds each.
		require.Equal(t, buoybatch.Progress{
			Done: 1, Running: 1, Total: 10, PromptTokens: 2, CompletionTokens: 1, CostRUB: 0.5,
			Elapsed: 2 * time.Second, ETA: 18 * time.Second,
		}, told[0])
		require.Equal(t, 0.1, told[0].Share())
		half := told[4]
		require.Equal(t, 5, half.Done+half.Failed)
		require.Equal(t, 6*time.Second, half.Elapsed)
		require.Equal(t, 6*time.Second, half.ETA)
		require.Equal(t, buoybatch.Progress{
			Done: 9, Failed: 1, Total: 10, PromptTokens: 18, CompletionTokens: 9, CostRUB: 4.5, Elapsed: 10 * time.Second,
		}, told[9])
		require.Equal(t, 1.0, told[9].Share())
	}, buoytest.Always(tr.step()))
}

// Without a Total it is known when the sequence has ended.
func TestRunProgressWithoutATotal(t *testing.T) {
	tr := &traffic{}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		var last buoybatch.Progress
		first := true
		for range buoybatch.Run(t.Context(), d.Client, numbered(10), buoybatch.Options{Concurrency: 3, Progress: func(p buoybatch.Progress) { last = p }}) {
			if first {
				require.Zero(t, last.Total)
				require.Zero(t, last.ETA)
				require.Zero(t, last.Share())
			}
			first = false
		}
		require.Equal(t, 10, last.Total)
		require.Equal(t, 1.0, last.Share())
	}, buoytest.Always(tr.step()))
}

// Lost attempts are spent as well.
func TestRunProgressCountsWhatWasLost(t *testing.T) {
	empty := buoytest.ReplyWith(buoytest.Answer{FinishReason: "stop", Usage: buoytest.Usage{PromptTokens: 7, CompletionTokens: 3, CostRUB: new(5.0), Cost: new(0.25)}})
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		var last buoybatch.Progress
		collect(t, buoybatch.Run(t.Context(), d.Client, numbered(1), buoybatch.Options{Progress: func(p buoybatch.Progress) { last = p }}))
		require.Equal(t, 6.0, last.CostRUB)
		require.Equal(t, 0.25, last.Cost)
		require.Equal(t, 14, last.PromptTokens)
	}, empty, buoytest.ReplyWith(buoytest.Answer{Text: "0", Usage: buoytest.Usage{PromptTokens: 7, CompletionTokens: 3, CostRUB: new(1.0)}}))
}

// An outage of a minute fails the requests that meet it, and not all that follow
// while the breaker refuses them in no time.
func TestRunWaitsForTheBreaker(t *testing.T) {
	for _, tc := range []struct {
		patience time.Duration
		least    int // failures
		most     int
	}{
		{0, 0, 8},
		{-1, 300, 400},
		{15 * time.Second, 9, 100},
	} {
		tr := &traffic{}
		testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
			_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(400), buoybatch.Options{Patience: tc.patience}))
			failed := 0
			for _, r := range results {
				if r.Err != nil {
					failed++
				}
			}
			require.GreaterOrEqual(t, failed, tc.least, "patience %v", tc.patience)
			require.LessOrEqual(t, failed, tc.most, "patience %v", tc.patience)
		}, buoytest.For(time.Minute, buoytest.Error(503, "")), buoytest.Always(tr.step()))
	}
}

// A wait that is longer than a call would sleep is waited by the batch.
func TestRunWaitsForARateLimit(t *testing.T) {
	limited := buoytest.RetryAfter(3*time.Minute, buoytest.OpenAIError(429, "rate_limit_exceeded", "slow down"))
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(20), buoybatch.Options{Concurrency: 2}))
		for _, r := range results {
			require.NoError(t, r.Err)
		}
		require.Less(t, len(d.Server.Requests()), 26)
	}, limited, buoytest.Always(buoytest.Echo()))
}

// No wait is begun that would outlast the deadline.
func TestRunDoesNotWaitPastItsDeadline(t *testing.T) {
	limited := buoytest.RetryAfter(3*time.Minute, buoytest.OpenAIError(429, "rate_limit_exceeded", "slow down"))
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		begun := time.Now()
		_, results := collect(t, buoybatch.Run(ctx, d.Client, numbered(1), buoybatch.Options{}))
		require.ErrorIs(t, results[0].Err, buoy.ErrRateLimit)
		require.Zero(t, time.Since(begun))

		// Nor one that the patience would end, and nothing is sent before its time.
		_, results = collect(t, buoybatch.Run(ctx, d.Client, numbered(1), buoybatch.Options{Patience: time.Minute}))
		require.ErrorIs(t, results[0].Err, buoy.ErrLimit)
		require.Zero(t, time.Since(begun))
		require.Len(t, d.Server.Requests(), 1)
	}, buoytest.Always(limited))
}
