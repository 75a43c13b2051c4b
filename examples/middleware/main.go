// Middleware: code of your own around every call, or around every attempt.
//
//	go run ./examples/middleware
//
// It runs offline, against a scripted provider on loopback that fails once.
// To test middleware of yours, see buoytest.TestMiddleware.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "middleware:", err)
		os.Exit(1)
	}
}

// timed reports how long a call took. The place for giving back what was taken,
// or for stopping a clock, is OnEnd: next returns when a stream has begun, not
// when it has ended. For a whole answer OnEnd runs at once.
func timed(next buoy.Handler) buoy.Handler {
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		start := time.Now()
		report := func(err error) {
			fmt.Printf("timed:  %s ended after %v: %s\n", call.Model, time.Since(start).Round(100*time.Millisecond), outcome(err))
		}
		reply, err := next(ctx, call)
		if err != nil {
			report(err)
			return nil, err
		}
		reply.OnEnd(report)
		return reply, nil
	}
}

var email = regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.]+`)

// redact takes e-mail addresses out of what is sent. A call and its request
// belong to the caller, who may use them again: change copies.
func redact(next buoy.Handler) buoy.Handler {
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		c, r := *call, *call.Request
		r.Messages = slices.Clone(r.Messages)
		for i := range r.Messages {
			r.Messages[i].Content = email.ReplaceAllString(r.Messages[i].Content, "[email]")
		}
		c.Request = &r
		return next(ctx, &c)
	}
}

// traced marks each attempt with a header. Endpoint, model and key are chosen
// again for every attempt, so an attempt's middleware sees them and a call's
// does not.
func traced(next buoy.Handler) buoy.Handler {
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		c := *call
		c.Header = c.Header.Clone() // nil until somebody sets one
		if c.Header == nil {
			c.Header = make(http.Header)
		}
		c.Header.Set("X-Trace", fmt.Sprintf("trace-7/%d", call.Attempt))
		reply, err := next(ctx, &c)
		fmt.Printf("traced: attempt %d at %s with %s: %v\n", call.Attempt, call.Endpoint, call.Key, outcome(err))
		return reply, err
	}
}

func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	return string(buoy.KindOf(err))
}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil,
		buoytest.Fail(503),
		buoytest.Reply("Done."),
		buoytest.Slow(100*time.Millisecond, "Done", " ", "again."),
	)
	defer srv.Close()
	endpoint := srv.Endpoint()
	endpoint.Name = "desk"

	client, err := buoy.New(endpoint,
		buoy.WithMiddleware(timed, redact), // once per call, the first is the outermost
		buoy.WithAttemptMiddleware(traced)) // once per attempt, next to the wire
	if err != nil {
		return err
	}
	defer client.Close()

	req := buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Write to ada@example.org.")},
	}
	fmt.Println("-- Chat")
	resp, err := client.Chat(ctx, req)
	if err != nil {
		return err
	}
	fmt.Println("answer:", resp.Text())

	fmt.Println("\n-- Stream: the same middleware")
	stream, err := client.Stream(ctx, req)
	if err != nil {
		return err
	}
	defer stream.Close()
	var text strings.Builder
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return err
		}
		text.WriteString(chunk.Text())
	}
	fmt.Println("answer:", text.String())

	fmt.Println("\n-- What the provider received")
	for _, got := range srv.Requests() {
		fmt.Printf("%s  %s\n", got.Header.Get("X-Trace"), got.Body)
	}
	fmt.Println("the caller's own request is unchanged:", req.Messages[0].Content)
	return nil
}
