package keyring

import "time"

// Keys of one account mostly share its allowance, so that a burst which one key refuses
// would be refused by each of the others: forty calls at once sent up to 160 requests
// to five keys. After a first refusal the other keys are therefore in doubt for that
// model until one of them has answered something: a trickle of calls goes on, as after
// a pause, and the rest wait for what it is told.
const (
	// What has answered a call that began in the last minute is most likely good, and
	// so many go on to all such keys together before the trickle. They cost no time
	// where one key is refused and the others are not.
	lately   = time.Minute
	headway  = 12
	minAhead = 1

	longestDoubt = longestPause // nobody has asked the key since: it is as good as new
)

// doubtLocked casts a doubt on the keys beside one that was told to go slower. It needs
// mu.
func (r *Ring) doubtLocked(now time.Time, refused *Key, model string) {
	for _, k := range r.keys {
		s := k.rests[model]
		if k == refused || s.resting() || s.doubt && now.Sub(s.since) <= longestDoubt {
			continue
		}
		s = rest{doubt: true, since: now}
		if now.Sub(k.answered) <= lately {
			s.free = max(headway/(len(r.keys)-1), minAhead)
		}
		k.keepLocked(now, model, s)
	}
}

// Dare is [Ring.Pick] for a call that cannot wait: it goes past those who do, to a key
// that nothing but a doubt is against. Without one it returns nil.
func (r *Ring) Dare(now time.Time, ask Ask) *Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	ask.dares = true
	k, _ := r.pickLocked(now, &ask)
	return k
}
