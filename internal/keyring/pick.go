package keyring

import (
	"cmp"
	"slices"
	"time"
)

// Pick takes a key of those that may be used, leaving out those that have refused this
// call while there are others. Where none may, or others wait for one, it says when
// the first is back. While no key rests it costs the same for one key and for
// thousands.
func (r *Ring) Pick(now time.Time, ask Ask) (*Key, Rest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queues) > 0 && r.queues[ask.Model] != nil {
		return nil, r.restLocked(now, ask.Model)
	}
	return r.pickLocked(now, &ask)
}

// rank is in which order the keys are looked at for a call.
type rank uint8

const (
	before rank = iota // it has not refused the call
	again              // it was too busy
	atLast             // it has refused the call for good
)

func (a *Ask) rankOf(k *Key) rank {
	switch {
	case slices.Contains(a.ForGood, k):
		return atLast
	case slices.Contains(a.Refused, k):
		return again
	}
	return before
}

// pickLocked needs mu.
func (r *Ring) pickLocked(now time.Time, ask *Ask) (*Key, Rest) {
	for _, which := range [...]rank{before, again, atLast} {
		if which != before && len(ask.Refused) == 0 {
			break
		}
		free := func(k *Key) bool {
			return ask.rankOf(k) == which && (ask.dares && k.doubtfulLocked(ask.Model) || !ask.dares && k.freeLocked(now, ask.Model))
		}
		if k := r.bestLocked(ask, free); k != nil {
			r.useLocked(k)
			k.running++
			r.running++
			if r.order == Sticky && len(r.keys) > 1 {
				r.talks[ask.Affinity]++
			}
			if !ask.dares { // who dares goes beside the trickle
				k.leaveLocked(now, ask.Model)
			}
			return k, Rest{}
		}
	}
	return nil, r.restLocked(now, ask.Model)
}

// bestLocked is the one of the free keys whose turn it is, nil for none. It needs mu.
func (r *Ring) bestLocked(ask *Ask, free func(*Key) bool) *Key {
	if len(r.keys) == 1 { // as of most
		if free(r.keys[0]) {
			return r.keys[0]
		}
		return nil
	}
	switch r.order {
	case InOrder:
		if i := slices.IndexFunc(r.keys, free); i >= 0 {
			return r.keys[i]
		}
	case Sticky:
		if r.talks[ask.Affinity] >= fewTurns {
			return r.longestUnusedLocked(free)
		}
		// Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam,
		// 2018): a burst of one conversation is spread.
		most := max(fewRunning, (3*(r.running+1)+2*len(r.keys)-1)/(2*len(r.keys)))
		k := r.nearestLocked(ask.Affinity, func(k *Key) bool {
			return k.running < most && free(k) && (ask.Busy == nil || !ask.Busy(k.label))
		})
		if k != nil {
			return k
		}
		return r.nearestLocked(ask.Affinity, free)
	case Spread:
		return r.longestUnusedLocked(free)
	}
	return nil
}

// longestUnusedLocked is the free key whose latest use is longest ago, nil for none. It
// needs mu.
func (r *Ring) longestUnusedLocked(free func(*Key) bool) *Key {
	for k := r.oldest; k != nil; {
		if free(k) {
			return k
		}
		if k = k.next; k == r.oldest {
			break
		}
	}
	return nil
}

// Done says that the answer to a call that picked k has begun, or that there is none.
// Each Pick of a key is followed by one, with the same affinity; of nil it does nothing.
func (r *Ring) Done(k *Key, affinity uint64) {
	if k == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k.running--
	r.running--
	if len(r.talks) == 0 {
		return
	}
	if r.talks[affinity]--; r.talks[affinity] <= 0 {
		delete(r.talks, affinity)
	}
}

// Overtaken is until when a key rests because of a refusal since it was picked, at
// u.Begun; the zero value where it may be used.
func (r *Ring) Overtaken(now time.Time, u Use) (until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range [...]rest{u.Key.absence, u.Key.rests[u.Model]} {
		if s.resting() && s.since.After(u.Begun) && s.until.After(now) && s.until.After(until) {
			until = s.until
		}
	}
	return until
}

// A conversation has a turn at a time, and perhaps a hedge. With more calls under way
// than this, it is many calls that begin alike, and they share the keys.
const fewTurns = 3

// A key with this many calls under way is not busy, whatever the others have; nor is
// one with less than one and a half times the mean.
const fewRunning = 8

// Up to this many keys, each is asked how near it is to a conversation.
const fewKeys = 32

// nearestLocked is the first of the good keys in the order that a conversation has for
// all keys, nil for none. When a key comes or goes, only the conversations move whose
// key it becomes or was. It needs mu.
//
// For few keys this is rendezvous hashing (Thaler and Ravishankar, 1998). For many it
// tries places of jump consistent hashing (Lamping and Veach, 2014), whose cost hardly
// grows with their number; then a key that leaves from the middle moves those behind it.
func (r *Ring) nearestLocked(affinity uint64, good func(*Key) bool) (best *Key) {
	if len(r.keys) > fewKeys {
		for try := range uint64(fewKeys) {
			if k := r.keys[jump(Mix(affinity+try), len(r.keys))]; good(k) {
				return k
			}
		}
	}
	var most uint64
	for _, k := range r.keys {
		if score := Mix(affinity ^ k.hash); (best == nil || score > most) && good(k) {
			best, most = k, score
		}
	}
	return best
}

// Mix spreads the bits of a number: the finalizer of SplitMix64 (Steele, Lea and Flood,
// 2014).
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// jump is the place of a number among n, as arXiv:1406.2294 has it.
func jump(number uint64, n int) int {
	at, next := int64(-1), int64(0)
	for next < int64(n) {
		at = next
		number = number*2862933555777941757 + 1
		next = int64(float64(at+1) * (float64(int64(1)<<31) / float64(number>>33+1)))
	}
	return int(at)
}

// lineUpLocked makes the ring of keys by their latest use. It needs mu.
func (r *Ring) lineUpLocked() {
	byUse := slices.Clone(r.keys)
	slices.SortStableFunc(byUse, func(a, b *Key) int { return cmp.Compare(a.turn, b.turn) })
	r.oldest = nil
	for i, k := range byUse {
		k.prev, k.next = byUse[(i+len(byUse)-1)%len(byUse)], byUse[(i+1)%len(byUse)]
	}
	if len(byUse) > 0 {
		r.oldest = byUse[0]
	}
}

// useLocked makes a key the latest one. It needs mu.
func (r *Ring) useLocked(k *Key) {
	r.turn++
	k.turn = r.turn
	if r.oldest == k {
		r.oldest = k.next
		return
	}
	k.prev.next, k.next.prev = k.next, k.prev
	latest := r.oldest.prev
	k.prev, k.next = latest, r.oldest
	latest.next, r.oldest.prev = k, k
}
