// Tools: the model calls functions of yours until it knows enough to answer.
//
//	go run ./examples/tools
//
// It runs offline: the model is a script on loopback that asks for the weather
// twice in one go, makes a mistake in one call, and repairs it in the next round.
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
		fmt.Fprintln(os.Stderr, "tools:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	srv := scriptedModel()
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		return err
	}
	defer client.Close()

	answer, err := ask(ctx, client, buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Where is it warmer, in Paris or in Oslo?")},
		Tools: []buoy.Tool{
			// The parameters are a JSON Schema; anything that encodes to one will do.
			buoy.FunctionTool("get_weather", "The current weather of a city.", json.RawMessage(`{
				"type": "object",
				"properties": {"city": {"type": "string"}},
				"required": ["city"],
				"additionalProperties": false
			}`)),
		},
	})
	if err != nil {
		return err
	}
	fmt.Println("\nanswer:", answer)
	return nil
}

// maxRounds keeps a model that never comes to an end from costing a fortune.
const maxRounds = 5

// ask goes back and forth until the model answers with text.
func ask(ctx context.Context, client *buoy.Client, req buoy.Request) (string, error) {
	for round := range maxRounds {
		resp, err := client.Chat(ctx, req)
		if err != nil {
			return "", err
		}
		calls := resp.ToolCalls()
		if len(calls) == 0 {
			return resp.Text(), nil
		}
		// The model's message goes back as it came, calls and reasoning
		// included; then one result for each call, under the call's id.
		req.Messages = append(req.Messages, resp.Choices[0].Message)
		for _, call := range calls {
			result := dispatch(call.Function)
			fmt.Printf("round %d: %s(%s)\n         = %s\n", round+1, call.Function.Name, call.Function.Arguments, result)
			req.Messages = append(req.Messages, buoy.ToolResult(call.ID, result))
		}
	}
	return "", errors.New("the model did not come to an end")
}

// dispatch carries out a call. What goes wrong is told to the model, which can
// often do better in the next round.
func dispatch(call buoy.FunctionCall) string {
	if call.Name != "get_weather" {
		return `{"error": "no such function"}`
	}
	var args struct {
		City string `json:"city"`
	}
	// Arguments are text that a model wrote: they may be broken or made up.
	if err := json.Unmarshal([]byte(call.Arguments), &args); err != nil {
		return `{"error": "the arguments are not valid JSON"}`
	}
	celsius, ok := weather[args.City]
	if !ok {
		return `{"error": "no such city"}`
	}
	return fmt.Sprintf(`{"celsius": %d}`, celsius)
}

var weather = map[string]int{"Paris": 21, "Oslo": 12}

func scriptedModel() *buoytest.Server {
	call := func(id, arguments string) buoytest.ToolCall {
		return buoytest.ToolCall{ID: id, Name: "get_weather", Arguments: arguments}
	}
	return buoytest.NewServer(nil,
		buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{
			call("call_paris", `{"city": "Paris"}`),
			call("call_oslo", `{"city": "Osl`), // models do that
		}}),
		buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{
			call("call_oslo_again", `{"city": "Oslo"}`),
		}}),
		buoytest.Reply("In Paris: 21 °C against 12 °C in Oslo."),
	)
}
