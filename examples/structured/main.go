// Structured: an answer that fits a JSON Schema, decoded into a Go value.
//
//	go run ./examples/structured
//
// It runs offline, against a scripted provider on loopback.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "structured:", err)
		os.Exit(1)
	}
}

// Event is what the model shall find in a text.
type Event struct {
	Name   string   `json:"name"`
	Date   string   `json:"date"`
	People []string `json:"people"`
}

// In strict mode OpenAI wants every property to be required and no others to
// be allowed, and then guarantees the shape.
var eventSchema = json.RawMessage(`{
	"type": "object",
	"properties": {
		"name":   {"type": "string"},
		"date":   {"type": "string", "description": "ISO 8601"},
		"people": {"type": "array", "items": {"type": "string"}}
	},
	"required": ["name", "date", "people"],
	"additionalProperties": false
}`)

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil,
		buoytest.Reply(`{"name": "Science fair", "date": "2026-05-22", "people": ["Alice", "Bob"]}`),
		buoytest.ReplyWith(buoytest.Answer{Text: `{"name": "Science fa`, FinishReason: "length"}),
		buoytest.ReplyWith(buoytest.Answer{Refusal: "I cannot help with that."}),
	)
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		return err
	}
	defer client.Close()

	event, err := extract(ctx, client, "Alice and Bob go to the science fair on Friday, 22 May 2026.")
	if err != nil {
		return err
	}
	fmt.Printf("decoded:   %+v\n", event)

	// A schema does not cover these two: the script cuts one answer short, and
	// declines in the next.
	for range 2 {
		if _, err = extract(ctx, client, "..."); err != nil {
			fmt.Println("not taken:", err)
		}
	}
	return nil
}

func extract(ctx context.Context, client *buoy.Client, text string) (Event, error) {
	var event Event
	resp, err := client.Chat(ctx, buoy.Request{
		Model: "gpt-4o-mini",
		Messages: []buoy.Message{
			buoy.System("Extract the event from the user's text."),
			buoy.User(text),
		},
		ResponseFormat: buoy.JSONSchema("event", eventSchema, true),
		MaxTokens:      new(200),
	})
	if err != nil {
		return event, err
	}
	choice := resp.Choices[0]
	switch {
	case choice.Message.Refusal != "":
		return event, errors.New("the model declined: " + choice.Message.Refusal)
	case choice.FinishReason == buoy.FinishLength:
		return event, errors.New("the answer is cut short: raise MaxTokens")
	}
	if err := json.Unmarshal([]byte(resp.Text()), &event); err != nil {
		return event, fmt.Errorf("the answer is not an event: %w", err)
	}
	return event, nil
}
