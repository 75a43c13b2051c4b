// Hedge: one answer in twenty is slow, and the 99th percentile does not show it.
//
//	go run ./examples/hedge
//
// It runs offline, against a provider on loopback, and takes some 20 seconds.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "hedge:", err)
		os.Exit(1)
	}
}

const calls = 1000

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil, buoytest.Always(buoytest.Func(answer)))
	defer srv.Close()
	fmt.Println("calls     requests  p50     p95     p99")
	for _, hedged := range []bool{false, true} {
		// A hedge goes to another key, or to the next fallback target. The default
		// MinDelay of a second is for models; this provider is quicker. The quantile
		// stands below the share of answers that are slow.
		policy := buoy.HedgePolicy{Quantile: 0.9, MinDelay: 50 * time.Millisecond, Disabled: !hedged}
		client, err := buoy.New(buoy.Endpoint{Name: "desk", BaseURL: srv.URL + "/v1", Keys: []string{"first-key", "second-key"}},
			buoy.WithHTTPClient(srv.Client()), buoy.WithHedge(policy))
		if err != nil {
			return err
		}
		before := len(srv.Requests())
		took, example, err := measure(ctx, client)
		_ = client.Close() // always nil
		if err != nil {
			return err
		}
		fmt.Printf("%-8s  %8d  %-6v  %-6v  %v\n", map[bool]string{false: "plain", true: "hedged"}[hedged],
			len(srv.Requests())-before, at(took, 0.5), at(took, 0.95), at(took, 0.99))
		if example != nil {
			fmt.Println("\nA call that was hedged: the loser is cancelled, and what was sent of it may be billed.")
			for _, a := range example {
				end := "answered"
				if a.Err != nil {
					end = a.Err.Error()
				}
				fmt.Printf("  %s  hedge=%-5t  %-5v  %s\n", a.Key, a.Hedge, a.Duration.Round(10*time.Millisecond), end)
			}
		}
	}
	return nil
}

// answer comes after 20 to 40 ms, or one time in twenty after half a second.
func answer(w http.ResponseWriter, r *http.Request) {
	d := 20*time.Millisecond + time.Duration(rand.Int64N(int64(20*time.Millisecond)))
	if rand.IntN(20) == 0 {
		d = 500 * time.Millisecond
	}
	select {
	case <-time.After(d):
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id":"1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`)
	case <-r.Context().Done(): // the loser of a hedge
	}
}

// measure makes the calls, ten at a time, and returns how long they took, sorted,
// and the attempts of one that was won by its second request.
func measure(ctx context.Context, client *buoy.Client) (took []time.Duration, example []buoy.Attempt, err error) {
	var mu sync.Mutex // guards the results
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range calls / 10 {
				start := time.Now()
				resp, e := client.Chat(ctx, buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("Hello?")}})
				d := time.Since(start)
				mu.Lock()
				if took = append(took, d); e != nil {
					err = e
				} else if a := resp.Info.Attempts; len(a) == 2 && a[1].Err == nil {
					example = a
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took, example, err
}

// at is a percentile.
func at(sorted []time.Duration, q float64) time.Duration {
	return sorted[int(q*float64(len(sorted)))].Round(10 * time.Millisecond)
}
