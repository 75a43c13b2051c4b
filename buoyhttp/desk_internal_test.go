package buoyhttp

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
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

// logBuffer collects a log that several goroutines write.
type logBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
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
	d := &desk{T: t, client: newClient(t, provider, opts...), logged: &logBuffer{}}
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

// received is a whole HTTP reply.
type received struct {
	*http.Response
	body string
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
	return received{resp, string(all)}
}

// refused reads OpenAI's envelope.
func (r received) refused(t *testing.T) envelopeError {
	t.Helper()
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	return readRefusal(t, r.body)
}

func readRefusal(t *testing.T, body string) envelopeError {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	var e envelope
	require.NoError(t, d.Decode(&e), body)
	require.NotEmpty(t, e.Error.Message)
	require.NotEmpty(t, e.Error.Type)
	return e.Error
}

// events splits the body of a stream, and checks its form.
func (r received) events(t *testing.T) []string {
	t.Helper()
	require.Equal(t, http.StatusOK, r.StatusCode, r.body)
	require.Equal(t, "text/event-stream; charset=utf-8", r.Header.Get("Content-Type"))
	require.True(t, strings.HasSuffix(r.body, "\n\n"), r.body)
	var events []string
	for event := range strings.SplitSeq(strings.TrimSuffix(r.body, "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		require.True(t, ok, event)
		require.NotContains(t, data, "\n")
		events = append(events, data)
	}
	return events
}

// text joins what the events of a good stream say.
func text(t *testing.T, events []string) string {
	t.Helper()
	require.Equal(t, "[DONE]", events[len(events)-1])
	var b strings.Builder
	for _, event := range events[:len(events)-1] {
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		require.NoError(t, json.Unmarshal([]byte(event), &chunk), event)
		require.NotEmpty(t, chunk.Choices, event)
		b.WriteString(chunk.Choices[0].Delta.Content)
	}
	return b.String()
}
