// Limits: stay below what a provider grants instead of finding out.
//
//	go run ./examples/limits
//
// It runs offline, against a provider on loopback. Each of two keys may have 300
// requests and 30,000 tokens a minute, and two calls at a time. A dozen calls
// come at once: see when each goes, by which key, and what is left. Then one that
// has no time is told at once when to come back, and one that is too large why it
// can never go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

const (
	calls   = 12
	takes   = 600 * time.Millisecond // for each answer
	noTime  = 100 * time.Millisecond
	tooMuch = 40000 // tokens of answer
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "limits:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil, buoytest.Always(buoytest.Delay(takes, buoytest.Reply("Sunlight scatters."))))
	defer srv.Close()
	endpoint := srv.Endpoint()
	endpoint.Name, endpoint.Keys = "desk", []string{"key-one", "key-two"}
	endpoint.Limit = buoy.RateLimit{RequestsPerMinute: 300, TokensPerMinute: 30000, Concurrent: 2}
	client, err := buoy.New(endpoint)
	if err != nil {
		return err
	}
	defer client.Close()

	begun := time.Now()
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() { ask(ctx, client, begun) })
	}
	time.Sleep(takes * 3 / 2)
	show(client)
	// All permits are held, others wait, and this one has no time. By now it is
	// known how long calls take.
	hurried, cancel := context.WithTimeout(ctx, noTime)
	defer cancel()
	_, err = client.Chat(hurried, question)
	explain("a call in a hurry", err)
	wg.Wait()
	show(client)

	large := question
	large.MaxTokens = new(tooMuch)
	_, err = client.Chat(ctx, large)
	explain("a call that is too large", err)
	return nil
}

var question = buoy.Request{
	Model:     "gpt-4o-mini",
	Messages:  []buoy.Message{buoy.User("Why is the sky blue?")},
	MaxTokens: new(200),
}

func ask(ctx context.Context, client *buoy.Client, begun time.Time) {
	resp, err := client.Chat(ctx, question)
	if err != nil {
		explain("a call", err)
		return
	}
	a := resp.Info.Attempts[0]
	fmt.Printf("%5.1f s  answered by %s after waiting %v\n", time.Since(begun).Seconds(), a.Key, a.Wait.Round(100*time.Millisecond))
}

// show prints what each key may have at once, and its queue.
func show(client *buoy.Client) {
	for _, l := range client.Limits() {
		fmt.Printf("         %s %s: %d running, %d waiting, %d requests and %d tokens left\n",
			l.Endpoint, l.Key, l.Running, l.Waiting, l.Requests, l.Tokens)
	}
}

// explain reads a refusal that was made here: nothing was sent.
func explain(what string, err error) {
	limit, ok := errors.AsType[*buoy.LimitError](err)
	switch {
	case !ok:
		fmt.Printf("%s: %v\n", what, err)
	case limit.Wait > 0:
		fmt.Printf("%s: come back in %v (%s)\n", what, limit.Wait.Round(100*time.Millisecond), limit.Limit)
	default:
		fmt.Printf("%s: %s\n", what, limit.Limit)
	}
}
