package keyring

import "time"

// Until is when a key's pauses are over, without the probes that go first then.
func (r *Ring) Until(k *Key, model string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := k.absence.until
	if s := k.rests[model]; s.until.After(at) {
		at = s.until
	}
	return at
}
