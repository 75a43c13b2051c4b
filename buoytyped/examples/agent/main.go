// Agent: a model plans a journey with two Go functions. It looks up two days at the same
// time, writes one call wrongly, meets a train that is sold out, and then answers.
//
//	go run ./examples/agent
//
// It runs offline: the model is a script on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}

// Search is what the model has to say to find trains. Its tags are for the model.
type Search struct {
	Day  string `json:"day" enum:"Friday,Saturday"`
	From string `json:"from" jsonschema:"name of a town"`
	To   string `json:"to" jsonschema:"name of a town"`
}

// Train is what it gets.
type Train struct {
	Number  string `json:"number"`
	Departs string `json:"departs"`
	Euros   int    `json:"euros"`
}

// Booking is what it has to say to book one.
type Booking struct {
	Number string `json:"number" jsonschema:"of the train"`
	Seats  int    `json:"seats"`
}

var timetable = map[string][]Train{
	"Friday":   {{"ICE 9", "18:04", 89}},
	"Saturday": {{"ICE 3", "07:12", 29}, {"RE 41", "08:30", 19}},
}

func searchTrains(_ context.Context, s Search) ([]Train, error) {
	return timetable[s.Day], nil
}

var errSoldOut = errors.New("the train is sold out: book another one")

func bookTrain(_ context.Context, b Booking) (string, error) {
	if b.Number == "RE 41" {
		return "", errSoldOut // the model reads this, and can do something about it
	}
	return fmt.Sprintf("%d seats in %s are booked", b.Seats, b.Number), nil
}

func run(ctx context.Context) error {
	srv := scriptedModel()
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		return err
	}
	defer client.Close()

	tools := []buoytyped.Function{
		buoytyped.Tool("search_trains", "The trains between two towns on a day.", searchTrains),
		buoytyped.Tool("book_train", "Books seats in a train.", bookTrain),
	}
	loop := buoytyped.Loop{
		MaxRounds: 6,                                           // each is paid for
		Stream:    func(c *buoy.Chunk) { fmt.Print(c.Text()) }, // the answer as it comes
	}
	conv, err := loop.Run(ctx, client, buoy.Request{
		Model: "gpt-4o-mini",
		Messages: []buoy.Message{
			buoy.System("You book trains. Take the cheapest one."),
			buoy.User("Two seats from Weimar to Jena, on Friday or Saturday."),
		},
	}, tools...)
	fmt.Println()
	fmt.Println("\nwhat it did:") // known beside an error, too
	for _, r := range conv.Runs {
		fmt.Printf("  round %d  %s%s\n           = %s\n", r.Round, r.Tool, r.Arguments, r.Result)
	}
	fmt.Printf("%d rounds, %d tokens\n", len(conv.Responses), conv.Usage.TotalTokens)
	if err != nil {
		return err
	}

	// The caller goes on with the messages.
	conv, err = buoytyped.RunTools(ctx, client, buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: append(slices.Clone(conv.Messages), buoy.User("And what would Friday have cost?")),
	}, tools...)
	if err != nil {
		return err
	}
	fmt.Printf("\nand then: %s (%d messages)\n", conv.Text(), len(conv.Messages))
	return nil
}

func scriptedModel() *buoytest.Server {
	call := func(name string, arguments ...string) buoytest.ToolCall {
		return buoytest.ToolCall{Name: name, Arguments: strings.Join(arguments, "")}
	}
	turn := func(calls ...buoytest.ToolCall) buoytest.Step {
		return buoytest.ReplyWith(buoytest.Answer{ToolCalls: calls})
	}
	return buoytest.NewServer(nil,
		turn(
			call("search_trains", `{"day":"Friday","from":"Weimar","to":"Jena"}`),
			// In quotes, with a value in another case: it can only mean one thing.
			call("search_trains", `"{\"day\":\"saturday\",\"from\":\"Weimar\",\"to\":\"Jena\"}"`),
		),
		turn(call("book_train", `{"number":"RE 41"}`)),             // it has to say how many seats
		turn(call("book_train", `{"number":"RE 41","seats":"2"}`)), // a number in quotes, and sold out
		turn(call("book_train", `{"number":"ICE 3","seats":2}`)),
		buoytest.Reply("You have two seats in ICE 3, on Saturday at 07:12, for 29 euros each."),
		buoytest.Reply("89 euros a seat."),
	)
}
