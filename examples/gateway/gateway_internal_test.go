package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// The names by which the tests here call package testdesk.
type (
	reply     = testdesk.Received
	logBuffer = testdesk.LogBuffer
)

var (
	readRefusal = testdesk.ReadRefusal
	text        = testdesk.TextOfEvents
)

// Secrets and a prompt that must not come out anywhere else.
const (
	providerKey = "sk-provider-0123456789abcdef"
	clientToken = "client-token-0123456789abcdef"
	prompt      = "the prompt that nobody else may read"
)

// hello is a request's body without the last brace.
const hello = `{"model": "small", "messages": [{"role": "user", "content": "` + prompt + `"}]`

// desk is a gateway under test, as its clients see it.
type desk struct {
	*testing.T
	gateway *gateway
	url     string
	logged  *logBuffer
}

// newDesk serves a configuration, in which NORTH, SOUTH and so on stand for the
// addresses of providers.
func newDesk(t *testing.T, text string, providers map[string]*buoytest.Server) *desk {
	t.Helper()
	g, logged := loadText(t, text, providers)
	srv := httptest.NewServer(g.handler())
	t.Cleanup(srv.Close)
	return &desk{T: t, gateway: g, url: srv.URL, logged: logged}
}

func loadText(t *testing.T, text string, providers map[string]*buoytest.Server) (*gateway, *logBuffer) {
	t.Helper()
	for name, srv := range providers {
		text = strings.ReplaceAll(text, name, srv.URL+"/v1")
	}
	c, err := readConfig(strings.NewReader(text))
	require.NoError(t, err)
	endpoints, err := c.endpoints(getenv)
	require.NoError(t, err)
	tokens, err := fromEnv(c.ClientTokens, getenv)
	require.NoError(t, err)
	logged := new(logBuffer)
	g, err := newGateway(c, endpoints, tokens, slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(t, err)
	// The log holds neither keys nor tokens nor prompts, whatever the test did.
	t.Cleanup(func() {
		for _, secret := range []string{providerKey, clientToken, prompt} {
			require.NotContains(t, logged.String(), secret)
		}
	})
	return g, logged
}

func getenv(name string) string {
	return map[string]string{"KEY": providerKey, "TOKEN": clientToken, "SAME": clientToken, "PADDED": clientToken + "\n"}[name]
}

// post sends a chat request, with header lines such as "Authorization: x".
func (d *desk) post(body string, headers ...string) reply {
	d.Helper()
	resp := d.open(body, headers...)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	require.NoError(d, err)
	return reply{Response: resp, Text: string(all)}
}

// open is post for those who read the body themselves.
func (d *desk) open(body string, headers ...string) *http.Response {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(body))
	require.NoError(d, err)
	req.Header.Set("Content-Type", "application/json")
	return d.do(req, headers...)
}

func (d *desk) get(path string, headers ...string) reply {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodGet, d.url+path, nil)
	require.NoError(d, err)
	resp := d.do(req, headers...)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	require.NoError(d, err)
	return reply{Response: resp, Text: string(all)}
}

func (d *desk) do(req *http.Request, headers ...string) *http.Response {
	d.Helper()
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(d, err)
	return resp
}

// inBackground sends a request and reads its reply until leave is called.
func inBackground(t *testing.T, req *http.Request) (leave func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	reading.Go(func() {
		resp, err := http.DefaultClient.Do(req.WithContext(ctx))
		if err != nil {
			return // it has left
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
	})
	return func() { cancel(); reading.Wait() }
}

// halves streams "Hel", waits until goOn is closed, and streams "lo!".
func halves(goOn <-chan struct{}) buoytest.Step {
	return buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}`+"\n\n")
		w.(http.Flusher).Flush()
		select {
		case <-goOn:
			io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"lo!"},"finish_reason":"stop"}]}`+"\n\n")
		case <-r.Context().Done():
		}
	})
}

// begin asks for a stream and reads its first event.
func (d *desk) begin() (first string, rest *bufio.Reader) {
	d.Helper()
	resp := d.open(hello + `, "stream": true}`)
	d.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(d, http.StatusOK, resp.StatusCode)
	rest = bufio.NewReader(resp.Body)
	first, err := rest.ReadString('\n')
	require.NoError(d, err)
	return first, rest
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	all, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(all)
}
