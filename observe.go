package buoy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/audience"
	"github.com/buoy-go/buoy/internal/demand"
	"github.com/buoy-go/buoy/internal/logbook"
	"github.com/buoy-go/buoy/internal/oneline"
	"github.com/buoy-go/buoy/internal/tell"
)

// Observer is called once per attempt and once per call, each time after the end. For a
// stream that is long after its beginning. Implementations must be safe for concurrent
// use, and quick, because they run on the caller's goroutine. They run outside any lock
// and may call any method of this package but Next of the stream whose end they are told
// of. A panic ends in the log, not in the call.
//
// What happens in between is in package event: an Observer that has methods of the
// interfaces there hears of beginnings, first tokens, breakers, keys, waits, fallbacks,
// hedges, recoveries and quotas.
type Observer interface {
	ObserveAttempt(ctx context.Context, e AttemptEvent)
	ObserveCall(ctx context.Context, e CallEvent)
}

// AttemptEvent describes one request that was sent and has ended. When it began is in
// Attempt.Start.
type AttemptEvent struct {
	Call   uint64 // the ID of its CallEvent
	Op     string // "chat", "stream", "balance" or "catalogue"
	Number int    // 1 for the first of its call
	Attempt
}

// Outcome returns "ok", or the kind of the error: a label for metrics.
func (e AttemptEvent) Outcome() string { return outcome(e.Attempt.Err) }

// CallEvent describes one call that has ended.
type CallEvent struct {
	ID       uint64 // no other call of the process has it
	Op       string // "chat", "stream", "balance" or "catalogue"
	Model    string // as requested
	Start    time.Time
	Duration time.Duration
	// Request is what was asked; nil for a balance or catalogue. It holds the prompt. Do
	// not change it, and do not keep it.
	Request *Request
	// Info tells where the answer came from. If the call failed, Endpoint, Model and
	// RequestID are those of the failure in Err.
	Info  CallInfo
	Usage Usage
	Err   error // nil, or the error that the caller got
	// Repaired is the first failure of a call that was answered all the same, by a
	// retry, another key, a fallback or a recovery; nil if there was none.
	Repaired error

	repaired string // see callState.hide
}

// Outcome returns "ok", or the kind of the error: a label for metrics. A stream that was
// closed before its end is "canceled".
func (e CallEvent) Outcome() string { return outcome(e.Err) }

func outcome(err error) string { return cmp.Or(string(KindOf(err)), "ok") }

// WithLogger logs each failed call in one line, and what needs somebody's attention. The
// levels, by [Kind]:
//
//	Error  the call failed: auth, permission, quota; the provider's failures; an open breaker
//	       a key is refused as wrong or for money: once, also if another one answered
//	Warn   the call failed: rate_limit, limit
//	       the call was answered after a failure, or with a substitute
//	       a quota reached a threshold (Error at its limit), or does not know a cost
//	Info   the call failed: invalid requests, moderation, not_found, canceled
//	Debug  all else: attempts, calls that went well, each step of the chain
//
// docs/logs.md lists the attributes. No line has a key, a prompt or an answer: errors of
// your own are masked, too. Without this option nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return clientOption(func(s *settings) {
		if l != nil {
			s.loggers = append(s.loggers, l)
		}
	})
}

// WithLogAttrs adds the attributes that f returns to each line of [WithLogger], such as the
// user and the session of a call, which f finds in the call's context. f must be safe for
// concurrent use. What it returns is logged as it is.
func WithLogAttrs(f func(ctx context.Context) []slog.Attr) Option {
	return clientOption(func(s *settings) {
		if f != nil {
			s.logAttrs = append(s.logAttrs, f)
		}
	})
}

// watch sets up who is told what: the logs, then the user's observers.
func (c *Client) watch() {
	s := &c.settings
	var all []Observer
	for _, l := range s.loggers {
		book := logbook.New(l, faultOf, func(err error) string { return c.hide(err, nil, nil) }, s.logAttrs)
		c.books = append(c.books, book)
		all = append(all, logObserver{book})
	}
	all = append(all, s.observers...)
	c.audience = audience.Of(all, c.panicked)
	s.observers = all
	if c.audience.Breakers() {
		c.forget = c.breakers.listen(func(b BreakerChange) {
			c.audience.Breaker(event.Breaker{Endpoint: b.Endpoint, Model: b.Model, From: string(b.From), To: string(b.To), Until: b.Until, Err: b.Cause})
		})
	}
}

