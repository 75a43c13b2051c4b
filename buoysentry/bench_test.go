package buoysentry_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoysentry"
	"github.com/getsentry/sentry-go"
)

// replies answers each request with one reply, without a network.
type replies struct {
	status int
	body   string
}

func (r replies) RoundTrip(q *http.Request) (*http.Response, error) {
	_ = q.Body.Close()
	return &http.Response{
		StatusCode: r.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(r.body)), Request: q,
	}, nil
}

// BenchmarkChat compares calls without and with an Observer: ones that go well, ones that
// fail and are sent, and ones that fail in a storm, whose events are held back.
func BenchmarkChat(b *testing.B) {
	good := replies{200, `{"id":"1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}`}
	bad := replies{400, `{"error":{"message":"no","code":"invalid_value"}}`}
	sdk, err := sentry.NewClient(sentry.ClientOptions{Transport: &discard{}, Dsn: "http://public@127.0.0.1:1/42", Release: "test@1", DisableTelemetryBuffer: true})
	if err != nil {
		b.Fatal(err)
	}
	hub := sentry.NewHub(sdk, sentry.NewScope())
	for _, bc := range []struct {
		name string
		at   replies
		on   []buoysentry.Option
	}{
		{"good/off", good, nil},
		{"good/on", good, []buoysentry.Option{buoysentry.WithHub(hub)}},
		{"failed/off", bad, nil},
		{"failed/held", bad, []buoysentry.Option{buoysentry.WithHub(hub)}},
		{"failed/sent", bad, []buoysentry.Option{buoysentry.WithHub(hub), buoysentry.WithLimit(-1, 0)}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			opts := []buoy.Option{buoy.WithHTTPClient(&http.Client{Transport: bc.at})}
			if bc.on != nil {
				opts = append(opts, buoy.WithObserver(buoysentry.New(bc.on...)))
			}
			client, err := buoy.New(buoy.OpenAI("test-key"), opts...)
			if err != nil {
				b.Fatal(err)
			}
			defer client.Close()
			b.ReportAllocs()
			for b.Loop() {
				_, _ = client.Chat(b.Context(), hello)
			}
		})
	}
}

// discard is a transport that throws events away.
type discard struct{ sentry.MockTransport }

func (*discard) SendEvent(*sentry.Event) {}
