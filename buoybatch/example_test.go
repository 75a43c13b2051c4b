package buoybatch_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
)

// A batch that is run again pays only for what it was not answered.
func ExampleRun() {
	srv := buoytest.NewServer(nil, buoytest.Always(buoytest.Echo()))
	defer srv.Close()
	client, _ := buoy.New(srv.Endpoint())
	defer client.Close()
	dir, _ := os.MkdirTemp("", "buoy")
	defer os.RemoveAll(dir)

	requests := slices.Values([]buoy.Request{
		{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("one")}},
		{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("two")}},
		{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("three")}},
	})
	for range 2 {
		journal, err := buoybatch.OpenJournal(filepath.Join(dir, "answers.jsonl"))
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, r := range buoybatch.Run(context.Background(), client, requests, buoybatch.Options{Ordered: true, Journal: journal, Accept: (*buoy.Response).Check}) {
			if r.Err != nil { // of this request; the others go on
				fmt.Println(i, r.Err)
				continue
			}
			fmt.Println(i, r.Response.Text(), r.Resumed)
		}
		_ = journal.Close()
	}
	fmt.Println("requests sent:", len(srv.Requests()))
	// Output:
	// 0 one false
	// 1 two false
	// 2 three false
	// 0 one true
	// 1 two true
	// 2 three true
	// requests sent: 3
}
