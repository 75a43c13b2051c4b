package buoy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"sync"
	"time"
)

// KeySource gives the keys of an endpoint, for keys that rotate while the
// program runs: from a vault, a file, a database. buoy asks it before the first
// call, then at most once a minute, and after a key was refused. An error is
// reported while there are no keys yet; later the old ones stay in use. It must
// be safe for concurrent use and obey its context.
type KeySource func(ctx context.Context) ([]string, error)

// How long a key rests. The provider's own word comes first.
const (
	quotaRest   = time.Hour       // out of money, with no word when that ends
	rateRest    = 5 * time.Second // a 429 without a hint; doubling ...
	maxRateRest = time.Minute     // ... up to this
	longestRest = 24 * time.Hour  // for a hint that is too long to be read
)

// How often a KeySource is asked.
const (
	sourceEvery  = time.Minute
	sourceAtOnce = time.Second // after a refusal
)

// maxRests bounds what a key remembers of models, because callers choose those.
const maxRests = 256

// apiKey is one key of an endpoint. Its ring's mutex guards what changes.
type apiKey struct {
	secret string
	bare   []string // the header's values, built once
	bearer []string
	label  string // a short digest that tells keys apart and reveals none; "" for no key at all

	turn     uint64 // of its latest use
	disabled bool   // refused as wrong or expired
	until    time.Time
	reason   Kind
	// Rate limits are mostly a model's: another model on the same key may
	// go on.
	rests map[string]rest
}

// rest is a pause of one model on one key.
type rest struct {
	until   time.Time
	strikes int // 429s in a row without a hint
}

func newKey(secret string) *apiKey {
	k := &apiKey{secret: secret}
	if secret != "" {
		sum := sha256.Sum256([]byte(secret))
		k.label = "key-" + hex.EncodeToString(sum[:4])
		k.bare, k.bearer = []string{secret}, []string{"Bearer " + secret}
	}
	return k
}

// freeAt is when the key may be used for a model again; never, for a disabled one.
func (k *apiKey) freeAt(model string) (at time.Time, reason Kind, never bool) {
	at, reason = k.until, k.reason
	if r := k.rests[model].until; r.After(at) {
		at, reason = r, ErrRateLimit
	}
	return at, reason, k.disabled
}

// keyring holds an endpoint's keys and what is known of them. What one call
// learns serves all.
type keyring struct {
	endpoint string
	source   KeySource
	asking   chan struct{} // holds a token while the source is asked

	mu    sync.Mutex // guards the fields below and the keys' own
	keys  []*apiKey  // never empty, except before the source was asked
	turn  uint64
	asked time.Time
	stale bool // a key was refused since
}

func newKeyring(endpoint string, secrets []string, source KeySource) *keyring {
	r := &keyring{endpoint: endpoint, source: source, asking: make(chan struct{}, 1)}
	if source == nil && len(secrets) == 0 {
		secrets = []string{""} // no credentials, as local servers want it
	}
	r.replaceLocked(secrets)
	return r
}

// replaceLocked sets the keys; those that stay keep their state. It needs mu.
func (r *keyring) replaceLocked(secrets []string) {
	old := make(map[string]*apiKey, len(r.keys))
	for _, k := range r.keys {
		old[k.secret] = k
	}
	r.keys = make([]*apiKey, 0, len(secrets))
	for _, s := range secrets {
		k := old[s]
		if k == nil {
			k = newKey(s)
			old[s] = k
		} else if containsKey(r.keys, k) {
			continue // given twice
		}
		r.keys = append(r.keys, k)
	}
}

func containsKey(keys []*apiKey, k *apiKey) bool {
	for _, o := range keys {
		if o == k {
			return true
		}
	}
	return false
}

// KeysError says that none of an endpoint's keys can be used now; nothing was
// sent. It unwraps to its Kind: ErrAuth when all are disabled, ErrQuota when
// the first to come back is out of money.
type KeysError struct {
	Endpoint string
	Kind     Kind
	Keys     int       // how many there are
	Until    time.Time // when the first may be used again; zero for never
}

// Error names the endpoint and the time of the next return.
func (e *KeysError) Error() string {
	if e == nil {
		return "<nil>"
	}
	s := fmt.Sprintf("%s: %s: none of its %d keys can be used", e.Endpoint, e.Kind, e.Keys)
	if e.Until.IsZero() {
		return s + ": all were refused as wrong or expired"
	}
	return s + " before " + e.Until.Format(time.RFC3339)
}

// Unwrap returns the kind.
func (e *KeysError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Kind
}

