package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
	"github.com/buoy-go/buoy/buoytest"
)

// newClient makes the client with all that watches it.
func newClient(provider *buoytest.Server, w *watch) (*buoy.Client, error) {
	endpoint := provider.Endpoint()
	endpoint.Name, endpoint.Keys = "embedded", []string{"sk-one", "sk-two"}
	if err := w.observe(endpoint); err != nil {
		return nil, err
	}
	return buoy.New(endpoint, buoy.WithHTTPClient(provider.Client()),
		buoy.WithLogger(w.log), buoy.WithLogAttrs(attrs),
		buoy.WithObserver(w.telemetry), buoy.WithMiddleware(w.telemetry.Middleware()),
		buoy.WithObserver(w.sentry),
		buoy.WithStreamRecovery(buoy.RecoverRestart),
		buoy.WithRateLimit(buoy.RateLimit{Concurrent: 8}),
		buoy.WithQuota(buoy.Quota{Name: "day", Period: buoy.Daily(time.UTC), Tokens: 500}),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3, BaseDelay: 30 * time.Millisecond, MaxDelay: 100 * time.Millisecond}),
	)
}

// visitorKey is where the service keeps who asks. The log and Sentry find it there.
type visitorKey struct{}

func visitor(ctx context.Context) string {
	name, _ := ctx.Value(visitorKey{}).(string)
	return name
}

// routes are the service: questions, and what an operator opens. A real one shows the
// latter on an address that only operators reach.
func routes(client *buoy.Client, w *watch) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(out http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(out, "/ask?q=...   a question\n/status      what the client knows\n/metrics     for Prometheus\n/trace       the latest trace as a tree")
	})
	mux.HandleFunc("GET /ask", func(out http.ResponseWriter, r *http.Request) { ask(client, out, r) })
	mux.Handle("GET /status", buoyhttp.Status(client))
	mux.Handle("GET /metrics", w.metrics)
	mux.HandleFunc("GET /trace", func(out http.ResponseWriter, _ *http.Request) { w.tree(out) })
	return mux
}

// ask streams an answer as plain text.
func ask(client *buoy.Client, out http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), visitorKey{}, r.URL.Query().Get("as")), 10*time.Second)
	defer cancel()
	stream, err := client.Stream(ctx, buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User(r.URL.Query().Get("q"))}})
	if err != nil {
		http.Error(out, "no answer: "+string(buoy.KindOf(err)), buoy.KindOf(err).HTTPStatus())
		return
	}
	defer stream.Close()
	flush := http.NewResponseController(out)
	for chunk, err := range stream.Chunks() {
		switch {
		case err != nil:
			_, _ = fmt.Fprintln(out, "\n(it broke off:", buoy.KindOf(err), ")")
			return
		case chunk.Restarted:
			_, _ = fmt.Fprint(out, "\n(once more) ")
		}
		_, _ = fmt.Fprint(out, chunk.Text())
		_ = flush.Flush()
	}
	_, _ = fmt.Fprintln(out)
}
