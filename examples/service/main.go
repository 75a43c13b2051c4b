// Service: an HTTP service around buoy.
//
//	go run ./examples/service                    a visit to each corner, and the end
//	go run ./examples/service -addr :8080        stays; open http://localhost:8080
//	go run ./examples/service -addr :8080 -live  with the provider whose key is in the environment
//
// It shows what a service has to decide: the deadline of a request, the status of each
// failure, what a browser sees while an answer is written and when it breaks off, what
// goes into the log, and what happens when the browser leaves or the service is stopped.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	addr := flag.String("addr", "", "listen here and stay; empty: a tour on a free port")
	live := flag.Bool("live", false, "call the provider whose key is in the environment; it charges for it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *live); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr string, live bool) error {
	endpoint := buoy.FromEnv()
	if !live {
		srv := provider()
		defer srv.Close()
		endpoint = srv.Endpoint()
		endpoint.Name = "embedded"
	} else if len(endpoint.Keys) == 0 {
		return errors.New("-live needs a key: set AITUNNEL_API_KEY, OPENAI_API_KEY or OPENROUTER_API_KEY")
	}
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	client, err := buoy.New(endpoint,
		buoy.WithLogger(log),
		buoy.WithTimeouts(buoy.Timeouts{FirstToken: 5 * time.Second, Idle: 2 * time.Second}),
	)
	if err != nil {
		return err
	}
	defer client.Close()

	s := &service{client: client, log: log, model: "gpt-4o-mini", patience: 30 * time.Second}
	server := &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second, // of the question; the answer has the deadline in ask
		IdleTimeout:       time.Minute,
	}
	tour := addr == ""
	if tour {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if tour {
		err = visit(ctx, "http://"+listener.Addr().String())
	} else {
		fmt.Println("Listening on", listener.Addr())
		select {
		case err = <-served:
			return err
		case <-ctx.Done():
		}
	}
	// Answers that are being written may end; new questions are refused.
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(stopping))
}

// withoutTime leaves out what differs from run to run.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "duration" {
		return slog.Attr{}
	}
	return a
}

// provider fails in the order of the tour, and is well afterwards.
func provider() *buoytest.Server {
	words := strings.SplitAfter("A buoy stays up because it is lighter than the water that it pushes aside.", " ")
	return buoytest.NewServer(nil,
		buoytest.Fail(500), // repaired: nobody sees it
		buoytest.Slow(30*time.Millisecond, words...),
		buoytest.AITunnelError(403, "Input was flagged.", map[string]any{"reasons": []string{"violence"}}),
		buoytest.Cut(5),
		buoytest.Always(buoytest.Slow(30*time.Millisecond, words...)),
	)
}
