// Quickstart: one call and one stream, over real HTTP.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -live
//
// It starts a provider of its own on loopback that fails twice before it answers, so
// you see what the client does about it. It needs no network, and costs nothing.
//
// With -live it calls the provider whose key is in the environment, which costs what
// two short answers cost: AITUNNEL_API_KEY, or OPENAI_API_KEY (and OPENAI_BASE_URL for
// a compatible server), or OPENROUTER_API_KEY. BUOY_MODEL names the model.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	live := flag.Bool("live", false, "call the provider whose key is in the environment; it charges for it")
	flag.Parse()
	if err := run(context.Background(), *live); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, live bool) error {
	var endpoint buoy.Endpoint
	if live {
		endpoint = buoy.FromEnv()
		if len(endpoint.Keys) == 0 {
			return errors.New("-live needs a key: set AITUNNEL_API_KEY, OPENAI_API_KEY or OPENROUTER_API_KEY")
		}
		fmt.Println("Calling", endpoint.BaseURL)
	} else {
		srv := failingProvider()
		defer srv.Close()
		endpoint = srv.Endpoint()
		endpoint.Name = "embedded"
		fmt.Println("Calling an embedded provider at", srv.URL, "that fails twice. With -live a real one is called.")
	}

	// No options: retries, breaker, timeouts and bounds are on already.
	client, err := buoy.New(endpoint)
	if err != nil {
		return err
	}
	defer client.Close()

	req := buoy.Request{
		Model: modelFor(endpoint),
		Messages: []buoy.Message{
			buoy.System("Answer in one sentence."),
			buoy.User("Why does a buoy stay up?"),
		},
	}

	fmt.Println("\n-- Chat: the whole answer")
	resp, err := client.Chat(ctx, req)
	if err != nil {
		return explain(err)
	}
	printAttempts(resp.Info.Attempts)
	fmt.Println(resp.Text())
	fmt.Printf("(%s, %d + %d tokens)\n", resp.Model, resp.Usage.PromptTokens, resp.Usage.CompletionTokens)

	fmt.Println("\n-- Stream: the same, as it is written")
	stream, err := client.Stream(ctx, req)
	if err != nil {
		return explain(err)
	}
	defer stream.Close()
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Println()
			return explain(err)
		}
		fmt.Print(chunk.Text())
	}
	fmt.Printf("\n(finish reason %q)\n", stream.Response().Choices[0].FinishReason)
	return nil
}

// printAttempts tells what it took to get the answer. Every answer carries this,
// and so does every error.
func printAttempts(attempts []buoy.Attempt) {
	for i, a := range attempts {
		if a.Wait > 0 {
			fmt.Printf("   waited %v\n", a.Wait.Round(time.Millisecond))
		}
		outcome := "answered"
		if a.Err != nil {
			outcome = "failed: " + a.Err.Error()
		}
		fmt.Printf("   attempt %d (%v) %s\n", i+1, a.Duration.Round(time.Millisecond), outcome)
	}
}

// explain prints the attempts of a call that failed for good.
func explain(err error) error {
	if call, ok := errors.AsType[*buoy.CallError](err); ok {
		printAttempts(call.Attempts)
	}
	return fmt.Errorf("%w (kind %q)", err, buoy.KindOf(err))
}

func modelFor(endpoint buoy.Endpoint) string {
	switch model := os.Getenv("BUOY_MODEL"); {
	case model != "":
		return model
	case strings.Contains(endpoint.BaseURL, "openrouter.ai"):
		return "openai/gpt-4o-mini" // OpenRouter's names begin with the maker's
	}
	return "gpt-4o-mini"
}

// failingProvider is a scripted provider: each request takes the next step.
func failingProvider() *buoytest.Server {
	const answer = "Because it weighs less than the water that it pushes aside."
	return buoytest.NewServer(nil,
		buoytest.Fail(500),
		buoytest.RetryAfter(time.Second, buoytest.Fail(429)),
		buoytest.Reply(answer),
		buoytest.Slow(40*time.Millisecond, strings.SplitAfter(answer, " ")...),
	)
}
