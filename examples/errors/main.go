// Errors: every kind of failure, and what a program does about it.
//
//	go run ./examples/errors
//
// It runs offline: a scripted provider on loopback fails in every way it can.
// The whole table is in docs/errors.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	ctx := context.Background()
	for _, s := range scenes {
		if err := s.play(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "errors:", err)
			os.Exit(1)
		}
	}
}

// whatToDo turns an error into a decision. The kind is what to switch on; it is
// also a short name for a metric.
func whatToDo(err error) string {
	switch kind := buoy.KindOf(err); kind {
	case buoy.ErrContextLength: // a case compares with one kind; errors.Is also finds ErrInvalidRequest
		return "shorten the conversation, or take a model with a larger context"
	case buoy.ErrTooLarge:
		return "send a smaller picture"
	case buoy.ErrInvalidRequest:
		return "fix the program" + field(err)
	case buoy.ErrModeration:
		return "tell the user" + reasons(err)
	case buoy.ErrAuth, buoy.ErrPermission:
		return "wake somebody up: the key needs care"
	case buoy.ErrQuota:
		return "wake somebody up: the account needs money"
	case buoy.ErrNotFound:
		return "check the model's name"
	case buoy.ErrRateLimit, buoy.ErrCircuitOpen, buoy.ErrLimit:
		if wait, ok := buoy.RetryAfter(err); ok {
			return fmt.Sprintf("queue it and come back in %v", wait.Round(time.Second))
		}
		return "queue it and come back later"
	// The narrower kinds of ErrServer are named beside it.
	case buoy.ErrServer, buoy.ErrOverloaded, buoy.ErrUpstream, buoy.ErrConnection,
		buoy.ErrMalformed, buoy.ErrNoContent, buoy.ErrConflict:
		return retried(err) + "say sorry, or ask another model"
	case buoy.ErrTimeout:
		return "ask for less, or raise the timer" + timer(err)
	case buoy.ErrStreamInterrupted:
		return "keep what came" + partial(err)
	case buoy.ErrIncomplete: // of Response.Check
		return "raise MaxTokens, or ask for the rest"
	case buoy.ErrResponseTooLarge:
		return "raise WithMaxResponse, if that much is wanted"
	case buoy.ErrCanceled:
		return "nothing: nobody is waiting"
	default:
		return "read the message"
	}
}

// The error types say who failed, and carry the facts.

// retried reads the *CallError, which is around every error of a call.
func retried(err error) string {
	if call, ok := errors.AsType[*buoy.CallError](err); ok && len(call.Attempts) > 1 {
		return fmt.Sprintf("it was tried %d times: ", len(call.Attempts))
	}
	return "it was tried once, and may be tried again: "
}

// field reads a *RequestError: the request was refused before it was sent.
func field(err error) string {
	if re, ok := errors.AsType[*buoy.RequestError](err); ok {
		return ": " + re.Field + " " + re.Reason
	}
	return ""
}

// reasons reads an *APIError: the provider answered no.
func reasons(err error) string {
	if api, ok := errors.AsType[*buoy.APIError](err); ok && api.Moderation != nil {
		return ": " + strings.Join(api.Moderation.Reasons, ", ")
	}
	return ""
}

// timer reads a *TransportError: no whole answer arrived.
func timer(err error) string {
	if te, ok := errors.AsType[*buoy.TransportError](err); ok && te.Timer != "" {
		billed := "nothing was sent"
		if te.Sent {
			billed = "the request was sent and may be billed"
		}
		return " (" + te.Timer + "): " + billed
	}
	return ""
}

func partial(err error) string {
	if te, ok := errors.AsType[*buoy.TransportError](err); ok && te.Partial != nil {
		return fmt.Sprintf(": %q", te.Partial.Text())
	}
	return ""
}

// scene is one way to fail.
type scene struct {
	name string
	step buoytest.Step
	opts []buoy.Option
	call func(ctx context.Context, client *buoy.Client) error // nil: chat
}

