package buoy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/buoy-go/buoy/internal/clock"
	"github.com/buoy-go/buoy/internal/coalesce"
	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/race"
	"github.com/buoy-go/buoy/internal/scope"
	"github.com/buoy-go/buoy/internal/trip"
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
	trip   *trip.Trip
	header http.Header // of the reply, nil before it

	requestID string // the provider's id of the reply, as it may be shown; "" before it
}

// silence is how long the provider has said nothing, once it was asked.
func (o *origin) silence() time.Duration {
	if !o.trip.Phase.Sent() {
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
	e := &TransportError{Kind: ErrConnection, Endpoint: o.site.name, Op: o.trip.Phase.Op(), Sent: o.trip.Phase.Sent(), RequestID: o.requestID, silent: o.silence()}
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
		if d, ok := outer.Deadline(); !ok || time.Until(d) > 0 || o.clock.Fired() != clock.None {
			return nil
		}
		cause = context.DeadlineExceeded
	}
	e := &TransportError{Endpoint: o.site.name, Op: o.trip.Phase.Op(), Sent: o.trip.Phase.Sent(), RequestID: o.requestID, silent: o.silence()}
	e.Kind, e.Timer, e.Err = endOf(outer, cause)
	return e
}

// endOf tells what ended a context, whose Err was or will be err: a timer of ours
// around the attempt, or the caller, whose own cause is kept beside err.
func endOf(ctx context.Context, err error) (kind Kind, timer string, why error) {
	cause := context.Cause(ctx)
	if near, ok := cause.(*nearEnd); ok {
		return endOf(near.outer, cmp.Or(near.outer.Err(), context.DeadlineExceeded))
	}
	if err == context.DeadlineExceeded && cause == nil {
		cause, _ = scope.Expired(ctx)
	}
	if t, ok := cause.(*callTimer); ok {
		return ErrTimeout, timerCall, timeoutText(timerCall, t.bound, false)
	}
	switch {
	case cause == errSlice:
		return ErrTimeout, timerTarget, timeoutText(timerTarget, 0, false)
	case cause == race.ErrLost:
		return ErrCanceled, "", race.ErrLost
	case cause == coalesce.ErrAbandoned:
		return ErrCanceled, "", coalesce.ErrAbandoned
	case err == context.DeadlineExceeded:
		return ErrTimeout, timerDeadline, withCause(context.DeadlineExceeded, cause)
	}
	return ErrCanceled, "", withCause(context.Canceled, cause)
}

// withCause joins the error of a caller's context and the cause that the caller gave
// for its end (context.WithCancelCause, WithTimeoutCause).
func withCause(err, cause error) error {
	if cause == nil || cause == err {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// endedByDeadline reports whether the caller's deadline or the call timer ended a call.
func endedByDeadline(err error) bool {
	te, ok := asType[*TransportError](err)
	return ok && te != nil && (te.Timer == timerDeadline || te.Timer == timerCall)
}

// endedBySlice reports whether a target's share of the time was up. How long
// that is depends on the caller, so it says little of the provider.
func endedBySlice(err error) bool {
	te, ok := asType[*TransportError](err)
	return ok && te != nil && te.Timer == timerTarget
}

// inVain reports a failure that costs as much as an answer, or will be the same a
// moment later: the model said nothing, or is being loaded.
func inVain(err error) bool {
	if KindOf(err) == ErrNoContent {
		return true
	}
	api, ok := asType[*APIError](err)
	return ok && api.loading
}

// longPause is a silence after which a stream that is cut was not cut by accident: a
// proxy that stalls for 30 s and then closes took a call 62 s.
const longPause = 10 * time.Second

// outwaited reports whether a timer of ours ended an attempt that was sent, or a
// stream was silent for long before it was cut. The same would most likely happen
// again, and may be billed.
func outwaited(err error, stream bool) bool {
	te, ok := asType[*TransportError](err)
	if !ok || !te.Sent {
		return false
	}
	switch te.Timer {
	case timerAttempt, timerFirstToken, timerIdle:
		return true
	}
	cut := te.Kind == ErrStreamInterrupted || te.Kind == ErrConnection
	return cut && te.silent >= longPause && stream
}

// decodeError is the error of an answer that arrived but cannot be used.
func (o *origin) decodeError(kind Kind, err error) error {
	return &TransportError{Kind: kind, Endpoint: o.site.name, Op: "decode", Sent: true, RequestID: o.requestID, Err: err}
}

func (o *origin) tooLarge(limit int64) error {
	return o.decodeError(ErrResponseTooLarge, fmt.Errorf("the answer is larger than %d bytes (WithMaxResponse)", limit))
}

// interrupted is a stream that ended before its answer did.
func (o *origin) interrupted(why string) error {
	return &TransportError{Kind: ErrStreamInterrupted, Endpoint: o.site.name, Op: "read", Sent: true, Err: errors.New(why), RequestID: o.requestID, silent: o.silence()}
}

// unended is an answer that came to its end and does not say that it is whole. Its
// server may be of the kind that never says so, which is no failure of its: the breaker
// does not count it, and it is asked again at most once.
func (o *origin) unended(why string) error {
	return &TransportError{Kind: ErrStreamInterrupted, Endpoint: o.site.name, Op: "read", Sent: true, RequestID: o.requestID, Err: errors.New(why), unended: true}
}

// unended reports an answer that may be whole, from a server that does not say so.
func unended(err error) bool {
	te, ok := asType[*TransportError](err)
	return ok && te != nil && te.unended
}

// hide keeps an error's text and type, but makes it match neither a cancellation nor a
// deadline. Only the caller's own may match. A dial timeout and a cancelled HTTP/2
// stream match them by themselves (Go 1.26).
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

// wasSent reports whether the provider may have begun work on what failed.
func wasSent(err error) bool {
	if te, ok := asType[*TransportError](err); ok {
		return te.Sent
	}
	_, answered := asType[*APIError](err)
	return answered
}
