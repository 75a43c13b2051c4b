// Fallback: two providers, one of which dies while the program runs and comes
// back. Every call is answered all the same.
//
//	go run ./examples/fallback
//
// It runs offline, against two scripted providers on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "fallback:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	north, south := buoytest.NewServer(nil), buoytest.NewServer(nil)
	defer north.Close()
	defer south.Close()
	primary, second := north.Endpoint(), south.Endpoint()
	primary.Name, second.Name = "north", "south"

	log := &diary{begun: time.Now()}
	client, err := buoy.New(primary,
		// A target may be another endpoint, another model, or both. An empty Model
		// is the requested one.
		buoy.WithFallback(buoy.Target{Endpoint: second, Model: "llama-3.3-70b"}),
		// The defaults are right for real providers; here everything is faster, to
		// fit an outage into four seconds.
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 30 * time.Millisecond}),
		buoy.WithBreaker(buoy.BreakerPolicy{OpenFor: 500 * time.Millisecond, OnChange: log.change}),
	)
	if err != nil {
		return err
	}
	defer client.Close()

	before, during, after := "before the outage", "during it", "after it"
	counts := map[string]map[string]int{}
	for _, phase := range []string{before, during, after} {
		log.print("-- %s", phase)
		switch phase {
		case during:
			north.Script(buoytest.Always(buoytest.Reset())) // connections are reset, for ever
		case after:
			north.Script() // an empty script answers well
		}
		calls := 8
		if phase == after {
			calls = 16 // the first of them still go south, until a probe shows that north is back
		}
		counts[phase] = map[string]int{}
		for range calls {
			who, err := ask(ctx, client, log)
			if err != nil {
				return err
			}
			counts[phase][who]++
			time.Sleep(100 * time.Millisecond)
		}
	}

	log.print("-- who answered")
	for _, phase := range []string{before, during, after} {
		log.print("%-18s north %2d, south %2d", phase, counts[phase]["north"], counts[phase]["south"])
	}
	log.print("requests sent: %d to north, %d to south, for 32 calls", len(north.Requests()), len(south.Requests()))
	if counts[during]["south"] != 8 || counts[after]["north"] == 0 {
		return errors.New("the traffic did not go where it should have gone")
	}
	return nil
}

// ask makes one call and prints how its answer came about.
func ask(ctx context.Context, client *buoy.Client, log *diary) (who string, err error) {
	begun := time.Now()
	resp, err := client.Chat(ctx, buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Hello!")},
	})
	if err != nil {
		return "", err
	}
	// Info lists every request that was sent. A breaker that is open sends none.
	var tries []string
	for _, a := range resp.Info.Attempts {
		if a.Err != nil {
			tries = append(tries, fmt.Sprintf("%s: %s", a.Endpoint, buoy.KindOf(a.Err)))
		}
	}
	line := fmt.Sprintf("%s answered in %3d ms", resp.Info.Endpoint, time.Since(begun).Milliseconds())
	if len(tries) > 0 {
		line += "  (" + strings.Join(tries, ", ") + ")"
	}
	log.print("%s", line)
	return resp.Info.Endpoint, nil
}

// diary prints lines with the time since the start.
type diary struct {
	begun time.Time

	mu sync.Mutex // one line at a time: a breaker may change on any goroutine
}

func (d *diary) print(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Printf("%5.2fs  %s\n", time.Since(d.begun).Seconds(), fmt.Sprintf(format, args...))
}

// change tells of a breaker. Page somebody from here, not from single errors.
func (d *diary) change(c buoy.BreakerChange) {
	d.print("** breaker of %s/%s: %s -> %s", c.Endpoint, c.Model, c.From, c.To)
}
