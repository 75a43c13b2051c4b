package buoy_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
)

type userKey struct{}

// A failed call is one line. The function of WithLogAttrs adds who asked.
func ExampleWithLogger() {
	srv := buoytest.NewServer(nil, buoytest.OpenAIError(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens"))
	defer srv.Close()

	without := func(_ []string, a slog.Attr) slog.Attr { // what is another one in each run
		switch a.Key {
		case slog.TimeKey, "duration", "call", "provider_request_id":
			return slog.Attr{}
		}
		return a
	}
	endpoint := srv.Endpoint()
	endpoint.Name = "openai"
	client, err := buoy.New(endpoint, buoy.WithHTTPClient(srv.Client()),
		buoy.WithLogger(slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: without}))),
		buoy.WithLogAttrs(func(ctx context.Context) []slog.Attr {
			user, _ := ctx.Value(userKey{}).(string)
			return []slog.Attr{slog.String("user", user)}
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx := context.WithValue(context.Background(), userKey{}, "u-42")
	_, _ = client.Chat(ctx, buoy.Request{Model: "gpt-4", Temperature: new(0.2), Messages: []buoy.Message{buoy.User("a long text")}})
	// Output:
	// level=INFO msg="buoy call" op=chat model=gpt-4 endpoint=openai kind=context_length status=400 code=context_length_exceeded message="This model's maximum context length is 8192 tokens" stop=not_retryable attempts=1 temperature=0.2 messages=1 bytes=11 user=u-42
}

// alarm hears of keys and breakers, beside what every observer hears.
type alarm struct{}

func (alarm) ObserveAttempt(context.Context, buoy.AttemptEvent) {}

func (alarm) ObserveCall(_ context.Context, e buoy.CallEvent) {
	fmt.Println("call:", e.Outcome(), "after", len(e.Info.Attempts), "attempts")
}

func (alarm) ObserveKey(_ context.Context, e event.Key) {
	fmt.Println("key:", e.State, "for", e.Reason)
}

// An observer hears of more where it has methods of the interfaces in package event.
func ExampleWithObserver() {
	srv := buoytest.NewServer(nil, buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided"), buoytest.Reply("Hello!"))
	defer srv.Close()

	endpoint := srv.Endpoint()
	endpoint.Keys = []string{"sk-old", "sk-new"}
	client, err := buoy.New(endpoint, buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(alarm{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	_, _ = client.Chat(context.Background(), buoy.Request{Model: "gpt-4", Messages: []buoy.Message{buoy.User("Hello?")}})
	// Output:
	// key: disabled for auth
	// call: ok after 2 attempts
}
