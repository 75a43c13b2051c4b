package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/buoy-go/buoy/status"
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

	page, err := get(ctx, at+"/status?format=json")
	if err != nil {
		return err
	}
	if page, err = withoutMinutes(page); err != nil {
		return err
	}
	title("The status page, as JSON without all minutes but the last (with -addr :8080 open http://localhost:8080/status)")
	fmt.Println(page)

	title("What went to Sentry")
	w.hub.Flush(time.Second)
	for _, e := range w.events.Events() {
		fmt.Printf("%-8s %s: %s (user %s, %d breadcrumbs)\n", e.Level, e.Exception[0].Type, e.Exception[0].Value, e.User.ID, len(e.Breadcrumbs))
	}
	return nil
}

// withoutMinutes leaves out of a status what is long: an hour has sixty minutes.
func withoutMinutes(text string) (string, error) {
	var s status.Client
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return "", err
	}
	for i, e := range s.Endpoints {
		s.Endpoints[i].Minutes = e.Minutes[max(len(e.Minutes)-1, 0):]
	}
	out, err := json.MarshalIndent(s, "", "  ")
	return string(out), err
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
