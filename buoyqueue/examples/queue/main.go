// Queue enqueues a hundred requests into a SQLite file and has a process of its own
// answer them. That process is killed half-way (kill -9). The next one does the rest: each
// request is answered once, and only those are paid twice that were being answered at
// the moment of the kill.
//
//	go run ./examples/queue
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
)

const (
	requests    = 100
	concurrency = 8
)

// provider is the environment variable that makes this program a worker, and says where
// its provider is.
const provider = "QUEUE_EXAMPLE_PROVIDER"

func main() {
	err := error(nil)
	if url := os.Getenv(provider); url != "" {
		err = work(url, os.Args[1])
	} else {
		err = run()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// work answers what is in the queue until it is killed.
func work(url, path string) error {
	client, err := buoy.New(buoy.Endpoint{BaseURL: url, Keys: []string{"sk-example"}})
	if err != nil {
		return err
	}
	engine, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	// River takes over the jobs of a dead worker after Timeout and some seconds where the
	// file has no locks (on Windows).
	queue, err := buoyqueue.Open(context.Background(), engine, client, buoyqueue.Options{Concurrency: concurrency, Timeout: 5 * time.Second})
	if err != nil {
		return err
	}
	return queue.Run(context.Background())
}

func run() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	srv := buoytest.NewServer(nil, buoytest.Always(buoytest.Delay(150*time.Millisecond, buoytest.ReplyWith(buoytest.Answer{Text: "An answer."}))))
	defer srv.Close()
	dir, err := os.MkdirTemp("", "buoy-queue")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "answers.db")
	engine, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	queue, err := buoyqueue.Open(ctx, engine, nil, buoyqueue.Options{}) // this process has no client: it does not answer
	if err != nil {
		return err
	}
	defer queue.Close()

	items := make([]buoyqueue.Item, requests)
	for i := range items {
		items[i].Request = buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User(fmt.Sprintf("Question %d?", i))}}
	}
	start := time.Now()
	tickets, err := queue.EnqueueMany(ctx, items)
	if err != nil {
		return err
	}
	fmt.Printf("%d requests are in the queue after %v\n", len(tickets), time.Since(start).Round(time.Millisecond))

	first, err := spawn(srv.Endpoint().BaseURL, path)
	if err != nil {
		return err
	}
	err = watch(ctx, queue, requests/2)
	_ = first.Process.Kill() // SIGKILL
	_ = first.Wait()
	if err != nil {
		return err
	}
	fmt.Println("\nthe worker is killed; the next one begins")
	killed := time.Now()
	second, err := spawn(srv.Endpoint().BaseURL, path)
	if err != nil {
		return err
	}
	err = watch(ctx, queue, requests)
	_ = second.Process.Kill()
	_ = second.Wait()
	if err != nil {
		return err
	}

	answered := 0
	for _, ticket := range tickets {
		resp, err := queue.Result(ctx, ticket.ID)
		if err != nil {
			return err
		}
		if resp.Text() == "An answer." {
			answered++
		}
	}
	paid := len(srv.Requests())
	fmt.Printf("\nanswered: %d of %d, %v after the kill\npaid:     %d, so %d twice, of at most %d that were being answered\n",
		answered, requests, time.Since(killed).Round(time.Second), paid, paid-requests, concurrency)
	return nil
}

// spawn starts this program as a worker.
func spawn(url, path string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, path)
	cmd.Env = append(os.Environ(), provider+"="+url)
	cmd.Stderr = os.Stderr
	return cmd, cmd.Start()
}

// watch shows the progress until so many are done.
func watch(ctx context.Context, queue *sqlite.Queue, until int) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := queue.Counts(ctx)
		if err != nil {
			return err
		}
		full := 40 * c.Done / requests
		fmt.Fprintf(os.Stderr, "\r[%s%s] %3d done, %3d waiting, %d running ", strings.Repeat("#", full), strings.Repeat(".", 40-full), c.Done, c.Waiting, c.Running)
		if c.Done >= until {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
