package cachekey

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/buoy-go/buoy/caching"
	"github.com/buoy-go/buoy/chat"
)

// Accepts reports a request that a policy wants to be looked up and stored.
func Accepts(ctx context.Context, p *caching.Policy, r *chat.Request) bool {
	if p.Accept != nil {
		return p.Accept(ctx, r)
	}
	return Fixed(r)
}

// Fixed reports a request that asks for the same answer each time: its temperature is 0,
// or it has a seed. Extra counts where it has such a member.
func Fixed(r *chat.Request) bool {
	if v, ok := r.Extra["seed"]; ok && v != nil || !ok && r.Seed != nil {
		return true
	}
	if v, ok := r.Extra["temperature"]; ok {
		return isZero(v)
	}
	return r.Temperature != nil && *r.Temperature == 0
}

// isZero reports a value that is sent as the number 0.
func isZero(v any) bool {
	text, err := json.Marshal(v)
	if err != nil {
		return false
	}
	f, err := strconv.ParseFloat(string(text), 64)
	return err == nil && f == 0
}

// Copy returns a request that is sent as the same JSON and shares no memory with r.
func Copy(r *chat.Request) (*chat.Request, error) {
	data, err := r.MarshalJSON()
	if err != nil {
		return nil, err
	}
	c := new(chat.Request)
	return c, c.UnmarshalJSON(data)
}
