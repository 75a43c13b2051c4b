// Package status describes what a client of package buoy knows: how its endpoints did
// lately, the state of its breakers, keys, limits, budgets and quotas, the last errors. It is plain data, a copy of one moment, and is safe
// for concurrent use as long as nobody changes it. It has no key, prompt or answer.
package status

import (
	"time"

	"github.com/buoy-go/buoy/internal/meter"
	"github.com/buoy-go/buoy/money"
)

// BreakerState says what a breaker does with calls.
type BreakerState string

// The states of a breaker.
const (
	BreakerClosed   BreakerState = "closed"    // lets calls through
	BreakerOpen     BreakerState = "open"      // refuses them
	BreakerHalfOpen BreakerState = "half_open" // lets a few probes through
)

// Client is what a client knows at one moment: buoy.Client.Status returns it. Its JSON is
// stable: names stay, and lists without an element are [] and not null.
type Client struct {
	Time      time.Time  `json:"time"`
	Version   string     `json:"version"` // of buoy
	Endpoints []Endpoint `json:"endpoints"`
	Breakers  []Breaker  `json:"breakers"`
	Keys      []Key      `json:"keys"`
	Limits    []Limit    `json:"limits"`
	Budgets   []Budget   `json:"retry_budgets"`
	Quotas    []Quota    `json:"quotas"`
	Cache     *Cache     `json:"cache,omitzero"` // nil without WithCache
	Errors    []Error    `json:"errors"`         // the last 32, the newest first
}

// Endpoint describes where calls go, and how that went lately.
type Endpoint struct {
	Name string `json:"name"`
	URL  string `json:"url"` // without its query, which may hold a key
	// KeySourceFailing is since when Endpoint.KeySource of package buoy has failed; zero
	// if it answered the last time, or if there is none. Keys that it gave before stay in
	// use. The error is in the logs.
	KeySourceFailing time.Time `json:"key_source_failing,omitzero"`
	// Minutes are the last 60 minutes, the oldest first and the current one last.
	Minutes []Minute `json:"minutes"`
}

// Minute is what became of the requests that ended in a minute.
type Minute struct {
	Requests int `json:"requests"`
	Failed   int `json:"failed"` // those that the caller cancelled have not failed
	// MeanSeconds is how long they took on average. A stream takes until its end.
	MeanSeconds float64 `json:"mean_seconds"`
}

// Breaker describes one breaker.
type Breaker struct {
	Endpoint string       `json:"endpoint"`
	Model    string       `json:"model"`
	State    BreakerState `json:"state"`
	Until    time.Time    `json:"until,omitzero"` // for BreakerOpen: when the next probe may go
	// Reason is the buoy.Kind of Cause, as text: "server", "timeout"; "" without a Cause.
	Reason string `json:"reason,omitzero"`
	Cause  error  `json:"-"` // the last failure, nil if there was none
}

// KeyState says whether calls can use a key.
type KeyState string

// The states of a key, from the best to the worst.
const (
	KeyReady KeyState = "ready"
	// KeyLimited rests for some models, mostly because it was asked to go slower there.
	// Others may use it.
	KeyLimited KeyState = "limited"
	// KeyCooled rests for all models: it is out of money.
	KeyCooled KeyState = "cooled"
	// KeyRefused was refused as wrong or for money the last time it was asked, and is
	// asked on: there is no better one, or its rest is over. It ends with an answer.
	KeyRefused KeyState = "refused"
	// KeyDisabled was refused as wrong or expired, and is only probed. It ends when a
	// probe succeeds, or with Client.EnableKey of package buoy.
	KeyDisabled KeyState = "disabled"
)

// Usable reports whether calls can be expected to succeed with the key, some models aside.
func (s KeyState) Usable() bool { return s == KeyReady || s == KeyLimited }

