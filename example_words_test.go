package buoy_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// An answer's message is appended to the conversation as it is.
func ExampleMessage() {
	srv := buoytest.NewServer(nil, buoytest.Reply("Paris."), buoytest.Reply("About two million."))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	talk := []buoy.Message{buoy.System("Be brief."), buoy.User("What is the capital of France?")}
	for _, next := range []string{"How many people live there?", ""} {
		resp, err := client.Chat(context.Background(), buoy.Request{Model: "gpt-4o-mini", Messages: talk})
		if err != nil {
			fmt.Println(err)
			return
		}
		talk = append(talk, resp.Choices[0].Message, buoy.User(next))
	}
	for _, m := range talk[1:5] {
		fmt.Printf("%s: %s\n", m.Role, m.Text())
	}
	// Output:
	// user: What is the capital of France?
	// assistant: Paris.
	// user: How many people live there?
	// assistant: About two million.
}

// A Response can be stored as JSON and read again.
func ExampleResponse() {
	var resp buoy.Response
	err := json.Unmarshal([]byte(`{"id":"chatcmpl-1","model":"gpt-4o-mini","choices":[
		{"index":0,"message":{"role":"assistant","content":"Hello!"},"finish_reason":"stop"}]}`), &resp)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text(), resp.Choices[0].FinishReason == buoy.FinishStop, len(resp.ToolCalls()))
	// Output: Hello! true 0
}

// Each Chunk has what the answer grew by.
func ExampleChunk() {
	srv := buoytest.NewServer(nil, buoytest.Stream("Hel", "lo", "!"))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	stream, err := client.Stream(context.Background(), buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Hi")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if chunk.Text() != "" {
			fmt.Printf("%q ", chunk.Text())
		}
	}
	fmt.Println()
	// Output: "Hel" "lo" "!"
}

// Plus adds up what several answers cost.
func ExampleUsage() {
	var sum buoy.Usage
	for _, u := range []buoy.Usage{
		{PromptTokens: 9, CompletionTokens: 2, TotalTokens: 11, Cost: new(0.25)},
		{PromptTokens: 20, CompletionTokens: 5, TotalTokens: 25, Cost: new(0.5)},
	} {
		sum = sum.Plus(u)
	}
	fmt.Println(sum.TotalTokens, "tokens,", *sum.Cost, "dollars")
	// Output: 36 tokens, 0.75 dollars
}

// CallInfo lists every request that was sent for an answer.
func ExampleCallInfo() {
	srv := buoytest.NewServer(nil, buoytest.Error(503, `{"error":{"message":"busy"}}`), buoytest.Reply("Hello!"))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	resp, err := client.Chat(context.Background(),
		buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Hi")}},
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, a := range resp.Info.Attempts {
		fmt.Println(i+1, a.Model, buoy.KindOf(a.Err))
	}
	// Output:
	// 1 gpt-4o-mini overloaded
	// 2 gpt-4o-mini
}
