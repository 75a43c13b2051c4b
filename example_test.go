package buoy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// A whole answer. In a program of yours the endpoint is buoy.AITunnel(key),
// buoy.OpenAI(key), buoy.FromEnv() ...; here it is a provider on loopback.
func Example() {
	srv := buoytest.NewServer(nil, buoytest.Reply("Sunlight scatters in the air, blue most of all."))
	defer srv.Close()

	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	resp, err := client.Chat(context.Background(), buoy.Request{
		Model:       "gpt-4o-mini",
		Messages:    []buoy.Message{buoy.System("Be brief."), buoy.User("Why is the sky blue?")},
		Temperature: new(0.2),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text())
	// Output: Sunlight scatters in the air, blue most of all.
}

func ExampleClient_Stream() {
	srv := buoytest.NewServer(nil, buoytest.Stream("Sun", "light", " scatters."))
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint())
	defer client.Close()

	stream, err := client.Stream(context.Background(), question)
	if err != nil { // nothing was shown yet; what helps has been retried
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(chunk.Text())
	}
	fmt.Println("\nend:", stream.Response().Choices[0].FinishReason)
	// Output:
	// Sunlight scatters.
	// end: stop
}

// A stream that breaks off is an error, and what came before is not lost.
func ExampleStream_Response() {
	srv := buoytest.NewServer(nil, buoytest.Cut(4))
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint())
	defer client.Close()

	stream, err := client.Stream(context.Background(), question)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	for stream.Next() {
	}
	fmt.Println(buoy.KindOf(stream.Err()))
	fmt.Println(stream.Response().Text())
	// Output:
	// stream_interrupted
	// The quick brown fox
}

func ExampleKindOf() {
	srv := buoytest.NewServer(nil,
		buoytest.OpenAIError(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens."),
		buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota."),
		buoytest.InBand(`{"error": {"code": 401, "message": "No auth credentials found"}}`),
	)
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint())
	defer client.Close()

	for range 3 {
		_, err := client.Chat(context.Background(), question)
		switch kind := buoy.KindOf(err); kind {
		case buoy.ErrContextLength:
			fmt.Println(kind, "- shorten the conversation")
		case buoy.ErrQuota:
			fmt.Println(kind, "- top up")
		case buoy.ErrAuth:
			fmt.Println(kind, "- replace the key")
		}
	}
	// Output:
	// context_length - shorten the conversation
	// quota - top up
	// auth - replace the key
}

// An APIError is a provider's no, with all that it said.
func ExampleAPIError() {
	srv := buoytest.NewServer(nil, buoytest.AITunnelError(403, "Input was flagged.", map[string]any{
		"reasons": []string{"violence"}, "provider_name": "OpenAI",
	}))
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint())
	defer client.Close()

	_, err := client.Chat(context.Background(), question)
	if api, ok := errors.AsType[*buoy.APIError](err); ok {
		fmt.Println(api.Kind, api.StatusCode, api.Message, api.RequestID)
		fmt.Println(api.Moderation.ProviderName, api.Moderation.Reasons)
	}
	fmt.Println(errors.Is(err, buoy.ErrModeration), buoy.IsRetryable(err))
	// Output:
	// moderation 403 Input was flagged. req_1
	// OpenAI [violence]
	// true false
}

// A call that cannot succeed in time ends at once, with the provider's error,
// and not at the deadline with "deadline exceeded".
func ExampleCallError() {
	srv := buoytest.NewServer(nil,
		buoytest.Fail(503),
		buoytest.RetryAfter(30*time.Second, buoytest.Fail(429)),
	)
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint(), buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond}))
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := client.Chat(ctx, question)

	if call, ok := errors.AsType[*buoy.CallError](err); ok {
		for _, a := range call.Attempts {
			fmt.Println("attempt:", buoy.KindOf(a.Err))
		}
		fmt.Println("stopped by:", call.Stop)
	}
	wait, _ := buoy.RetryAfter(err)
	fmt.Println("come back in:", wait)
	fmt.Println(ctx.Err(), errors.Is(err, context.DeadlineExceeded))
	// Output:
	// attempt: overloaded
	// attempt: rate_limit
	// stopped by: deadline
	// come back in: 30s
	// <nil> false
}

// Another model, another provider, and a canned answer at last.
func ExampleWithFallback() {
	primary := buoytest.NewServer(nil, buoytest.Always(buoytest.Fail(503)))
	defer primary.Close()
	other := buoytest.NewServer(nil, buoytest.Reply("From the other provider."), buoytest.Always(buoytest.Fail(401)))
	defer other.Close()

	client, err := buoy.New(primary.Endpoint(),
		buoy.WithFallback(buoy.Target{Endpoint: other.Endpoint(), Model: "their-name-for-it"}),
		buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
			return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("Please come back later.")}}}, nil
		}),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	for range 2 {
		resp, err := client.Chat(context.Background(), question)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s (attempts %d, degraded %t, because of %q)\n", resp.Text(),
			len(resp.Info.Attempts), resp.Info.Degraded, buoy.KindOf(resp.Info.Cause))
	}
	// Output:
	// From the other provider. (attempts 2, degraded false, because of "")
	// Please come back later. (attempts 2, degraded true, because of "overloaded")
}

