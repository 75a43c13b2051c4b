package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// visit asks some questions, and shows what each way of watching has seen.
func visit(ctx context.Context, at string, w *watch) error {
	title("What visitors see, between the lines of the log")
	var tree strings.Builder
	for i, q := range []string{"Why does a buoy float?", "And why does it not sink?", "In all weathers?", "Who pays for that?", "Is it well again?"} {
		text, err := get(ctx, at+"/ask?as=visitor-7&q="+url.QueryEscape(q))
		if err != nil {
			return err
		}
		fmt.Printf("> %s\n%s\n\n", q, strings.TrimSpace(text))
		if i == 0 {
			w.tree(&tree)
		}
	}
	title("The trace of the first question")
	fmt.Println(tree.String())

	title("The metrics, as Prometheus reads them (buckets left out)")
	metrics, err := get(ctx, at+"/metrics")
	if err != nil {
		return err
	}
	for text := range strings.Lines(metrics) {
		if !strings.HasPrefix(text, "#") && !strings.Contains(text, "_bucket{") {
			fmt.Print(text)
		}
	}

	status, err := get(ctx, at+"/status?format=json")
	if err != nil {
		return err
	}
	title("The status page, as JSON (with -addr :8080 open http://localhost:8080/status)")
	fmt.Println(status[:min(len(status), 600)], "...")

	title("What went to Sentry")
	w.hub.Flush(time.Second)
	for _, e := range w.events.Events() {
		fmt.Printf("%-8s %s: %s (user %s, %d breadcrumbs)\n", e.Level, e.Exception[0].Type, e.Exception[0].Value, e.User.ID, len(e.Breadcrumbs))
	}
	return nil
}

func title(text string) { fmt.Printf("\n=== %s\n\n", text) }

func get(ctx context.Context, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return string(body), err
}
