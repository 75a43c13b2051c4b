package lab

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
)

// Outage is a fleet of services that call a provider which goes down for a
// while: does the fleet's own retrying keep it down?
type Outage struct {
	Seed      uint64
	Instances int
	PerSecond float64 // calls of one instance
	Capacity  float64 // of the provider, requests a second
	Before    time.Duration
	Down      time.Duration
	After     time.Duration
}

// Standard is the scenario of the acceptance: 100 instances with 20 calls a
// second each against a capacity of 2,500; after a minute 30 s of outage.
func Standard(seed uint64) Outage {
	return Outage{
		Seed: seed, Instances: 100, PerSecond: 20, Capacity: 2500,
		Before: time.Minute, Down: 30 * time.Second, After: 3 * time.Minute,
	}
}

// Run is what one kind of client made of it.
type Run struct {
	Offered  []int // calls that began, by second
	Ended    []int // calls that ended, by second
	Good     []int // of these, answered
	Requests []int // that reached the provider
}

// caller makes one call.
type caller func(ctx context.Context) error

// WithBuoy runs the scenario with buoy's defaults: every instance has a client
// of its own, and knows nothing of the others.
func (o Outage) WithBuoy(t *testing.T) Run {
	return o.run(t, func(rt http.RoundTripper) caller {
		c, err := buoy.New(buoy.Endpoint{Name: "lab", BaseURL: "https://lab.example/v1", Keys: []string{"lab"}},
			buoy.WithHTTPClient(&http.Client{Transport: rt}))
		if err != nil {
			t.Fatal(err)
		}
		req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("hello")}}
		return func(ctx context.Context) error {
			_, err := c.Chat(ctx, req)
			return err
		}
	})
}

// Naive retries as much code does: up to attempts times, with a fixed pause and
// a timeout for each.
func (o Outage) Naive(t *testing.T, attempts int, pause, timeout time.Duration) Run {
	return o.run(t, func(rt http.RoundTripper) caller {
		return func(ctx context.Context) (err error) {
			for i := range attempts {
				if i > 0 {
					time.Sleep(pause)
				}
				if err = plainCall(ctx, rt, timeout); err == nil {
					return nil
				}
			}
			return err
		}
	})
}

var errStatus = errors.New("status")

// plainCall is one request without buoy.
func plainCall(ctx context.Context, rt http.RoundTripper, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://lab.example/v1/chat/completions", strings.NewReader(`{}`))
	if err != nil {
		return err
	}
	resp, err := rt.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errStatus
	}
	return nil
}

func (o Outage) run(t *testing.T, client func(http.RoundTripper) caller) Run {
	var run Run
	synctest.Test(t, func(t *testing.T) {
		total := o.Before + o.Down + o.After
		p := newProvider(o.Seed, o.Capacity, o.Before, o.Before+o.Down)
		var mu sync.Mutex
		run.Offered = make([]int, int(total.Seconds()))
		run.Ended = make([]int, len(run.Offered))
		run.Good = make([]int, len(run.Offered))
		start := time.Now()
		var calls sync.WaitGroup
		for i := range o.Instances {
			call := client(p)
			every := time.Duration(float64(time.Second) / o.PerSecond)
			calls.Go(func() {
				// Instances are out of step, each evenly paced.
				time.Sleep(every * time.Duration(i) / time.Duration(o.Instances))
				for time.Since(start) < total {
					began := int(time.Since(start).Seconds())
					calls.Go(func() {
						err := call(t.Context())
						ended := int(time.Since(start).Seconds())
						mu.Lock()
						defer mu.Unlock()
						run.Offered[began]++
						if ended >= len(run.Ended) {
							return // behind the end of the run
						}
						run.Ended[ended]++
						if err == nil {
							run.Good[ended]++
						}
					})
					time.Sleep(every)
				}
			})
		}
		calls.Wait()
		run.Requests = p.received()
	})
	return run
}

// Amplification is how many requests the provider saw for each call that began
// in [from, to).
func (r Run) Amplification(from, to time.Duration) float64 {
	return float64(sum(r.Requests, from, to)) / float64(max(1, sum(r.Offered, from, to)))
}

// Goodput is the share of the calls that ended in [from, to) that were answered.
func (r Run) Goodput(from, to time.Duration) float64 {
	return float64(sum(r.Good, from, to)) / float64(max(1, sum(r.Ended, from, to)))
}

// Recovery is how long after a moment goodput is back at a share for good; ok
// is false if it never is.
func (r Run) Recovery(after time.Duration, share float64) (d time.Duration, ok bool) {
	from := int(after.Seconds())
	back := len(r.Ended)
	for s := len(r.Ended) - 1; s >= from; s-- {
		if r.Ended[s] == 0 || float64(r.Good[s]) < share*float64(r.Ended[s]) {
			break
		}
		back = s
	}
	return time.Duration(back-from) * time.Second, back < len(r.Ended)
}

func sum(values []int, from, to time.Duration) (n int) {
	for s := int(from.Seconds()); s < int(to.Seconds()) && s < len(values); s++ {
		n += values[s]
	}
	return n
}
