// Streaming: tokens as they come, and what is left when a stream breaks off.
//
//	go run ./examples/streaming
//
// It runs offline, against a scripted provider on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "streaming:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil,
		buoytest.Slow(60*time.Millisecond), // a good answer, a token every 60 ms
		buoytest.Cut(5),                    // the connection is closed after five tokens
		buoytest.CutWithDone(5),            // the same, but a gateway writes [DONE] under it
		buoytest.Stall(5, time.Hour),       // five tokens, then silence
		buoytest.Slow(60*time.Millisecond),
	)
	defer srv.Close()
	endpoint := srv.Endpoint()
	endpoint.Name = "desk" // the label in errors and logs; else it is the host's name
	client, err := buoy.New(endpoint, buoy.WithTimeouts(buoy.Timeouts{
		Idle: 300 * time.Millisecond, // between tokens; the default is a minute
	}))
	if err != nil {
		return err
	}
	defer client.Close()

	for _, scene := range []string{
		"A stream that ends well",
		"The connection is cut",
		"The stream ends in good order, with [DONE], but without a finish reason",
		"The model falls silent",
	} {
		fmt.Println("\n--", scene)
		if err := show(ctx, client); err != nil {
			return err
		}
	}

	fmt.Println("\n-- The reader has seen enough")
	return showSome(ctx, client, 3)
}

var request = buoy.Request{
	Model:    "gpt-4o-mini",
	Messages: []buoy.Message{buoy.User("Write a sentence with every letter.")},
}

// show prints an answer while it is written.
func show(ctx context.Context, client *buoy.Client) error {
	// Stream returns at the first token. What goes wrong before it has been
	// retried already and comes back here, as an ordinary error.
	stream, err := client.Stream(ctx, request)
	if err != nil {
		return err
	}
	defer stream.Close()

	for chunk, err := range stream.Chunks() {
		if err != nil {
			// After the first token nothing is repeated in silence: the reader
			// has seen it. The error says what happened, and the stream still
			// has all that came.
			fmt.Println()
			return interrupted(stream, err)
		}
		fmt.Print(chunk.Text())
	}

	// After a good end Response is what Chat would have returned.
	resp := stream.Response()
	attempt := stream.Info().Attempts[0]
	fmt.Printf("\nend: %s, %d tokens, the first after %v, the last after %v\n", resp.Choices[0].FinishReason,
		resp.Usage.CompletionTokens, attempt.FirstToken.Round(time.Millisecond), attempt.Duration.Round(time.Millisecond))
	return nil
}

// interrupted decides what to do about half an answer. Here it is shown; a
// program may also ask again, or keep it with a mark that it is not whole.
func interrupted(stream *buoy.Stream, err error) error {
	switch buoy.KindOf(err) {
	case buoy.ErrStreamInterrupted, buoy.ErrTimeout:
	default:
		return err
	}
	fmt.Println("error:", err)
	fmt.Printf("kept:  %q\n", stream.Response().Text())
	if te, ok := errors.AsType[*buoy.TransportError](err); ok && te.Timer != "" {
		fmt.Println("timer:", te.Timer)
	}
	return nil
}

// showSome leaves the loop early. That closes the stream, and with it the
// connection, so that the provider can stop as well.
func showSome(ctx context.Context, client *buoy.Client, tokens int) error {
	stream, err := client.Stream(ctx, request)
	if err != nil {
		return err
	}
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return err
		}
		fmt.Print(chunk.Text())
		if chunk.Text() != "" {
			tokens--
		}
		if tokens == 0 {
			break
		}
	}
	fmt.Println("\nstopped by the reader, which is no error:", stream.Err() == nil)
	return nil
}
