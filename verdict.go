package buoy

import (
	"context"
	"errors"
	"iter"
	"net"
	"net/http"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/conn"
)

// This file has the kinds of errors, and the verdict table: the only place that
// says what a kind means. Retry, breaker, key rotation, fallback, severity and
// docs/errors.md read it, so they cannot disagree.

// Kind says what to do about an error. It is a comparable constant and an error. Use it
// as the target of [errors.Is], as a switch case and as a label for metrics:
//
//	switch buoy.KindOf(err) {
//	case buoy.ErrQuota: // pay
//	case buoy.ErrContextLength: // shorten
//	case buoy.ErrServer, buoy.ErrOverloaded, buoy.ErrUpstream: // the provider failed
//	}
//
// A case compares with the kind itself. Four kinds also belong to a wider kind, as
// [errors.Is] and [Kind.Is] know: ErrOverloaded and ErrUpstream are also ErrServer;
// ErrContextLength and ErrTooLarge are also ErrInvalidRequest. In a switch, name each
// of them, or ask with errors.Is(err, buoy.ErrServer).
//
// One table says which kinds are retried, go to another key or target, or count against
// the breaker. It is printed in docs/errors.md.
type Kind string

// The kinds. Each comment says what happened, or what a caller can do about it.
const (
	ErrInvalidRequest    Kind = "invalid_request"    // change the request (400, 405, 415, 422 ...)
	ErrContextLength     Kind = "context_length"     // shorten the prompt or take a larger model; is also ErrInvalidRequest
	ErrTooLarge          Kind = "too_large"          // send fewer bytes (413); is also ErrInvalidRequest
	ErrModeration        Kind = "moderation"         // refused for its content: moderation, content filter, guardrail
	ErrAuth              Kind = "auth"               // the key is missing, wrong, expired or disabled
	ErrPermission        Kind = "permission"         // the key is good but may not do this (region, plan, model)
	ErrNotFound          Kind = "not_found"          // no such model, deployment or path
	ErrQuota             Kind = "quota"              // out of money, or a period's allowance is used up: waiting does not help
	ErrRateLimit         Kind = "rate_limit"         // too many requests or tokens for now: waiting helps
	ErrConflict          Kind = "conflict"           // 409
	ErrServer            Kind = "server"             // the provider failed
	ErrOverloaded        Kind = "overloaded"         // 503, 529, capacity, model loading; is also ErrServer
	ErrUpstream          Kind = "upstream"           // 502: the model behind the gateway is down or answered nonsense; is also ErrServer
	ErrTimeout           Kind = "timeout"            // no answer in time: a timer here, or one of the provider (408, 504, 524)
	ErrConnection        Kind = "connection"         // no answer arrived
	ErrStreamInterrupted Kind = "stream_interrupted" // a stream, or an answer without a finish reason, stopped before its end
	ErrMalformed         Kind = "malformed"          // not an answer: HTML in a 200, broken JSON
	ErrNoContent         Kind = "no_content"         // a success in which the model generated nothing
	ErrResponseTooLarge  Kind = "response_too_large" // an answer or an event is over the limit of this client (WithMaxResponse)
	ErrCircuitOpen       Kind = "circuit_open"       // refused here: the breaker is open
	ErrLimit             Kind = "limit"              // refused here: the wait for a local limit would be too long
	ErrIncomplete        Kind = "incomplete"         // Response.Check: the answer stopped before its end (length)
	ErrCanceled          Kind = "canceled"           // the caller stopped waiting
	ErrUnknown           Kind = "unknown"            // an error that buoy does not know; not retried
)

// Error returns the kind's name.
func (k Kind) Error() string { return string(k) }

// Is reports whether k belongs to the wider kind target: a context overflow is also an
// invalid request, an overload is also a server error.
func (k Kind) Is(target error) bool {
	t, ok := target.(Kind)
	return ok && (k == t || verdictOf(k).also == t)
}

// Retryable is the column "retry same target" of the verdict table: whether a client asks
// that target again by itself. For an error, use [IsRetryable], which also knows what the
// provider said, and what passes later.
func (k Kind) Retryable() bool { return verdictOf(k).retry != retryNever }

// forGood reports whether a key that refuses a call so would do it again a moment later.
func (k Kind) forGood() bool { return k == ErrAuth || k == ErrQuota || k == ErrPermission }

