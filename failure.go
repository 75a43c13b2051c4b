package buoy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/internal/clock"
	"github.com/buoy-go/buoy/internal/envelope"
	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/scope"
	"github.com/buoy-go/buoy/internal/unpack"
)

// This file says why no whole answer arrived: the caller, a timer, the
// connection, or the answer's own bytes. It never asks the error whether it is
// a cancellation, because net/http gives the same one for the caller's and for
// ours, but the contexts and the clock.

// origin is where an attempt goes and how far it has come: what the errors of its
// transport tell. The timers, the caller and the reader may ask side by side.
type origin struct {
	st     *callState
	call   *Call
	site   *site
	key    *keyring.Key
	clock  *clock.Clock // nil without timers
	phase  atomic.Uint32
	header http.Header // of the reply, nil before it
}

const (
	phaseDial uint32 = iota
	phaseSend
	phaseAwait
	phaseRead
)

// op names the phase.
func (o *origin) op() string {
	switch o.phase.Load() {
	case phaseDial:
		return "dial"
	case phaseSend:
		return "send"
	case phaseAwait:
		return "await"
	}
	return "read"
}

func (o *origin) sent() bool { return o.phase.Load() != phaseDial }

// requestID is the provider's id of the reply, "" before there is one.
func (o *origin) requestID() string { return envelope.RequestID(o.header) }

// silence is how long the provider has said nothing, once it was asked.
func (o *origin) silence() time.Duration {
	if !o.sent() {
		return 0
	}
	return o.clock.Silent()
}

// transportError classifies an error of net/http's, or of a body's Read.
func (o *origin) transportError(ctx context.Context, err error) error {
	if gone := o.callerGone(ctx); gone != nil {
		return gone
	}
	if packed, ok := errors.AsType[*unpack.Error](err); ok {
		return o.decodeError(ErrMalformed, packed)
	}
	e := &TransportError{Kind: ErrConnection, Endpoint: o.site.name, Op: o.op(), Sent: o.sent(), RequestID: o.requestID(), silent: o.silence()}
	if fired := o.clock.Fired(); fired != clock.None {
		e.Kind, e.Timer = ErrTimeout, timerNames[fired]
		e.Err = o.call.timers.explain(fired, o.call.Stream)
		return e
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		e.Kind = ErrTimeout
	}
	if e.Op == "read" && o.call.Stream && e.Kind == ErrConnection {
		e.Kind = ErrStreamInterrupted
	}
	e.Err = o.hide(err)
	return e
}

// callerGone reports what ended the context from outside the attempt: the
// caller's cancellation, its deadline, or the call timer; nil when nothing did.
func (o *origin) callerGone(ctx context.Context) error {
	outer := o.clock.Outer(ctx)
	cause := outer.Err()
	if cause == nil {
		// The dialer and the body's deadline read ctx.Deadline by themselves
		// and may answer a moment before the context's own timer.
		if d, ok := outer.Deadline(); !ok || time.Now().Before(d) || o.clock.Fired() != clock.None {
			return nil
		}
		cause = context.DeadlineExceeded
	}
	e := &TransportError{Endpoint: o.site.name, Op: o.op(), Sent: o.sent(), RequestID: o.requestID(), silent: o.silence()}
	switch {
	case context.Cause(outer) == errCallTimer,
		cause == context.DeadlineExceeded && scope.Expired(outer):
		e.Kind, e.Timer = ErrTimeout, timerCall
		e.Err = timeoutText(timerCall, o.st.settings.timeouts.call(), o.call.Stream)
	case context.Cause(outer) == errSlice:
		e.Kind, e.Timer, e.Err = ErrTimeout, timerTarget, timeoutText(timerTarget, 0, o.call.Stream)
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
func (o *origin) decodeError(kind Kind, err error) error {
	return &TransportError{Kind: kind, Endpoint: o.site.name, Op: "decode", Sent: true, RequestID: o.requestID(), Err: err}
}

func (o *origin) tooLarge(limit int64) error {
	return o.decodeError(ErrResponseTooLarge, fmt.Errorf("the answer is larger than %d bytes (WithMaxResponse)", limit))
}

// interrupted is a stream that ended before its answer did.
func (o *origin) interrupted(why string) error {
	return &TransportError{Kind: ErrStreamInterrupted, Endpoint: o.site.name, Op: "read", Sent: true, Err: errors.New(why), RequestID: o.requestID(), silent: o.silence()}
}

// unended is an answer that came to its end and does not say that it is whole. Its
// server may be of the kind that never says so, which is no failure of its: the breaker
// does not count it, and it is asked again at most once.
func (o *origin) unended(why string) error {
	return &TransportError{Kind: ErrStreamInterrupted, Endpoint: o.site.name, Op: "read", Sent: true, RequestID: o.requestID(), Err: errors.New(why), unended: true}
}

// unended reports an answer that may be whole, from a server that does not say so.
func unended(err error) bool {
	te, ok := errors.AsType[*TransportError](err)
	return ok && te != nil && te.unended
}

// redact takes the attempt's key and prompt out of foreign text.
func (o *origin) redact(s string) string { return redact(s, o.key.Secret(), o.call.Request) }

// hide keeps an error's text and type for those who ask, but lets it answer
// neither to a cancellation nor to a deadline, which are the caller's to claim:
// a dial timeout and a cancelled HTTP/2 stream do answer to them (Go 1.26).
func (o *origin) hide(err error) error {
	// url.Error repeats the URL, and a query may hold a key.
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return &hiddenError{err: err, text: o.redact(err.Error())}
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
