package behaviour_test

import (
	"context"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
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
	set func() // what Set does besides, unless it is nil
	ttl chan time.Duration
}

func (o odd) Get(context.Context, string) ([]byte, bool, error) {
	if o.get != nil {
		o.get()
	}
	return nil, false, nil
}

func (o odd) Set(_ context.Context, _ string, _ []byte, ttl time.Duration) error {
	if o.set != nil {
		o.set()
	}
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

func TestACacheWhoseSetEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Reply("a"))
		r := new(buoytest.Recorder)
		c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(odd{set: runtime.Goexit}, buoy.CachePolicy{}), buoy.WithObserver(r))
		require.NoError(t, err)
		_, err = c.Chat(t.Context(), fixed())
		require.NoError(t, err)
		begun := time.Now()
		require.NoError(t, c.Close())
		require.Zero(t, time.Since(begun))
		require.EqualValues(t, 1, c.Status().Cache.Errors)
		synctest.Wait()
		require.Equal(t, []event.CacheResult{event.CacheMiss, event.CacheError}, results(r))
	})
}

// closer is a listener that closes the client when an answer was stored.
type closer struct {
	client *buoy.Client
	took   chan time.Duration
}

func (*closer) ObserveAttempt(context.Context, buoy.AttemptEvent) {}
func (*closer) ObserveCall(context.Context, buoy.CallEvent)       {}

func (o *closer) ObserveCache(_ context.Context, e event.Cache) {
	if e.Result == event.CacheStored {
		begun := time.Now()
		_ = o.client.Close()
		o.took <- time.Since(begun)
	}
}

func TestAListenerThatCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Reply("a"))
		o := &closer{took: make(chan time.Duration, 1)}
		var err error
		o.client, err = buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(new(buoytest.Cache), buoy.CachePolicy{}), buoy.WithObserver(o))
		require.NoError(t, err)
		_, err = o.client.Chat(t.Context(), fixed())
		require.NoError(t, err)
		require.Zero(t, <-o.took)
		require.EqualValues(t, 1, o.client.Status().Cache.Stored)
	})
}
