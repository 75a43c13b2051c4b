package buoy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/gate"
)

// RateLimit limits what goes to one key of one endpoint. Set it to what the provider
// allows, less what other programs use. A zero field is no limit; [New] refuses a
// negative one. The limits in the provider's headers are obeyed in any case.
//
// A call that comes too early waits, in the order of coming within its tenant and
// [Priority] (see [WithTenantLimit]), and takes another key if that is quicker. If the wait would be longer than the deadline or
// [RetryPolicy].MaxServerDelay (MaxDelay if there are more fallback targets), the call
// gets a [*LimitError] with the wait at once. It then goes on to the next target, if
// there is one. A refused call does not count as an attempt.
//
// At most a tenth of a minute's allowance may go at once, because all of it would be
// twice the limit in the first minute. A single request may have more: it goes when
// nothing else has gone for six seconds, and those behind it wait longer. A request
// with more tokens than a whole minute's is refused.
type RateLimit struct {
	RequestsPerMinute int
	// TokensPerMinute counts the tokens of prompt and answer. Before a call they are
	// estimated: the prompt with Estimate, the answer with the 95th percentile of the
	// latest 128 answers of that endpoint and model, but at most MaxTokens or
	// MaxCompletionTokens. With fewer than 20 answers it is that number, or 1,024 if
	// there is none. After the answer, the usage that the provider reported replaces
	// the estimate: the difference is given back, or taken from the next calls.
	TokensPerMinute int
	// Concurrent is how many calls may run at a time. A stream runs until it has ended
	// or is closed.
	Concurrent int
	// Estimate counts the prompt's tokens, for example with the model's tokenizer. nil
	// means [EstimateTokens]. It must be safe for concurrent use and must not change
	// the request. It sets no limit by itself.
	Estimate func(*Request) int
}

func (l *RateLimit) isZero() bool { return l.numbers() == gate.Limits{} }

func (l *RateLimit) check() error {
	if l.RequestsPerMinute < 0 || l.TokensPerMinute < 0 || l.Concurrent < 0 {
		return errors.New("RateLimit has a negative number: leave it at 0 for no limit")
	}
	return nil
}

// numbers are what a gate is made of.
func (l *RateLimit) numbers() gate.Limits {
	return gate.Limits{RequestsPerMinute: l.RequestsPerMinute, TokensPerMinute: l.TokensPerMinute, Concurrent: l.Concurrent}
}

// same compares the numbers; functions cannot be compared.
func (l *RateLimit) same(o *RateLimit) bool { return l.numbers() == o.numbers() }

// WithRateLimit limits what goes to each key of each endpoint; see [RateLimit].
// Endpoint.Limit replaces it for that endpoint. Without either there is no local limit,
// but the limits in the provider's headers are obeyed.
func WithRateLimit(l RateLimit) Option {
	return clientOption(func(s *settings) {
		if err := l.check(); err != nil {
			s.errs = append(s.errs, err)
		}
		s.limit = l
	})
}

// Limit limits calls in a chain that you compose yourself. Below the choice of endpoint
// and key it limits the calls to each key of each endpoint; above it, all calls
// together. The 1,024 keys used last are kept.
func Limit(l RateLimit) Middleware {
	err := l.check()
	g := newGates()
	return func(next Handler) Handler {
		paced := func(ctx context.Context, call *Call) (*Reply, error) {
			return withRate(ctx, call, limited{&l, g, gateOf(call)}, next)
		}
		return func(ctx context.Context, call *Call) (*Reply, error) {
			if err != nil {
				return nil, &RequestError{Field: "rate limit", Reason: err.Error()}
			}
			stateOf(call) // it may be the first layer of a call that a user made
			return withPermit(ctx, call, limited{&l, g, gateOf(call)}, paced)
		}
	}
}

func standardPermit(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		l, ok := limitOf(call)
		if !ok {
			return next(ctx, call)
		}
		return withPermit(ctx, call, l, next)
	}
}

func standardRate(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		l, ok := limitOf(call)
		if !ok {
			return next(ctx, call)
		}
		return withRate(ctx, call, l, next)
	}
}

// limited is a limit, and which of its gates a call goes through.
type limited struct {
	*RateLimit
	gates *gates
	key   gate.Key
}

// limitOf is the endpoint's own, or else the client's; ok is false for none.
func limitOf(c *Call) (l limited, ok bool) {
	client := stateOf(c).client
	l = limited{client.limitOf(c.route.site), client.gates, gateOf(c)}
	return l, !l.isZero()
}

// wait is what a call is said to wait for.
func (l *limited) wait(what string) string {
	if l.key.OfTenant {
		return event.WaitTenant
	}
	return what
}

// refusal says what the limit does, and whose it is.
func (l *limited) refusal(wait time.Duration, does string, args ...any) *LimitError {
	return &LimitError{Wait: wait, Limit: l.key.String() + " " + fmt.Sprintf(does, args...), Tenant: l.key.Tenant}
}

func (c *Client) limitOf(s *site) *RateLimit {
	if s != nil && !s.limit.isZero() {
		return &s.limit
	}
	return &c.settings.limit
}

// withPermit holds a permit until the answer has ended.
func withPermit(ctx context.Context, call *Call, l limited, next Handler) (*Reply, error) {
	if l.Concurrent == 0 {
		return next(ctx, call)
	}
	permits := l.gates.Of(l.key, l.numbers()).Permits
	permit := permits.Try()
	if permit == nil {
		var err error
		if permit, err = waitForPermit(ctx, call, l, permits); err != nil {
			return nil, err
		}
	}
	returned := false
	defer func() {
		if !returned { // a panic inside: the permit must not be lost
			permit.Release(false)
		}
	}()
	reply, err := next(ctx, call)
	returned = true
	if err == nil && reply != nil && reply.Stream != nil {
		reply.OnEnd(func(error) { permit.Release(true) })
		return reply, nil
	}
	permit.Release(err == nil || !neverSent(err))
	return reply, err
}

