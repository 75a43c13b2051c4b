package buoysentry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getsentry/sentry-go"
	"github.com/stretchr/testify/require"
)

// ingest is a server that takes envelopes as Sentry's does, at /api/PROJECT/envelope/.
// See https://develop.sentry.dev/sdk/data-model/envelopes/.
type ingest struct {
	t   *testing.T
	url string

	mu     sync.Mutex
	events []received
	raw    bytes.Buffer // all that came, unpacked
}

// received is an event as it came over the wire.
type received struct {
	Level       string                    `json:"level"`
	Logger      string                    `json:"logger"`
	Fingerprint []string                  `json:"fingerprint"`
	Tags        map[string]string         `json:"tags"`
	Contexts    map[string]map[string]any `json:"contexts"`
	User        struct {
		ID string `json:"id"`
	} `json:"user"`
	Exception []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"exception"`
	Breadcrumbs []struct {
		Category string         `json:"category"`
		Message  string         `json:"message"`
		Level    string         `json:"level"`
		Data     map[string]any `json:"data"`
	} `json:"breadcrumbs"`
}

func newIngest(t *testing.T) *ingest {
	in := &ingest{t: t}
	srv := httptest.NewServer(http.HandlerFunc(in.serve))
	t.Cleanup(srv.Close)
	in.url = strings.Replace(srv.URL, "http://", "http://public@", 1) + "/42"
	return in
}

func (in *ingest) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/api/42/envelope/" || !strings.Contains(r.Header.Get("X-Sentry-Auth"), "sentry_key=public") {
		http.Error(w, "not an envelope of this project", http.StatusBadRequest)
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	all, err := io.ReadAll(body)
	if err == nil {
		err = in.take(all)
	}
	if err != nil {
		in.t.Errorf("an envelope that Sentry would refuse: %v\n%s", err, all)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = io.WriteString(w, `{}`)
}

// take decodes an envelope: a header's line, then for each item a header's line and a
// payload, whose length the header may tell.
func (in *ingest) take(all []byte) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.raw.Write(all)
	_, rest, _ := bytes.Cut(all, []byte("\n"))
	for len(bytes.TrimSpace(rest)) > 0 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		var header struct {
			Type   string `json:"type"`
			Length *int   `json:"length"`
		}
		if err := json.Unmarshal(line, &header); err != nil {
			return err
		}
		var payload []byte
		if header.Length != nil {
			if *header.Length > len(after) {
				return io.ErrUnexpectedEOF
			}
			payload, rest = after[:*header.Length], bytes.TrimPrefix(after[*header.Length:], []byte("\n"))
		} else {
			payload, rest, _ = bytes.Cut(after, []byte("\n"))
		}
		if header.Type != "event" {
			continue
		}
		var e received
		if err := json.Unmarshal(payload, &e); err != nil {
			return err
		}
		in.events = append(in.events, e)
	}
	return nil
}

// hub makes a hub that sends here.
func (in *ingest) hub(change ...func(*sentry.ClientOptions)) *sentry.Hub {
	options := sentry.ClientOptions{Dsn: in.url, Release: "test@1", ServerName: "test"}
	for _, f := range change {
		f(&options)
	}
	client, err := sentry.NewClient(options)
	require.NoError(in.t, err)
	in.t.Cleanup(client.Close)
	return sentry.NewHub(client, sentry.NewScope())
}

// all waits for what a hub has to send, and returns all events that came.
func (in *ingest) all(hub *sentry.Hub) []received {
	in.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.True(in.t, hub.FlushWithContext(ctx), "the events did not go out in 10 s")
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]received(nil), in.events...)
}

// bytes is all that came so far.
func (in *ingest) bytes() []byte {
	in.mu.Lock()
	defer in.mu.Unlock()
	return bytes.Clone(in.raw.Bytes())
}
