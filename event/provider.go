package event

import (
	"context"
	"time"
)

// Breaker says that a circuit breaker has changed its state. The states are those of
// buoy.BreakerState: "closed", "open" and "half_open".
type Breaker struct {
	Endpoint string
	Model    string
	From, To string
	Until    time.Time // for "open": when the next probe may go
	Err      error     // for "open": the failure that opened it
}

// BreakerObserver is told of breakers' changes, also of those that another client
// caused where they share a registry, until its own client is closed.
type BreakerObserver interface {
	ObserveBreaker(e Breaker)
}

// KeyState is what has become of a key.
type KeyState string

// The states.
const (
	KeyDisabled KeyState = "disabled" // refused as wrong or expired
	KeyCooled   KeyState = "cooled"   // it rests: out of money, or asked to go slower
	KeyRefused  KeyState = "refused"  // refused, and used on: there is no other
	KeyBack     KeyState = "back"     // it was answered again, or enabled
)

// Key says that a key went out, rests or is back. It comes once for each change: a key
// that is refused a second time in a row is no news.
type Key struct {
	Endpoint string
	Key      string // label of the key, never the key itself
	State    KeyState
	// Reason is why it is, or was, not used: "auth", "quota" or "rate_limit", as
	// buoy.Kind has them.
	Reason string
	// Model is what it rests for: for "rate_limit", and for "auth" where only the words of
	// the refusal say so. It is "" for all models.
	Model string
	// Until is when it is tried again; zero for "refused" and "back".
	Until time.Time
	Err   error  // the refusal; nil for "back"
	Call  uint64 // whose attempt told it, as in the events of that call; 0 where somebody enabled the key
}

// KeyObserver is told of keys' changes.
type KeyObserver interface {
	ObserveKey(ctx context.Context, e Key)
}

// QuotaReached says that a quota has reached a threshold. What was spent is in
// buoy.Client.Quotas and in the quota's own callback.
type QuotaReached struct {
	Name string
	// Tenant is what Quota.Per returned, "" without it. It may be a person's name: it is
	// neither logged nor made a label of a metric by buoy itself.
	Tenant     string
	Threshold  float64 // 0.75 for 75 %
	Share      float64 // spent of the limit, 1 for all of it
	Tokens     int64
	TokenLimit int64 // 0 for none
	Cost       float64
	CostLimit  float64 // 0 for none
	Currency   string
	Until      time.Time // when the period ends
}

// QuotaObserver is told of quotas' thresholds, of each once a period and tenant. Of several
// clients or instances that share a store, one is told.
type QuotaObserver interface {
	ObserveQuota(ctx context.Context, e QuotaReached)
}