// Key describes one key of a client. A key that may not do what a call asks
// (buoy.ErrPermission) is ready: others may have better luck with it.
type Key struct {
	Endpoint string   `json:"endpoint"`
	Label    string   `json:"label"` // as in buoy.Attempt.Key; never the key
	State    KeyState `json:"state"`
	Disabled bool     `json:"disabled"` // State is KeyDisabled
	// Until is when a key that is disabled or rests is tried again; of one that is
	// limited, when it is free for all models. It is zero where it may be tried now.
	Until time.Time `json:"until,omitzero"`
	// Reason is the buoy.Kind of the error for which it is not ready, as text: "auth",
	// "quota", "rate_limit"; "" if it is ready.
	Reason string `json:"reason,omitzero"`
	// Models are the models for which it rests, at most 256, the longest rest first.
	Models []ModelRest `json:"models,omitzero"`
}

// ModelRest is the rest of a key for one model.
type ModelRest struct {
	Model  string    `json:"model"` // as the endpoint names it
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"` // as Key.Reason
}

// Limit describes the local limits of one key.
type Limit struct {
	Endpoint string `json:"endpoint"`
	Key      string `json:"key"`      // label of the key, never the key itself
	Requests int    `json:"requests"` // how many may go now; 0 also if there is no such limit
	// Tokens is how many may go now. It is below 0 if answers were longer than
	// estimated, and also 0 if there is no such limit.
	Tokens  int `json:"tokens"`
	Running int `json:"running"` // calls that have started and not ended, including streams
	Waiting int `json:"waiting"` // calls in the queues
	// The limits themselves, 0 for none.
	RequestsPerMinute int `json:"requests_per_minute"`
	TokensPerMinute   int `json:"tokens_per_minute"`
	Concurrent        int `json:"concurrent"`
}

// Budget describes the retry budget of an endpoint and model: what retries may still cost.
type Budget struct {
	Endpoint string  `json:"endpoint"`
	Model    string  `json:"model"`
	Left     float64 `json:"left"`
	Capacity float64 `json:"capacity"` // that of the client; a call may have one of its own
}

// Cache says what the cache of a client was good for since the client was made.
type Cache struct {
	Hits      int64 `json:"hits"`
	Misses    int64 `json:"misses"`
	Stale     int64 `json:"stale"`     // old answers that were given in place of an error
	Coalesced int64 `json:"coalesced"` // calls that shared the request of another
	Stored    int64 `json:"stored"`
	Errors    int64 `json:"errors"` // it failed, was too slow, or held garbage
	// SavedTokens is what the answers that it gave had taken when they were made.
	SavedTokens int64 `json:"saved_tokens"`
}

// Error is an attempt that failed, or a call that failed before its first attempt. It has
// no message: those are in the logs.
type Error struct {
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"` // the buoy.Kind, as text
	Endpoint string    `json:"endpoint,omitzero"`
	Model    string    `json:"model,omitzero"`
	Status   int       `json:"status,omitzero"` // the HTTP status of the reply; 0 without one
}

// Quota says how much of a quota is spent.
type Quota struct {
	Name       string         `json:"name"`
	Refuses    bool           `json:"refuses,omitzero"`   // Quota.Refuse of package buoy is set: at its limit calls fail
	ByTenant   bool           `json:"by_tenant,omitzero"` // Quota.Per of package buoy is set: each tenant has one like this
	Tenant     string         `json:"tenant,omitzero"`    // what it returned; "" may be a tenant, too
	Tokens     int64          `json:"tokens"`             // spent in this period
	TokenLimit int64          `json:"token_limit"`        // 0 for none
	Cost       float64        `json:"cost"`
	CostLimit  float64        `json:"cost_limit"` // 0 for none
	Currency   money.Currency `json:"currency,omitzero"`
	// Unknown is the number of attempts that may have cost something unknown: there was
	// no usage, or of a quota with a CostLimit no cost and no price. They are not in the
	// sums.
	Unknown int64     `json:"unknown"`
	From    time.Time `json:"from"`  // when the period began
	Until   time.Time `json:"until"` // when it ends and the next begins
}

// Share returns the spent part of the limit; 1 is all of it. If there are two limits,
// it is that of the nearer one.
func (q Quota) Share() float64 {
	return meter.Count{Tokens: q.Tokens, Nanos: meter.Nanos(q.Cost)}.ShareOf(meter.Count{Tokens: q.TokenLimit, Nanos: meter.Nanos(q.CostLimit)})
}
