// Batch asks forty questions, six at a time, with a progress bar. The first run
// is interrupted half-way; the second resumes from the journal, pays for nothing
// that was answered, and asks again what failed.
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
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
)

const questions = 40

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	// A provider on loopback that takes its time, fails now and then, and refuses
	// what one of the questions asks of it.
	srv := buoytest.NewServer(nil,
		buoytest.ForModel("unheard-of", buoytest.Always(buoytest.AITunnelError(404, "no such model"))),
		buoytest.Chaos(1, buoytest.Faults{Error503: 0.1, Slow: 0.9, Pause: 3 * time.Millisecond}))
	srv.Speak(buoytest.AITunnel)
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
	journal, err := buoybatch.OpenJournal(path)
	if err != nil {
		return err
	}
	defer journal.Close()
	opts := buoybatch.Options{Concurrency: 6, Journal: journal, Total: questions, Progress: bar()}
	results, resumed := 0, 0
	var failed []int
	for i, r := range buoybatch.Run(context.Background(), client, requests(), opts) {
		switch {
		case r.Err != nil:
			failed = append(failed, i) // one failure does not end the others
		case r.Resumed:
			resumed++
		}
		if results++; results == until {
			break // leaving the loop ends the batch and waits for its workers
		}
	}
	fmt.Fprintln(os.Stderr)
	fmt.Printf("%d results, %d of them from the journal; failed: %v\n", results, resumed, failed)
	return nil
}

// requests makes them one by one, as they are needed.
func requests() iter.Seq[buoy.Request] {
	return func(yield func(buoy.Request) bool) {
		for i := range questions {
			model, question := "gpt-4o-mini", fmt.Sprintf("What is special about the number %d?", i)
			if i == 13 {
				model = "unheard-of"
			}
			if !yield(buoy.Request{Model: model, Messages: []buoy.Message{buoy.User(question)}}) {
				return
			}
		}
	}
}

// bar draws the progress on one line of a terminal; elsewhere, such as in a log,
// it prints a line for each quarter.
func bar() func(buoybatch.Progress) {
	const width = 30
	info, err := os.Stderr.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	quarter := 0
	return func(p buoybatch.Progress) {
		done := int(width * p.Share())
		line := fmt.Sprintf("[%s%s] %3.0f %%  %d answered, %d from the journal, %d failed, %.2f RUB, %v left",
			strings.Repeat("#", done), strings.Repeat(".", width-done), 100*p.Share(),
			p.Done, p.Resumed, p.Failed, p.CostRUB, p.ETA.Round(10*time.Millisecond))
		switch now := int(4 * p.Share()); {
		case terminal:
			fmt.Fprintf(os.Stderr, "\r%-90s", line)
		case now > quarter:
			quarter = now
			fmt.Fprintln(os.Stderr, line)
		}
	}
}
