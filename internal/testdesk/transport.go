package testdesk

import (
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/buoy-go/buoy"
)

// RoundTripper is a network that is a function.
type RoundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f RoundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// ClientOf is a client over a function: no retry, no breaker, no network. Nothing
// needs to be closed.
func ClientOf(t *testing.T, trustDone bool, f RoundTripper, opts ...buoy.Option) *buoy.Client {
	t.Helper()
	return newClient(t,
		buoy.Endpoint{Name: "desk", BaseURL: "https://desk.example/v1", Keys: []string{Key}, TrustDone: trustDone},
		append([]buoy.Option{buoy.WithHTTPClient(&http.Client{Transport: f}), NoRetry,
			buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true})}, opts...))
}

// Reply is a response as net/http would hand it over; headers are pairs of a name
// and a value.
func Reply(status int, contentType string, body io.ReadCloser, headers ...string) *http.Response {
	r := &http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1, Header: http.Header{}, Body: body}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// ByHost sends each request to the provider that it is for.
type ByHost map[string]http.RoundTripper

// RoundTrip implements [http.RoundTripper].
func (b ByHost) RoundTrip(r *http.Request) (*http.Response, error) {
	return b[r.URL.Host].RoundTrip(r)
}

// CountedBodies counts the bodies of replies that nobody has closed yet. It is safe
// for concurrent use.
type CountedBodies struct {
	Next http.RoundTripper
	Open atomic.Int64
}

// RoundTrip implements [http.RoundTripper].
func (c *CountedBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.Next.RoundTrip(r)
	if err == nil {
		c.Open.Add(1)
		resp.Body = &closeCounter{ReadCloser: resp.Body, open: &c.Open}
	}
	return resp, err
}

type closeCounter struct {
	io.ReadCloser
	open *atomic.Int64
}

func (c *closeCounter) Close() error {
	c.open.Add(-1)
	return c.ReadCloser.Close()
}
