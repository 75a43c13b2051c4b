package buoytest_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// A client meets a provider that is overloaded, then cuts its answer, then answers.
func Example() {
	srv := buoytest.NewServer(nil, // in a test: t, and no Close
		buoytest.RetryAfter(10*time.Millisecond, buoytest.Fail(503)),
		buoytest.Cut(3),
		buoytest.Reply("Hello!"),
	)
	defer srv.Close()

	client, err := buoy.New(srv.Endpoint(), buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	resp, err := client.Chat(context.Background(), buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Hi")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Text())
	for _, r := range srv.Requests() {
		fmt.Println(r.Ordinal, r.Model, r.Key, r.Outcome)
	}
	// Output:
	// Hello!
	// 1 gpt-4o-mini test-key Fail
	// 2 gpt-4o-mini test-key Cut
	// 3 gpt-4o-mini test-key Reply
}

// Chaos fails at random, but each seed always in the same way, and what it answers can be checked for truth.
func ExampleChaos() {
	srv := buoytest.NewServer(nil, buoytest.Chaos(42, buoytest.Faults{Error503: 0.2, Cut: 0.2, CutWithDone: 0.2}))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint(), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	answers, lies := 0, 0
	for range 100 {
		stream, err := client.Stream(context.Background(), buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("Hi")}})
		if err != nil {
			continue
		}
		for stream.Next() {
		}
		if stream.Err() == nil {
			answers++
			if !buoytest.Intact(stream.Response().Text()) {
				lies++
			}
		}
	}
	fmt.Println(answers, "answers,", lies, "of them truncated")
	// Output: 30 answers, 0 of them truncated
}

// A test asks the provider once, with -record, and from then on the file.
func ExampleReplay() {
	record := flag.Bool("record", false, "ask the provider, and record it")
	test := func(t *testing.T) {
		var transport http.RoundTripper
		if *record {
			transport = buoytest.Record(t, "testdata/sky.txt", nil)
		} else {
			transport = buoytest.Replay(t, "testdata/sky.txt")
		}
		client, err := buoy.New(buoy.OpenAI(os.Getenv("OPENAI_API_KEY")), buoy.WithHTTPClient(&http.Client{Transport: transport}))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		resp, err := client.Chat(t.Context(), buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Why is the sky blue?")}})
		if err != nil || resp.Text() == "" {
			t.Error(err)
		}
	}
	_ = test
}
