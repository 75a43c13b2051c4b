package buoy

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/buoy-go/buoy/internal/demand"
	"github.com/buoy-go/buoy/internal/logbook"
	"github.com/buoy-go/buoy/internal/oneline"
)

// APIError is a refusal by a provider: it answered, but with an error. Get it with
// errors.AsType[*buoy.APIError]. It unwraps to its [Kind].
//
// It is plain, immutable data and safe for concurrent use. Error and every formatting
// verb of fmt show the kind, the status and the provider's message, with keys and
// prompt masked. They never show Body, Metadata or the flagged input, which may contain
// the prompt.
type APIError struct {
	Kind       Kind
	Endpoint   string // the label of the endpoint that refused
	StatusCode int    // as received: 200 if the refusal came inside a reply or a stream
	Code       string // a numeric code as its decimal text
	Type       string
	Param      string
	Message    string // the provider's message, taken out of nested errors; keys and prompt are masked
	RequestID  string // quote it to the provider's support
	// RetryAfter is the wait that the provider asked for. It is not limited by any
	// policy. 0 means that it asked for none.
	RetryAfter time.Duration
	// ShouldRetry is what the provider says about retries (x-should-retry,
	// availability.retryable); nil if it says nothing. IsRetryable obeys it.
	ShouldRetry *bool
	RateLimit   RateLimitInfo
	Moderation  *Moderation     `json:",omitempty"` // set if the refusal explains a moderation
	Upstream    *Upstream       `json:",omitempty"` // set if a gateway names the provider behind it
	Metadata    json.RawMessage `json:"-"`          // error.metadata as received
	Body        []byte          `json:"-"`          // at most the first 64 KiB

	advice    string
	reserved  bool // see Reserved
	ofRequest bool // it says nothing of the key: a smaller request may go
	byText    bool // that the key is bad rests on a sentence alone
	loading   bool // the model is not there yet
}

// Moderation has the details of a refusal by a moderation.
type Moderation struct {
	Reasons      []string
	FlaggedInput string `json:"-"` // part of the prompt: do not log it
	ProviderName string
	ModelSlug    string
}

// Format writes all fields but FlaggedInput, for every verb.
func (m Moderation) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "{Reasons:%q ProviderName:%q ModelSlug:%q}", m.Reasons, m.ProviderName, m.ModelSlug)
}

// Upstream is the provider behind a gateway.
type Upstream struct {
	ProviderName string
	Raw          json.RawMessage `json:"-"` // its error as the gateway passed it on
}

// Format writes the provider's name, for every verb.
func (u Upstream) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "{ProviderName:%q}", u.ProviderName) }

// Reserved reports whether only the request's max_tokens caused a refusal for money.
// Some gateways reserve the price of max_tokens before the call, so a smaller number
// may fit the balance. Such an ErrQuota does not make the key rest.
func (e *APIError) Reserved() bool { return e != nil && e.reserved }

// Error returns the endpoint, the kind, the status and the provider's message.
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
			b.WriteString(" " + oneline.Of(e.Code, 80))
		}
		b.WriteByte(')')
	}
	if e.Message != "" {
		b.WriteString(": " + oneline.Of(e.Message, 500))
	}
	if e.advice != "" {
		b.WriteString(" (" + e.advice + ")")
	}
	if e.RetryAfter > 0 {
		b.WriteString("; retry after " + max(e.RetryAfter.Round(time.Millisecond), time.Millisecond).String())
	}
	if e.RequestID != "" {
		b.WriteString("; request " + oneline.Of(e.RequestID, 100))
	}
	return b.String()
}

// Unwrap returns Kind.
func (e *APIError) Unwrap() error {
	if e == nil {
		return nil
	}
	return verdictOf(e.Kind).as(e.Kind)
}

// Format writes the text of [APIError.Error] for every verb. So %+v and %#v show no
// more than %v does.
func (e APIError) Format(s fmt.State, verb rune) { formatError(s, verb, &e) }

func (e *APIError) wait() time.Duration {
	if e == nil {
		return 0
	}
	return e.RetryAfter
}

// LogValue returns kind, status, code, message, provider_request_id and endpoint for
// slog, as far as they are known.
func (e *APIError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	return slog.GroupValue(faultOf(e).Attrs()...)
}

// TransportError says that no whole answer arrived, because of the connection, a timer,
// the caller, or bytes that make no sense. It unwraps to its [Kind] and to Err.
//
// It matches context.Canceled or context.DeadlineExceeded only if the caller's own
// context ended the call. A timer of this package is an ErrTimeout and matches neither.
type TransportError struct {
	Kind     Kind
	Endpoint string
	// Op is what was being done: "dial", "send", "await" (the request was sent, but
	// there was no reply yet), "read" or "decode".
	Op string
	// Timer names the timer that fired: "connect", "first_token", "idle", "attempt",
	// "call", "target" (a fallback target's share of the time), or "deadline" for the
	// caller's own. It is empty if none did.
	Timer string
	// Sent reports that bytes of the request were sent. The provider may have started
	// work, and may bill for it.
	Sent bool
	// RequestID is the provider's id for the reply, "" if none came. It may be billed
	// even so.
	RequestID string
	// Partial is what a stream had brought when it broke off, if that was after its
	// first event, or a whole reply that does not say that it is complete, or one that is
	// empty although tokens were generated. Else nil.
	Partial *Response `json:"-"`
	Err     error     `json:"-"`

	silent  time.Duration // the provider had said nothing for so long
	unended bool          // see origin.unended
	meant   bool          // see answer.nothing
}

