// Batch asks forty questions, six at a time, with a progress bar. The first run
// is interrupted half-way; the second resumes from the journal, pays for nothing
// that was answered, and asks again what failed, and what was answered but was no good.
// For the third, some questions are gone and one is new.
//
//	go run ./examples/batch
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"os"
	"path/filepath"
	"strconv"
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
	if err := ask(client, path, 0, questions, questions/2); err != nil {
		return err
	}
	first := len(srv.Requests())
	fmt.Fprintln(os.Stderr, "the second run goes on where it was:")
	if err := ask(client, path, 0, questions, questions); err != nil {
		return err
	}
	second := len(srv.Requests()) - first
	fmt.Fprintln(os.Stderr, "in the third, the first ten questions are gone and one is new:")
	if err := ask(client, path, 10, questions+1, questions); err != nil {
		return err
	}
	fmt.Printf("requests that the provider got: %d, then %d for the rest of %d questions, then %d\n",
		first, second, questions, len(srv.Requests())-first-second)
	return nil
}

// ask runs the batch of the questions from one number up to another. It leaves when so
// many results have come.
func ask(client *buoy.Client, path string, from, to, until int) error {
	journal, err := buoybatch.OpenJournal(path)
	if err != nil {
		return err
	}
	defer journal.Close()
	opts := buoybatch.Options{
		Concurrency: 6, Journal: journal, Total: to - from, Progress: bar(),
		// What each request is about. A question that changes its text under its
		// number ends the run, before an answer to the old one is taken for it.
		Key:    func(r *buoy.Request) string { return r.Metadata["number"] },
		Accept: accept,
	}
	results, resumed := 0, 0
	var failed []string
	for _, r := range buoybatch.Run(context.Background(), client, requests(from, to), opts) {
		switch {
		case r.Err != nil:
			failed = append(failed, r.Request.Metadata["number"]) // one failure does not end the others
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

// accept refuses answers that the journal shall not keep.
func accept(resp *buoy.Response) error {
	if resp.Choices[0].FinishReason != buoy.FinishStop {
		return errors.New("the answer stopped before its end")
	}
	return nil
}

// requests makes them one by one, as they are needed.
func requests(from, to int) iter.Seq[buoy.Request] {
	return func(yield func(buoy.Request) bool) {
		for i := from; i < to; i++ {
			model, question := "gpt-4o-mini", fmt.Sprintf("What is special about the number %d?", i)
			if i == 13 {
				model = "unheard-of"
			}
			if !yield(buoy.Request{
				Model: model, Messages: []buoy.Message{buoy.User(question)},
				Metadata: map[string]string{"number": strconv.Itoa(i)},
			}) {
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
