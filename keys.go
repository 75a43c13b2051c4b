package buoy

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/affinity"
	"github.com/buoy-go/buoy/internal/gate"
	"github.com/buoy-go/buoy/internal/header"
	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/oneline"
	"github.com/buoy-go/buoy/status"
)

// This file connects calls with internal/keyring, which knows whose turn it is and which
// keys rest. It turns errors into lessons about a key, and states of keys into reports.

// KeySource returns the keys of an endpoint. Use it for keys that change while the
// program runs: from a vault, a file, a database. The first call asks it and waits for
// the answer. After that it is asked in the background: at most once a minute, and
// after a key was refused. If a call's key was refused and no other is free, that call
// asks it and waits.
//
// Its error fails a call only while there are no keys yet; later the old keys stay in
// use. It is called by one goroutine at a time and has 10 s. It must be safe for
// concurrent use and obey its context, which has the values of the call that asked
// first.
type KeySource func(ctx context.Context) ([]string, error)

// same tells one source from another by the closure: two of one function's look the
// same and may hold different things.
func (f KeySource) same(o KeySource) bool {
	at := func(f KeySource) uint64 {
		return reflect.NewAt(reflect.TypeFor[uintptr](), reflect.ValueOf(&f).UnsafePointer()).Elem().Uint()
	}
	return at(f) == at(o)
}

// KeyOrder says which of the usable keys of an endpoint is taken.
type KeyOrder string

// The orders of keys.
const (
	// KeysSticky, the default, gives a conversation one key, so that the provider's
	// prompt cache stays warm: cached input costs a half to a tenth. What a conversation
	// is says [WithSession], else Request.PromptCacheKey, else its system text, the names
	// of its tools and the first user message. Conversations are spread evenly. Where
	// the key rests, is at its limit or has refused the call, the conversation has a
	// second key, always the same, until the first can be used again. All processes with
	// the same keys choose alike.
	KeysSticky KeyOrder = "sticky"
	// KeysSpread takes the least recently used key, so that the keys share the load.
	KeysSpread KeyOrder = "spread"
	// KeysInOrder takes the first key that can be used; the others are backups.
	KeysInOrder KeyOrder = "in_order"
)

var keyOrders = map[KeyOrder]keyring.Order{
	"": keyring.Sticky, KeysSticky: keyring.Sticky, KeysSpread: keyring.Spread, KeysInOrder: keyring.InOrder,
}

// WithSession says to which conversation a call belongs, by any text that its calls
// share. They go to the same key while it can be used; see [KeysSticky]. The text is
// not sent.
func WithSession(id string) CallOption {
	return callOption(func(s *settings) { s.session = id })
}

// askFor is what a call wants of the keys of a site, which its route remembers.
func askFor(c *Call, s *site, model string, avoid ...*keyring.Key) keyring.Ask {
	ask := keyring.Ask{Model: model}
	ask.Refused, ask.ForGood = c.state.choice.refusals()
	ask.Refused = append(ask.Refused, avoid...)
	if !s.keys.Sticky() || c.Request == nil {
		return ask
	}
	st := c.state
	c.route.affinity = affinity.Of(st.settings.session, c.Request)
	ask.Affinity = c.route.affinity
	if l := st.client.limitOf(s); !l.isZero() {
		ask.Busy = func(label string) bool {
			g, ok := st.client.gates.Known(gate.Key{Endpoint: s.name, Label: label})
			return ok && g.Busy()
		}
	}
	return ask
}

// newKeyring makes the ring of an endpoint whose keys were checked. What a source
// gives is checked as they were, each time.
func newKeyring(endpoint string, keys []string, source KeySource, order keyring.Order) *keyring.Ring {
	if source == nil {
		return keyring.New(keys, nil, order)
	}
	return keyring.New(nil, func(ctx context.Context) ([]string, error) {
		keys, err := source(ctx)
		if err == nil {
			err = header.CheckKeys(endpoint, keys)
		}
		if err == nil && len(keys) == 0 {
			err = fmt.Errorf("the key source of %s gave no key", endpoint)
		}
		return keys, err
	}, order)
}

// sourceError is a KeySource that failed before it ever gave a key. Its text is
// the source's own.
type sourceError struct{ err error }

func (e *sourceError) Error() string   { return "no key: " + e.err.Error() }
func (e *sourceError) Unwrap() []error { return []error{ErrAuth, e.err} }