// HTTPStatus returns the status with which your own service should answer its client
// when a call failed with this kind. If that client uses buoy, [KindOf] reads the same
// kind from the status, where there is one for it. It is 200 for "", the kind of no
// error, and 499 (nginx's "client closed request") for ErrCanceled. 401, 402 and 403
// show the client that your key or your bill is the problem; decide whether it may see
// that.
func (k Kind) HTTPStatus() int {
	if k == "" {
		return http.StatusOK
	}
	return verdictOf(k).status
}

// Severity returns how urgently to report an error of this kind.
func (k Kind) Severity() Severity { return verdictOf(k).severity }

// statusClosed is nginx's "client closed request".
const statusClosed = 499

// Severity says how urgently to report an error.
type Severity string

// The severities, from the most to the least urgent.
const (
	SeverityCritical      Severity = "critical"      // a human must act: a key, a bill, a permission
	SeverityImportant     Severity = "important"     // capacity: watch it
	SeverityStandard      Severity = "standard"      // a failure of the provider, handled by the chain
	SeverityInformational Severity = "informational" // caused by the caller's request, or by its cancellation
)

// The former names of the severities. [Standard] returns the standard chain.
const (
	// Deprecated: use [SeverityCritical].
	Critical = SeverityCritical
	// Deprecated: use [SeverityImportant].
	Important = SeverityImportant
	// Deprecated: use [SeverityInformational].
	Informational = SeverityInformational
)

// retryVerdict is the column "retry same target".
type retryVerdict uint8

const (
	retryNever retryVerdict = iota
	retryYes
	retryHint // after the wait that the provider asked for
	// retryOnce is once if the request was sent, since it may be billed, and never if a
	// timer of ours then ended it; else yes.
	retryOnce
)

// keyVerdict is the column "another key".
type keyVerdict uint8

const (
	keySame    keyVerdict = iota
	keyNext               // take another key
	keyDisable            // take another key and put this one out, but for probes
	keyCool               // take another key and let this one rest
)

// targetVerdict is the column "another target".
type targetVerdict uint8

const (
	targetNo targetVerdict = iota
	targetYes
	targetLarger   // only one declared LargerContext
	targetOptIn    // only one declared OnModeration
	targetLongWait // if the wait is longer than MaxDelay
)

// breakerVerdict is the column "breaker".
type breakerVerdict uint8

const (
	breakerNeutral breakerVerdict = iota
	breakerFailure
)

type verdict struct {
	kind     Kind
	also     Kind // the wider kind it belongs to, "" for none
	retry    retryVerdict
	key      keyVerdict
	target   targetVerdict
	breaker  breakerVerdict
	severity Severity
	status   int    // see Kind.HTTPStatus
	meaning  string // for docs/errors.md
	advice   string // for docs/errors.md: what the caller does
}

// boxed are the kinds as errors. To make an error of a string takes memory, and each
// look into an error for its kind would.
var boxed = func() map[*verdict]error {
	m := make(map[*verdict]error, len(verdicts))
	for i := range verdicts {
		m[&verdicts[i]] = verdicts[i].kind
	}
	return m
}()

// as is a kind as an error: the row's own, or one that is not in the table.
func (v *verdict) as(k Kind) error {
	if v.kind == k {
		return boxed[v]
	}
	return k
}

