package buoy

// This file is the verdict table: the only place that says what a kind means.
// Retry, breaker, key rotation, fallback, severity and docs/errors.md read it,
// so they cannot disagree.

// Severity tells how loudly to report an error.
type Severity string

// The severities, from a human's job to nobody's. The third has the longer name
// because [Standard] is the standard chain.
const (
	Critical         Severity = "critical"      // a human must act: a key, a bill, a permission
	Important        Severity = "important"     // capacity: watch it
	SeverityStandard Severity = "standard"      // the provider's trouble, handled by the chain
	Informational    Severity = "informational" // the caller's own request or wish
)

// retryVerdict is the column "retry same target".
type retryVerdict uint8

const (
	retryNever retryVerdict = iota
	retryYes
	retryHint // after the wait that the provider asked for
	retryOnce // once if the request was sent, since it may be billed; else yes
)

// keyVerdict is the column "another key".
type keyVerdict uint8

const (
	keySame    keyVerdict = iota
	keyNext               // take another key
	keyDisable            // take another key and never use this one again
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
	meaning  string // for docs/errors.md
	advice   string // for docs/errors.md: what the caller does
}

var verdicts = []verdict{
	{ErrInvalidRequest, "", retryNever, keySame, targetNo, breakerNeutral, Informational,
		"the request itself is wrong (400, 405, 415, 422)", "change the request; `Param` often names the field"},
	{ErrContextLength, ErrInvalidRequest, retryNever, keySame, targetLarger, breakerNeutral, Informational,
		"prompt and answer do not fit the model's context", "shorten the conversation, lower `max_tokens`, or take a larger model"},
	{ErrTooLarge, ErrInvalidRequest, retryNever, keySame, targetNo, breakerNeutral, Informational,
		"the request has too many bytes (413)", "send smaller images or files"},
	{ErrModeration, "", retryNever, keySame, targetOptIn, breakerNeutral, Informational,
		"refused for its content: moderation, content filter, guardrail, personal data", "tell the user; `Moderation` has the reasons"},
	{ErrAuth, "", retryNever, keyDisable, targetYes, breakerNeutral, Critical,
		"the key is missing, wrong, expired or disabled", "replace the key"},
	{ErrPermission, "", retryNever, keyNext, targetYes, breakerNeutral, Critical,
		"the key is good, but this is not allowed to it (region, plan, model)", "ask for access or use another model"},
	{ErrNotFound, "", retryNever, keySame, targetYes, breakerNeutral, Informational,
		"no such model, deployment or path", "check the model's name and the base URL"},
	{ErrQuota, "", retryNever, keyCool, targetYes, breakerNeutral, Critical,
		"out of money, or of a day's or month's allowance: waiting a little does not help", "top up; some gateways reserve by `max_tokens`, a smaller one may fit"},
	{ErrRateLimit, "", retryHint, keyCool, targetLongWait, breakerNeutral, Important,
		"too fast: waiting helps", "slow down; `RetryAfter` has the wait"},
	{ErrConflict, "", retryYes, keySame, targetNo, breakerNeutral, Informational,
		"the provider met a conflict (409)", "nothing, it is retried"},
	{ErrServer, "", retryYes, keySame, targetYes, breakerFailure, SeverityStandard,
		"the provider failed", "nothing, it is retried"},
	{ErrOverloaded, ErrServer, retryYes, keySame, targetYes, breakerFailure, SeverityStandard,
		"no capacity, or the model is loading (503, 529)", "nothing, it is retried; a fallback helps"},
	{ErrUpstream, ErrServer, retryYes, keySame, targetYes, breakerFailure, SeverityStandard,
		"the model behind a gateway is down or answered nonsense (502)", "nothing, it is retried; a fallback helps"},
	{ErrTimeout, "", retryOnce, keySame, targetYes, breakerFailure, SeverityStandard,
		"no answer in time: ours, or theirs (408, 504, 524)", "raise the timer that the text names, or use `WithStreamedChat`"},
	{ErrConnection, "", retryYes, keySame, targetYes, breakerFailure, SeverityStandard,
		"no answer arrived", "nothing, it is retried; check network and base URL if it stays"},
	{ErrStreamInterrupted, "", retryYes, keySame, targetYes, breakerFailure, SeverityStandard,
		"a stream stopped before its end; retried only before its first token", "keep the partial text (`Stream.Response`), or use `WithStreamRecovery`"},
	{ErrMalformed, "", retryYes, keySame, targetYes, breakerFailure, SeverityStandard,
		"the answer is not what was promised: HTML in a 200, broken JSON", "nothing, it is retried; check the base URL if it stays"},
	{ErrNoContent, "", retryYes, keySame, targetYes, breakerNeutral, SeverityStandard,
		"a success in which the model generated nothing", "nothing, it is retried"},
	{ErrResponseTooLarge, "", retryNever, keySame, targetNo, breakerNeutral, SeverityStandard,
		"an answer or an event is over our own bound", "raise `WithMaxResponse` if the answer is wanted"},
	{ErrCircuitOpen, "", retryNever, keySame, targetYes, breakerNeutral, SeverityStandard,
		"refused here: the breaker of this endpoint and model is open", "wait for `OpenError.Until`, or add a fallback"},
	{ErrLimit, "", retryNever, keyNext, targetYes, breakerNeutral, SeverityStandard,
		"refused here: a local limit would outlast the deadline", "wait for `LimitError.Wait`, or raise the limit"},
	{ErrCanceled, "", retryNever, keySame, targetNo, breakerNeutral, Informational,
		"the caller stopped waiting", "nothing"},
	{ErrUnknown, "", retryNever, keySame, targetNo, breakerNeutral, SeverityStandard,
		"nothing that buoy knows", "read the message; report it if a provider sent it"},
}

var verdictByKind = func() map[Kind]*verdict {
	m := make(map[Kind]*verdict, len(verdicts))
	for i := range verdicts {
		m[verdicts[i].kind] = &verdicts[i]
	}
	return m
}()

// verdictOf returns the row of a kind; a kind that is not in the table is
// treated as unknown.
func verdictOf(k Kind) *verdict {
	if v, ok := verdictByKind[k]; ok {
		return v
	}
	return verdictByKind[ErrUnknown]
}
