package buoy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// APIError is a provider's refusal: it answered, and the answer was no. Read it
// with errors.AsType[*buoy.APIError]. It unwraps to its [Kind].
//
// It is plain, immutable data and safe for concurrent use. Error, and every
// formatting verb of fmt, show the kind, the status and the provider's own
// sentence with keys masked; they never show Body, Metadata or the flagged
// input, which may carry the prompt.
type APIError struct {
	Kind       Kind
	Endpoint   string // the label of the endpoint that refused
	StatusCode int    // as received: 200 when the refusal came inside a reply or a stream
	Code       string // a numeric code as its decimal text
	Type       string
	Param      string
	Message    string // the provider's sentence, unwrapped from nested errors, keys and prompt masked
	RequestID  string
	// RetryAfter is the wait that the provider asked for, uncut; 0 when it
	// named none, or said at once.
	RetryAfter time.Duration
	// ShouldRetry is the provider's own word (x-should-retry,
	// availability.retryable), nil when it gave none. IsRetryable obeys it.
	ShouldRetry *bool
	RateLimit   RateLimitInfo
	Moderation  *Moderation     `json:",omitempty"` // set when the refusal explains a moderation
	Upstream    *Upstream       `json:",omitempty"` // set when a gateway names the provider behind it
	Metadata    json.RawMessage `json:"-"`          // error.metadata as received
	Body        []byte          `json:"-"`          // the first 64 KiB at most

	advice string
}

// Moderation is what a moderation refusal tells.
type Moderation struct {
	Reasons      []string
	FlaggedInput string `json:"-"` // part of the prompt: do not log it
	ProviderName string
	ModelSlug    string
}

// Upstream is the provider behind a gateway.
type Upstream struct {
	ProviderName string
	Raw          json.RawMessage `json:"-"` // its error as the gateway forwarded it
}

// Error names who refused, the status, the kind and the provider's sentence.
func (e *APIError) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	if e.Endpoint != "" {
		b.WriteString(e.Endpoint + ": ")
	}
	b.WriteString(string(e.Kind))
	if e.StatusCode != 0 {
		b.WriteString(" (" + strconv.Itoa(e.StatusCode))
		if e.Code != "" && e.Code != strconv.Itoa(e.StatusCode) {
			b.WriteString(" " + oneLine(e.Code, 80))
		}
		b.WriteByte(')')
	}
	if e.Message != "" {
		b.WriteString(": " + oneLine(e.Message, 500))
	}
	if e.advice != "" {
		b.WriteString(" (" + e.advice + ")")
	}
	if e.RetryAfter > 0 {
		b.WriteString("; retry after " + e.RetryAfter.String())
	}
	if e.RequestID != "" {
		b.WriteString("; request " + oneLine(e.RequestID, 100))
	}
	return b.String()
}

// Unwrap returns the kind.
func (e *APIError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Kind
}

// Format writes [APIError.Error] for every verb, so that %+v and %#v show no
// more than %v does.
func (e *APIError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

// LogValue gives slog the facts as attributes.
func (e *APIError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	return slog.GroupValue(
		slog.String("kind", string(e.Kind)), slog.Int("status", e.StatusCode), slog.String("code", e.Code),
		slog.String("message", e.Message), slog.String("request_id", e.RequestID), slog.String("endpoint", e.Endpoint))
}

// TransportError says that no whole answer arrived: the connection, a timer,
// the caller or the answer's own bytes broke it off. It unwraps to its [Kind]
// and to Err.
//
// It answers to context.Canceled or context.DeadlineExceeded only when the
// caller's own context ended the call; a timer of buoy's is ErrTimeout and
// neither of them.
type TransportError struct {
	Kind     Kind
	Endpoint string
	// Op is what was being done: "dial", "send", "await" (the request was
	// out, no reply yet), "read" or "decode".
	Op string
	// Timer names the timer that fired: "connect", "first_token", "idle",
	// "attempt", "call", "target" (a fallback target's share of the time), or
	// "deadline" for the caller's own. Empty when none did.
	Timer string
	// Sent reports that bytes of the request had left: the provider may have
	// begun work, and may bill for it.
	Sent bool
	// Partial is set by a stream that broke off after its first event: what
	// had arrived by then.
	Partial *Response `json:"-"`
	Err     error     `json:"-"`
}

// Error names the operation and its cause.
func (e *TransportError) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	if e.Endpoint != "" {
		b.WriteString(e.Endpoint + ": ")
	}
	b.WriteString(string(e.Kind))
	if e.Op != "" {
		b.WriteString(" (" + e.Op + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + oneLine(e.Err.Error(), 500))
	}
	return b.String()
}