var verdicts = []verdict{
	{ErrInvalidRequest, "", retryNever, keySame, targetNo, breakerNeutral, SeverityInformational, http.StatusBadRequest,
		"the request itself is wrong (400, 405, 415, 422), or asks what the server cannot do (501)", "change the request; `Param` often names the field"},
	{ErrContextLength, ErrInvalidRequest, retryNever, keySame, targetLarger, breakerNeutral, SeverityInformational, http.StatusBadRequest,
		"prompt and answer do not fit the model's context", "shorten the conversation, lower `max_tokens`, or take a larger model"},
	{ErrTooLarge, ErrInvalidRequest, retryNever, keySame, targetNo, breakerNeutral, SeverityInformational, http.StatusRequestEntityTooLarge,
		"the request has too many bytes (413)", "send smaller images or files"},
	{ErrModeration, "", retryNever, keySame, targetOptIn, breakerNeutral, SeverityInformational, http.StatusForbidden,
		"refused for its content: moderation, guardrail, personal data, or an answer withheld whole by a content filter", "tell the user; `Moderation` has the reasons"},
	{ErrAuth, "", retryNever, keyDisable, targetYes, breakerNeutral, SeverityCritical, http.StatusUnauthorized,
		"the key is missing, wrong, expired or disabled", "replace the key"},
	{ErrPermission, "", retryNever, keyNext, targetYes, breakerNeutral, SeverityCritical, http.StatusForbidden,
		"the key is good but may not do this (region, plan, model)", "ask for access or use another model"},
	{ErrNotFound, "", retryNever, keySame, targetYes, breakerNeutral, SeverityInformational, http.StatusNotFound,
		"no such model, deployment or path (404), or no longer (410)", "check the model's name and the base URL"},
	{ErrQuota, "", retryNever, keyCool, targetYes, breakerNeutral, SeverityCritical, http.StatusPaymentRequired,
		"out of money, or of a day's or month's allowance: waiting a little does not help", "top up; some gateways reserve by `max_tokens`, a smaller one may fit"},
	{ErrRateLimit, "", retryHint, keyCool, targetLongWait, breakerNeutral, SeverityImportant, http.StatusTooManyRequests,
		"too fast: waiting helps", "slow down; `RetryAfter` has the wait"},
	{ErrConflict, "", retryYes, keySame, targetNo, breakerNeutral, SeverityInformational, http.StatusConflict,
		"the provider met a conflict (409)", "nothing: buoy retries it"},
	{ErrServer, "", retryYes, keySame, targetYes, breakerFailure, SeverityStandard, http.StatusInternalServerError,
		"the provider failed", "nothing: buoy retries it"},
	{ErrOverloaded, ErrServer, retryYes, keySame, targetYes, breakerFailure, SeverityStandard, http.StatusServiceUnavailable,
		"no capacity, or the model is loading (503, 529)", "nothing: buoy retries it; a fallback helps"},
	{ErrUpstream, ErrServer, retryYes, keySame, targetYes, breakerFailure, SeverityStandard, http.StatusBadGateway,
		"the model behind a gateway is down or answered nonsense (502)", "nothing: buoy retries it; a fallback helps"},
	{ErrTimeout, "", retryOnce, keySame, targetYes, breakerFailure, SeverityStandard, http.StatusGatewayTimeout,
		"no answer in time: a timer of buoy's, or the provider's (408, 504, 524)", "raise the timer that the text names, or use `WithStreamedChat`"},
	{ErrConnection, "", retryYes, keySame, targetYes, breakerFailure, SeverityStandard, http.StatusBadGateway,
		"no answer arrived", "nothing: buoy retries it; check network and base URL if it goes on"},
	{ErrStreamInterrupted, "", retryYes, keySame, targetYes, breakerFailure, SeverityStandard, http.StatusBadGateway,
		"a stream stopped before its end, or an answer does not say that it is whole; a stream is retried only before its first token", "keep the partial text (`Stream.Response`), or use `WithStreamRecovery`"},
	{ErrMalformed, "", retryYes, keySame, targetYes, breakerFailure, SeverityStandard, http.StatusBadGateway,
		"the answer is not what was promised: HTML in a 200, broken JSON, an object that is neither answer nor error", "nothing: buoy retries it; check the base URL if it goes on"},
	{ErrNoContent, "", retryYes, keySame, targetYes, breakerNeutral, SeverityStandard, http.StatusBadGateway,
		"a success in which the model generated nothing", "nothing: buoy retries it; an empty answer that cost tokens may be meant, so it is asked once more and then returned, and `Response.Check` says so"},
	{ErrResponseTooLarge, "", retryNever, keySame, targetNo, breakerNeutral, SeverityStandard, http.StatusBadGateway,
		"an answer or an event is larger than this client allows", "raise `WithMaxResponse` if the answer is wanted"},
	{ErrCircuitOpen, "", retryNever, keySame, targetYes, breakerNeutral, SeverityStandard, http.StatusServiceUnavailable,
		"refused here: the breaker of this endpoint and model is open", "wait for `OpenError.Until`, or add a fallback"},
	{ErrLimit, "", retryNever, keyNext, targetYes, breakerNeutral, SeverityStandard, http.StatusTooManyRequests,
		"refused here: the wait for a local limit would be too long", "wait for `LimitError.Wait`, or raise the limit"},
	{ErrIncomplete, "", retryNever, keySame, targetNo, breakerNeutral, SeverityInformational, http.StatusBadGateway,
		"`Response.Check` of an answer that was delivered: it stopped before its end (`length`), or for a reason that buoy does not know", "raise `MaxTokens`, or go on from where it stopped"},
	{ErrCanceled, "", retryNever, keySame, targetNo, breakerNeutral, SeverityInformational, statusClosed,
		"the caller stopped waiting", "nothing"},
	{ErrUnknown, "", retryNever, keySame, targetNo, breakerNeutral, SeverityStandard, http.StatusInternalServerError,
		"an error that buoy does not know", "read the message; report it if a provider sent it"},
}

