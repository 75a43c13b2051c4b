package buoyredis

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/buoy-go/buoy"
)

//go:embed count.lua
var countText string

var countScript = newScript(countText)

// Quota keeps the counts of quotas in Redis, so that all instances together have one
// allowance, and each threshold is told once. It is a [buoy.QuotaStore] for
// buoy.Quota.Store:
//
//	store, err := buoyredis.NewQuota(client)
//	buoy.WithQuota(buoy.Quota{Tokens: 5_000_000, Refuse: true, Store: store})
//
// While Redis is away its methods return an error at once. The client's quota then goes
// on with what it knows, and adds what was spent when Redis is back. An Add whose answer
// got lost is counted once, unless the instance ends before its next Add.
//
// A Redis that may forget (maxmemory with an eviction policy, no persistence) may forget
// counts. It is safe for concurrent use. Make it with [NewQuota]; the zero value cannot
// be used.
type Quota struct {
	link *link
	name string

	mu     sync.Mutex // guards the fields below
	unsure map[string][]operation
	claims map[string]string // those whose answer got lost, and what they would have written
}

// operation is an Add of which nobody knows whether it was counted.
type operation struct {
	id    string
	delta buoy.QuotaCount
}

// Bounds of what is remembered of lost answers: those that were under way when Redis
// went away.
const (
	maxUnsure     = underWay
	maxUnsureKeys = 4096
)

var _ buoy.QuotaStore = (*Quota)(nil)

// NewQuota makes a store. It sends nothing yet. The client stays the caller's, who closes
// it.
func NewQuota(client redis.UniversalClient, opts ...Option) (*Quota, error) {
	s, err := of(client, opts)
	if err != nil {
		return nil, err
	}
	return &Quota{link: newLink(client, &s, "quota", "each instance counts by itself"), name: s.name, unsure: map[string][]operation{}, claims: map[string]string{}}, nil
}

// tag keeps what belongs to a key of the quota in one slot of a cluster.
func (q *Quota) tag(key string) string {
	if len(key) > maxKey {
		key = hashed(key)
	}
	return "{buoy:" + q.name + ":quota:" + key + "}"
}

// maxKey bounds a key: a tenant's name may be of any length.
const maxKey = 256

// life is how long a key is kept, by the clock of this computer.
func life(expires time.Time) int64 { return max(time.Until(expires).Milliseconds(), 1000) }

// Add adds to the count of a key in one step and returns the sum.
func (q *Quota) Add(ctx context.Context, key string, delta buoy.QuotaCount, expires time.Time) (buoy.QuotaCount, error) {
	// First comes the word on lost answers, by itself: were they and a new delta sent
	// together time and again, each of these would be unsure, too.
	if unsure := q.take(key); len(unsure) > 0 {
		if _, err := q.run(ctx, key, operation{id: rand.Text()}, unsure, expires); err != nil {
			q.keep(key, unsure...)
			return buoy.QuotaCount{}, err
		}
	}
	op := operation{rand.Text(), delta}
	sum, err := q.run(ctx, key, op, nil, expires)
	if err != nil && delta != (buoy.QuotaCount{}) && !errors.Is(err, errAway) && !errors.Is(err, errBusy) {
		q.keep(key, op) // it was sent
	}
	return sum, err
}

func (q *Quota) run(ctx context.Context, key string, op operation, unsure []operation, expires time.Time) (buoy.QuotaCount, error) {
	tag := q.tag(key)
	keys := []string{tag + ":count", tag + ":op:" + op.id}
	args := []any{life(expires), op.delta.Tokens, op.delta.Nanos, op.delta.Unknown}
	for _, o := range unsure {
		keys = append(keys, tag+":op:"+o.id)
		args = append(args, o.delta.Tokens, o.delta.Nanos, o.delta.Unknown)
	}
	got, err := q.link.run(ctx, countScript, keys, args...)
	if err != nil {
		return buoy.QuotaCount{}, fmt.Errorf("buoyredis: quota: %w", err)
	}
	return counted(got)
}

// take returns the operations of a key whose end is not known, for one Add that asks.
func (q *Quota) take(key string) []operation {
	q.mu.Lock()
	defer q.mu.Unlock()
	ops := q.unsure[key]
	delete(q.unsure, key)
	return ops
}

func (q *Quota) keep(key string, ops ...operation) {
	if len(ops) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, known := q.unsure[key]; !known && len(q.unsure) >= maxUnsureKeys {
		return
	}
	all := append(q.unsure[key], ops...)
	q.unsure[key] = all[max(0, len(all)-maxUnsure):]
}

// counted reads the answer of the script.
func counted(got any) (buoy.QuotaCount, error) {
	fields, _ := got.([]any)
	if len(fields) != 3 {
		return buoy.QuotaCount{}, errReply
	}
	var n [3]int64
	for i, f := range fields {
		text, ok := f.(string)
		if !ok {
			continue // a count that is not there is zero
		}
		var err error
		if n[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return buoy.QuotaCount{}, errReply
		}
	}
	return buoy.QuotaCount{Tokens: n[0], Nanos: n[1], Unknown: n[2]}, nil
}

// Claim returns true to the first caller for a key.
func (q *Quota) Claim(ctx context.Context, key string, expires time.Time) (bool, error) {
	q.mu.Lock()
	id, again := q.claims[key]
	delete(q.claims, key)
	q.mu.Unlock()
	if !again {
		id = rand.Text()
	}
	cmd := redis.NewStringCmd(ctx, "set", q.tag(key)+":claim", id, "px", life(expires), "nx", "get")
	switch err := q.link.send(ctx, cmd); {
	case err == redis.Nil:
		return true, nil
	case err != nil:
		q.mu.Lock()
		defer q.mu.Unlock()
		if len(q.claims) < maxUnsureKeys {
			q.claims[key] = id
		}
		return false, fmt.Errorf("buoyredis: quota: %w", err)
	}
	return cmd.Val() == id, nil
}
