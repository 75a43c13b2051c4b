package buoy

// Kind says what to do about an error. It is a comparable constant and an
// error, so it serves as the target of [errors.Is], as a switch case and as a
// metric label:
//
//	switch buoy.KindOf(err) {
//	case buoy.ErrQuota: // pay
//	case buoy.ErrContextLength: // shorten
//	}
//
// Which kinds are retried, move to another key or target, or count against
// the breaker stands in one table, printed in docs/errors.md.
type Kind string

// The kinds. A comment names what a caller can do about it.
const (
	ErrInvalidRequest    Kind = "invalid_request"    // change the request (400, 405, 415, 422 ...)
	ErrContextLength     Kind = "context_length"     // shorten the prompt or take a larger model; is also ErrInvalidRequest
	ErrTooLarge          Kind = "too_large"          // send fewer bytes (413); is also ErrInvalidRequest
	ErrModeration        Kind = "moderation"         // refused for its content: moderation, content filter, guardrail
	ErrAuth              Kind = "auth"               // the key is missing, wrong, expired or disabled
	ErrPermission        Kind = "permission"         // the key is good, this is not allowed to it (region, plan, model)
	ErrNotFound          Kind = "not_found"          // no such model, deployment or path
	ErrQuota             Kind = "quota"              // out of money or of a period's allowance: waiting does not help
	ErrRateLimit         Kind = "rate_limit"         // too fast: waiting helps
	ErrConflict          Kind = "conflict"           // 409
	ErrServer            Kind = "server"             // the provider failed
	ErrOverloaded        Kind = "overloaded"         // 503, 529, capacity, model loading; is also ErrServer
	ErrUpstream          Kind = "upstream"           // 502: the model behind the gateway is down or answered nonsense; is also ErrServer
	ErrTimeout           Kind = "timeout"            // no answer in time: ours, or theirs (408, 504, 524)
	ErrConnection        Kind = "connection"         // no answer arrived
	ErrStreamInterrupted Kind = "stream_interrupted" // a stream stopped before its end
	ErrMalformed         Kind = "malformed"          // an answer that is not what was promised (HTML in a 200, broken JSON)
	ErrNoContent         Kind = "no_content"         // a success in which the model generated nothing
	ErrResponseTooLarge  Kind = "response_too_large" // an answer or an event over our own limit (WithMaxResponse)
	ErrCircuitOpen       Kind = "circuit_open"       // refused here: the breaker is open
	ErrLimit             Kind = "limit"              // refused here: the local limit would outlast the deadline
	ErrCanceled          Kind = "canceled"           // the caller stopped waiting
	ErrUnknown           Kind = "unknown"            // nothing that buoy knows; not retried
)

// Error returns the kind's name.
func (k Kind) Error() string { return string(k) }

// Is reports whether k belongs to target's wider kind: a context overflow is
// also an invalid request, an overload is also a server error.
func (k Kind) Is(target error) bool {
	t, ok := target.(Kind)
	return ok && (k == t || verdictOf(k).also == t)
}

// Retryable reports whether the same request to the same target may succeed
// later. [IsRetryable] also knows what the provider itself said.
func (k Kind) Retryable() bool { return verdictOf(k).retry != retryNever }

// Severity tells how loudly to report an error of this kind.
func (k Kind) Severity() Severity { return verdictOf(k).severity }

// StopReason says why no further attempt was made.
type StopReason string

// The reasons, as they stand in [CallError.Stop].
const (
	StopNotRetryable StopReason = "not_retryable" // the verdict table says that another try is no use
	StopAttempts     StopReason = "attempts"      // MaxAttempts requests were sent
	StopBudget       StopReason = "budget"        // this client's retry budget is used up
	StopDeadline     StopReason = "deadline"      // the deadline has passed, or the next wait would outlast it
	StopServerDelay  StopReason = "server_delay"  // the provider asked for a longer wait than MaxServerDelay
	StopStarted      StopReason = "started"       // a stream had begun; nothing is repeated in silence
	StopCanceled     StopReason = "canceled"      // the caller stopped waiting
)
