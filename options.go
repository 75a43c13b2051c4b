package buoy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/buoy-go/buoy/internal/header"
	"github.com/buoy-go/buoy/internal/overlay"
)

// Option configures a client. Pass it to [New].
type Option interface{ applyClient(*settings) }

// CallOption changes one call. Pass it to [Client.Chat] or [Client.Stream]. Fields that
// it sets replace the client's settings. Zero fields leave them as they are.
type CallOption interface{ applyCall(*settings) }

// Setting is an option for a client ([New]) and for a single call.
type Setting interface {
	Option
	CallOption
}

// settings is what options write to. A client's never changes after New; a
// call with options works on a copy.
type settings struct {
	httpClient   *http.Client
	insecureHTTP bool
	timeouts     Timeouts
	retry        RetryPolicy
	breaker      BreakerPolicy
	breakers     *Breakers
	limit        RateLimit
	maxResponse  int64
	hedge        *HedgePolicy // nil for none
	recovery     Recovery
	streamedChat bool
	header       http.Header  // of one call
	session      string       // of one call
	background   bool         // one call's priority
	tenants      *tenantLimit // nil for none
	targets      []Target
	lastResort   func(context.Context, Request, error) (*Response, error)
	memory       *memory // of a cache, nil for none
	uncached     bool    // of one call
	refreshed    bool    // of one call
	quotas       []Quota
	balances     []*balanceWatch
	observers    []Observer
	loggers      []*slog.Logger
	logAttrs     []func(context.Context) []slog.Attr
	middleware   []Middleware
	attempt      []Middleware
	chain        []Middleware
	chainSet     bool
	errs         []error
}

// layered reports that there are layers of the user's own in or around the chain.
func (s *settings) layered() bool { return len(s.middleware)+len(s.attempt)+len(s.chain) > 0 }

// maxResponseBytes bounds a whole reply.
func (s *settings) maxResponseBytes() int64 {
	if s.maxResponse == 0 {
		return 32 << 20
	}
	return s.maxResponse
}

// maxEventBytes bounds one event of a stream: 16 MiB, or the whole reply's
// bound where that is smaller or was raised above it on purpose.
func (s *settings) maxEventBytes() int {
	if s.maxResponse == 0 {
		return 16 << 20
	}
	return int(min(s.maxResponse, 1<<31-1))
}

type clientOption func(*settings)

func (o clientOption) applyClient(s *settings) { o(s) }

type callOption func(*settings)

func (o callOption) applyCall(s *settings) { o(s) }

type setting func(*settings)

func (o setting) applyClient(s *settings) { o(s) }
func (o setting) applyCall(s *settings)   { o(s) }

// WithHTTPClient sends requests through the Transport of hc. Use it for a proxy, a
// private CA or a test. Its Timeout must be 0, because a Timeout cuts long streams in
// the middle; use [WithTimeouts]. Its Jar must be nil, because buoy uses no cookies.
// Otherwise New returns an error. Redirects are never followed, so CheckRedirect is not
// called.
//
// Your own RoundTripper must return when the context of the request ends, as that of
// net/http does. Nothing else can end its wait for a reply. It must also expect that
// the body is closed at that moment.
//
// Without this option the client has a transport of its own: HTTP/2, pooled, with the
// system's TLS defaults and the proxy from the environment.
func WithHTTPClient(hc *http.Client) Option {
	return clientOption(func(s *settings) {
		switch {
		case hc == nil:
			s.errs = append(s.errs, errors.New("WithHTTPClient got nil: leave the option out"))
		case hc.Timeout != 0:
			s.errs = append(s.errs, fmt.Errorf("http.Client.Timeout (%v) would cut every stream in the middle: set it to 0 and use WithTimeouts", hc.Timeout))
		case hc.Jar != nil:
			s.errs = append(s.errs, errors.New("http.Client.Jar is not used: set it to nil"))
		}
		s.httpClient = hc
	})
}

// WithInsecureHTTP allows plain HTTP to hosts other than loopback. Key and prompt then
// travel unencrypted. Use it only in a network that you trust.
func WithInsecureHTTP() Option {
	return clientOption(func(s *settings) { s.insecureHTTP = true })
}