// Unwrap returns the kind and the cause.
func (e *TransportError) Unwrap() []error {
	if e == nil {
		return nil
	}
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Format writes [TransportError.Error] for every verb.
func (e *TransportError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

// LogValue gives slog the facts as attributes.
func (e *TransportError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	return slog.GroupValue(
		slog.String("kind", string(e.Kind)), slog.String("op", e.Op), slog.String("timer", e.Timer),
		slog.Bool("sent", e.Sent), slog.String("message", e.Error()), slog.String("endpoint", e.Endpoint))
}

// OpenError says that the breaker of an endpoint and model is open; nothing
// was sent. It unwraps to ErrCircuitOpen and not to Cause, so that a refusal
// made here is never taken for one of the provider's.
type OpenError struct {
	Endpoint string
	Model    string
	Until    time.Time // when the next probe will be let through
	Cause    error     // the failure that opened it
}

// Error names the target and the time of the next probe.
func (e *OpenError) Error() string {
	if e == nil {
		return "<nil>"
	}
	s := fmt.Sprintf("%s: circuit_open for %s until %s", e.Endpoint, oneLine(e.Model, 100), e.Until.Format(time.RFC3339))
	if e.Cause != nil {
		s += ", because of: " + e.Cause.Error()
	}
	return s
}

// Unwrap returns ErrCircuitOpen.
func (e *OpenError) Unwrap() error { return ErrCircuitOpen }

// Format writes [OpenError.Error] for every verb.
func (e *OpenError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

// LimitError says that a local limit refused the call; nothing was sent.
type LimitError struct {
	// Wait is how long it would have taken; 0 when no wait would help, as
	// for a request that is larger than the limit.
	Wait  time.Duration
	Limit string // which limit, in words
}

// Error names the limit and the wait.
func (e *LimitError) Error() string {
	if e == nil {
		return "<nil>"
	}
	if e.Wait <= 0 {
		return "limit: " + e.Limit
	}
	return "limit: " + e.Limit + ": the wait would be " + e.Wait.String()
}

// Unwrap returns ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }

// CallError is the outermost error of every [Client] method and of [Stream]:
// what was called, how often it was tried, and why it stopped. It unwraps to
// the cause, so errors.Is and errors.As see through it.
type CallError struct {
	Op       string // "chat", "stream", "balance" or "catalogue"
	Model    string // as requested
	Attempts []Attempt
	Stop     StopReason
	// Err is the last error of the first target that was tried; the others
	// stand in Attempts. Where the caller, or a refusal made here, ended the call
	// after that, this end comes first, and errors.Is and errors.As find both.
	Err error
}

// Error begins with the call and ends with the attempts.
func (e *CallError) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	b.WriteString("buoy: " + e.Op)
	if e.Model != "" {
		b.WriteString(" " + oneLine(e.Model, 100))
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	switch e.Stop {
	case StopBudget:
		b.WriteString("; this client stopped: its retry budget is used up")
	case StopDeadline:
		b.WriteString("; no time left for another attempt")
	case StopServerDelay:
		b.WriteString("; the wait asked for is longer than MaxServerDelay")
	}
	if n := len(e.Attempts); n != 1 {
		b.WriteString(fmt.Sprintf("; %d attempts", n))
	} else {
		b.WriteString("; 1 attempt")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *CallError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// Format writes [CallError.Error] for every verb.
func (e *CallError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

// LogValue gives slog the facts as attributes.
func (e *CallError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	return slog.GroupValue(
		slog.String("op", e.Op), slog.String("model", e.Model), slog.String("kind", string(KindOf(e.Err))),
		slog.String("stop", string(e.Stop)), slog.Int("attempts", len(e.Attempts)), slog.String("message", e.Error()))
}

// KindOf returns the kind of any error: that of the first buoy error in its
// chain, or the nearest one for an error of another package. It returns "" for
// nil, ErrUnknown for what it does not know, and never panics.
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
	if k, ok := errors.AsType[Kind](err); ok {
		if k == "" {
			return ErrUnknown
		}
		return k
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

// IsRetryable reports whether the same request to the same target may succeed
// later: the verdict table's column, unless the provider itself said otherwise
// (x-should-retry, availability.retryable). The caller's own cancellation and
// deadline are never retryable.
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

// retryable is IsRetryable where the context is known to live: a deadline is then
// one of somebody else's.
func retryable(err error) bool {
	if own, ok := errors.AsType[*refusedError](err); ok {
		err = own.refusal // what a provider said before says nothing of it
	}
	if api, ok := errors.AsType[*APIError](err); ok && api != nil && api.ShouldRetry != nil {
		return *api.ShouldRetry
	}
	if te, ok := errors.AsType[*TransportError](err); ok && te != nil && (te.Timer == timerDeadline || te.Timer == timerCall) {
		return false
	}
	return KindOf(err).Retryable()
}

// RetryAfter returns how long to wait before asking again, where err names a
// wait: the provider's hint, the time until an open breaker's next probe or the
// end of a quota's period, or the wait of a local limit.
func RetryAfter(err error) (wait time.Duration, ok bool) {
	if err == nil {
		return 0, false
	}
	defer func() {
		if recover() != nil {
			wait, ok = 0, false
		}
	}()
	if own, found := errors.AsType[*refusedError](err); found {
		err = own.refusal
	}
	if api, found := errors.AsType[*APIError](err); found && api != nil {
		return api.RetryAfter, api.RetryAfter > 0
	}
	if open, found := errors.AsType[*OpenError](err); found && open != nil {
		wait = time.Until(open.Until)
		return max(wait, 0), wait > 0
	}
	if keys, found := errors.AsType[*KeysError](err); found && keys != nil {
		wait = time.Until(keys.Until)
		return max(wait, 0), wait > 0
	}
	if quota, found := errors.AsType[*QuotaError](err); found && quota != nil {
		wait = time.Until(quota.Until)
		return max(wait, 0), wait > 0
	}
	if limit, found := errors.AsType[*LimitError](err); found && limit != nil {
		return limit.Wait, limit.Wait > 0
	}
	return 0, false
}
