package buoyload_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyload"
	"github.com/buoy-go/buoy/buoytest"
)

func ExampleLimiter() {
	srv := buoytest.NewServer(nil, buoytest.Stall(1, 0)) // one token, then silence
	defer srv.Close()
	limiter, err := buoyload.New(buoyload.Policy{Max: 1, Initial: 1, MaxWait: -1})
	if err != nil {
		fmt.Println(err)
		return
	}
	endpoint := srv.Endpoint()
	endpoint.Name = "desk"
	parts := buoy.StandardParts()
	parts.Breaker = buoy.Chain(limiter.Middleware(), parts.Breaker) // in front of the breaker
	client, err := buoy.New(endpoint, buoy.WithChain(parts.List()...))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	req := buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Hi")}}
	stream, err := client.Stream(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Chat(context.Background(), req)
	fmt.Println(errors.Is(err, buoy.ErrLimit))
	fmt.Printf("%+v\n", limiter.Snapshot()[0].InFlight)

	stream.Close()
	resp, err := client.Chat(context.Background(), req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text())
	// Output:
	// true
	// 1
	// The quick brown fox jumps over the lazy dog.
}
