package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
)

// forTenants are the options with which one client serves many tenants.
func forTenants() []buoy.Option {
	per := func(ctx context.Context, _ *buoy.Request) string { return tenantOf(ctx) }
	return []buoy.Option{
		buoy.WithTenantLimit(per, buoy.RateLimit{Concurrent: 100}),
		buoy.WithQuota(buoy.Quota{Name: "month", Tokens: 3_000, Refuse: true, Per: per}),
	}
}

// account is what a tenant has seen.
type account struct {
	answered, refused int
	slowest           time.Duration
}

// accounts are those of all tenants. They are safe for concurrent use.
type accounts struct {
	mu sync.Mutex // guards the field below
	of map[string]*account
}

func (a *accounts) note(name string, took time.Duration, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.of[name]
	if of == nil {
		of = new(account)
		a.of[name] = of
	}
	if err != nil {
		of.refused++
		return
	}
	of.answered++
	of.slowest = max(of.slowest, took)
}

func (a *accounts) print(names ...string) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "tenant\tanswered\tout of quota\tslowest call\t")
	for _, name := range names {
		of := a.of[name]
		fmt.Fprintf(w, "%s\t%d\t%d\t%v\t\n", name, of.answered, of.refused, of.slowest.Round(10*time.Millisecond))
	}
	return w.Flush()
}

// serve lets three tenants share one key that runs four calls at a time: one sends all it
// has at once, one asks now and then, and one has a batch.
func serve(ctx context.Context, opts ...buoy.Option) error {
	srv := buoytest.NewServer(nil, buoytest.Always(buoytest.Delay(20*time.Millisecond, buoytest.Reply("It is lighter than water."))))
	defer srv.Close()
	opts = append(opts, buoy.WithRateLimit(buoy.RateLimit{Concurrent: 4}))
	client, err := buoy.New(srv.Endpoint(), opts...)
	if err != nil {
		return err
	}
	defer client.Close()

	seen := &accounts{of: make(map[string]*account)}
	ask := func(name string) error {
		begun := time.Now()
		_, err := client.Chat(as(ctx, name), question(0))
		seen.note(name, time.Since(begun), err)
		if _, ok := errors.AsType[*buoy.QuotaError](err); ok {
			return nil
		}
		return err
	}
	var all errs
	all.Go(func() error {
		for _, n := range []int{150, 50} { // what runs goes on, so the quota stops the second lot
			var lot errs
			for range n {
				lot.Go(func() error { return ask("noisy") })
			}
			if err := lot.wait(); err != nil {
				return err
			}
		}
		return nil
	})
	all.Go(func() error { // its calls are of priority Background
		begun := time.Now()
		for _, r := range buoybatch.Run(as(ctx, "archive"), client, questions(40), buoybatch.Options{}) {
			seen.note("archive", time.Since(begun), r.Err)
			if r.Err != nil {
				return r.Err
			}
		}
		return nil
	})
	all.Go(func() error {
		for range 5 {
			time.Sleep(30 * time.Millisecond)
			if err := ask("quiet"); err != nil {
				return err
			}
		}
		return nil
	})
	if err := all.wait(); err != nil {
		return err
	}
	return seen.print("noisy", "archive", "quiet")
}

func question(n int) buoy.Request {
	return buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User(fmt.Sprintf("%d: why does a buoy stay up?", n))}}
}

func questions(n int) func(yield func(buoy.Request) bool) {
	return func(yield func(buoy.Request) bool) {
		for i := range n {
			if !yield(question(i)) {
				return
			}
		}
	}
}

// errs runs functions side by side and keeps their errors.
type errs struct {
	group sync.WaitGroup
	mu    sync.Mutex // guards the field below
	all   []error
}

func (e *errs) Go(f func() error) {
	e.group.Go(func() {
		err := f()
		e.mu.Lock()
		defer e.mu.Unlock()
		e.all = append(e.all, err)
	})
}

func (e *errs) wait() error {
	e.group.Wait()
	return errors.Join(e.all...)
}
