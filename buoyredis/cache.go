package buoyredis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// MaxValue is the size in bytes of the largest value that a [Cache] stores or reads:
// that of the largest reply that a client takes by default.
const MaxValue = 32 << 20

// Cache is a level of buoy's cache in Redis, shared by all instances. It is safe for
// concurrent use. Make it with [NewCache]; the zero value cannot be used.
//
// Values are stored as they come. buoycache.Packed around it compresses and encrypts them.
//
// Each call of it ends within the time of [WithPatience]. While Redis is away it returns
// an error at once, which fails no call.
type Cache struct {
	link *link
	name string
}

// NewCache makes a cache. It sends nothing yet. The client stays the caller's, who closes
// it.
func NewCache(client redis.UniversalClient, opts ...Option) (*Cache, error) {
	s, err := of(client, opts)
	if err != nil {
		return nil, err
	}
	return &Cache{newLink(client, &s, "cache", "calls go on without what it would give or keep"), s.name}, nil
}

// Name returns "redis", which is the level's name in [buoy.CallInfo].
func (c *Cache) Name() string { return "redis" }

// key has no hash tag: the entries are to be spread over a cluster.
func (c *Cache) key(key string) string { return "buoy:" + c.name + ":cache:" + key }

// Get returns the value of a key, and false where there is none. The caller may keep and
// change it.
func (c *Cache) Get(ctx context.Context, key string) ([]byte, bool, error) {
	// Of what somebody else has put there, no more than this is read.
	cmd := redis.NewStringCmd(ctx, "getrange", c.key(key), 0, MaxValue)
	if err := c.link.send(ctx, cmd); err != nil {
		return nil, false, fmt.Errorf("buoyredis: cache: %w", err)
	}
	value, _ := cmd.Bytes()
	return found(value)
}

func found(value []byte) ([]byte, bool, error) {
	if len(value) > MaxValue {
		return nil, false, errTooLarge
	}
	return value, len(value) > 0, nil
}

var errTooLarge = errors.New("buoyredis: cache: the value is larger than 32 MiB")

var readWithTTL = newReader(`return {redis.call('GETRANGE', KEYS[1], 0, ARGV[1]), redis.call('PTTL', KEYS[1])}`)

// GetTTL is Get with the time for which the value will yet be there, so that a level
// above need not keep it for longer. It is 0 for a value without an end.
func (c *Cache) GetTTL(ctx context.Context, key string) (value []byte, ttl time.Duration, ok bool, err error) {
	got, err := c.link.run(ctx, readWithTTL, []string{c.key(key)}, MaxValue)
	if err != nil {
		return nil, 0, false, fmt.Errorf("buoyredis: cache: %w", err)
	}
	pair, _ := got.([]any)
	if len(pair) != 2 {
		return nil, 0, false, errReply
	}
	text, _ := pair[0].(string)
	millis, _ := pair[1].(int64)
	value, ok, err = found([]byte(text))
	return value, time.Duration(max(millis, 0)) * time.Millisecond, ok, err
}

var errReply = errors.New("buoyredis: redis gave an answer of another form")

// Set stores a value for a time. With a time of 0 or less it removes what is there. An
// empty value is none.
func (c *Cache) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if len(value) > MaxValue {
		return errTooLarge
	}
	cmd := redis.NewStatusCmd(ctx, "set", c.key(key), value, "px", max(ttl.Milliseconds(), 1))
	if ttl <= 0 || len(value) == 0 {
		cmd = redis.NewStatusCmd(ctx, "unlink", c.key(key))
	}
	if err := c.link.send(ctx, cmd); err != nil {
		return fmt.Errorf("buoyredis: cache: %w", err)
	}
	return nil
}
