// Extract: an answer decoded into a Go value, one that has to be repaired, and
// three that are none.
//
//	go run ./examples/extract
//
// It runs offline, against a scripted provider on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "extract:", err)
		os.Exit(1)
	}
}

// Ticket is what the model shall make of a customer's mail.
type Ticket struct {
	Subject string  `json:"subject" jsonschema:"at most ten words"`
	Urgency Urgency `json:"urgency"`
	Order   *string `json:"order" jsonschema:"the number of the order, if there is one"`
}

// Urgency is an enumeration.
type Urgency string

// JSONSchema says which values there are.
func (Urgency) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: []any{"low", "normal", "high"}}
}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil,
		buoytest.Reply(`{"subject":"The parcel is wet","urgency":"high","order":"A-17"}`),
		buoytest.Reply("Sure!\n```json\n{\"subject\":\"The parcel is wet\",\"urgency\":\"very high\"}\n```"),
		buoytest.Reply(`{"subject":"The parcel is wet","urgency":"high"}`),
		buoytest.Reply("It seems that the parcel is wet."),
		buoytest.ReplyWith(buoytest.Answer{Text: `{"subject":"The par`, FinishReason: "length"}),
		buoytest.ReplyWith(buoytest.Answer{Refusal: "I cannot help with that."}),
	)
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		return err
	}
	defer client.Close()
	mail := buoy.Request{
		Model: "gpt-4o-mini",
		Messages: []buoy.Message{
			buoy.System("Make a ticket of the customer's mail."),
			buoy.User("Hello, my parcel (order A-17) arrived dripping wet. I need it tomorrow!!!"),
		},
		MaxTokens: new(200),
	}

	ticket, _, err := buoytyped.ChatAs[Ticket](ctx, client, mail)
	if err != nil {
		return err
	}
	fmt.Printf("decoded:   %q, %s, order %s\n", ticket.Subject, ticket.Urgency, *ticket.Order)

	// A server without structured outputs: the schema goes into the prompt, and
	// a wrong answer back to the model.
	ticket, resp, err := buoytyped.ChatAs[Ticket](ctx, client, mail, buoytyped.WithJSONMode(), buoytyped.WithRepair())
	if err != nil {
		return err
	}
	fmt.Printf("repaired:  %q, %s, %d tokens in %d requests\n", ticket.Subject, ticket.Urgency, resp.Usage.TotalTokens, len(resp.Info.Attempts))

	for range 3 {
		_, _, err := buoytyped.ChatAs[Ticket](ctx, client, mail)
		fmt.Println("not taken:", err)
		if declined, ok := errors.AsType[*buoytyped.RefusalError](err); ok {
			fmt.Println("           it said:", declined.Refusal)
		}
	}
	return nil
}
