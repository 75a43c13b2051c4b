package buoyredis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/pause"
)

// Cooldowns share between instances which keys and targets rest. What one was told by
// the provider the others know a second later, and do not ask to be told, too:
//
//	cooldowns, err := buoyredis.NewCooldowns(client)
//	parts := buoy.StandardParts()
//	parts.Route = buoy.Chain(parts.Route, cooldowns.Middleware())
//	llm, err := buoy.New(endpoint, buoy.WithChain(parts.List()...), buoy.WithObserver(cooldowns))
//
// A key that another instance found wrong, out of money or too fast is left for another
// key. If there is no other, a call waits for one that was too fast, within its patience.
// One that is wrong or out of money is asked then, as the last key of an endpoint always
// is. A target, an endpoint and model, whose breaker opened because of the provider's
// answers is refused with a [buoy.OpenError], so that calls go to the next target. A
// breaker that opened for want of a connection or an answer is not shared: that may be
// the fault of one instance's network.
//
// A rest ends by its time, or sooner when the instance that began it tells that the key is
// back. It can last a day at most. Redis has labels of keys, never the keys. The
// instances must give the endpoints the same names. While Redis is away each instance
// knows what it learnt itself, and the rests that it has read.
//
// It is safe for concurrent use, and for several clients. Make it with [NewCooldowns]; the
// zero value cannot be used.
type Cooldowns struct {
	link   *link
	key    string
	looked chan struct{} // closed when Redis was asked for the first time

	mu     sync.Mutex // guards the fields below
	asked  time.Time  // the last time, zero for never
	asking bool
	rests  map[resting]time.Time // replaced, and not changed
}

// resting is what rests, and why.
type resting struct {
	endpoint string
	label    string // of a key; "" for a target
	model    string // "" for all
	reason   string // as buoy.Kind has them; "open" for a breaker
}

const (
	lookEvery   = time.Second
	longestRest = 24 * time.Hour
	openBreaker = "open"
	mostRests   = 4096
)

var (
	_ buoy.Observer         = (*Cooldowns)(nil)
	_ event.KeyObserver     = (*Cooldowns)(nil)
	_ event.BreakerObserver = (*Cooldowns)(nil)
)

// NewCooldowns makes cooldowns. It sends nothing yet. The client stays the caller's, who
// closes it.
func NewCooldowns(client redis.UniversalClient, opts ...Option) (*Cooldowns, error) {
	s, err := of(client, opts)
	if err != nil {
		return nil, err
	}
	return &Cooldowns{link: newLink(client, &s, "cooldowns", "each instance learns by itself which keys rest"), key: "{buoy:" + s.name + "}:rests", looked: make(chan struct{})}, nil
}

// ObserveAttempt does nothing. It makes this a [buoy.Observer].
func (c *Cooldowns) ObserveAttempt(context.Context, buoy.AttemptEvent) {}

// ObserveCall does nothing. It makes this a [buoy.Observer].
func (c *Cooldowns) ObserveCall(context.Context, buoy.CallEvent) {}

// ObserveKey tells the other instances that a key rests or is back.
func (c *Cooldowns) ObserveKey(ctx context.Context, e event.Key) {
	r := resting{e.Endpoint, e.Key, e.Model, e.Reason}
	switch e.State {
	case event.KeyDisabled, event.KeyCooled:
		c.begin(ctx, r, e.Until)
	case event.KeyBack:
		c.end(ctx, r)
	}
}

// ObserveBreaker tells the other instances of a provider that fails.
func (c *Cooldowns) ObserveBreaker(e event.Breaker) {
	r := resting{endpoint: e.Endpoint, model: e.Model, reason: openBreaker}
	switch buoy.BreakerState(e.To) {
	case buoy.BreakerOpen:
		if itself(e.Err) {
			c.begin(context.Background(), r, e.Until)
		}
	case buoy.BreakerClosed:
		c.end(context.Background(), r)
	}
}

// itself reports a failure that the provider has told.
func itself(err error) bool {
	_, answered := errors.AsType[*buoy.APIError](err)
	return answered && buoy.KindOf(err) != buoy.ErrTimeout
}

var restScript = newScript(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local till = now + ARGV[2]
if till > (tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0) or 0) then
  redis.call('ZADD', KEYS[1], till, ARGV[1])
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[3])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
return 1`)

func (c *Cooldowns) begin(ctx context.Context, r resting, until time.Time) {
	left := min(time.Until(until), longestRest)
	if left <= 0 {
		return
	}
	_, _ = c.link.run(context.WithoutCancel(ctx), restScript, []string{c.key}, r.member(), left.Milliseconds(), mostRests)
}

func (c *Cooldowns) end(ctx context.Context, r resting) {
	c.mu.Lock()
	rests := maps.Clone(c.rests)
	delete(rests, r)
	c.rests = rests
	c.mu.Unlock()
	_ = c.link.send(context.WithoutCancel(ctx), redis.NewIntCmd(ctx, "zrem", c.key, r.member()))
}

// member is the text that stands for it in Redis.
func (r resting) member() string {
	text, _ := json.Marshal([]string{r.endpoint, r.label, r.model, r.reason})
	return string(text)
}

// restingOf reads a member; false for what nobody of ours wrote.
func restingOf(member string) (r resting, ok bool) {
	var parts []string
	if err := json.Unmarshal([]byte(member), &parts); err != nil || len(parts) != 4 {
		return r, false
	}
	return resting{parts[0], parts[1], parts[2], parts[3]}, true
}

var lookScript = newReader(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
return {now, redis.call('ZRANGE', KEYS[1], '(' .. string.format('%.0f', now), '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[1], 'WITHSCORES')}`)

