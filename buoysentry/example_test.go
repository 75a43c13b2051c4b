package buoysentry_test

import (
	"context"
	"fmt"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoysentry"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/getsentry/sentry-go"
)

// A failed call is an event with the user who asked.
func Example() {
	srv := buoytest.NewServer(nil, buoytest.OpenAIError(403, "unsupported_country_region_territory", "Country not supported"))
	defer srv.Close()

	_ = sentry.Init(sentry.ClientOptions{
		Dsn: "", // yours; without one nothing is sent
		BeforeSend: func(e *sentry.Event, _ *sentry.EventHint) *sentry.Event {
			fmt.Println(e.Level, e.Exception[0].Type, e.Fingerprint, e.User.ID)
			return e
		},
		Transport: &sentry.MockTransport{}, // leave it out
	})
	defer sentry.Flush(2 * time.Second)

	endpoint := srv.Endpoint()
	endpoint.Name = "openai"
	client, err := buoy.New(endpoint, buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(buoysentry.New(
		buoysentry.WithUser(func(ctx context.Context) sentry.User {
			id, _ := ctx.Value(who{}).(string)
			return sentry.User{ID: id}
		}))))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx := context.WithValue(context.Background(), who{}, "u-42")
	_, _ = client.Chat(ctx, buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{buoy.User("Hello?")}})
	// Output:
	// fatal buoy permission [buoy permission openai gpt-4o] u-42
}
