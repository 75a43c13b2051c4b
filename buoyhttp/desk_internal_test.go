package buoyhttp

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// The names by which the tests here call package testdesk.
type (
	received  = testdesk.Received
	logBuffer = testdesk.LogBuffer
)

var (
	readRefusal = testdesk.ReadRefusal
	text        = testdesk.TextOfEvents
)

// Secrets and a prompt that must not come out anywhere else.
const (
	providerKey = "sk-provider-0123456789abcdef"
	clientKey   = "sk-client-0123456789abcdef"
	prompt      = "the prompt that nobody else may read"
)

// hello is a request's body without the last brace.
const hello = `{"model": "small", "messages": [{"role": "user", "content": "` + prompt + `"}]`

// desk is a client's handler and its transport, as others see them.
type desk struct {
	*testing.T
	client  *buoy.Client
	handler http.Handler
	url     string
	logged  *logBuffer
	under   *http.Client // with the transport
}

func newClient(t *testing.T, provider *buoytest.Server, opts ...buoy.Option) *buoy.Client {
	t.Helper()
	e := provider.Endpoint()
	e.Name, e.Keys, e.Models = "north", []string{providerKey}, map[string]string{"small": "gpt-4o-mini"}
	opts = append([]buoy.Option{buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond})}, opts...)
	c, err := buoy.New(e, opts...)
	require.NoError(t, err)
	return c
}

// newDesk serves a provider, which is asked once more after 1 ms.
func newDesk(t *testing.T, provider *buoytest.Server, opts ...buoy.Option) *desk {
	t.Helper()
	d := &desk{T: t, client: newClient(t, provider, opts...), logged: new(logBuffer)}
	d.handler = Handler(d.client, WithModels("small"),
		WithLogger(slog.New(slog.NewJSONHandler(d.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	srv := httptest.NewServer(d.handler)
	t.Cleanup(srv.Close)
	d.url = srv.URL
	d.under = &http.Client{Transport: Transport(d.client, nil)}
	t.Cleanup(func() {
		for _, secret := range []string{providerKey, clientKey, prompt} {
			require.NotContains(t, d.logged.String(), secret)
		}
	})
	return d
}

// ways are the two ways to a provider; what is passed on is the same in both.
func (d *desk) ways() map[string]func(body string) received {
	return map[string]func(string) received{
		"handler":   func(body string) received { return d.post(body) },
		"transport": func(body string) received { return d.send(body) },
	}
}

// post sends a chat request to the handler.
func (d *desk) post(body string) received {
	d.Helper()
	return d.ask(http.DefaultClient, d.url+"/v1/chat/completions", body)
}

// send sends a chat request through the transport, to a host that does not exist.
func (d *desk) send(body string) received {
	d.Helper()
	return d.ask(d.under, "https://provider.invalid/v1/chat/completions", body)
}

func (d *desk) ask(c *http.Client, url, body string) received {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(d, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+clientKey)
	resp, err := c.Do(req)
	require.NoError(d, err)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	require.NoError(d, err)
	return received{Response: resp, Text: string(all)}
}
