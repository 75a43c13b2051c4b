package keyring

import "slices"

// Refusals are the keys that have refused a call. A nil one has none.
type Refusals struct{ all, forGood []*Key }

// With returns r, or a new one, with one more key. forGood says that no wait ends its
// refusal.
func (r *Refusals) With(k *Key, forGood bool) *Refusals {
	if r == nil {
		r = new(Refusals)
	}
	if !slices.Contains(r.all, k) {
		r.all = append(r.all, k)
	}
	if forGood && !slices.Contains(r.forGood, k) {
		r.forGood = append(r.forGood, k)
	}
	return r
}

// All are the keys so far; what is added later does not change them.
func (r *Refusals) All() []*Key {
	if r == nil {
		return nil
	}
	return slices.Clip(r.all)
}

// ForGood are those of them whose refusal no wait ends.
func (r *Refusals) ForGood() []*Key {
	if r == nil {
		return nil
	}
	return slices.Clip(r.forGood)
}
