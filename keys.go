package buoy

import (
	"context"
	"fmt"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
)

// This file stands between the calls and internal/keyring, which knows whose turn it
// is and who rests: what an error tells a key, and what users are told of theirs.

// KeySource gives the keys of an endpoint, for keys that rotate while the
// program runs: from a vault, a file, a database. buoy asks it before the first
// call, then at most once a minute, and after a key was refused. An error is
// reported while there are no keys yet; later the old ones stay in use. It must
// be safe for concurrent use and obey its context.
type KeySource func(ctx context.Context) ([]string, error)

// newKeyring makes the ring of an endpoint whose keys were checked. What a source
// gives is checked as they were, each time.
func newKeyring(endpoint string, keys []string, source KeySource) *keyring.Ring {
	if source == nil {
		return keyring.New(keys, nil)
	}
	return keyring.New(nil, func(ctx context.Context) ([]string, error) {
		keys, err := source(ctx)
		if err == nil {
			err = checkKeys(endpoint, keys)
		}
		if err == nil && len(keys) == 0 {
			err = fmt.Errorf("the key source of %s gave no key", endpoint)
		}
		return keys, err
	})
}

// sourceError is a KeySource that failed before it ever gave a key. Its text is
// the source's own.
type sourceError struct{ err error }

func (e *sourceError) Error() string   { return "no key: " + e.err.Error() }
func (e *sourceError) Unwrap() []error { return []error{ErrAuth, e.err} }

// lessonOf asks the verdict table what a failure shows of its key.
func lessonOf(err error) keyring.Lesson {
	kind := KindOf(err)
	switch verdictOf(kind).key {
	case keyDisable:
		return keyring.Disable
	case keyCool:
		if kind == ErrQuota {
			return keyring.CoolQuota
		}
		return keyring.CoolRate
	}
	return keyring.Nothing
}

// keyKinds are the kinds of the reasons why a key cannot be used.
var keyKinds = [...]Kind{keyring.None: "", keyring.Auth: ErrAuth, keyring.Quota: ErrQuota, keyring.Rate: ErrRateLimit}

// exhausted is how long an allowance that is used up needs to come back: what
// the headers of a success say slows the next calls before a 429 does.
func exhausted(l RateLimitInfo) (wait time.Duration) {
	for _, a := range [...]Allowance{l.Requests, l.Tokens} {
		if a.Known && a.Remaining == 0 && a.Reset > 0 {
			wait = max(wait, a.Reset)
		}
	}
	return wait
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

// KeyStatus is what is known of one key of a client.
type KeyStatus struct {
	Endpoint string
	Label    string // as in Attempt.Key; never the key
	Disabled bool   // refused as wrong or expired; see Client.EnableKey
	// Until is when a key that is out of money may be tried again.
	Until  time.Time
	Reason Kind // why it is disabled or rests
}

// Keys returns what is known of the keys of all endpoints.
func (c *Client) Keys() []KeyStatus {
	var out []KeyStatus
	now := time.Now()
	for _, s := range c.sites {
		for _, k := range s.keys.Status(now) {
			out = append(out, KeyStatus{Endpoint: s.name, Label: k.Label, Disabled: k.Disabled, Until: k.Until, Reason: keyKinds[k.Reason]})
		}
	}
	return out
}

// EnableKey lets a key be used again that was disabled or rests: after it was
// unlocked or its account topped up. It reports whether there is such a key.
func (c *Client) EnableKey(endpoint, label string) bool {
	for _, s := range c.sites {
		if s.name == endpoint && s.keys.Enable(label) {
			return true
		}
	}
	return false
}

// SetKeys replaces the keys of an endpoint while the program runs. Keys that
// stay keep what is known of them; calls under way end with the key they have.
func (c *Client) SetKeys(endpoint string, keys ...string) error {
	if len(keys) == 0 {
		return fmt.Errorf("buoy: SetKeys for %s got no key", endpoint)
	}
	if err := checkKeys(endpoint, keys); err != nil {
		return fmt.Errorf("buoy: %w", err)
	}
	for _, s := range c.sites {
		if s.name == endpoint {
			s.keys.Replace(keys)
			return nil
		}
	}
	return fmt.Errorf("buoy: no endpoint is named %q", endpoint)
}
