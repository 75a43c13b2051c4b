// Relay: one stream, several readers.
//
//	go run ./examples/relay
//
// A chunk stays valid after the next one has been read. So one goroutine can read the
// stream, and others can get its chunks through channels, each at a pace of its own:
// here a terminal, a log that keeps all chunks, and a filter that stops the answer.
//
// It runs offline, against a scripted provider on loopback.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil,
		buoytest.Slow(20*time.Millisecond, strings.SplitAfter("A relay hands on what it is given, at once and unchanged.", " ")...),
		buoytest.Slow(20*time.Millisecond, strings.SplitAfter("The password is swordfish, and nobody else should read this.", " ")...),
	)
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		return err
	}
	defer client.Close()

	for _, question := range []string{"What does a relay do?", "What is the password?"} {
		fmt.Println("\n--", question)
		if err := relay(ctx, client, question); err != nil {
			return err
		}
	}
	return nil
}

// relay sends each chunk to three readers. Its context ends them all when one fails or
// the answer is stopped.
func relay(ctx context.Context, client *buoy.Client, question string) error {
	stream, err := client.Stream(ctx, buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User(question)},
	})
	if err != nil {
		return err
	}
	defer stream.Close() // stops the provider, too, when the filter has had enough

	terminal, log := make(chan *buoy.Chunk), make(chan *buoy.Chunk, 64)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(terminal)
		defer close(log)
		for chunk, err := range stream.Chunks() {
			if err != nil {
				return err
			}
			if forbidden(chunk) {
				fmt.Print("[stopped]")
				return nil
			}
			for _, reader := range []chan<- *buoy.Chunk{log, terminal} {
				select {
				case reader <- chunk:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
		}
		return nil
	})
	group.Go(func() error {
		for chunk := range terminal {
			fmt.Print(chunk.Text())
		}
		return nil
	})
	group.Go(func() error {
		var kept []*buoy.Chunk
		for chunk := range log {
			kept = append(kept, chunk)
		}
		var text strings.Builder
		for _, chunk := range kept { // long after the stream has gone on
			text.WriteString(chunk.Text())
		}
		fmt.Printf("\n(the log has %d chunks, %d bytes of text)\n", len(kept), text.Len())
		return nil
	})
	return group.Wait()
}

// forbidden looks at one chunk. A filter that has to see words which are spread over
// chunks keeps the last few back.
func forbidden(chunk *buoy.Chunk) bool { return strings.Contains(chunk.Text(), "swordfish") }