// panicked logs a panic of an observer.
func (c *Client) panicked(value any) {
	for _, b := range c.books {
		b.Panicked(value)
	}
}

// warn logs what belongs to no call.
func (c *Client) warn(ctx context.Context, what string, err error) {
	for _, b := range c.books {
		b.Warn(ctx, what, err)
	}
}

// observed calls f with each observer, and keeps their panics from the call. Those of a
// balance's callbacks are the caller's own, and go up.
func (c *Client) observed(all []Observer, f func(Observer)) {
	tell.All(all, func(o Observer) {
		switch o.(type) {
		case *balanceWatch:
		default:
			defer func() {
				if v := recover(); v != nil {
					c.panicked(v)
				}
			}()
		}
		f(o)
	})
}

// logObserver writes to slog. The book hears the events of package event itself.
type logObserver struct{ *logbook.Book }

func (o logObserver) ObserveAttempt(ctx context.Context, e AttemptEvent) {
	o.Attempt(ctx, e.Call, e.Op, e.Number, &e.Attempt)
}

func (o logObserver) ObserveCall(ctx context.Context, e CallEvent) {
	line := logbook.Call{
		ID: e.ID, Op: e.Op, Model: e.Model, Endpoint: e.Info.Endpoint, Attempts: len(e.Info.Attempts), Duration: e.Duration,
		RequestID: e.Info.RequestID, Usage: e.Usage, Cache: e.Info.Cache, Degraded: e.Info.Degraded,
		Request: demand.Of(e.Request, e.Op == "stream"),
	}
	if n := len(e.Info.Attempts); n > 0 {
		line.FirstToken = e.Info.Attempts[n-1].FirstToken
	}
	if e.Err != nil {
		line.Fault = faultOf(e.Err)
		if ce, ok := errors.AsType[*CallError](e.Err); ok {
			line.Stop = string(ce.Stop)
		}
	}
	if e.Repaired != nil {
		line.Repaired = faultOf(e.Repaired)
		line.Repaired.Message = cmp.Or(e.repaired, line.Repaired.Message)
	}
	o.Call(ctx, line)
}

// maxMessage bounds the text of an error in the log, in bytes.
const maxMessage = 1000

// faultOf reads the facts of an error: those of the failure that its kind is from.
func faultOf(err error) logbook.Fault {
	kind := KindOf(err)
	f := logbook.Fault{Kind: string(kind), Level: levelOf(err, kind)}
	if ce, ok := errors.AsType[*CallError](err); ok && ce.Err != nil {
		err, f.Message = ce.Err, ce.shown
	}
	if f.Message == "" {
		if own := stranger(err); own != nil { // what it may hold is known to its call alone
			f.Message = fmt.Sprintf("an error of type %T", own)
		} else {
			f.Message = oneline.Of(err.Error(), maxMessage)
		}
	}
	if e, ok := errors.AsType[*APIError](err); ok && e.Kind == kind {
		f.Status, f.Code, f.RequestID, f.Endpoint = e.StatusCode, oneline.Of(cmp.Or(e.Code, e.Type), 80), oneline.Of(e.RequestID, 100), e.Endpoint
		if own, alone := err.(*APIError); alone && own.Message != "" {
			f.Message = oneline.Of(own.Message, 500)
		}
		return f
	}
	if e, ok := errors.AsType[*TransportError](err); ok && e.Kind == kind {
		f.RequestID, f.Endpoint, f.Phase, f.Timer = oneline.Of(e.RequestID, 100), e.Endpoint, e.Op, e.Timer
	}
	if e, ok := errors.AsType[*OpenError](err); ok {
		f.Endpoint = cmp.Or(f.Endpoint, e.Endpoint)
	}
	if e, ok := errors.AsType[*KeysError](err); ok {
		f.Endpoint = cmp.Or(f.Endpoint, e.Endpoint)
	}
	return f
}

// levelOf is how loudly a failed call is logged.
func levelOf(err error, kind Kind) slog.Level {
	switch severity := kind.Severity(); {
	case err == errStreamClosed:
		return slog.LevelDebug // its reader had enough
	case severity == SeverityImportant, kind == ErrLimit:
		return slog.LevelWarn
	case severity == SeverityInformational:
		return slog.LevelInfo
	}
	return slog.LevelError
}
