// Recovery: what a reader sees when a stream breaks in the middle, with and
// without WithStreamRecovery, and a chat that travels as a stream.
//
//	go run ./examples/recovery
//
// It runs offline, against a scripted provider on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "recovery:", err)
		os.Exit(1)
	}
}

const (
	answer = "A buoy floats because it weighs less than the water that it pushes aside."
	other  = "A buoy floats since the water lifts it with more force than its weight."
)

// scene is one stream, and what the provider does to it.
type scene struct {
	title string
	opts  []buoy.CallOption
	steps []buoytest.Step
}

var scenes = []scene{
	{"Without recovery: an error, and the part that came", nil, []buoytest.Step{
		cut(5, answer),
	}},
	{"RecoverRestart, and the model says the same again: nothing is shown twice",
		[]buoy.CallOption{buoy.WithStreamRecovery(buoy.RecoverRestart)}, []buoytest.Step{
			cut(5, answer), say(answer),
		}},
	{"RecoverRestart, and the model says something else: the reader begins again",
		[]buoy.CallOption{buoy.WithStreamRecovery(buoy.RecoverRestart)}, []buoytest.Step{
			cut(5, answer), say(other),
		}},
	{"RecoverContinue: the model goes on where it was cut, and repeats two words",
		[]buoy.CallOption{buoy.WithStreamRecovery(buoy.RecoverContinue)}, []buoytest.Step{
			cut(7, answer), say("less than the water that it pushes aside."),
		}},
	{"RecoverContinue, and the model refuses the prefill: it begins again",
		[]buoy.CallOption{buoy.WithStreamRecovery(buoy.RecoverContinue)}, []buoytest.Step{
			cut(5, answer), buoytest.OpenAIError(400, "invalid_request_error", "The conversation must end with a user message."), say(other),
		}},
	{"A provider that always cuts: the first interruption, and why there is no further attempt",
		[]buoy.CallOption{buoy.WithStreamRecovery(buoy.RecoverRestart)}, []buoytest.Step{
			buoytest.Times(5, cut(5, answer)),
		}},
}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil)
	defer srv.Close()
	endpoint := srv.Endpoint()
	endpoint.Name = "desk"
	endpoint.Prefill = true // its models continue an assistant message; RecoverContinue needs to know
	client, err := buoy.New(endpoint,
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 50 * time.Millisecond}), // the default is 1 s
		// So many streams that break in a row would open it.
		buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}))
	if err != nil {
		return err
	}
	defer client.Close()

	for _, s := range scenes {
		fmt.Println("\n--", s.title)
		srv.Script(s.steps...)
		if err := show(ctx, client, s.opts...); err != nil {
			return err
		}
	}

	// Who was silent is not asked again: that might be paid twice. Another target is.
	fmt.Println("\n-- WithStreamedChat: Chat uses a stream inside, so a silent model is noticed, and the next target is asked")
	srv.Script(buoytest.Stall(5, time.Hour), say(answer))
	careful, err := buoy.New(endpoint, buoy.WithFallback(buoy.Target{Model: "gpt-4.1-mini"}))
	if err != nil {
		return err
	}
	defer careful.Close()
	resp, err := careful.Chat(ctx, request, buoy.WithStreamedChat(), buoy.WithTimeouts(buoy.Timeouts{Idle: 300 * time.Millisecond}))
	if err != nil {
		return err
	}
	fmt.Println(resp.Text())
	account(resp.Info.Attempts)
	return nil
}

var request = buoy.Request{
	Model:    "gpt-4o-mini",
	Messages: []buoy.Message{buoy.User("Why does a buoy float?")},
}

// show prints an answer while it is written. A terminal cannot take back what it
// has printed, so here a restart goes on in a new line; a page would empty the
// answer's element.
func show(ctx context.Context, client *buoy.Client, opts ...buoy.CallOption) error {
	stream, err := client.Stream(ctx, request, opts...)
	if err != nil {
		return err
	}
	defer stream.Close()
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Println()
			return broken(err)
		}
		if chunk.Restarted {
			fmt.Print(" ...\n[from the start] ")
		}
		fmt.Print(chunk.Text())
	}
	fmt.Println()
	// Response is what the reader has: after a restart the new answer alone.
	fmt.Printf("kept:  %q\n", stream.Response().Text())
	account(stream.Info().Attempts)
	return nil
}

// broken tells of a stream that nothing could mend.
func broken(err error) error {
	call, ok := errors.AsType[*buoy.CallError](err)
	if !ok || buoy.KindOf(err) != buoy.ErrStreamInterrupted {
		return err
	}
	fmt.Printf("error: %v (stop: %s)\n", err, call.Stop)
	if te, ok := errors.AsType[*buoy.TransportError](err); ok {
		fmt.Printf("kept:  %q\n", te.Partial.Text())
	}
	account(call.Attempts)
	return nil
}

// account lists every request that the call has sent: each may be billed.
func account(attempts []buoy.Attempt) {
	for i, a := range attempts {
		outcome := "whole"
		if a.Err != nil {
			outcome = string(buoy.KindOf(a.Err))
		}
		fmt.Printf("   attempt %d: %s\n", i+1, outcome)
	}
}

// say streams a text by the word.
func say(text string) buoytest.Step {
	return buoytest.Slow(30*time.Millisecond, strings.SplitAfter(text, " ")...)
}

// cut streams the first words of a text, and ends without a finish reason.
func cut(words int, text string) buoytest.Step {
	tokens := strings.SplitAfter(text, " ")
	var body strings.Builder
	for _, token := range tokens[:words] {
		fmt.Fprintf(&body, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", token)
	}
	return buoytest.Raw(200, "text/event-stream", []byte(body.String()))
}
