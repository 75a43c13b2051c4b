package cachestore

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"

	"github.com/buoy-go/buoy/caching"
	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/saturate"
)

// Answers are the answers in a store; nil where there is no store. It is safe for
// concurrent use.
type Answers struct {
	*Store
	ttl   time.Duration // how long an answer is fresh, less up to a tenth
	stale time.Duration // how long it is of use after that
}

// NewAnswers makes them of a cache, as a policy says; nil of none.
func NewAnswers(c caching.Cache, p caching.Policy) *Answers {
	if c == nil {
		return nil
	}
	return &Answers{New(c, max(0, cmp.Or(p.MaxWait, 100*time.Millisecond))), cmp.Or(p.TTL, time.Hour), p.StaleOnError}
}

// Wanted says which answer is looked for, and may be stored.
type Wanted struct {
	Key      string
	Endpoint string // label of the endpoint that is asked first; "" where there is none
	Model    string // its name for the model
	N        int    // choices that were asked for, 0 where that is not known
}

// Found is an answer that was stored.
type Found struct {
	Response *chat.Response // its Info says where it is from
	Body     []byte         // what Response was decoded from
	Fresh    bool           // else it is of use in place of an error
}

// Look looks for an answer; found is nil for none, or one that is past all use. told is a
// hit, a miss or an error. Without a cache there is nothing to find or to tell. now is the
// time, which the caller reads for less than time.Now costs.
func (a *Answers) Look(ctx context.Context, now time.Time, w *Wanted) (found *Found, told event.Cache) {
	if a == nil {
		return nil, told
	}
	value, level, ok, err := a.Get(ctx, w.Key)
	told.Err, told.Wait = err, time.Since(now)
	if ok && err == nil {
		told.Level = level
		found, told.Err = a.found(value, level, now.Add(told.Wait), w)
	}
	switch {
	case told.Err != nil:
		told.Result = event.CacheError
	case found != nil && found.Fresh:
		told.Result, told.Saved = event.CacheHit, found.Response.Usage
	default:
		told.Result, told.Level = event.CacheMiss, ""
	}
	return found, told
}

// StandIn marks an old answer as given in the place of an error.
func (f *Found) StandIn(cause error) event.Cache {
	info := &f.Response.Info
	info.Degraded, info.Cause = true, cause
	return event.Cache{Result: event.CacheStale, Level: info.Cache, Saved: f.Response.Usage, Err: cause}
}

// found reads a value that the store had.
func (a *Answers) found(value []byte, level string, now time.Time, w *Wanted) (*Found, error) {
	e := Entry{Endpoint: w.Endpoint, Model: w.Model}
	if err := e.Decode(value, w.Key); err != nil {
		return nil, err
	}
	fresh := now.Before(e.Until)
	if !fresh && !now.Before(e.Until.Add(a.stale)) {
		return nil, nil
	}
	f := new(struct {
		found    Found
		response chat.Response
	})
	f.found = Found{&f.response, e.Response, fresh}
	if err := e.Answer(chat.Asked{N: w.N}, &f.response); err != nil {
		return nil, err
	}
	f.response.Info = chat.CallInfo{Endpoint: e.Endpoint, Model: e.Model, RequestID: e.RequestID, Cache: level}
	return &f.found, nil
}

// Keep stores an answer whose reply is body, behind the caller's back, see Set. It leaves
// out what is not complete, and what is not that of the endpoint and model that are wanted:
// a fallback's, or one that a middleware has made up. Without an endpoint all that is
// complete is stored. tally counts how that went, before Flush returns, and told hears of
// it.
func (a *Answers) Keep(ctx context.Context, w *Wanted, resp *chat.Response, body []byte, tally *Tally, told func(event.Cache)) {
	info := &resp.Info
	switch {
	case a == nil, info.Degraded, info.Cache != "", resp.Check() != nil, len(resp.Choices) < w.N,
		w.Endpoint != "" && (info.Endpoint != w.Endpoint || info.Model != w.Model):
		return
	}
	ttl := a.ttl - time.Duration(rand.Int64N(int64(a.ttl)/10+1))
	now := time.Now()
	e := Entry{Stored: now, Until: now.Add(ttl), Endpoint: info.Endpoint, Model: info.Model, RequestID: info.RequestID, Response: body}
	a.Set(ctx, w.Key, e.Encode(w.Key), saturate.Sum(ttl, a.stale), func(err error, took time.Duration) func() {
		e := event.Cache{Result: event.CacheStored, Wait: took, Err: err}
		if err != nil {
			e.Result = event.CacheError
		}
		tally.Add(&e)
		return func() { told(e) }
	})
}

// Coalesced says how a call got an answer that another one paid for.
func Coalesced(info chat.CallInfo) chat.CallInfo {
	info.Attempts, info.Cache = nil, cmp.Or(info.Cache, "coalesced")
	return info
}

// Again makes a copy of an answer for a call that shares the request of another. body is
// the answer's, and info that of the other.
func Again(body []byte, n int, info chat.CallInfo) (*Found, error) {
	resp := new(chat.Response)
	if _, err := (chat.Asked{N: n}).DecodeResponse(body, resp); err != nil {
		return nil, err
	}
	resp.Info = Coalesced(info)
	return &Found{Response: resp, Body: body}, nil
}