func waitForPermit(ctx context.Context, c *Call, l limited, permits *gate.Permits) (*gate.Permit, error) {
	limit := func(wait time.Duration) *LimitError {
		return l.refusal(wait, "runs %d calls at a time", l.Concurrent)
	}
	if quickerKey(c, l, func(k *gate.Gate) bool { return k.Permits.Free() }) {
		return nil, limit(permits.Wait(c.state.who()))
	}
	begun := time.Now()
	permit, err := permits.Acquire(ctx, c.state.who(), latestTurn(ctx, c, begun))
	switch late, ok := errors.AsType[*gate.TooLate](err); {
	case ok:
		return nil, limit(late.Wait)
	case err != nil:
		return nil, &queuedError{end: c.state.waitError(ctx), limit: limit(max(permits.Wait(c.state.who()), time.Since(begun)))}
	}
	c.waited(ctx, l.wait(event.WaitPermit), begun)
	return permit, nil
}

// withRate waits for the call's turn, and settles when the answer has ended.
func withRate(ctx context.Context, call *Call, l limited, next Handler) (*Reply, error) {
	if l.RequestsPerMinute == 0 && l.TokensPerMinute == 0 {
		return next(ctx, call)
	}
	c := charge{limit: l, target: targetKey{call.Endpoint, call.Model}}
	if err := c.estimate(call); err != nil {
		return nil, err
	}
	var err error
	if c.pass, err = waitForTurn(ctx, call, l, c.tokens()); err != nil {
		return nil, err
	}
	settled := false
	defer func() {
		if !settled { // a panic: nobody knows what was sent
			c.pass.Keep()
		}
	}()
	reply, err := next(ctx, call)
	settled = true
	if err == nil && reply != nil && reply.Stream != nil {
		f := reply.Stream.inner // not the Stream: an abandoned one could never be collected
		reply.OnEnd(func(err error) { c.settle(err, true, f.usage()) })
		return reply, nil
	}
	if err == nil && reply != nil && reply.Response != nil {
		c.settle(nil, true, reply.Response.Usage)
	} else {
		c.settle(err, false, Usage{})
	}
	return reply, err
}

func waitForTurn(ctx context.Context, c *Call, l limited, tokens int) (*gate.Pass, error) {
	rate := l.gates.Of(l.key, l.numbers()).Rate
	limit := func(late *gate.TooLate) *LimitError {
		n, what := l.RequestsPerMinute, "requests"
		if late.Tokens {
			n, what = l.TokensPerMinute, "tokens"
		}
		return l.refusal(late.Wait, "takes %d %s per minute", n, what)
	}
	if pass := rate.Try(tokens); pass != nil {
		return pass, nil
	}
	who, begun := c.state.who(), time.Now()
	if late := rate.Wait(who, tokens); quickerKey(c, l, func(k *gate.Gate) bool {
		return k.Rate.Wait(who, tokens).Wait < late.Wait && (k.Permits == nil || k.Permits.Free())
	}) {
		return nil, limit(&late)
	}
	pass, err := rate.Enter(ctx, who, tokens, latestTurn(ctx, c, begun))
	switch late, ok := errors.AsType[*gate.TooLate](err); {
	case ok:
		return nil, limit(late)
	case err != nil:
		return nil, &queuedError{end: c.state.waitError(ctx), limit: limit(new(rate.Wait(who, tokens)))}
	}
	c.waited(ctx, l.wait(event.WaitRate), begun)
	return pass, nil
}

// latestTurn is when a call has to have its turn: before the deadline, the end of its
// target's share of the time, and what is too long for a provider's wait.
func latestTurn(ctx context.Context, c *Call, now time.Time) time.Time {
	at := now.Add(longestWait(stateOf(c)))
	if end := c.state.at(c.sliceEnd); c.sliceEnd != 0 && end.Before(at) {
		at = end
	}
	if d, ok := ctx.Deadline(); ok && d.Before(at) {
		at = d
	}
	return at
}

// LimitError says that a local limit refused the call. Nothing was sent.
type LimitError struct {
	// Wait is how long the call would have had to wait. It is 0 if no wait would help,
	// as for a request that is larger than the limit.
	Wait  time.Duration
	Limit string // which limit, in words
	// Tenant is whose own limit it is, of [WithTenantLimit]: answer that one with 429. It is
	// "" for a limit that all share. No text of the error has it: it may be a person's name.
	Tenant string `json:"-"`
}

// Error returns the limit and the wait.
func (e *LimitError) Error() string {
	if e == nil {
		return "<nil>"
	}
	if e.Wait <= 0 {
		return "limit: " + e.Limit
	}
	return "limit: " + e.Limit + ": the wait would be " + max(e.Wait.Round(time.Millisecond), time.Millisecond).String()
}

// Format writes the text of [LimitError.Error] for every verb.
func (e *LimitError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

// Unwrap returns ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }

func (e *LimitError) wait() time.Duration {
	if e == nil {
		return 0
	}
	return e.Wait
}

// queuedError is a call whose context ended while it waited for a local limit.
// Its kind is the end's; the limit says what it waited for, and for how long yet.
type queuedError struct {
	end   error
	limit *LimitError
}

func (e *queuedError) Error() string { return e.end.Error() + "; it waited for " + e.limit.Limit }

// Unwrap returns the end alone, so that errors.Is agrees with KindOf.
func (e *queuedError) Unwrap() error { return e.end }

// As finds the limit as well.
func (e *queuedError) As(target any) bool {
	return errors.As(e.end, target) || errors.As(e.limit, target)
}
