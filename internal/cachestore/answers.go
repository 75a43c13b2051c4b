package cachestore

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/buoy-go/buoy/chat"
)

// Answers are the answers in a store. It is safe for concurrent use.
type Answers struct {
	*Store
	TTL   time.Duration // how long an answer is fresh, less up to a tenth
	Stale time.Duration // how long it is of use after that
}

// Wanted says which answer is looked for.
type Wanted struct {
	Key      string
	Endpoint string // what is expected of the entry, so that it costs no memory
	Model    string
	N        int // choices that were asked for, 0 where that is not known
}

// Found is an answer that was stored.
type Found struct {
	Response *chat.Response // its Info says where it is from
	Body     []byte         // what Response was decoded from
	Fresh    bool           // else it is of use in place of an error
}

// Look looks for an answer; found is nil for none, or one that is past all use. level is
// the one that had it, also where it is damaged.
func (a *Answers) Look(ctx context.Context, w *Wanted) (found *Found, level string, err error) {
	value, level, ok, err := a.Get(ctx, w.Key)
	if err != nil || !ok {
		return nil, "", err
	}
	e := Entry{Endpoint: w.Endpoint, Model: w.Model}
	if err := e.Decode(value, w.Key); err != nil {
		return nil, level, err
	}
	now := time.Now()
	fresh := now.Before(e.Until)
	if !fresh && !now.Before(e.Until.Add(a.Stale)) {
		return nil, level, nil
	}
	f := new(struct {
		found    Found
		response chat.Response
	})
	f.found = Found{&f.response, e.Response, fresh}
	if err := e.Answer(chat.Asked{N: w.N}, &f.response); err != nil {
		return nil, level, err
	}
	f.response.Info = chat.CallInfo{Endpoint: e.Endpoint, Model: e.Model, RequestID: e.RequestID, Cache: level}
	return &f.found, level, nil
}

// Keep stores an answer whose reply is body; see Set.
func (a *Answers) Keep(ctx context.Context, key string, info *chat.CallInfo, body []byte, told func(error, time.Duration)) {
	ttl := a.TTL - time.Duration(rand.Int64N(int64(a.TTL)/10+1))
	now := time.Now()
	e := Entry{Stored: now, Until: now.Add(ttl), Endpoint: info.Endpoint, Model: info.Model, RequestID: info.RequestID, Response: body}
	a.Set(ctx, key, e.Encode(key), ttl+a.Stale, told)
}
