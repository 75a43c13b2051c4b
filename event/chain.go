package event

import (
	"context"
	"time"
)

// What a call waits for in a [LimitWait].
const (
	WaitPermit = "permit" // one of RateLimit.Concurrent
	WaitRate   = "rate"   // its turn, by requests or tokens a minute
	WaitKey    = "key"    // a key that rests
	WaitTenant = "tenant" // its tenant's limit
)

// LimitWait says that a call has waited here, and goes on.
type LimitWait struct {
	Call     uint64
	Endpoint string
	Model    string
	Key      string // label of the key
	For      string // [WaitPermit], [WaitRate], [WaitKey] or [WaitTenant]
	Wait     time.Duration
}

// LimitObserver is told of waits for local limits and for keys.
type LimitObserver interface {
	ObserveLimit(ctx context.Context, e LimitWait)
}

// Fallback says that a call goes on to another target.
type Fallback struct {
	Call       uint64
	Endpoint   string // of the target that failed
	Model      string
	ToEndpoint string // of the next; "" for the last resort
	ToModel    string
	LastResort bool  // the function of WithFallbackFunc is next
	Err        error // the failure
}

// FallbackObserver is told of fallbacks.
type FallbackObserver interface {
	ObserveFallback(ctx context.Context, e Fallback)
}

// Hedge says that a second request begins beside a slow one.
type Hedge struct {
	Call       uint64
	Endpoint   string // of the slow one
	Model      string
	ToEndpoint string // where the second goes; the same where another key is asked
	ToModel    string
	Wait       time.Duration // since the slow one was sent
}

// HedgeObserver is told of hedges, on a goroutine of their own.
type HedgeObserver interface {
	ObserveHedge(ctx context.Context, e Hedge)
}

// Recovery says that a stream goes on after an interruption.
type Recovery struct {
	Call      uint64
	Endpoint  string // of the answer that goes on
	Model     string
	Continued bool  // it continues the text; else it was asked again from the start
	Err       error // the interruption
}

// RecoveryObserver is told of recoveries, on the goroutine that reads the stream.
type RecoveryObserver interface {
	ObserveRecovery(ctx context.Context, e Recovery)
}