// look returns what rests, as Redis had it within the last second. One caller asks, the
// others go by what is known. The first time that is nothing, so they wait for it: of an
// instance that starts under load each call would ask a key that is known to be wrong.
func (c *Cooldowns) look(ctx context.Context) map[resting]time.Time {
	c.mu.Lock()
	known, now := c.rests, time.Now()
	if c.asking || now.Sub(c.asked) < lookEvery {
		first := c.asked.IsZero()
		c.mu.Unlock()
		if first {
			return c.firstLook(ctx)
		}
		return known
	}
	c.asking = true
	c.mu.Unlock()

	got, err := c.link.run(ctx, lookScript, []string{c.key}, mostRests)

	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked.IsZero() {
		close(c.looked)
	}
	c.asking, c.asked = false, now
	if rests, ok := restsOf(got, now); err == nil && ok {
		c.rests = rests
	}
	return c.rests
}

// firstLook waits for the caller who looks for the first time, as long as that one does.
func (c *Cooldowns) firstLook(ctx context.Context) map[resting]time.Time {
	select {
	case <-c.looked:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rests
}

// restsOf reads the answer of the script.
func restsOf(got any, now time.Time) (map[resting]time.Time, bool) {
	parts, _ := got.([]any)
	if len(parts) != 2 {
		return nil, false
	}
	theirs, ok := parts[0].(int64)
	list, ok2 := parts[1].([]any)
	if !ok || !ok2 {
		return nil, false
	}
	rests := map[resting]time.Time{}
	for i := 0; i+1 < len(list); i += 2 {
		member, _ := list[i].(string)
		text, _ := list[i+1].(string)
		till, err := strconv.ParseFloat(text, 64)
		if r, ok := restingOf(member); ok && err == nil {
			left := min(time.Duration(till-float64(theirs))*time.Millisecond, longestRest)
			rests[r] = now.Add(left)
		}
	}
	return rests, true
}

// reasons are those for which a key rests for all models.
var reasons = [...]buoy.Kind{buoy.ErrAuth, buoy.ErrQuota}

// keyRests says until when a key rests, and why; zero where it does not.
func keyRests(rests map[resting]time.Time, endpoint, label, model string) (until time.Time, reason buoy.Kind) {
	now := time.Now()
	for _, k := range reasons {
		if at := rests[resting{endpoint, label, "", string(k)}]; at.After(now) && at.After(until) {
			until, reason = at, k
		}
	}
	if at := rests[resting{endpoint, label, model, string(buoy.ErrRateLimit)}]; at.After(now) && at.After(until) {
		until, reason = at, buoy.ErrRateLimit
	}
	return until, reason
}

// restsKey is under what a call's context has what rests, for the limit below.
type restsKey struct{}

// patience is that of a call, see [buoy.Call.Patience], without the keys that another
// instance was told of: no call goes sooner with one of them.
func patience(ctx context.Context, call *buoy.Call) (until time.Time, others []string) {
	until, others = call.Patience(ctx)
	if rests, ok := ctx.Value(restsKey{}).(map[resting]time.Time); ok {
		others = slices.DeleteFunc(others, func(label string) bool {
			_, why := keyRests(rests, call.Endpoint, label, call.Model)
			return why != ""
		})
	}
	return until, others
}

// errElsewhere is why a target is refused here.
var errElsewhere = errors.New("another instance found it failing")

// Middleware keeps calls from what rests. It stands just inside the choice of the key, as
// shown at [Cooldowns].
func (c *Cooldowns) Middleware() buoy.Middleware {
	return func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			rests := c.look(ctx)
			if len(rests) == 0 {
				return next(ctx, call)
			}
			if until := rests[resting{endpoint: call.Endpoint, model: call.Model, reason: openBreaker}]; until.After(time.Now()) {
				return nil, &buoy.OpenError{Endpoint: call.Endpoint, Model: call.Model, Until: until, Cause: errElsewhere}
			}
			ctx = context.WithValue(ctx, restsKey{}, rests)
			if until, reason := keyRests(rests, call.Endpoint, call.Key, call.Model); reason != "" {
				return c.resting(ctx, *call, until, reason, next)
			}
			return next(ctx, call)
		}
	}
}

// resting is a call whose key rests.
func (c *Cooldowns) resting(ctx context.Context, call buoy.Call, until time.Time, reason buoy.Kind, next buoy.Handler) (*buoy.Reply, error) {
	begun := time.Now()
	late := func() error {
		return &buoy.LimitError{
			Wait:  max(time.Until(until), 0),
			Limit: fmt.Sprintf("%s (%s) rests, as another instance was told: %s", call.Endpoint, call.Key, reason),
		}
	}
	latest, others := call.Patience(ctx)
	for _, other := range others {
		if _, rests := keyRests(c.look(ctx), call.Endpoint, other, call.Model); rests == "" {
			return nil, late()
		}
	}
	for reason == buoy.ErrRateLimit {
		if !until.Before(latest) {
			return nil, late()
		}
		if !pause.Sleep(ctx, min(time.Until(until), lookEvery)) {
			return nil, ctx.Err()
		}
		now, why := keyRests(c.look(ctx), call.Endpoint, call.Key, call.Model)
		if why != "" {
			until, reason = now, why
			continue
		}
		// Those who waited come back a little apart.
		if !pause.Sleep(ctx, min(rand.N(time.Since(begun)/10+1), time.Until(latest)/2)) {
			return nil, ctx.Err()
		}
		break
	}
	if time.Since(begun) > time.Millisecond {
		call.Waited(ctx, begun)
	}
	return next(ctx, &call)
}
