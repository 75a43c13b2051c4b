// Batch asks forty questions, six at a time, with a progress bar. The first run
// is interrupted half-way; the second resumes from the journal and pays for
// nothing that was answered.
//
//	go run ./examples/batch
package main

import (
	"context"
	"fmt"
	"iter"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

const questions = 40

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	// A provider on loopback that takes its time and fails now and then.
	srv := buoytest.NewServer(nil, buoytest.Chaos(1, buoytest.Faults{Error503: 0.1, Slow: 0.9, Pause: 3 * time.Millisecond}))
	defer srv.Close()
	client, err := buoy.New(srv.Endpoint())
	if err != nil {
		return err
	}
	defer client.Close()

	dir, err := os.MkdirTemp("", "buoy-batch")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "answers.jsonl")

	fmt.Fprintln(os.Stderr, "the first run is interrupted:")
	if err := ask(client, path, questions/2); err != nil {
		return err
	}
	sent := len(srv.Requests())
	fmt.Fprintln(os.Stderr, "the second run goes on where it was:")
	if err := ask(client, path, questions); err != nil {
		return err
	}
	fmt.Printf("requests that the provider got: %d, then %d more for the rest of %d questions\n",
		sent, len(srv.Requests())-sent, questions)
	return nil
}

// ask runs the batch until so many results have come.
func ask(client *buoy.Client, path string, until int) error {
	journal, err := buoy.OpenJournal(path)
	if err != nil {
		return err
	}
	defer journal.Close()
	opts := buoy.BatchOptions{Concurrency: 6, Journal: journal, Total: questions, Progress: bar}
	results, resumed := 0, 0
	for i, r := range client.Batch(context.Background(), requests(), opts) {
		if r.Err != nil {
			return fmt.Errorf("question %d: %w", i, r.Err)
		}
		if r.Resumed {
			resumed++
		}
		if results++; results == until {
			break // leaving the loop ends the batch and waits for its workers
		}
	}
	fmt.Fprintln(os.Stderr)
	fmt.Printf("%d results, %d of them from the journal\n", results, resumed)
	return nil
}

// requests makes them one by one, as they are needed.
func requests() iter.Seq[buoy.Request] {
	return func(yield func(buoy.Request) bool) {
		for i := range questions {
			question := fmt.Sprintf("What is special about the number %d?", i)
			if !yield(buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User(question)}}) {
				return
			}
		}
	}
}

// bar draws the progress on one line of standard error.
func bar(p buoy.BatchProgress) {
	const width = 30
	done := width * (p.Done + p.Failed) / questions
	fmt.Fprintf(os.Stderr, "\r[%s%s] %d/%d, %d failed, %d tokens ", strings.Repeat("#", done), strings.Repeat(".", width-done),
		p.Done, questions, p.Failed, p.PromptTokens+p.CompletionTokens)
}
