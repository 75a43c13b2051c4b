package buoy_test

import (
	"context"
	"fmt"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// A stream that breaks is asked for again. What is the same is not delivered
// twice; where the new answer differs, the reader is told to begin again.
func ExampleWithStreamRecovery() {
	srv := buoytest.NewServer(nil,
		buoytest.Cut(3), // "The quick brown", and the connection is closed
		buoytest.Stream("The", " quick", " red", " fox."))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint(), buoy.WithStreamRecovery(buoy.RecoverRestart))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	stream, err := client.Stream(context.Background(), buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Who jumps over the lazy dog?")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	var text string // what the user sees
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if chunk.Restarted {
			fmt.Println("forget:", text)
			text = ""
		}
		text += chunk.Text()
	}
	fmt.Println("answer:", text)
	fmt.Println("attempts:", len(stream.Info().Attempts))
	// Output:
	// forget: The quick brown
	// answer: The quick red fox.
	// attempts: 2
}

// Chat travels as a stream: a break in the middle is an ordinary failure, since
// nobody has seen anything yet.
func ExampleWithStreamedChat() {
	srv := buoytest.NewServer(nil, buoytest.Cut(3), buoytest.Reply("All of it."))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint(), buoy.WithStreamedChat())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	resp, err := client.Chat(context.Background(), buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Tell me all of it.")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text())
	fmt.Println(buoy.KindOf(resp.Info.Attempts[0].Err))
	// Output:
	// All of it.
	// stream_interrupted
}
