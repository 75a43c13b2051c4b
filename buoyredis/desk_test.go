package buoyredis_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/service"
)

// rig is a real Redis, a client for it, and what is logged.
type rig struct {
	*service.Server
	client *redis.Client
	log    *lines
}

func newRig(t *testing.T, args ...string) *rig {
	t.Helper()
	s := service.Redis(t, args...)
	return &rig{Server: s, client: connect(t, s), log: new(lines)}
}

// connect makes a client with timeouts as they are by default, of seconds.
func connect(t *testing.T, s *service.Server) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Addr()})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// options are those of every test: its log, and time enough for a busy machine.
func (r *rig) options() []buoyredis.Option {
	return []buoyredis.Option{buoyredis.WithLogger(slog.New(slog.NewTextHandler(r.log, nil))), buoyredis.WithPatience(patience)}
}

func (r *rig) limiter(t *testing.T, l buoy.RateLimit, opts ...buoyredis.LimiterOption) *buoyredis.Limiter {
	t.Helper()
	all := make([]buoyredis.LimiterOption, 0, 8)
	for _, o := range r.options() {
		all = append(all, o)
	}
	limiter, err := buoyredis.NewLimiter(r.client, l, append(all, opts...)...)
	require.NoError(t, err)
	return limiter
}

// patience is that of the tests, which share two cores with others.
const patience = 500 * time.Millisecond

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count is how many lines have a text.
func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// instance is a client of a service, with a limiter in the place of the standard limit.
func instance(t *testing.T, limiter *buoyredis.Limiter, e buoy.Endpoint, opts ...buoy.Option) *buoy.Client {
	t.Helper()
	parts := buoy.StandardParts()
	parts.Rate = limiter.Middleware()
	client, err := buoy.New(e, append([]buoy.Option{buoy.WithChain(parts.List()...)}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

var hello = buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Why is the sky blue?")}}

// provider answers everything.
func provider(t *testing.T, steps ...buoytest.Step) *buoytest.Server {
	t.Helper()
	if len(steps) == 0 {
		steps = []buoytest.Step{buoytest.Always(buoytest.Reply("fine"))}
	}
	return buoytest.NewServer(t, steps...)
}

// within is a context with a deadline.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits for what happens by itself.
func eventually(t *testing.T, ok func() bool, what string) {
	t.Helper()
	require.Eventually(t, ok, 15*time.Second, 20*time.Millisecond, what)
}

func z(score float64, member string) redis.Z { return redis.Z{Score: score, Member: member} }
