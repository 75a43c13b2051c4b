package buoytyped_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/google/jsonschema-go/jsonschema"
)

// Event is what the model shall find in a text.
type Event struct {
	Name   string   `json:"name"`
	Date   string   `json:"date" jsonschema:"as YYYY-MM-DD"`
	People []string `json:"people,omitempty"`
}

func ExampleChatAs() {
	srv := buoytest.NewServer(nil, buoytest.Reply(`{"name":"Science fair","date":"2026-05-22","people":["Alice","Bob"]}`))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	event, resp, err := buoytyped.ChatAs[Event](context.Background(), client, buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Alice and Bob go to the science fair on Friday, 22 May 2026.")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v, %d attempt\n", event, len(resp.Info.Attempts))
	// Output: {Name:Science fair Date:2026-05-22 People:[Alice Bob]}, 1 attempt
}

func ExampleMismatchError() {
	srv := buoytest.NewServer(nil, buoytest.Reply(`{"name":"Science fair","date":22}`))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	_, _, err = buoytyped.ChatAs[Event](context.Background(), client, buoy.Request{
		Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("When is the fair?")},
	})
	if bad, ok := errors.AsType[*buoytyped.MismatchError](err); ok {
		fmt.Println(bad.Path)
		fmt.Println(bad.Text)
	}
	fmt.Println(err)
	fmt.Println(buoy.KindOf(err))
	// Output:
	// date
	// {"name":"Science fair","date":22}
	// the answer is no Event: date: is an integer where a string is due
	// malformed
}

// Town is where the weather is asked for.
type Town struct {
	City string `json:"city" jsonschema:"in English"`
	Unit string `json:"unit,omitempty" enum:"celsius,fahrenheit"`
}

func ExampleRunTools() {
	// The model calls a tool twice in one answer, and then answers.
	srv := buoytest.NewServer(nil,
		buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{
			{Name: "get_weather", Arguments: `{"city":"Paris"}`},
			{Name: "get_weather", Arguments: `{"city":"Atlantis"}`},
		}}),
		buoytest.Reply("21 degrees in Paris. I do not know Atlantis."))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	weather := buoytyped.Tool("get_weather", "The weather in a city.", func(_ context.Context, t Town) (string, error) {
		if t.City != "Paris" {
			return "", errors.New("no such city")
		}
		return "21 degrees", nil
	})
	conv, err := buoytyped.RunTools(context.Background(), client, buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("How warm is it in Paris and in Atlantis?")},
	}, weather)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range conv.Runs {
		fmt.Println(r.Tool, r.Arguments, r.Result)
	}
	fmt.Println(conv.Text())
	// Output:
	// get_weather {"city":"Paris"} 21 degrees
	// get_weather {"city":"Atlantis"} {"error":"no such city"}
	// 21 degrees in Paris. I do not know Atlantis.
}

// The last answer as a value, each answer as it comes, and at most three of them.
func ExampleLoop() {
	srv := buoytest.NewServer(nil,
		buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{{Name: "add", Arguments: `{"a":2,"b":"3"}`}}}),
		buoytest.Reply(`{"value":5}`))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	type Terms struct {
		A int `json:"a"`
		B int `json:"b"`
	}
	add := buoytyped.Tool("add", "Adds two numbers.", func(_ context.Context, t Terms) (int, error) { return t.A + t.B, nil })
	format, err := buoytyped.Format[int]()
	if err != nil {
		fmt.Println(err)
		return
	}
	loop := buoytyped.Loop{MaxRounds: 3, Stream: func(c *buoy.Chunk) { fmt.Print(c.Text()) }}
	conv, err := loop.Run(context.Background(), client, buoy.Request{
		Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("2 and 3?")}, ResponseFormat: format,
	}, add)
	if err != nil {
		fmt.Println(err)
		return
	}
	sum, err := buoytyped.Decode[int](conv.Response())
	fmt.Println()
	fmt.Println(sum, err, len(conv.Responses))
	// Output:
	// {"value":5}
	// 5 <nil> 2
}

// A tool can be tested without a model.
func ExampleFunction_Call() {
	greet := buoytyped.Tool("greet", "Greets somebody.", func(_ context.Context, name string) (string, error) { return "Hello, " + name, nil })
	fmt.Println(greet.Call(context.Background(), `{"value":"Ada"}`))
	fmt.Println(greet.Call(context.Background(), `{"value":["Ada","Bob"]}`))
	// Output:
	// Hello, Ada <nil>
	//  the model's arguments for greet are wrong: value: is an array where a string is due
}

// An answer that is no value is asked for once more, and is not kept if it is none again.
func ExampleBatchAs() {
	srv := buoytest.NewServer(nil, buoytest.Reply(`{"value":"good"}`), buoytest.Reply("I like it"), buoytest.Reply(`{"value":"mixed"}`))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	requests := func(yield func(buoy.Request) bool) {
		for _, review := range []string{"Great!", "Great, but late."} {
			if !yield(buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("How does the writer feel? " + review)}}) {
				return
			}
		}
	}
	opts := buoybatch.Options{Concurrency: 1, Ordered: true} // and a Journal
	for i, r := range buoytyped.BatchAs[Mood](context.Background(), client, requests, opts, buoytyped.WithRepair()) {
		fmt.Println(i, r.Value, r.Err, len(r.Response.Info.Attempts))
	}
	// Output:
	// 0 good <nil> 1
	// 1 mixed <nil> 2
}

// Mood is an enumeration: it says itself which values there are.
type Mood string

func (Mood) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: []any{"good", "bad", "mixed"}}
}

func ExampleSchemer() {
	format, err := buoytyped.Format[Mood]()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", format.JSONSchema.Schema)
	// Output: {"type":"object","properties":{"value":{"type":"string","enum":["good","bad","mixed"]}},"required":["value"],"additionalProperties":false}
}
