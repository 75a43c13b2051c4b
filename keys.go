package buoy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// This file chooses the endpoint and the key of an attempt: a fresh choice for
// each, so a retry rotates by itself.

// route is the chosen endpoint and key.
type route struct {
	site *site
	key  *apiKey
}

// apiKey is one key of an endpoint. It never changes.
type apiKey struct {
	secret string
	bare   []string // the header's values, built once
	bearer []string
	label  string // a short digest that tells keys apart and reveals none
}

// keyring holds an endpoint's keys.
type keyring struct {
	keys []*apiKey

	mu   sync.Mutex // guards next
	next int        // whose turn it is
}

func newKeyring(secrets []string) *keyring {
	r := &keyring{}
	for _, s := range secrets {
		sum := sha256.Sum256([]byte(s))
		r.keys = append(r.keys, &apiKey{
			secret: s, bare: []string{s}, bearer: []string{"Bearer " + s},
			label: "key-" + hex.EncodeToString(sum[:4]),
		})
	}
	return r
}

// pick returns the next key in turn, nil where the endpoint has none.
func (r *keyring) pick() *apiKey {
	if len(r.keys) < 2 {
		if len(r.keys) == 0 {
			return nil
		}
		return r.keys[0]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.keys[r.next%len(r.keys)]
	r.next++
	return k
}

// chooseRoute sets endpoint, model and key of an attempt.
func chooseRoute(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		c := *call
		c.choose()
		return next(ctx, &c)
	}
}

// choose takes the client's endpoint and the key whose turn it is.
func (c *Call) choose() {
	if c.shared == nil || c.shared.client == nil {
		return // a chain by hand, over a handler by hand
	}
	s := c.shared.client.primary
	c.route = route{site: s, key: s.keys.pick()}
	c.Endpoint = s.name
	c.Model = s.model(c.Model)
	if c.route.key != nil {
		c.Key = c.route.key.label
	}
}