// Error returns the endpoint, the kind, the operation and the cause.
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
		b.WriteString(": " + oneline.Of(e.Err.Error(), 500))
	}
	if e.RequestID != "" {
		b.WriteString("; request " + oneline.Of(e.RequestID, 100))
	}
	return b.String()
}

// Unwrap returns Kind and Err.
func (e *TransportError) Unwrap() []error {
	if e == nil {
		return nil
	}
	kind := verdictOf(e.Kind).as(e.Kind)
	if e.Err == nil {
		return []error{kind}
	}
	return []error{kind, e.Err}
}

// Format writes the text of [TransportError.Error] for every verb.
func (e TransportError) Format(s fmt.State, verb rune) { formatError(s, verb, &e) }

// LogValue returns kind, message, provider_request_id, phase, timer and endpoint for
// slog, as far as they are known.
func (e *TransportError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	return slog.GroupValue(faultOf(e).Attrs()...)
}

// OpenError says that the breaker of an endpoint and model is open. Nothing was sent.
// It unwraps to ErrCircuitOpen and not to Cause, so that it cannot be mistaken for a
// refusal by the provider.
type OpenError struct {
	Endpoint string
	Model    string
	Until    time.Time // when the next probe may go
	Cause    error     // the failure that opened the breaker
}

// Error returns the endpoint, the model, the time of the next probe and the cause.
func (e *OpenError) Error() string {
	if e == nil {
		return "<nil>"
	}
	s := fmt.Sprintf("%s: circuit_open for %s until %s", e.Endpoint, oneline.Of(e.Model, 100), e.Until.Format(time.RFC3339))
	if e.Cause != nil {
		s += ", because of: " + e.Cause.Error()
	}
	return s
}

// Unwrap returns ErrCircuitOpen.
func (e *OpenError) Unwrap() error { return ErrCircuitOpen }

// Format writes the text of [OpenError.Error] for every verb.
func (e *OpenError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

func (e *OpenError) wait() time.Duration {
	if e == nil {
		return 0
	}
	return time.Until(e.Until)
}

// RetryAfter returns how long to wait before the next try, if err has a wait: the
// provider's hint, the time until the next probe of an open breaker or until the end of
// a quota's period, or the wait for a local limit.
func RetryAfter(err error) (wait time.Duration, ok bool) {
	if err == nil {
		return 0, false
	}
	defer func() {
		if recover() != nil {
			wait, ok = 0, false
		}
	}()
	err = endAlone(err)
	if KindOf(err) == ErrCanceled {
		return 0, false // nobody waits any more, whatever there was to wait for
	}
	if own, found := asType[*refusedError](err); found {
		err = own.refusal
	}
	// The provider's word goes before that of a limit of our own.
	if api, found := asType[*APIError](err); found && api != nil {
		return api.wait(), api.wait() > 0
	}
	if named, found := asType[waiter](err); found {
		wait = max(named.wait(), 0)
	}
	return wait, wait > 0
}

// waiter is an error that may name a wait: how long from now, or 0 and less if no wait
// would help.
type waiter interface {
	error
	wait() time.Duration
}

// StopReason says why no further attempt was made.
type StopReason string

// The values of [CallError.Stop].
const (
	StopNotRetryable StopReason = "not_retryable" // the verdict table says that another try does not help
	StopAttempts     StopReason = "attempts"      // MaxAttempts requests were sent
	StopBudget       StopReason = "budget"        // this client's retry budget is used up
	StopDeadline     StopReason = "deadline"      // the deadline has passed, or comes before the end of the next wait
	StopServerDelay  StopReason = "server_delay"  // the provider asked for a longer wait than MaxServerDelay
	StopStarted      StopReason = "started"       // a stream had begun; nothing is repeated silently
	StopCanceled     StopReason = "canceled"      // the caller stopped waiting
)

// CallError is the error of every [Client] method and of [Stream]. It has what was
// called, the attempts, and why there were no more. It unwraps to its cause, so
// errors.Is and errors.As see through it.
type CallError struct {
	Op       string // "chat", "stream", "balance" or "catalogue"
	Model    string // as requested
	Attempts []Attempt
	Stop     StopReason
	// Err is the last error of the first target that was tried. The errors of the
	// others are in Attempts. If this client then refused to go on, that refusal comes
	// first, and errors.Is and errors.As find both.
	//
	// If the caller or a deadline ended the call, that decides the kind, for KindOf and
	// for errors.Is. errors.As still finds the failure before it.
	Err error

	params demand.Params // of the request, for logs
	shown  string        // see callState.hide
}

// Error returns the call, the cause and the number of attempts.
func (e *CallError) Error() string {
	if e == nil {
		return "<nil>"
	}
	var b strings.Builder
	b.WriteString("buoy: " + e.Op)
	if e.Model != "" {
		b.WriteString(" " + oneline.Of(e.Model, 100))
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

// Unwrap returns Err.
func (e *CallError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// Format writes the text of [CallError.Error] for every verb.
func (e *CallError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

// LogValue returns for slog what the line of a failed call has, see [WithLogger]:
// the facts of the cause, stop, attempts, and the parameters of the request without its
// content.
func (e *CallError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	line := logbook.Call{Op: e.Op, Model: e.Model, Stop: string(e.Stop), Attempts: len(e.Attempts), Fault: faultOf(e), Request: e.params}
	line.Endpoint = line.Fault.Endpoint
	return slog.GroupValue(line.Attrs()...)
}

// formatError writes an error's text whatever the verb, so that no verb walks the fields.
func formatError(s fmt.State, verb rune, err error) {
	if verb == 'q' {
		fmt.Fprintf(s, "%q", err.Error())
		return
	}
	fmt.Fprint(s, err.Error())
}
