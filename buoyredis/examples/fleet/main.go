// Fleet: three processes share one rate limit through Redis, and never exceed it.
//
//	go run ./examples/fleet
//
// It starts a redis-server and a provider on loopback, and itself three times more. Each
// of these processes asks as fast as it may, with eight callers, under one limit of 600
// requests a minute for all. The provider counts: see that there were ten a second, from
// all three together, and never more than the limit allows. It needs a redis-server on
// PATH.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/service"
)

const (
	processes = 3
	callers   = 8 // in each
	perMinute = 600
	lasts     = 6 * time.Second
)

func main() {
	run := parent
	if os.Getenv("FLEET_NAME") != "" {
		run = child
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

// child is one instance of a service.
func child(ctx context.Context) error {
	rdb := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{os.Getenv("FLEET_REDIS")}, DialerRetries: 1})
	defer rdb.Close()
	// More patience than by default: this computer may be busy, and a Redis that takes too
	// long is one that is away, when each process keeps to its part.
	limiter, err := buoyredis.NewLimiter(rdb, buoy.RateLimit{RequestsPerMinute: perMinute}, buoyredis.WithPatience(5*time.Second))
	if err != nil {
		return err
	}
	parts := buoy.StandardParts()
	parts.Rate = limiter.Middleware()
	endpoint := buoy.Endpoint{
		Name: "provider", BaseURL: os.Getenv("FLEET_URL"), Keys: []string{"sk-one-key-for-all"},
		Header: map[string][]string{"X-Process": {os.Getenv("FLEET_NAME")}},
	}
	client, err := buoy.New(endpoint, buoy.WithChain(parts.List()...))
	if err != nil {
		return err
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := client.Chat(ctx, buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Why is the sky blue?")}})
				if wait, ok := buoy.RetryAfter(err); ok { // its turn would come after the end
					pause(ctx, wait)
				}
			}
		})
	}
	wg.Wait()
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// parent runs the service's surroundings and counts.
func parent(ctx context.Context) error {
	if _, found := service.RedisServer.Find(); !found {
		fmt.Println("This example needs a Redis:", service.RedisServer.Hint())
		return nil
	}
	server, err := service.Start(service.RedisSpec())
	if err != nil {
		return err
	}
	defer server.Close()
	provider := buoytest.NewServer(nil, buoytest.Always(buoytest.Reply("Sunlight scatters.")))
	defer provider.Close()

	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("%d processes with %d callers each, %d requests a minute for all, %s:\n\n", processes, callers, perMinute, lasts)
	failed := make([]error, processes)
	var wg sync.WaitGroup
	for i := range processes {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), "FLEET_NAME="+strconv.Itoa(i+1), "FLEET_REDIS="+server.Addr(), "FLEET_URL="+provider.URL+"/v1")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		wg.Go(func() { failed[i] = cmd.Run() })
	}
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return report(provider.Requests())
}

// report shows who asked when, and fails where it was too often.
func report(requests []buoytest.Received) error {
	if len(requests) == 0 {
		return errors.New("nothing was sent")
	}
	begun := requests[0].At
	seconds := make([][processes]int, int(lasts/time.Second)+1)
	for _, r := range requests {
		who, err := strconv.Atoi(r.Header.Get("X-Process"))
		if err != nil {
			return err
		}
		seconds[min(int(r.At.Sub(begun)/time.Second), len(seconds)-1)][who-1]++
	}
	for second, by := range seconds {
		sum := 0
		for _, n := range by {
			sum += n
		}
		if sum > 0 {
			fmt.Printf("second %d  %-24s %2d of %v\n", second+1, strings.Repeat("#", sum), sum, by)
		}
	}
	took := requests[len(requests)-1].At.Sub(begun)
	// A hundredth may go at once; the rest of the minute has so many fewer.
	burst := perMinute / 100
	allowed := burst + int(float64(perMinute-burst+1)*took.Minutes()) + 1
	fmt.Printf("\n%d requests in %s; at most %d would have been right.\n", len(requests), took.Round(time.Millisecond), allowed)
	if len(requests) > allowed {
		return errors.New("that is more than the limit")
	}
	return nil
}
