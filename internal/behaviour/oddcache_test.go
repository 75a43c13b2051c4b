package behaviour_test

import (
	"context"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A policy that cannot work is refused in a chain of one's own, too.
func TestCacheWithABadPolicy(t *testing.T) {
	srv := buoytest.NewMemServer(t, buoytest.Reply("a"))
	parts := buoy.StandardParts()
	parts.Cache = buoy.CacheWith(new(buoytest.Cache), buoy.CachePolicy{TTL: -time.Hour})
	c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithChain(parts.List()...))
	require.NoError(t, err)
	_, err = c.Chat(t.Context(), fixed())
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	require.Empty(t, srv.Requests())
}

// odd is a cache as nobody should write one.
type odd struct {
	get func() // what Get does besides missing
	ttl chan time.Duration
}

func (o odd) Get(context.Context, string) ([]byte, bool, error) {
	if o.get != nil {
		o.get()
	}
	return nil, false, nil
}

func (o odd) Set(_ context.Context, _ string, _ []byte, ttl time.Duration) error {
	o.ttl <- ttl
	return nil
}

func TestTheLongestLifetime(t *testing.T) {
	srv := buoytest.NewMemServer(t, buoytest.Reply("a"))
	o := odd{ttl: make(chan time.Duration, 1)}
	c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(o, buoy.CachePolicy{TTL: math.MaxInt64, StaleOnError: math.MaxInt64}))
	require.NoError(t, err)
	_, err = c.Chat(t.Context(), fixed())
	require.NoError(t, err)
	require.Positive(t, <-o.ttl)
}

// A test's cache may end its goroutine, as t.FailNow does. The call goes on.
func TestACacheThatEndsItsGoroutine(t *testing.T) {
	srv := buoytest.NewMemServer(t, buoytest.Reply("a"))
	o := odd{get: runtime.Goexit, ttl: make(chan time.Duration, 1)}
	c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(o, buoy.CachePolicy{MaxWait: -1}))
	require.NoError(t, err)
	_, err = c.Chat(t.Context(), fixed())
	require.NoError(t, err)
}