// WithTimeouts bounds waits. See [Timeouts] for the defaults.
func WithTimeouts(t Timeouts) Setting {
	return setting(func(s *settings) { s.timeouts = overlay.Of(t, s.timeouts) })
}

// WithRetry sets how often a call is retried and how long it waits. See [RetryPolicy]
// for the defaults. MaxAttempts: 1 turns retries off.
func WithRetry(p RetryPolicy) Setting {
	return setting(func(s *settings) { s.retry = overlay.Of(p, s.retry) })
}

// WithBreaker configures the circuit breakers, one per endpoint and model. See
// [BreakerPolicy] for the defaults. Breakers are on without this option, too.
func WithBreaker(p BreakerPolicy) Option {
	return clientOption(func(s *settings) { s.breaker = p })
}

// WithBreakers uses breakers that several clients share, so that a failure seen by one
// client protects all. It replaces [WithBreaker].
func WithBreakers(b *Breakers) Option {
	return clientOption(func(s *settings) {
		if b == nil || b.circuits == nil {
			s.errs = append(s.errs, errors.New("WithBreakers got none: make them with NewBreakers"))
		}
		s.breakers = b
	})
}

// WithMaxResponse bounds a whole reply, in bytes after decompression. 0 means 32 MiB. A
// longer reply ends the call with ErrResponseTooLarge. A single event of a stream has
// the same bound, or 16 MiB without this option. All events of a stream together may
// have eight times the bound, because each token comes with some 300 bytes around it.
func WithMaxResponse(bytes int64) Option {
	return clientOption(func(s *settings) {
		if bytes < 0 {
			s.errs = append(s.errs, errors.New("WithMaxResponse is negative: replies are always bounded"))
		}
		s.maxResponse = bytes
	})
}

// WithObserver calls o after each attempt and each call. You may add several observers.
func WithObserver(o Observer) Option {
	return clientOption(func(s *settings) {
		if o != nil {
			s.observers = append(s.observers, o)
		}
	})
}

// WithMiddleware adds middleware around the whole chain. It runs once per call, in the
// given order.
func WithMiddleware(ms ...Middleware) Option {
	return clientOption(func(s *settings) { s.middleware = append(s.middleware, ms...) })
}

// WithAttemptMiddleware adds middleware at the bottom of the chain. It runs once per
// attempt, inside breaker and timers, when endpoint, model and key are chosen.
func WithAttemptMiddleware(ms ...Middleware) Option {
	return clientOption(func(s *settings) { s.attempt = append(s.attempt, ms...) })
}

// WithChain replaces the standard chain. [StandardParts] returns that in its parts, so that
// you can add to them or leave some out:
//
//	parts := buoy.StandardParts()
//	parts.Retry = buoy.Chain(mine, parts.Retry) // just outside the retry
//	buoy.New(endpoint, buoy.WithChain(parts.List()...))
//
// WithMiddleware still adds around the chain, and WithAttemptMiddleware inside it. A chain
// without a choice of endpoint and key, such as one of [Retry] alone, gets it as its
// innermost part.
//
// In a chain of your own the options of parts that it lacks (WithRateLimit, WithFallback,
// WithQuota and so on) have no effect, and New does not say so: begin with StandardParts.
func WithChain(ms ...Middleware) Option {
	return clientOption(func(s *settings) { s.chain, s.chainSet = ms, true })
}

// WithHeader adds a header to the requests of one call, such as a trace id. It cannot
// set credentials or headers that buoy sets itself; the call then ends with
// ErrInvalidRequest. An Idempotency-Key of your own is sent with the call's first body.
// A different body, such as one for another model, has its hash added to the key.
func WithHeader(name, value string) CallOption {
	return callOption(func(s *settings) {
		canonical := http.CanonicalHeaderKey(name)
		if err := header.Check(name, []string{value}); err != nil {
			s.errs = append(s.errs, err)
			return
		}
		if canonical == "Authorization" {
			s.errs = append(s.errs, errors.New("header Authorization is the endpoint's to set: use Endpoint.Keys"))
			return
		}
		h := s.header.Clone()
		if h == nil {
			h = make(http.Header, 1)
		}
		h.Add(canonical, value)
		s.header = h
	})
}