var scenes = []scene{
	// What the caller can change.
	{name: "a request without messages", call: func(ctx context.Context, client *buoy.Client) error {
		_, err := client.Chat(ctx, buoy.Request{Model: "gpt-4o-mini"})
		return err
	}},
	{name: "a parameter that the model does not take", step: buoytest.OpenAIError(400, "unsupported_value", "temperature does not support 0.2 with this model.")},
	{name: "a prompt that is too long", step: buoytest.OpenAIError(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.")},
	{name: "a picture that is too large", step: buoytest.Error(413, "")},
	{name: "a prompt that is refused", step: buoytest.AITunnelError(403, "Input was flagged.", map[string]any{
		"reasons": []string{"violence"}, "flagged_input": "...", "provider_name": "OpenAI", "model_slug": "gpt-4o-mini",
	})},
	// What somebody has to look after.
	{name: "a wrong key", step: buoytest.Fail(401)},
	{name: "a model that the key may not use", step: buoytest.Fail(403)},
	{name: "an empty account", step: buoytest.Fail(402)},
	{name: "an empty account, dressed as a rate limit", step: buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.")},
	{name: "a wrong model name", step: buoytest.Fail(404)},
	// What waiting helps against. These are retried; here MaxAttempts is 1, to
	// see them at once.
	{name: "too many requests", step: buoytest.RetryAfter(20*time.Second, buoytest.Fail(429))},
	{name: "a conflict", step: buoytest.Fail(409)},
	{name: "a failure of the provider", step: buoytest.Fail(500)},
	{name: "an overloaded provider", step: buoytest.Fail(503)},
	{name: "a gateway whose model is down", step: buoytest.Fail(502)},
	{name: "a refusal inside a 200", step: buoytest.InBand(`{"error": {"code": 502, "message": "The provider returned an error."}}`)},
	{name: "a lost connection", step: buoytest.Reset()},
	{name: "a proxy's page where an answer was due", step: buoytest.HTML(200)},
	{name: "an answer that says nothing", step: buoytest.Empty()},
	{name: "no answer in time", step: buoytest.Hang(time.Minute), opts: []buoy.Option{
		buoy.WithTimeouts(buoy.Timeouts{Attempt: 100 * time.Millisecond}),
	}},
	{name: "a stream that is cut", step: buoytest.Cut(4), call: stream},
	// What is refused here.
	{name: "an answer beyond our own bound", step: buoytest.Huge(1 << 20), opts: []buoy.Option{buoy.WithMaxResponse(100 << 10)}},
	{name: "an open circuit, after five failures in a row", step: buoytest.Always(buoytest.Fail(503)), call: func(ctx context.Context, client *buoy.Client) (err error) {
		for range 6 {
			err = chat(ctx, client)
		}
		return err
	}},
	{name: "a caller that leaves", step: buoytest.Hang(time.Minute), call: func(ctx context.Context, client *buoy.Client) error {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(50*time.Millisecond, cancel)
		return chat(ctx, client)
	}},
	{name: "a closed client", call: func(ctx context.Context, client *buoy.Client) error {
		if err := client.Close(); err != nil {
			return err
		}
		return chat(ctx, client)
	}},
}

// play fails once and prints the decision.
func (s scene) play(ctx context.Context) error {
	srv := buoytest.NewServer(nil, s.step)
	defer srv.Close()
	endpoint := srv.Endpoint()
	endpoint.Name = "desk"
	client, err := buoy.New(endpoint, append(s.opts, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))...)
	if err != nil {
		return err
	}
	defer client.Close()

	if s.call == nil {
		s.call = chat
	}
	err = s.call(ctx, client)
	if err == nil {
		return errors.New(s.name + " did not fail")
	}
	kind := buoy.KindOf(err)
	fmt.Printf("%s\n  %v\n  %s, retryable %t, severity %s\n  -> %s\n\n", s.name, err, kind, buoy.IsRetryable(err), kind.Severity(), whatToDo(err))
	return nil
}

var request = buoy.Request{
	Model:    "gpt-4o-mini",
	Messages: []buoy.Message{buoy.User("Hello!")},
}

func chat(ctx context.Context, client *buoy.Client) error {
	_, err := client.Chat(ctx, request)
	return err
}

func stream(ctx context.Context, client *buoy.Client) error {
	s, err := client.Stream(ctx, request)
	if err != nil {
		return err
	}
	for _, err := range s.Chunks() {
		if err != nil {
			return err
		}
	}
	return nil
}