// Format writes [KeysError.Error] for every verb.
func (e *KeysError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

func (e *KeysError) wait() time.Duration {
	if e == nil {
		return 0
	}
	return time.Until(e.Until)
}

// pick takes the key that was used least recently of those that may be used for
// a model, leaving out those that have refused this call while there are
// others. Where all rest, it returns when the first is back.
func (r *keyring) pick(now time.Time, model string, refused []*apiKey) (k *apiKey, soonest time.Time, reason Kind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reason = ErrAuth
	for _, again := range [...]bool{false, true} {
		for _, c := range r.keys {
			if !again && containsKey(refused, c) {
				continue
			}
			at, why, never := c.freeAt(model)
			switch {
			case never:
			case !now.Before(at):
				if k == nil || c.turn < k.turn {
					k = c
				}
			case soonest.IsZero() || at.Before(soonest):
				soonest, reason = at, why
			}
		}
		if k != nil {
			r.turn++
			k.turn = r.turn
			return k, time.Time{}, ""
		}
	}
	return nil, soonest, reason
}

// another reports whether a key that has not refused this call can be used now.
func (r *keyring) another(now time.Time, model string, refused []*apiKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		if at, _, never := k.freeAt(model); !never && !now.Before(at) && !containsKey(refused, k) {
			return true
		}
	}
	return false
}

// answered keeps what a good answer has shown of its key: a row of 429s is over,
// and an allowance that is used up makes it rest.
func (r *keyring) answered(k *apiKey, model string, limits RateLimitInfo) {
	wait := exhausted(limits)
	r.mu.Lock()
	defer r.mu.Unlock()
	if wait > 0 || k.rests[model].strikes > 0 {
		now := time.Now()
		k.restLocked(now, model, rest{until: now.Add(wait)})
	}
}

// learn keeps what a failure has shown of its key. An endpoint's only key is
// never disabled and rests only when the provider names a wait: asking costs
// little, and an account that was topped up then works at once.
func (r *keyring) learn(now time.Time, k *apiKey, model string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	only := len(r.keys) == 1
	hint, _ := RetryAfter(err)
	hint = min(hint, longestRest)
	if KindOf(err) == ErrLimit {
		return // our own refusal says nothing of the key
	}
	switch verdictOf(KindOf(err)).key {
	case keyDisable:
		k.disabled = !only
		k.reason = ErrAuth
		r.stale = true
	case keyCool:
		if KindOf(err) == ErrQuota {
			if !only {
				k.until, k.reason = now.Add(longer(hint, quotaRest)), ErrQuota
			}
			return
		}
		s := k.rests[model]
		if hint == 0 && !only {
			hint = time.Duration(min(float64(rateRest)*math.Pow(2, float64(s.strikes)), float64(maxRateRest)))
			s.strikes++
		}
		s.until = now.Add(hint)
		k.restLocked(now, model, s)
	}
}

// longer is the provider's wait where it named one.
func longer(hint, def time.Duration) time.Duration {
	if hint > 0 {
		return hint
	}
	return def
}

// exhausted is how long an allowance that is used up needs to come back: what
// the headers of a success say slows the next calls before a 429 does.
func exhausted(l RateLimitInfo) (wait time.Duration) {
	for _, a := range [...]Allowance{l.Requests, l.Tokens} {
		if a.Known && a.Remaining == 0 && a.Reset > 0 {
			wait = max(wait, a.Reset)
		}
	}
	return min(wait, longestRest)
}

// restLocked notes a pause. It needs the ring's mu.
func (k *apiKey) restLocked(now time.Time, model string, s rest) {
	if k.rests == nil {
		k.rests = make(map[string]rest)
	}
	if len(k.rests) >= maxRests {
		for m, old := range k.rests {
			if !old.until.After(now) {
				delete(k.rests, m)
			}
		}
		if len(k.rests) >= maxRests {
			clear(k.rests)
		}
	}
	k.rests[model] = s
}

// refresh asks the source where it is time.
func (r *keyring) refresh(ctx context.Context, now time.Time) error {
	if r.source == nil || !r.due(now) {
		return nil
	}
	select {
	case r.asking <- struct{}{}:
		defer func() { <-r.asking }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !r.due(now) { // somebody else was quicker
		return nil
	}
	secrets, err := r.source(ctx)
	if err == nil {
		err = checkKeys(r.endpoint, secrets)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked, r.stale = time.Now(), false
	if err == nil && len(secrets) > 0 {
		r.replaceLocked(secrets)
	}
	if len(r.keys) > 0 {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the key source of %s gave no key", r.endpoint)
	}
	r.asked = time.Time{}
	return &sourceError{err}
}

func (r *keyring) due(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	age := now.Sub(r.asked)
	return len(r.keys) == 0 || age >= sourceEvery || r.stale && age >= sourceAtOnce
}

// sourceError is a KeySource that failed before it ever gave a key. Its text is
// the source's own.
type sourceError struct{ err error }

func (e *sourceError) Error() string   { return "no key: " + e.err.Error() }
func (e *sourceError) Unwrap() []error { return []error{ErrAuth, e.err} }
