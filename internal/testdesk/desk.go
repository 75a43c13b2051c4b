// Package testdesk has what the tests of buoy and of the packages above it share: a
// provider and a client for it in virtual time, clients over a function, and short
// ways to read what came of a call. It is for tests alone: no other code imports
// it, and it imports nothing that only tests may.
package testdesk

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// Key is the API key of every desk: a canary that must not turn up anywhere.
const Key = "sk-test-canary-0123456789"

// Hello is a request for those who do not care what is asked. Its prompt has a
// canary, too. Copy it before changing it.
var Hello = buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Why is the sky blue, canary?")}}

// NoRetry shows each failure as it is.
var NoRetry = buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1})

// Desk is a provider and a client for it.
type Desk struct {
	*buoy.Client
	Server *buoytest.Server
}

// Bubble runs f in virtual time against a provider that answers as steps say. It
// fails where a goroutine is left behind.
func Bubble(t *testing.T, opts []buoy.Option, f func(t *testing.T, d Desk), steps ...buoytest.Step) {
	t.Helper()
	Keyed(t, []string{Key}, steps, opts, f)
}

// Keyed is [Bubble] with keys of the test's own, for steps that answer each as they
// say.
func Keyed(t *testing.T, keys []string, steps []buoytest.Step, opts []buoy.Option, f func(t *testing.T, d Desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, steps...)
		e := Endpoint(srv)
		e.Keys, e.KeyOrder = keys, buoy.KeysSpread // a test knows which is next
		c := newClient(t, e, append([]buoy.Option{buoy.WithHTTPClient(srv.Client())}, opts...))
		f(t, Desk{c, srv})
		closeClient(t, c)
		srv.Close()
	})
}

// Endpoint is where a provider answers, under the name "desk".
func Endpoint(srv *buoytest.Server) buoy.Endpoint {
	return buoy.Endpoint{Name: "desk", BaseURL: srv.URL + "/v1", Keys: []string{Key}}
}

// KeysUsed is the key of each request, in the order in which they came.
func KeysUsed(d Desk) (keys []string) {
	for _, r := range d.Server.Requests() {
		keys = append(keys, r.Header.Get("Authorization")[len("Bearer "):])
	}
	return keys
}

// Pair is a client with a primary and one fallback, each a provider of its own.
type Pair struct {
	*buoy.Client
	First, Second *buoytest.Server
}

// TwoProviders runs f in virtual time; target, where it is not nil, changes the
// fallback target, whose endpoint is named "second".
func TwoProviders(t *testing.T, first, second []buoytest.Step, target func(*buoy.Target), opts []buoy.Option, f func(t *testing.T, p Pair)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, b := buoytest.NewMemServer(t, first...), buoytest.NewMemServer(t, second...)
		to := buoy.Target{Endpoint: Endpoint(b)}
		to.Endpoint.Name = "second"
		if target != nil {
			target(&to)
		}
		c := newClient(t, Endpoint(a), append([]buoy.Option{buoy.WithHTTPClient(a.Client(b)), buoy.WithFallback(to)}, opts...))
		f(t, Pair{c, a, b})
		closeClient(t, c)
		a.Close()
		b.Close()
	})
}

// Sent is how many requests each provider got.
func (p Pair) Sent() []int { return []int{len(p.First.Requests()), len(p.Second.Requests())} }

func newClient(t *testing.T, e buoy.Endpoint, opts []buoy.Option) *buoy.Client {
	t.Helper()
	c, err := buoy.New(e, opts...)
	if err != nil {
		t.Fatalf("a client for a desk: %v", err)
	}
	return c
}

func closeClient(t *testing.T, c *buoy.Client) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatalf("closing the client: %v", err)
	}
}

// NilContext is what a careless caller passes.
var NilContext context.Context
