package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func TestTheModelsAreListed(t *testing.T) {
	d := newDesk(t, twoProviders, servers{"NORTH": buoytest.NewServer(t), "SOUTH": buoytest.NewServer(t)})
	r := d.get("/v1/models")
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.JSONEq(t, `{"object": "list", "data": [
		{"id": "backup", "object": "model", "created": 0, "owned_by": "south"},
		{"id": "large", "object": "model", "created": 0, "owned_by": "north"},
		{"id": "small", "object": "model", "created": 0, "owned_by": "north"}
	]}`, r.Text)
	require.JSONEq(t, `{"id": "backup", "object": "model", "created": 0, "owned_by": "south"}`, d.get("/v1/models/backup").Text)
	r = d.get("/v1/models/some/huge")
	require.Equal(t, http.StatusNotFound, r.StatusCode)
	require.Equal(t, "model_not_found", *r.Refused(t).Code)
}

func TestWhatIsNotServed(t *testing.T) {
	d := newDesk(t, oneProvider, servers{"NORTH": buoytest.NewServer(t)})
	for path, want := range map[string]int{
		"/v1/chat/completions": http.StatusMethodNotAllowed,
		"/v1/embeddings":       http.StatusNotFound,
		"/":                    http.StatusNotFound,
	} {
		r := d.get(path)
		require.Equal(t, want, r.StatusCode, path)
		r.Refused(t)
	}
}

func TestClientTokens(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, strings.Replace(oneProvider, `"retry"`, `"client_tokens": ["KEY", "TOKEN"], "retry"`, 1), servers{"NORTH": north})
	for _, header := range []string{"X-None: 1", "Authorization: Bearer wrong", "Authorization: Basic " + clientToken, "Authorization: Bearer", "Authorization: " + clientToken} {
		r := d.post(hello+`}`, header)
		require.Equal(t, http.StatusUnauthorized, r.StatusCode, header)
		require.Equal(t, "invalid_api_key", *r.Refused(t).Code)
		require.Equal(t, http.StatusUnauthorized, d.get("/v1/models", header).StatusCode)
	}
	require.Empty(t, north.Requests())
	require.Equal(t, http.StatusOK, d.post(hello+`}`, "Authorization: Bearer "+clientToken).StatusCode)
	require.Equal(t, http.StatusOK, d.get("/healthz").StatusCode, "open to whoever watches it")
	require.Equal(t, providerKey, north.Requests()[0].Key, "the client's token stays here")
}

// A page in a browser on this machine can reach the port as well as a program.
func TestForeignPagesAreNotServed(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	for _, header := range []string{"Host: evil.example", "Host: evil.example:8080", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"} {
		r := d.post(hello+`}`, header)
		require.Equal(t, http.StatusForbidden, r.StatusCode, header)
		r.Refused(t)
	}
	require.Empty(t, north.Requests())
	for _, header := range []string{"Host: localhost:8080", "Host: [::1]:8080", "Host: 127.0.0.1"} {
		require.Equal(t, http.StatusOK, d.post(hello+`}`, header).StatusCode, header)
	}
}

// serving runs the gateway as the program does.
func serving(t *testing.T, text string, providers servers) (d *desk, stop context.CancelFunc, stopped chan error) {
	t.Helper()
	g, logged := loadText(t, text, providers)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	stopped = make(chan error, 1)
	go func() { stopped <- g.serve(ctx, l) }()
	return &desk{T: t, gateway: g, url: "http://" + l.Addr().String(), logged: logged}, stop, stopped
}

// What is being answered when the gateway is told to stop is answered to its end.
func TestAStopWaitsForAnswers(t *testing.T) {
	goOn := make(chan struct{})
	d, stop, stopped := serving(t, oneProvider, servers{"NORTH": buoytest.NewServer(t, halves(goOn))})
	_, events := d.begin()

	stop()
	require.Eventually(t, func() bool { // the listener is closed, the stream is not
		_, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
		return err != nil
	}, 10*time.Second, time.Millisecond)
	close(goOn)
	require.Contains(t, readAll(t, events), "data: [DONE]\n\n")
	require.NoError(t, <-stopped)
}

// After the drain, what is left is told that it was broken off.
func TestAStopDoesNotWaitForEver(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Always(buoytest.Stall(2, time.Hour)))
	d, stop, stopped := serving(t, strings.Replace(oneProvider, `"retry"`, `"drain": "20ms", "retry"`, 1), servers{"NORTH": north})
	_, events := d.begin()
	whole := make(chan reply, 1)
	go func() { whole <- d.post(hello + `}`) }()
	require.True(t, north.Await(2))

	stop()
	require.NoError(t, <-stopped)
	rest := readAll(t, events)
	require.NotContains(t, rest, "[DONE]")
	last := strings.Split(strings.TrimSpace(rest), "data: ")
	require.Equal(t, "stopping", *readRefusal(t, last[len(last)-1]).Code)
	w := <-whole
	require.Equal(t, http.StatusServiceUnavailable, w.StatusCode, w.Text)
	require.Equal(t, "stopping", *w.Refused(t).Code)
}

func TestAServerThatCannotListen(t *testing.T) {
	g, _ := loadText(t, oneProvider, servers{"NORTH": buoytest.NewServer(t)})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.Error(t, g.serve(t.Context(), l))
}
