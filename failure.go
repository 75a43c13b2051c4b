package buoy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/buoy-go/buoy/internal/clock"
	"github.com/buoy-go/buoy/internal/scope"
)

// This file says why no whole answer arrived: the caller, a timer, the
// connection, or the answer's own bytes. It never asks the error whether it is
// a cancellation, because net/http gives the same one for the caller's and for
// ours, but the contexts and the clock.

// op names the phase.
func (x *exchange) op() string {
	switch x.phase.Load() {
	case phaseDial:
		return "dial"
	case phaseSend:
		return "send"
	case phaseAwait:
		return "await"
	}
	return "read"
}

func (x *exchange) sent() bool { return x.phase.Load() != phaseDial }

// transportError classifies an error of net/http's, or of a body's Read.
func (x *exchange) transportError(ctx context.Context, err error) error {
	if gone := x.callerGone(ctx); gone != nil {
		return gone
	}
	e := &TransportError{Kind: ErrConnection, Endpoint: x.site.name, Op: x.op(), Sent: x.sent()}
	if fired := x.clock.Fired(); fired != clock.None {
		e.Kind, e.Timer = ErrTimeout, timerNames[fired]
		e.Err = x.call.timers.explain(fired, x.call.Stream)
		return e
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		e.Kind = ErrTimeout
	}
	if e.Op == "read" && x.call.Stream && e.Kind == ErrConnection {
		e.Kind = ErrStreamInterrupted
	}
	e.Err = x.hide(err)
	return e
}

// callerGone reports what ended the context from outside the attempt: the
// caller's cancellation, its deadline, or the call timer; nil when nothing did.
func (x *exchange) callerGone(ctx context.Context) error {
	outer := x.clock.Outer(ctx)
	cause := outer.Err()
	if cause == nil {
		// The dialer and the body's deadline read ctx.Deadline by themselves
		// and may answer a moment before the context's own timer.
		if d, ok := outer.Deadline(); !ok || time.Now().Before(d) || x.clock.Fired() != clock.None {
			return nil
		}
		cause = context.DeadlineExceeded
	}
	e := &TransportError{Endpoint: x.site.name, Op: x.op(), Sent: x.sent()}
	switch {
	case context.Cause(outer) == errCallTimer,
		cause == context.DeadlineExceeded && scope.Expired(outer):
		e.Kind, e.Timer = ErrTimeout, timerCall
		e.Err = timeoutText(timerCall, x.st.settings.timeouts.call(), x.call.Stream)
	case context.Cause(outer) == errSlice:
		e.Kind, e.Timer, e.Err = ErrTimeout, timerTarget, timeoutText(timerTarget, 0, x.call.Stream)
	case context.Cause(outer) == errLost:
		e.Kind, e.Err = ErrCanceled, errLost
	case errors.Is(cause, context.Canceled):
		e.Kind, e.Err = ErrCanceled, context.Canceled
	default:
		e.Kind, e.Timer, e.Err = ErrTimeout, timerDeadline, context.DeadlineExceeded
	}
	return e
}

// endedByDeadline reports whether the caller's deadline or the call timer ended
// a call.
func endedByDeadline(err error) bool {
	te, ok := errors.AsType[*TransportError](err)
	return ok && te != nil && (te.Timer == timerDeadline || te.Timer == timerCall)
}

// endedBySlice reports whether a target's share of the time was up. How long
// that is depends on the caller, so it says little of the provider.
func endedBySlice(err error) bool {
	te, ok := errors.AsType[*TransportError](err)
	return ok && te != nil && te.Timer == timerTarget
}

// decodeError is an answer that arrived and is of no use.
func (x *exchange) decodeError(kind Kind, err error) error {
	return &TransportError{Kind: kind, Endpoint: x.site.name, Op: "decode", Sent: true, Err: err}
}

func (x *exchange) tooLarge(limit int64) error {
	return x.decodeError(ErrResponseTooLarge, fmt.Errorf("the answer is larger than %d bytes (WithMaxResponse)", limit))
}

// hide keeps an error's text and type for those who ask, but lets it answer
// neither to a cancellation nor to a deadline, which are the caller's to claim:
// a dial timeout and a cancelled HTTP/2 stream do answer to them (Go 1.26).
func (x *exchange) hide(err error) error {
	// url.Error repeats the URL, and a query may hold a key.
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return &hiddenError{err: err, text: x.redact(err.Error())}
}

type hiddenError struct {
	err  error
	text string
}

func (e *hiddenError) Error() string { return e.text }

func (e *hiddenError) Is(target error) bool {
	if target == context.Canceled || target == context.DeadlineExceeded {
		return false
	}
	return errors.Is(e.err, target)
}

// As serves those who look for a *net.OpError or a syscall.Errno.
func (e *hiddenError) As(target any) bool { return errors.As(e.err, target) }
