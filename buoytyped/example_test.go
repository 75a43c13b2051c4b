package buoytyped_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/buoy-go/buoy"
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
