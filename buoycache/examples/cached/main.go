// Cached asks the same question thrice. The provider answers first, then the memory of
// the process, and after a restart the file. Then it asks another question, and at last
// starts with another key, under which the file's answers cannot be read.
//
//	go run ./examples/cached
//
// It runs offline against a provider on loopback that thinks for a second.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoycache"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "cached:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil, buoytest.Always(
		buoytest.Delay(time.Second, buoytest.Reply("Because air scatters blue light more than red light."))))
	srv.Speak(buoytest.AITunnel) // which tells what an answer costs
	defer srv.Close()
	dir, err := os.MkdirTemp("", "buoy-cached")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := service{endpoint: srv.Endpoint(), path: filepath.Join(dir, "answers"), key: bytes.Repeat([]byte{1}, 32)}

	const why = "Why is the sky blue?"
	fmt.Printf("%-26s %-10s %10s %8s\n", "", "from", "took", "paid")
	if err := s.run(ctx, why, why); err != nil {
		return err
	}
	fmt.Println("-- the service starts again: a new client, new levels, the same file")
	if err := s.run(ctx, why, why, "Why is the sea blue?"); err != nil {
		return err
	}
	fmt.Println("-- and with another key: what is in the file cannot be read")
	s.key = bytes.Repeat([]byte{2}, 32)
	if err := s.run(ctx, why); err != nil {
		return err
	}
	fmt.Println("requests that the provider got:", len(srv.Requests()))
	return nil
}

// service is one that answers questions. Its answers are in a file.
type service struct {
	endpoint buoy.Endpoint
	path     string
	key      []byte
}

// run is the life of one process.
func (s service) run(ctx context.Context, questions ...string) error {
	disk, err := buoycache.Disk(s.path, buoycache.WithKeys(s.key))
	if err != nil {
		return err
	}
	cache := buoycache.Tiered(buoycache.Memory(64<<20), disk)
	defer cache.Close() // after the client, which may have something to store
	client, err := buoy.New(s.endpoint, buoy.WithCache(cache, buoy.CachePolicy{TTL: 24 * time.Hour}))
	if err != nil {
		return err
	}
	defer client.Close()
	for _, question := range questions {
		begun := time.Now()
		resp, err := client.Chat(ctx, buoy.Request{
			Model:       "gpt-4o-mini",
			Messages:    []buoy.Message{buoy.User(question)},
			Temperature: new(0.0), // the same answer each time is what is wanted
		})
		if err != nil {
			return err
		}
		took := time.Since(begun)
		from, paid := "provider", 0.0
		if resp.Info.Cache != "" {
			from = resp.Info.Cache
		} else if resp.Usage.CostRUB != nil {
			paid = *resp.Usage.CostRUB
		}
		fmt.Printf("%-26s %-10s %10s %6.2f ₽\n", question, from, took.Round(time.Microsecond), paid)
		time.Sleep(10 * time.Millisecond) // answers are stored behind the calls, and people are slower
	}
	for _, l := range cache.Stats() {
		fmt.Printf("   %-8s hits %d, misses %d, unreadable %d\n", l.Level+":", l.Hits, l.Misses, l.Damaged)
	}
	return nil
}
