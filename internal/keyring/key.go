package keyring

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// maxRests bounds what a key remembers of models, because callers choose those.
const maxRests = 256

// Key is one key of an endpoint. Its methods never change their answers and are
// safe for concurrent use.
type Key struct {
	secret string
	bare   []string // the header's values, built once
	bearer []string
	label  string

	// The ring's mutex guards the fields below.

	turn     uint64 // of its latest use
	disabled bool   // refused as wrong or expired
	until    time.Time
	reason   Reason
	// Rate limits are mostly a model's: another model on the same key may
	// go on.
	rests map[string]rest
}

// rest is a pause of one model on one key.
type rest struct {
	until   time.Time
	strikes int // 429s in a row without a hint
}

func newKey(secret string) *Key {
	k := &Key{secret: secret}
	if secret != "" {
		sum := sha256.Sum256([]byte(secret))
		k.label = "key-" + hex.EncodeToString(sum[:4])
		k.bare, k.bearer = []string{secret}, []string{"Bearer " + secret}
	}
	return k
}

// Secret is the key itself; "" for no key at all, as local servers want it.
func (k *Key) Secret() string { return k.secret }

// Label is a short digest that tells keys apart and reveals none; "" for no key at
// all.
func (k *Key) Label() string { return k.label }

// Bare is the key as the values of a header, built once: nobody may change them.
func (k *Key) Bare() []string { return k.bare }

// Bearer is [Key.Bare] with "Bearer" in front.
func (k *Key) Bearer() []string { return k.bearer }

// freeAtLocked is when the key may be used for a model again; never, for a disabled
// one. It needs the ring's mu.
func (k *Key) freeAtLocked(model string) (at time.Time, reason Reason, never bool) {
	at, reason = k.until, k.reason
	if r := k.rests[model].until; r.After(at) {
		at, reason = r, Rate
	}
	return at, reason, k.disabled
}

// freeLocked reports whether the key may be used for a model now. It needs the
// ring's mu.
func (k *Key) freeLocked(now time.Time, model string) bool {
	at, _, never := k.freeAtLocked(model)
	return !never && !now.Before(at)
}

// restLocked notes a pause. It needs the ring's mu.
func (k *Key) restLocked(now time.Time, model string, s rest) {
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
