package buoyredis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/buoy-go/buoy"
)

// Option is an option of every constructor here.
type Option interface {
	LimiterOption
	everywhere()
}

// LimiterOption is an option of [NewLimiter].
type LimiterOption interface{ apply(*settings) }

type settings struct {
	name      string
	log       *slog.Logger
	patience  time.Duration
	instances int
	per       func(context.Context, *buoy.Request) string
}

type option func(*settings)

func (o option) apply(s *settings) { o(s) }
func (o option) everywhere()       {}

type limiterOption func(*settings)

func (o limiterOption) apply(s *settings) { o(s) }

// WithName sets what the keys in Redis are filed under. Instances with the same name
// share. The default is "default". It must not have spaces, colons or braces.
func WithName(name string) Option { return option(func(s *settings) { s.name = name }) }

// WithLogger sets who is told that Redis is away and that it is back, that it left a command
// without an answer (each once a minute at most), and that one of its keys holds something else.
// The default is slog.Default(). nil is silent.
func WithLogger(l *slog.Logger) Option {
	return option(func(s *settings) {
		if s.log = l; l == nil {
			s.log = slog.New(slog.DiscardHandler)
		}
	})
}

// WithPatience sets how long a call waits for an answer of Redis, also one that has been
// cancelled meanwhile. The default is 100 ms. If it takes longer twice in a row, Redis is
// left alone for a second. A client of a cluster should have ContextTimeoutEnabled: without it each
// command takes a goroutine of its own.
func WithPatience(d time.Duration) Option { return option(func(s *settings) { s.patience = d }) }

// WithInstances sets among how many instances a limit is divided while Redis is away.
// By default that is the number of those that used it lately, which instances tell each
// other through Redis, and 1 if Redis was never there.
func WithInstances(n int) LimiterOption {
	return limiterOption(func(s *settings) { s.instances = n })
}

// WithPer limits each value of a function by itself, for example each customer, whatever
// the endpoint and key of its calls. The value is hashed before it gets into a key of
// Redis. It may be any text. The function must be safe for concurrent use.
func WithPer(per func(ctx context.Context, r *buoy.Request) string) LimiterOption {
	return limiterOption(func(s *settings) { s.per = per })
}

// settle applies options and refuses what cannot work.
func settle(client redis.UniversalClient, s *settings) error {
	switch {
	case client == nil:
		return errors.New("buoyredis: the client is nil: make one with redis.NewUniversalClient")
	case s.name == "" || strings.ContainsAny(s.name, " \t\r\n:{}"):
		return errors.New("buoyredis: the name of WithName must not be empty nor have spaces, colons or braces, which separate the parts of a key")
	case s.patience < 0:
		return errors.New("buoyredis: the time of WithPatience is negative: leave it out for 100 ms")
	case s.instances < 0:
		return errors.New("buoyredis: the number of WithInstances is negative: leave it out to have the instances counted")
	}
	return nil
}

func defaults() settings { return settings{name: "default", log: slog.Default()} }

// of applies the options that every constructor takes.
func of(client redis.UniversalClient, opts []Option) (settings, error) {
	s := defaults()
	for _, o := range opts {
		if o != nil {
			o.apply(&s)
		}
	}
	return s, settle(client, &s)
}

// hashed is a text for a key of Redis: of fixed length, and nobody's name.
func hashed(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
