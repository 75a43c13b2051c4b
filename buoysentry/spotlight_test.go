package buoysentry_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getsentry/sentry-go"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoysentry"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/service"
)

// Spotlight, Sentry's ingest for developers, reads the envelopes of real failures and of a
// storm, and gives back what Sentry groups and alerts by.
//
// To an event with an exception it answers 500 once it has kept it, whoever sends it with
// sentry-go, whose exceptions are a plain list (4.11.8). The SDK goes on all the same.
func TestSpotlight(t *testing.T) {
	url := startSpotlight(t)
	sdk, err := sentry.NewClient(sentry.ClientOptions{Dsn: strings.Replace(url, "http://", "http://public@", 1) + "/42", Release: "test@1"})
	require.NoError(t, err)
	t.Cleanup(sdk.Close)
	d := &desk{hub: sentry.NewHub(sdk, sentry.NewScope())}
	d.seen = buoysentry.New(buoysentry.WithHub(d.hub), buoysentry.WithLimit(5, time.Hour))
	const key = "sk-secret-4711-abcdefghij"
	quotes := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, `{"error":{"message":%q,"code":"model_not_allowed"}}`, "refused to "+r.Header.Get("Authorization")+": "+string(body))
	}
	d.start(t, []buoytest.Step{
		buoytest.ForModel("quotes", buoytest.Func(quotes)),
		buoytest.ForModel("broken", buoytest.Fail(500)),
		buoytest.ForModel("storm", buoytest.Always(buoytest.OpenAIError(400, "invalid_value", "max_tokens is too large"))),
		buoytest.ForModel("fast", buoytest.OpenAIError(429, "rate_limit_exceeded", "Slow down")),
		buoytest.ForModel("key", buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided: "+key)),
	}, []string{key}, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
	ask := func(model string) error {
		_, err := d.client.Chat(t.Context(), buoy.Request{Model: model, Messages: []buoy.Message{buoy.User(hushed)}})
		return err
	}
	require.ErrorIs(t, ask("quotes"), buoy.ErrPermission)
	require.ErrorIs(t, ask("broken"), buoy.ErrServer)
	var storm sync.WaitGroup
	for range 8 {
		storm.Go(func() {
			for range 50 {
				_ = ask("storm")
			}
		})
	}
	storm.Wait()
	require.ErrorIs(t, ask("fast"), buoy.ErrRateLimit)
	require.ErrorIs(t, ask("key"), buoy.ErrAuth) // the last one, as the only key goes out

	type issue struct {
		events                        int
		level, severity, status, code string
	}
	seen := map[string]issue{}
	events, raw := readSpotlight(t, url, d.hub)
	for _, e := range events {
		name := strings.Join(e.Fingerprint, " ")
		if label := e.Tags["buoy.key"]; label != "" {
			name = strings.Replace(name, label, "LABEL", 1)
		}
		seen[name] = issue{seen[name].events + 1, e.Level, e.Tags["buoy.severity"], e.Tags["buoy.status"], e.Tags["buoy.code"]}
	}
	require.Equal(t, map[string]issue{
		"buoy permission provider quotes":     {1, "fatal", "critical", "403", "model_not_allowed"},
		"buoy server provider broken":         {1, "error", "standard", "500", "server_error"},
		"buoy invalid_request provider storm": {5, "info", "informational", "400", "invalid_value"},
		"buoy rate_limit provider fast":       {1, "warning", "important", "429", "rate_limit_exceeded"},
		"buoy auth provider key":              {1, "fatal", "critical", "401", "invalid_api_key"},
		"buoy key auth provider LABEL":        {1, "fatal", "critical", "401", "invalid_api_key"},
	}, seen)
	require.EqualValues(t, 395, d.seen.HeldBack())
	require.Contains(t, events[0].Exception[0].Value, "refused to ", "the refusal that quotes all")
	for _, secret := range []string{key, "purple elephants", "Bearer "} {
		require.NotContains(t, string(raw), secret)
	}
}

// startSpotlight returns the address of a Spotlight, which "make npm" installs.
func startSpotlight(t *testing.T) (url string) {
	t.Helper()
	absent := func(why string) {
		if os.Getenv("BUOY_NPM") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	node := service.Program{Name: "node", Package: "nodejs"}
	if _, err := exec.LookPath(node.Name); err != nil {
		absent(node.Hint())
	}
	out, err := exec.Command(node.Name, "--version").Output()
	require.NoError(t, err)
	var major int
	if _, err := fmt.Sscanf(string(out), "v%d", &major); err != nil || major < 20 { // Debian 12 has 18
		t.Skipf("Spotlight needs Node.js 20, and this is %s", out)
	}
	if _, err := os.Stat("npmtest/node_modules/@spotlightjs/spotlight"); err != nil {
		absent(`the package "@spotlightjs/spotlight" is not installed: run "make npm"`)
	}
	program, err := filepath.Abs("npmtest/spotlight.mjs")
	require.NoError(t, err)
	return "http://" + service.Run(t, service.Spec{
		Program: node,
		Args:    func(_ string, port int) []string { return []string{program, strconv.Itoa(port)} },
	}).Addr()
}

// readSpotlight waits for what a hub has to send, and returns the events that Spotlight
// has read, and the whole stream of them.
func readSpotlight(t *testing.T, url string, hub *sentry.Hub) (events []received, raw []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	const last = "that is all"
	require.True(t, hub.FlushWithContext(ctx), "the events did not go out in 30 s")
	hub.CaptureMessage(last)
	require.True(t, hub.FlushWithContext(ctx), "the last one did not go out in 30 s")

	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/stream", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		raw = append(append(raw, lines.Bytes()...), '\n')
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		var items [][2]json.RawMessage // header and payload
		require.NoError(t, json.Unmarshal(data, &[]any{new(any), &items}), "%s", data)
		for _, item := range items {
			var e struct {
				received
				Type, Message string
			}
			require.NoError(t, json.Unmarshal(item[1], &e), "%s", item[1])
			if e.Message == last {
				return events, raw
			}
			if e.Type == "event" {
				events = append(events, e.received)
			}
		}
	}
	t.Fatalf("the stream ended before its last event: %v\n%.2000s", lines.Err(), raw)
	return nil, nil
}
