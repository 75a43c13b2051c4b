package keyring

import (
	"crypto/sha256"
	"encoding/binary"
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
	hash   uint64 // the same in every process

	// The ring's mutex guards the fields below.

	turn       uint64    // of its latest use
	prev, next *Key      // in the order of use
	running    int       // calls that have picked it and whose answer has not begun
	answered   time.Time // when the latest that was answered began, unless one was told to go slower since
	absence    rest      // refused as wrong or expired, or out of money: for all models
	// Rate limits are mostly a model's: another model on the same key may
	// go on.
	rests map[string]rest
	told  Reason    // why users were told that it is out; None when it is back
	since time.Time // of the latest refusal as wrong or for money
}

func newKey(secret string) *Key {
	k := &Key{secret: secret, hash: 1}
	if secret != "" {
		sum := sha256.Sum256([]byte(secret))
		k.label = "key-" + hex.EncodeToString(sum[:4])
		k.hash = binary.LittleEndian.Uint64(sum[8:])
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

// mayGoLocked reports whether the key is neither refused nor out of money. It needs
// the ring's mu.
func (k *Key) mayGoLocked(now time.Time) bool {
	return k.absence.reason != Auth && !k.absence.until.After(now)
}

// restLocked is when the key may be used for a model. It needs the ring's mu.
func (k *Key) restLocked(model string) (r Rest) {
	if k.absence.resting() {
		r.At, r.Named = k.absence.freeAt()
		r.Reason = k.absence.reason
	}
	switch s := k.rests[model]; {
	case s.resting():
		if at, named := s.freeAt(); r.Reason == None || at.After(r.At) {
			r = Rest{At: at, Reason: s.reason, Named: named}
		}
	case s.doubt && (r.Reason == None || s.next.After(r.At)):
		r = Rest{At: s.next, Reason: Rate}
	}
	return r
}

// freeLocked reports whether the key may be used for a model now. It needs the
// ring's mu.
func (k *Key) freeLocked(now time.Time, model string) bool {
	return !k.restLocked(model).At.After(now)
}

// doubtfulLocked reports whether nothing but a doubt is against the key. It needs the
// ring's mu.
func (k *Key) doubtfulLocked(model string) bool {
	return !k.absence.resting() && k.rests[model].doubt
}

// leaveLocked notes that the key is used. It needs the ring's mu.
func (k *Key) leaveLocked(now time.Time, model string) {
	if k.absence.resting() {
		k.absence.leave(now)
	}
	switch s := k.rests[model]; {
	case s.doubt && now.Sub(s.since) > longestDoubt:
		delete(k.rests, model)
	case s.resting(), s.doubt:
		s.leave(now)
		k.rests[model] = s
	}
}

// keepLocked keeps a model's pause, or forgets it. It needs the ring's mu.
func (k *Key) keepLocked(now time.Time, model string, s rest) {
	if !s.resting() && !s.doubt {
		delete(k.rests, model)
		return
	}
	if k.rests == nil {
		k.rests = make(map[string]rest)
	}
	if _, known := k.rests[model]; !known && len(k.rests) >= maxRests {
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

// outLocked is the change of a key that is refused as wrong or for money, which is told
// once until it is answered. It needs the ring's mu.
func (k *Key) outLocked(now time.Time, why Reason, until time.Time) (c Change) {
	k.since = now
	if k.told == why {
		return c
	}
	k.told = why
	return Change{Reason: why, Until: until}
}