// A key that takes one call a minute: the second caller hears at once that the
// wait would outlast its deadline.
func ExampleWithRateLimit() {
	srv := buoytest.NewServer(nil, buoytest.Reply("Fine."))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint(), buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 1}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for range 2 {
		resp, err := client.Chat(ctx, question)
		if limit, ok := errors.AsType[*buoy.LimitError](err); ok {
			fmt.Println(buoy.KindOf(err), limit.Wait.Round(time.Minute))
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.Text())
	}
	// Output:
	// Fine.
	// limit 1m0s
}

// What is spent, and a stop at the limit.
func ExampleWithQuota() {
	rub := func(cost float64) buoytest.Step {
		return buoytest.ReplyWith(buoytest.Answer{Text: "Fine.", Usage: buoytest.Usage{TotalTokens: 100, CostRUB: new(cost)}})
	}
	srv := buoytest.NewServer(nil, rub(8), rub(3))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint(), buoy.WithQuota(buoy.Quota{
		Period: buoy.Monthly(time.UTC), Cost: 10, Currency: buoy.RUB, Refuse: true,
		OnThreshold: func(e buoy.QuotaEvent) { fmt.Printf("%.0f %% reached: %.2f %s\n", 100*e.Threshold, e.Cost, e.Currency) },
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	for range 3 {
		if _, err := client.Chat(context.Background(), question); err != nil {
			fmt.Println(buoy.KindOf(err), len(srv.Requests()))
		}
	}
	// Output:
	// 75 % reached: 8.00 RUB
	// 90 % reached: 11.00 RUB
	// 100 % reached: 11.00 RUB
	// quota 2
}

// A middleware wraps whole and streamed calls alike.
func ExampleMiddleware() {
	count := 0
	counted := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if err != nil {
				return nil, err
			}
			reply.OnEnd(func(error) { count++ }) // a stream ends later
			return reply, nil
		}
	}

	srv := buoytest.NewServer(nil)
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint(), buoy.WithMiddleware(counted))
	defer client.Close()

	if _, err := client.Chat(context.Background(), question); err != nil {
		fmt.Println(err)
	}
	stream, err := client.Stream(context.Background(), question)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("before the stream's end:", count)
	_ = stream.Close() // always nil
	fmt.Println("after it:", count)
	// Output:
	// before the stream's end: 1
	// after it: 2
}

// A middleware of one's own stands beside a part that is named.
func ExampleWithChain() {
	logged := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			fmt.Println("attempt", call.Attempt)
			return next(ctx, call)
		}
	}
	parts := buoy.StandardParts()
	parts.Hedge = buoy.Chain(logged, parts.Hedge) // inside the retry, outside the hedge

	srv := buoytest.NewServer(nil, buoytest.Fail(500), buoytest.Reply("Fine."))
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint(), buoy.WithChain(parts.List()...),
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond}))
	defer client.Close()

	resp, err := client.Chat(context.Background(), question)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text())
	// Output:
	// attempt 1
	// attempt 2
	// Fine.
}

func ExampleFunctionTool() {
	srv := buoytest.NewServer(nil,
		buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{{Name: "add", Arguments: `{"a": 2, "b": 40}`}}}),
		buoytest.Reply("It is 42."),
	)
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint())
	defer client.Close()

	req := question
	req.Tools = []buoy.Tool{buoy.FunctionTool("add", "Adds two numbers.", json.RawMessage(
		`{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}`))}
	resp, err := client.Chat(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Messages = append(slices.Clone(req.Messages), resp.Choices[0].Message)
	for _, call := range resp.ToolCalls() {
		var args struct{ A, B float64 }
		if err := json.Unmarshal([]byte(call.Function.Arguments), &args); err != nil {
			fmt.Println(err)
			return
		}
		req.Messages = append(req.Messages, buoy.ToolResult(call.ID, fmt.Sprint(args.A+args.B)))
	}
	if resp, err = client.Chat(context.Background(), req); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text())
	// Output: It is 42.
}

// What buoy has no field for goes into Extra.
func ExampleRequest() {
	body, err := json.Marshal(buoy.Request{
		Model:     "gpt-4o-mini",
		Messages:  []buoy.Message{buoy.UserParts(buoy.Text("What is this?"), buoy.ImageURL("https://example.org/cat.png"))},
		MaxTokens: new(100),
		Extra:     map[string]any{"brand_new_field": true},
	})
	fmt.Println(string(body), err)
	// Output: {"model":"gpt-4o-mini","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"https://example.org/cat.png"}}]}],"max_tokens":100,"brand_new_field":true} <nil>
}

var question = buoy.Request{
	Model:    "gpt-4o-mini",
	Messages: []buoy.Message{buoy.User("Why is the sky blue?")},
}
