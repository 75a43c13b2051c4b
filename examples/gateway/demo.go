package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// This file is the demonstration: a gateway before two providers on loopback, and
// a client that knows nothing of buoy.

// demonstrate starts everything, asks, prints and stops.
func demonstrate(ctx context.Context) error {
	north := buoytest.NewServer(nil,
		buoytest.Fail(500),
		buoytest.Reply("The buoy floats."), // after a retry that the client does not see
		buoytest.Stream("The ", "buoy ", "floats."),
		buoytest.Fail(404), // no such model here: the fallback answers
		buoytest.StreamError(2, `{"error":{"code":502,"message":"The provider is gone."}}`),
		buoytest.OpenAIError(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens."),
	)
	defer north.Close()
	south := buoytest.NewServer(nil, buoytest.Reply("The other provider's buoy floats as well."))
	defer south.Close()

	c, err := readConfig(strings.NewReader(`{
		"endpoints": [
			{"name": "north", "base_url": "` + north.URL + `/v1", "keys": ["NORTH_KEY"], "models": {"small": "gpt-4o-mini"}},
			{"name": "south", "base_url": "` + south.URL + `/v1", "models": {"backup": "llama-3.3-70b"}}
		],
		"fallbacks": {"*": ["backup"]},
		"retry": {"base_delay": "50ms"}
	}`))
	if err != nil {
		return err
	}
	endpoints, err := c.endpoints(func(string) string { return "a-key-of-the-demonstration" })
	if err != nil {
		return err
	}
	return c.show(ctx, endpoints)
}

// show serves on a free port of loopback and asks itself.
func (c *config) show(ctx context.Context, endpoints []buoy.Endpoint) error {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	g, err := newGateway(c, endpoints, nil, log)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	stopped := make(chan error, 1)
	go func() { stopped <- g.serve(serving, l) }()

	base := "http://" + l.Addr().String()
	fmt.Printf("Serving %s/v1; an OpenAI client needs no more than that as its base URL.\n", base)
	asked := errors.Join(
		ask(ctx, base, "A whole answer", `{"model": "small", "messages": [{"role": "user", "content": "Hello!"}]}`),
		ask(ctx, base, "A stream", `{"model": "small", "stream": true, "messages": [{"role": "user", "content": "Hello!"}]}`),
		ask(ctx, base, "The first provider does not know the model", `{"model": "small", "messages": [{"role": "user", "content": "Hello!"}]}`),
		ask(ctx, base, "A stream that breaks off: an error event and no [DONE]", `{"model": "small", "stream": true, "messages": [{"role": "user", "content": "Hello!"}]}`),
		ask(ctx, base, "The client's own mistake", `{"model": "small", "messages": [{"role": "user", "content": "Hello!"}]}`),
		ask(ctx, base, "A model that nobody serves", `{"model": "huge", "messages": [{"role": "user", "content": "Hello!"}]}`),
		look(ctx, base+"/v1/models"),
		look(ctx, base+"/healthz"),
	)
	fmt.Println("\n-- Stop")
	stop()
	return errors.Join(asked, <-stopped)
}

// ask posts a chat request and prints what comes back, as curl -i would.
func ask(ctx context.Context, base, title, body string) error {
	fmt.Printf("\n-- %s\n", title)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return printReply(req)
}

func look(ctx context.Context, url string) error {
	fmt.Printf("\n-- GET %s\n", url)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	return printReply(req)
}

func printReply(req *http.Request) error {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	for _, name := range []string{"X-Buoy-Endpoint", "X-Buoy-Attempts", "X-Buoy-Kind", "Retry-After"} {
		if value := resp.Header.Get(name); value != "" {
			fmt.Printf("%s: %s\n", strings.ToLower(name), value)
		}
	}
	lines := bufio.NewReader(resp.Body)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			fmt.Println(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
