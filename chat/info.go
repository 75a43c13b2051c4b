package chat

import "time"

// CallInfo tells how an answer came about. It stands in [Response].Info and
// in what a stream's Info returns.
type CallInfo struct {
	// Attempts lists every request that was sent for this call, in order of
	// their start, the successful one included.
	Attempts  []Attempt
	Endpoint  string // label of the endpoint that answered
	Model     string // that endpoint's name for the model
	RequestID string // the provider's id of the answer, for its support
	RateLimit RateLimitInfo
	Cache     string // "", or the name of the cache level that answered
	// Degraded reports that the answer is a substitute: a canned answer of a
	// fallback function or a stale cache entry.
	Degraded bool
	// Cause is the error that led to a degraded answer.
	Cause error
}

// Attempt is one request that was sent.
type Attempt struct {
	Endpoint string
	Model    string        // as the endpoint calls it
	Key      string        // label of the key, never the key
	Wait     time.Duration // slept before it
	Duration time.Duration // until the answer ended, for a stream until its last event
	// FirstToken is the time to the first meaningful event of a stream.
	FirstToken time.Duration
	RequestID  string // the provider's id of the reply
	Hedge      bool   // a second start beside a slow first one
	Err        error  // nil for the successful one
	Usage      Usage  // as far as the provider told it
}

// RateLimitInfo is what the reply's headers said of the provider's limits
// (x-ratelimit-* and its relatives).
type RateLimitInfo struct {
	Requests Allowance
	Tokens   Allowance
}

// Allowance is one limit of a provider. The zero value means that the reply
// said nothing about it.
type Allowance struct {
	Known     bool          // the headers were there
	Limit     int           // per period; the provider decides which
	Remaining int           // what is left of it
	Reset     time.Duration // until it is whole again; 0 when unknown
}
