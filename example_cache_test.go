package buoy_test

import (
	"context"
	"fmt"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// The same question twice is one request. In a program the cache is one of package
// buoycache or buoyredis.
func ExampleWithCache() {
	srv := buoytest.NewServer(nil, buoytest.Reply("Scattered light."), buoytest.Reply("Rayleigh scattering."))
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint(), buoy.WithCache(new(buoytest.Cache), buoy.CachePolicy{TTL: 24 * time.Hour}))
	defer client.Close()

	req := buoy.Request{
		Model:       "gpt-4o-mini",
		Messages:    []buoy.Message{buoy.User("Why is the sky blue?")},
		Temperature: new(0.0), // asks for the same answer each time: others are not remembered
	}
	for _, opts := range [][]buoy.CallOption{nil, nil, {buoy.WithCacheRefresh()}} {
		resp, err := client.Chat(context.Background(), req, opts...)
		if err != nil {
			fmt.Println(err)
			return
		}
		// resp.Info.Cache names the level: "memory", "redis", "" for a new answer.
		fmt.Println(resp.Text(), resp.Info.Cache != "", len(resp.Info.Attempts))
	}
	// Output:
	// Scattered light. false 1
	// Scattered light. true 0
	// Rayleigh scattering. false 1
}

// Each tenant has answers of its own, all requests are remembered, and an old answer is
// better than an error for an hour.
func ExampleCachePolicy() {
	type tenant struct{} // set in the context where it is checked who calls
	srv := buoytest.NewServer(nil, buoytest.Reply("For you: 42."), buoytest.Reply("For you: 7."))
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint(), buoy.WithCache(new(buoytest.Cache), buoy.CachePolicy{
		StaleOnError: time.Hour,
		Accept:       func(context.Context, *buoy.Request) bool { return true },
		Namespace: func(ctx context.Context, _ *buoy.Request) string {
			name, _ := ctx.Value(tenant{}).(string)
			return name
		},
	}))
	defer client.Close()

	for _, name := range []string{"anna", "boris", "anna"} {
		resp, err := client.Chat(context.WithValue(context.Background(), tenant{}, name), question)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(name, resp.Text())
	}
	fmt.Println("requests:", len(srv.Requests()))
	// Output:
	// anna For you: 42.
	// boris For you: 7.
	// anna For you: 42.
	// requests: 2
}
