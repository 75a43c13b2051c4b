// Observed: an HTTP service around buoy with everything that can be watched switched on:
// log lines, traces, metrics and Sentry. Its provider is in trouble.
//
//	go run ./examples/observed                  a visit with questions, what was seen of it, and the end
//	go run ./examples/observed -addr :8080      stays; open http://localhost:8080
//
// It is in the module deploy. It prints the log, the trace of one question as a tree, the
// metrics as Prometheus would read them at /metrics, and what went to Sentry. Nothing
// leaves this computer: traces and Sentry's events end in memory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	addr := flag.String("addr", "", "listen here and stay; empty: a visit on a free port")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr); err != nil {
		fmt.Fprintln(os.Stderr, "observed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr string) error {
	provider := provider()
	defer provider.Close()
	w, err := newWatch()
	if err != nil {
		return err
	}
	defer w.close()
	client, err := newClient(provider, w)
	if err != nil {
		return err
	}
	defer client.Close()
	defer w.telemetry.Watch(client)()

	server := &http.Server{Handler: routes(client, w), ReadHeaderTimeout: 5 * time.Second}
	visiting := addr == ""
	if visiting {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if visiting {
		err = visit(ctx, "http://"+listener.Addr().String(), w)
	} else {
		fmt.Printf("Open http://%s\n", listener.Addr())
		select {
		case err = <-served:
			return err
		case <-ctx.Done():
		}
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(stopping))
}

// provider fails in the order of the visit, and then now and then.
func provider() *buoytest.Server {
	words := strings.SplitAfter("A buoy stays up because it is lighter than the water that it pushes aside.", " ")
	slow := buoytest.Slow(10*time.Millisecond, words...)
	return buoytest.NewServer(nil,
		// The question whose trace is printed: a refused key, a failure, a stream that breaks.
		buoytest.OpenAIError(401, "invalid_api_key", "wrong key"), buoytest.Fail(500), buoytest.Cut(5), slow,
		slow, slow,
		buoytest.Times(3, buoytest.Fail(503)), // more than is retried
		buoytest.OpenAIError(429, "insufficient_quota", "no money"),
		buoytest.Always(slow, slow, slow, buoytest.Fail(500), buoytest.Cut(3)),
	)
}