var verdictByKind = func() map[Kind]*verdict {
	m := make(map[Kind]*verdict, len(verdicts))
	for i := range verdicts {
		m[verdicts[i].kind] = &verdicts[i]
	}
	return m
}()

// Kinds yields all kinds, in the order of the table in docs/errors.md. Use it for
// labels of metrics, and to test that a switch handles each kind.
func Kinds() iter.Seq[Kind] {
	return func(yield func(Kind) bool) {
		for i := range verdicts {
			if !yield(verdicts[i].kind) {
				return
			}
		}
	}
}

// verdictOf returns the row of a kind; a kind that is not in the table is
// treated as unknown.
func verdictOf(k Kind) *verdict {
	if v, ok := verdictByKind[k]; ok {
		return v
	}
	return verdictByKind[ErrUnknown]
}

// KindOf returns the kind of any error: that of the first buoy error in its chain. For
// an error of another package it is the nearest kind, or ErrUnknown. For nil it is "".
// KindOf never panics.
func KindOf(err error) (kind Kind) {
	if err == nil {
		return ""
	}
	// An error of another package may panic in its Unwrap or Is.
	defer func() {
		if recover() != nil {
			kind = ErrUnknown
		}
	}()
	if k := plainKind(err); k != "" {
		return k
	}
	if k, ok := errors.AsType[Kind](err); ok {
		if k == "" {
			return ErrUnknown
		}
		return k
	}
	if answer, ok := errors.AsType[*chat.AnswerError](err); ok && answer != nil {
		return Kind(answer.Kind)
	}
	if errors.Is(err, context.Canceled) {
		return ErrCanceled
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return ErrTimeout
	}
	if ne, ok := errors.AsType[net.Error](err); ok {
		if ne.Timeout() {
			return ErrTimeout
		}
		return ErrConnection
	}
	return ErrUnknown
}

// plainKind is the kind of an error that is one of buoy's own by itself, "" for another.
// The layers of a call ask for it a dozen times, and errors.AsType takes memory.
func plainKind(err error) Kind {
	if ce, ok := err.(*CallError); ok && ce != nil {
		err = ce.Err
	}
	switch e := err.(type) {
	case *APIError:
		if e != nil {
			return e.Kind
		}
	case *TransportError:
		if e != nil {
			return e.Kind
		}
	}
	return ""
}

// IsRetryable reports whether the same request to the same target may succeed later.
// The provider's own word decides (x-should-retry, availability.retryable), or else the
// verdict table. The caller's own cancellation and deadline are never retryable, nor is
// a connection that cannot be: a certificate that does not verify, a proxy that forbids.
// What this client has refused is not either, since it was not asked: an open breaker, a
// limit. These pass after the wait of [RetryAfter], so a queue asks for that first.
func IsRetryable(err error) (yes bool) {
	if err == nil {
		return false
	}
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	if KindOf(err) == ErrCanceled || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return retryable(err)
}

// retryable is IsRetryable for a context that has not ended: a deadline is then not the
// caller's.
func retryable(err error) bool {
	err = endAlone(err)
	if own, ok := asType[*refusedError](err); ok {
		err = own.refusal // what a provider said before says nothing of it
	}
	if api, ok := asType[*APIError](err); ok && api != nil && api.ShouldRetry != nil {
		return *api.ShouldRetry
	}
	kind := KindOf(err)
	return kind.Retryable() && !endedByDeadline(err) && (kind != ErrConnection || !conn.Lasting(err))
}