// lessonOf asks the verdict table what a failure shows of its key.
func lessonOf(err error) keyring.Lesson {
	kind := KindOf(err)
	api, _ := errors.AsType[*APIError](err)
	switch verdictOf(kind).key {
	case keyDisable:
		if api != nil && api.byText {
			return keyring.Doubt
		}
		return keyring.Disable
	case keyCool:
		switch {
		case api != nil && api.ofRequest:
			return keyring.Nothing // a smaller request may go with this very key
		case kind == ErrQuota:
			return keyring.CoolQuota
		}
		return keyring.CoolRate
	}
	return keyring.Nothing
}

// keyKinds are the kinds of the reasons why a key cannot be used.
var keyKinds = [...]Kind{keyring.None: "", keyring.Auth: ErrAuth, keyring.Quota: ErrQuota, keyring.Rate: ErrRateLimit}

// tellKey tells those who listen what has become of a key.
func tellKey(ctx context.Context, c *Client, e event.Key, change keyring.Change) {
	if change.Reason == keyring.None {
		return
	}
	e.State, e.Reason, e.Model, e.Until = event.KeyCooled, string(keyKinds[change.Reason]), change.Model, change.Until
	switch {
	case change.Back:
		e.State = event.KeyBack
	case change.Until.IsZero():
		e.State = event.KeyRefused
	case change.Reason == keyring.Auth && change.Model == "":
		e.State = event.KeyDisabled
	}
	c.audience.Key(ctx, e)
}

// KeysError says that none of an endpoint's keys can be used now. Nothing was sent. It
// unwraps to its Kind: ErrAuth if all are disabled, ErrQuota if the first to come back
// is out of money. [Client.EnableKey] makes a key usable at once.
type KeysError struct {
	Endpoint string
	Kind     Kind
	Keys     int       // how many there are
	Until    time.Time // when the first may be used again; zero for never
}

// Error returns the endpoint and the time when the first key can be used again.
func (e *KeysError) Error() string {
	if e == nil {
		return "<nil>"
	}
	s := fmt.Sprintf("%s: %s: none of its %d keys can be used", e.Endpoint, e.Kind, e.Keys)
	if e.Until.IsZero() {
		s += ": all were refused as wrong or expired"
	} else {
		s += " before " + e.Until.Format(time.RFC3339)
	}
	return s + "; Client.EnableKey lets one go that was mended"
}

// Unwrap returns the kind.
func (e *KeysError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Kind
}

// Format writes the text of [KeysError.Error] for every verb.
func (e *KeysError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

func (e *KeysError) wait() time.Duration {
	if e == nil {
		return 0
	}
	return time.Until(e.Until)
}

// Keys returns the state of the keys of all endpoints.
func (c *Client) Keys() []status.Key {
	var out []status.Key
	now := time.Now()
	for _, s := range c.sites {
		for _, k := range s.keys.Status(now) {
			key := status.Key{Endpoint: s.name, Label: k.Label, State: status.KeyState(k.State), Disabled: k.State == keyring.Disabled, Until: k.Until, Reason: string(keyKinds[k.Reason])}
			for _, m := range k.Models {
				key.Models = append(key.Models, status.ModelRest{Model: oneline.Of(m.Model, 100), Until: m.Until, Reason: string(keyKinds[m.Reason])})
			}
			out = append(out, key)
		}
	}
	return out
}

// EnableKey makes a key usable again that is disabled or rests. Call it when the key
// was unlocked or its account topped up. It reports whether there is such a key.
func (c *Client) EnableKey(endpoint, label string) bool {
	for _, s := range c.sites {
		if s.name != endpoint {
			continue
		}
		if change, ok := s.keys.Enable(label); ok {
			tellKey(context.Background(), c, event.Key{Endpoint: endpoint, Key: label}, change)
			return true
		}
	}
	return false
}

// SetKeys replaces the keys of an endpoint while the program runs. What is known about
// keys that stay is kept. Running calls end with the key that they have. The error
// names what is wrong with the endpoint or the keys; the old keys then stay.
func (c *Client) SetKeys(endpoint string, keys ...string) error {
	if len(keys) == 0 {
		return fmt.Errorf("buoy: SetKeys for %s got no key", endpoint)
	}
	if err := header.CheckDistinct(endpoint, keys); err != nil {
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
