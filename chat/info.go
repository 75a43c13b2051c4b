package chat

import (
	"net/http"
	"time"
)

// CallInfo describes how a client got an answer: from which endpoint, after which
// attempts. It is in [Response].Info, and the Info method of a stream returns it.
type CallInfo struct {
	// Attempts lists every request that was sent for this call, including the
	// successful one, in the order in which they started. An observer's event of an
	// answered call has the same slice as the answer: an observer that keeps it copies it.
	Attempts  []Attempt
	Endpoint  string // label of the endpoint that answered
	Model     string // that endpoint's name for the model
	RequestID string // the provider's id for the answer; quote it to their support
	RateLimit RateLimitInfo
	// Header has the headers of the reply as they came. It may be shared with other
	// readers of the answer: do not change it. It is nil for what no provider sent for
	// this call, such as an answer from a cache. A provider may write anything into it, so
	// do not log it whole.
	Header http.Header
	// Cache is the name of the cache level that answered ("memory", "redis"; "pending"
	// where the answer was still on its way there), or "coalesced" if the call shared the
	// request of an equal call. "" means that this call asked the provider.
	Cache string
	// Degraded reports that the answer is a substitute: the canned answer of a fallback
	// function, or an expired cache entry.
	Degraded bool
	// Cause is the error because of which a degraded answer was returned.
	Cause error
}

// Attempt describes one request that was sent.
type Attempt struct {
	Endpoint string
	Model    string        // the endpoint's name for it
	Key      string        // label of the key, never the key itself
	Start    time.Time     // when it was about to be sent
	Wait     time.Duration // how long the call waited before this attempt
	Duration time.Duration // until the answer ended; for a stream, until its last event
	// FirstToken is the time until the first event of a stream that had content.
	FirstToken time.Duration
	RequestID  string // the provider's id for the reply
	Hedge      bool   // this was a hedge: a second request beside a slow first one
	Err        error  // nil if the attempt succeeded; ErrCanceled if it still ran when its call ended
	Usage      Usage  // as far as the provider reported it
}

// RateLimitInfo has the provider's limits as the headers of the reply reported them
// (x-ratelimit-* and similar).
type RateLimitInfo struct {
	Requests Allowance
	Tokens   Allowance
}

// Allowance is one limit of a provider. The zero value means that the reply did not
// mention it.
type Allowance struct {
	Known     bool          // the reply had these headers
	Limit     int           // per period; how long that is depends on the provider
	Remaining int           // what is left of Limit
	Reset     time.Duration // until all of Limit is available again; 0 if unknown
}
