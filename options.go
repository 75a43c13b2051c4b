package buoy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

// Option sets up a client; pass it to [New].
type Option interface{ applyClient(*settings) }

// CallOption changes one call; pass it to [Client.Chat] or [Client.Stream]. Its
// set fields replace the client's settings; zero fields leave them as they are.
type CallOption interface{ applyCall(*settings) }

// Setting is an option for both: a client ([New]) and a single call.
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
	header       http.Header // of one call
	targets      []Target
	lastResort   func(context.Context, Request, error) (*Response, error)
	quotas       []Quota
	balances     []*balanceWatch
	observers    []Observer
	middleware   []Middleware
	attempt      []Middleware
	chain        []Middleware
	chainSet     bool
	errs         []error
}

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

// WithHTTPClient sends through the client's Transport, for a proxy, a private
// CA or a test. Its Timeout must be 0 and its Jar nil, or New refuses it: a
// Timeout cuts long streams in the middle ([WithTimeouts] bounds what should be
// bounded), and cookies are nobody's business here. Redirects are never
// followed, so CheckRedirect is not asked. A RoundTripper of your own has to return
// when the request's context ends, as that of net/http does: nobody else can end
// its wait for a reply. Bodies are closed at that moment.
//
// Without this option the client has a transport of its own: HTTP/2, pooled,
// with the system's TLS defaults and its proxy from the environment.
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

// WithInsecureHTTP allows plain HTTP to hosts other than loopback. Key and
// prompt then travel unencrypted: only for a network that you trust.
func WithInsecureHTTP() Option {
	return clientOption(func(s *settings) { s.insecureHTTP = true })
}

// WithTimeouts bounds waits; see [Timeouts] for the defaults.
func WithTimeouts(t Timeouts) Setting {
	return setting(func(s *settings) { s.timeouts = t.over(s.timeouts) })
}

// WithRetry sets how often and how patiently a call is repeated; see
// [RetryPolicy] for the defaults. MaxAttempts: 1 never retries.
func WithRetry(p RetryPolicy) Setting {
	return setting(func(s *settings) { s.retry = p.over(s.retry) })
}

// WithBreaker sets up the circuit breakers, one per endpoint and model; see
// [BreakerPolicy] for the defaults. They are on without this option.
func WithBreaker(p BreakerPolicy) Option {
	return clientOption(func(s *settings) { s.breaker = p })
}

// WithBreakers uses a registry that other clients share, so that a provider's
// failures seen by one protect all. It replaces [WithBreaker].
func WithBreakers(b *Breakers) Option {
	return clientOption(func(s *settings) {
		if b == nil {
			s.errs = append(s.errs, errors.New("WithBreakers got nil: use NewBreakers"))
		}
		s.breakers = b
	})
}

// WithMaxResponse bounds a whole reply in bytes after decompression; 0 means
// 32 MiB. Beyond it the call ends in ErrResponseTooLarge. The events of a stream
// may have eight times as many bytes, since each token comes with some 300 of them,
// and a single event as many, or 16 MiB where this option is not used.
func WithMaxResponse(bytes int64) Option {
	return clientOption(func(s *settings) {
		if bytes < 0 {
			s.errs = append(s.errs, errors.New("WithMaxResponse is negative: replies are always bounded"))
		}
		s.maxResponse = bytes
	})
}

// WithLogger logs failed attempts and calls. Levels follow [Severity]: critical
// is an Error, important and standard a Warn, informational and successes Debug.
// No line holds a key or a prompt. Without it the client is silent.
func WithLogger(l *slog.Logger) Option {
	return clientOption(func(s *settings) {
		if l != nil {
			s.observers = append(s.observers, logObserver{l})
		}
	})
}

// WithObserver calls o after each attempt and each call; several add up.
func WithObserver(o Observer) Option {
	return clientOption(func(s *settings) {
		if o != nil {
			s.observers = append(s.observers, o)
		}
	})
}

// WithMiddleware adds middlewares around everything: once per call, outermost,
// in the given order.
func WithMiddleware(ms ...Middleware) Option {
	return clientOption(func(s *settings) { s.middleware = append(s.middleware, ms...) })
}

// WithAttemptMiddleware adds middlewares next to the wire: once per attempt,
// with the endpoint, model and key label chosen, inside breaker and timers.
func WithAttemptMiddleware(ms ...Middleware) Option {
	return clientOption(func(s *settings) { s.attempt = append(s.attempt, ms...) })
}

// WithChain replaces the standard chain. [Standard] returns its parts, to be
// spliced:
//
//	parts := buoy.Standard()
//	parts = slices.Insert(parts, 1, mine) // after the call deadline
//	buoy.New(endpoint, buoy.WithChain(parts...))
//
// Middlewares of WithMiddleware and WithAttemptMiddleware still lie around and
// inside it.
func WithChain(ms ...Middleware) Option {
	return clientOption(func(s *settings) { s.chain, s.chainSet = ms, true })
}

// WithHeader adds a header to the requests of one call, such as a trace id. It
// cannot set credentials or what buoy sets itself; such a call ends in
// ErrInvalidRequest.
func WithHeader(name, value string) CallOption {
	return callOption(func(s *settings) {
		canonical := http.CanonicalHeaderKey(name)
		if err := checkHeader(name, []string{value}); err != nil {
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
