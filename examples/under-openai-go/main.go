// Under-openai-go: a program written for the official client gets buoy's retries, breakers
// and keys without a change of its calls. The client takes an *http.Client; buoy is its
// transport.
//
//	go run .        # offline, against a provider on loopback
//
// It is a module of its own so that the official client stays out of buoy's go.mod.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "under-openai-go:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	// In a program of yours: buoy.OpenAI(key), or what else takes the calls.
	provider := buoytest.NewServer(nil, script()...)
	defer provider.Close()
	client, err := buoy.New(provider.Endpoint(), buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 50 * time.Millisecond}))
	if err != nil {
		return err
	}
	defer client.Close()

	// This is all that changes.
	hc := &http.Client{Transport: buoyhttp.Transport(client, nil)}
	api := openai.NewClient(option.WithHTTPClient(hc), option.WithBaseURL(provider.URL+"/v1"), option.WithAPIKey("unused"))

	params := openai.ChatCompletionNewParams{Model: "gpt-4o-mini", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hello!")}}
	var reply *http.Response
	resp, err := api.Chat.Completions.New(ctx, params, option.WithResponseInto(&reply))
	if err != nil {
		return err
	}
	fmt.Printf("A whole answer: %q, after %s requests to %s.\n",
		resp.Choices[0].Message.Content, reply.Header.Get("X-Buoy-Attempts"), reply.Header.Get("X-Buoy-Endpoint"))

	fmt.Print("A stream: ")
	stream := api.Chat.Completions.NewStreaming(ctx, params)
	defer stream.Close()
	for stream.Next() {
		for _, choice := range stream.Current().Choices {
			fmt.Print(choice.Delta.Content)
		}
	}
	// A break after the first token is buoy's own error, with the whole story.
	call, ok := errors.AsType[*buoy.CallError](stream.Err())
	if !ok {
		return fmt.Errorf("the stream should have broken: %w", stream.Err())
	}
	fmt.Printf("... and it broke: %s, %d request.\n", buoy.KindOf(call), len(call.Attempts))

	_, err = api.Chat.Completions.New(ctx, params)
	refusal, ok := errors.AsType[*openai.Error](err)
	if !ok {
		return fmt.Errorf("the call should have been refused: %w", err)
	}
	fmt.Printf("A refusal is the official client's error: %d %s; buoy calls it %s.\n",
		refusal.StatusCode, refusal.Code, refusal.Response.Header.Get("X-Buoy-Kind"))
	fmt.Printf("The provider was asked %d times.\n", len(provider.Requests()))
	return nil
}

// script is what the provider does: it is overloaded, then answers; cuts a stream; has no
// more money on the account.
func script() []buoytest.Step {
	return []buoytest.Step{
		buoytest.Times(2, buoytest.Fail(503)), buoytest.Reply("Hello there!"),
		buoytest.Cut(2),
		buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota."),
	}
}
