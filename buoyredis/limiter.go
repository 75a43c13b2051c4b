package buoyredis

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/gate"
	"github.com/buoy-go/buoy/internal/queue"
)

//go:embed bucket.lua
var bucketText string

var bucketScript = newScript(bucketText)

// Limiter is a limit of requests and tokens a minute that all instances share. Its
// middleware stands in the place of the client's own limit:
//
//	limiter, err := buoyredis.NewLimiter(client, buoy.RateLimit{RequestsPerMinute: 600, TokensPerMinute: 200_000})
//	parts := buoy.StandardParts()
//	parts.Rate = limiter.Middleware()
//	llm, err := buoy.New(endpoint, buoy.WithChain(parts.List()...))
//
// There each key of each endpoint has the allowance, by its label. Above the choice of a
// key, for example in buoy.WithMiddleware, all calls have it together. With [WithPer]
// each value of a function has it.
//
// A call gets its turn from Redis in one step, in the order of coming over all instances,
// and sleeps until then. Those of one instance who wait exchange their turns as with the
// local limits: an Interactive call goes before a Background one, and tenants take turns,
// see [buoy.WithPriority] and [buoy.WithTenantLimit]. What would not fit into its deadline is refused at once with a
// [buoy.LimitError], and so is a request of more tokens than a whole minute's. When the
// answer has ended, the usage takes the place of the estimate.
//
// In no minute are there more requests than RequestsPerMinute, by Redis's clock. A
// hundredth of them may go at once. So after a pause a limit of 600 lets 6 calls go and
// then one each 0.1 s. Of the tokens a tenth may go at once. docs/fleet.md names what can
// bring more: what was held up in an instance, large calls of several, different limits, and
// a Redis that fails, comes back or is flushed.
//
// Instances with different numbers under one name share each bucket, and each takes from
// it at its own pace. That is logged.
//
// While Redis is away each instance has its part of the allowance, by a limit of its own;
// see [WithInstances]. It is safe for concurrent use. Make it with [NewLimiter]; the zero
// value cannot be used.
type Limiter struct {
	link     *link
	own      settings
	limit    buoy.RateLimit
	requests pace
	tokens   pace
	numbers  string // of the limit, for the others
	per      func(context.Context, *buoy.Request) string
	lengths  *gate.Lengths[target]
	view     view
	turns    turns
	fleet    fleet
	alone    alone
	backlog  backlog

	others sync.Once // were found to have other numbers
}

// NewLimiter makes a limiter. It sends nothing yet. It refuses a limit without a number,
// and one of Concurrent: that is local, so leave it to buoy.WithRateLimit. The client
// stays the caller's, who closes it.
func NewLimiter(client redis.UniversalClient, limit buoy.RateLimit, opts ...LimiterOption) (*Limiter, error) {
	s := defaults()
	for _, o := range opts {
		if o != nil {
			o.apply(&s)
		}
	}
	if err := settle(client, &s); err != nil {
		return nil, err
	}
	switch {
	case limit.RequestsPerMinute < 0 || limit.TokensPerMinute < 0:
		return nil, errors.New("buoyredis: the limit has a negative number: leave it at 0 for no limit")
	case limit.RequestsPerMinute == 0 && limit.TokensPerMinute == 0:
		return nil, errors.New("buoyredis: the limit has neither RequestsPerMinute nor TokensPerMinute: set one of them")
	case limit.Concurrent != 0:
		return nil, errors.New("buoyredis: instances do not share RateLimit.Concurrent: leave it out here, and give each instance its part with buoy.WithRateLimit")
	}
	l := &Limiter{
		link: newLink(client, &s, "limit "+s.name, "each instance keeps to its part of the limit"),
		own:  s, limit: limit, per: s.per,
		requests: requestPace(limit.RequestsPerMinute), tokens: tokenPace(limit.TokensPerMinute),
		numbers: fmt.Sprintf("%d/%d", limit.RequestsPerMinute, limit.TokensPerMinute),
		lengths: gate.NewLengths[target](maxTargets),
		view:    view{seen: map[string]sight{}},
		turns:   turns{lines: map[string]*line{}},
		alone:   newAlone(),
	}
	l.turns.size, l.backlog.told = l.requests.size, l.view.forget
	l.link.whole = true // an answer may be a turn, which nobody else would give back
	l.fleet = fleet{link: l.link, key: "{buoy:" + s.name + "}:instances", id: rand.Text(), fixed: s.instances}
	return l, nil
}

// key is that of a bucket. Its hash tag spreads the buckets over a cluster.
func (l *Limiter) key(what ...string) string {
	return "{buoy:" + l.own.name + ":" + hashed(what...) + "}:limit"
}

// keys are what the script works on: a bucket, the turns in it that were left, and parts of
// such.
func keys(ch *charge) []string { return []string{ch.key, ch.key + ":left", ch.key + ":parts"} }

// Middleware returns the limit as a middleware. All that come from one Limiter share its
// allowance, with and without Redis.
func (l *Limiter) Middleware() buoy.Middleware {
	return func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			own := *call
			ch, err := l.charge(ctx, &own)
			if err != nil {
				return nil, err
			}
			began := time.Now()
			t, err := l.enter(ctx, &own, ch)
			switch {
			case errors.Is(err, errUnshared):
				return l.goAlone(ctx, &own, ch, next)
			case err != nil:
				return nil, err
			case t.waited:
				own.Waited(ctx, began)
			}
			reply, err := next(ctx, &own)
			whenEnded(reply, err, func(err error, began bool, u buoy.Usage) { l.settle(ctx, t, ch, err, began, u) })
			return reply, err
		}
	}
}

// whenEnded tells what a call used as soon as that is known: of a stream at its end. began
// is whether there was an answer.
func whenEnded(reply *buoy.Reply, err error, settle func(err error, began bool, u buoy.Usage)) {
	switch {
	case err == nil && reply != nil && reply.Stream != nil:
		// A copy: a stream that is left alone is released when nobody holds the
		// original any more.
		stream := *reply.Stream
		reply.OnEnd(func(err error) { settle(err, true, usageOf(stream.Response())) })
	case err == nil && reply != nil && reply.Response != nil:
		settle(nil, true, reply.Response.Usage)
	default:
		settle(err, false, buoy.Usage{})
	}
}

func usageOf(r *buoy.Response) buoy.Usage {
	if r == nil {
		return buoy.Usage{}
	}
	return r.Usage
}

// turn is a call's leave to go.
type turn struct {
	at     int64 // when it was given, by Redis's clock
	waited bool
}

// longestWait is what a call asks for that goes before others of its process who wait: the
// time that it gets is then not the one at which it goes. The script gives no more.
const longestWait = time.Hour

// errUnshared is a turn that Redis could not give.
var errUnshared = errors.New("redis is away")

// enter gets the call's turn from Redis and waits for it.
func (l *Limiter) enter(ctx context.Context, call *buoy.Call, ch *charge) (turn, error) {
	if err := ctx.Err(); err != nil {
		return turn{}, err
	}
	l.fleet.tell(ctx)
	until, labels := patience(ctx, call)
	who := whoIs(call)
	most := max(time.Until(until)-time.Microsecond, 0)
	ask := most
	sooner, overtakes := l.turns.expected(ch.key, who, ch.cost())
	if overtakes {
		if ask = longestWait; sooner >= most {
			return turn{}, l.late(ch, sooner, false)
		}
	} else if wait, byTokens, ok := l.hopeless(ch, most); ok {
		return turn{}, l.late(ch, wait, byTokens)
	}
	if ch.label == "" {
		labels = nil
	}
	first := ask
	if len(labels) > 0 {
		first = 0
	}
	a, err := l.take(ctx, ch, first, until)
	if err == nil && !a.went && len(labels) > 0 {
		wait := a.wait
		if overtakes {
			wait = sooner
		}
		if !l.quicker(call.Endpoint, labels, ch, wait) {
			a, err = l.take(ctx, ch, ask, until)
		}
	}
	given := grant{time.Now().Add(a.wait), a.turn, ch.cost(), a.gap}
	switch {
	case ctx.Err() != nil:
		if err == nil && a.went {
			l.giveBack(ctx, ch, a.at, given)
		}
		return turn{}, ctx.Err()
	case errors.Is(err, errBusy):
		return turn{}, l.crowded(ch)
	case err != nil:
		return turn{}, errUnshared
	case !a.went:
		return turn{}, l.late(ch, a.wait, a.byTokens)
	case a.wait == 0 && (l.turns.nobody(ch.key) || ch.cost() == cost{}):
		return turn{at: a.at}, nil
	}
	begun := time.Now()
	left, err := l.turns.wait(ctx, ch.key, who, given, until)
	if err != nil || len(left) > 0 {
		l.giveBack(ctx, ch, a.at, left...)
	}
	if err != nil {
		if late, ok := errors.AsType[*tooLate](err); ok {
			err = l.late(ch, late.wait, a.byTokens)
		}
		return turn{}, err
	}
	return turn{at: a.at, waited: a.wait > 0 || time.Since(begun) > time.Millisecond}, nil
}

// whoIs is the call's place among those who wait.
func whoIs(call *buoy.Call) queue.Who {
	tenant, priority := call.Standing()
	return queue.Who{Tenant: tenant, Background: priority == buoy.Background}
}

// late says that a call's turn would come too late.
func (l *Limiter) late(ch *charge, wait time.Duration, byTokens bool) error {
	return ch.late(l.limit, fromAll, wait, byTokens)
}

// crowded says that a call's time was over before Redis could be asked for its turn: at
// least the turns that it has given already come before it.
func (l *Limiter) crowded(ch *charge) error {
	s, _ := l.view.of(ch.key)
	wait, byTokens := l.waitAt(s, ch, time.Now())
	return l.late(ch, max(wait, l.link.patience), byTokens)
}

// answer is what the script says to a take.
type answer struct {
	went     bool
	wait     time.Duration
	byTokens bool
	at       int64
	turn     string // to give it back before it has come due
	gap      cost   // comes back before it, and nobody is charged for it
}

// take asks for a turn that comes no later than after most. When so many ask that this one
// gets no slot, it asks again, until the call is too late: that says nothing of Redis, and
// beside the shared limit the instance's part would be as much again.
func (l *Limiter) take(ctx context.Context, ch *charge, most time.Duration, until time.Time) (answer, error) {
	for begun := time.Now(); ; {
		a, err := l.ask(ctx, ch, max(most-time.Since(begun), 0))
		if !errors.Is(err, errBusy) || !time.Now().Before(until) {
			return a, err
		}
	}
}

// ask is take, once.
func (l *Limiter) ask(ctx context.Context, ch *charge, most time.Duration) (answer, error) {
	asked := time.Now()
	got, err := l.link.run(ctx, bucketScript, keys(ch), "take", ch.requests, l.requests.size, ch.tokens, l.tokens.size, most.Microseconds(), l.numbers)
	if err != nil {
		return answer{}, err
	}
	parts, _ := got.([]any)
	if len(parts) < 8 {
		return answer{}, errReply
	}
	var n [6]int64
	for i := range n {
		var ok bool
		if n[i], ok = parts[i].(int64); !ok {
			return answer{}, errReply
		}
	}
	if others, ok := parts[6].(string); ok && others != l.numbers {
		l.others.Do(func() {
			l.own.log.WarnContext(ctx, "buoyredis: instances have different numbers for one limit: requests/tokens", "limit", l.own.name, "here", l.numbers, "others", others)
		})
	}
	own, ok := parts[7].(string)
	if !ok {
		return answer{}, errReply
	}
	l.view.keep(ch.key, sight{asked: asked, at: time.Now(), requests: n[4], tokens: n[5]})
	a := answer{went: n[0] == 1, wait: time.Duration(n[1]) * time.Microsecond, byTokens: n[2] == 1, at: n[3], turn: own}
	if fields := strings.Fields(own); len(fields) == 7 {
		a.gap.requests, _ = strconv.ParseInt(fields[5], 10, 64)
		a.gap.tokens, _ = strconv.ParseInt(fields[6], 10, 64)
	}
	return a, nil
}

// giveBack returns what was left of turns: not always the caller's own, since those who
// wait exchange them.
func (l *Limiter) giveBack(ctx context.Context, ch *charge, at int64, left ...grant) {
	var turns []any
	for _, g := range left {
		if g.turn == "" {
			l.correct(ctx, ch, at, -g.requests, -g.tokens)
			continue
		}
		turns = append(turns, g.turn, g.requests, g.tokens)
	}
	for some := range slices.Chunk(turns, 3*atOnce) { // together: a large call may leave a hundred parts
		l.tell(ctx, ch, append([]any{"leave"}, some...)...)
	}
	l.view.forget(ch.key)
}

// settle corrects what a call took, when it has ended.
func (l *Limiter) settle(ctx context.Context, t turn, ch *charge, err error, began bool, u buoy.Usage) {
	requests, tokens := l.corrections(ch, err, began, u)
	l.correct(ctx, ch, t.at, requests, tokens)
}

// correct tells Redis, whatever has become of the call. Where that fails the estimate
// stays, and is gone after as long as it takes to come back.
func (l *Limiter) correct(ctx context.Context, ch *charge, at, requests, tokens int64) {
	if requests != 0 || tokens != 0 {
		l.tell(ctx, ch, "settle", at, requests, tokens)
	}
}

// tell tells Redis what changes a bucket, and sees how full it is then. Who leaves does not
// wait for a slot, and others for no longer than the patience: then the backlog has it.
func (l *Limiter) tell(ctx context.Context, ch *charge, args ...any) {
	ctx = context.WithoutCancel(ctx)
	asked, err := time.Now(), errBusy
	var got any
	if args[0] != "leave" || !l.link.crowded() {
		got, err = l.link.run(ctx, bucketScript, keys(ch), args...)
	}
	if errors.Is(err, errBusy) {
		l.backlog.add(l.link, note{ctx, keys(ch), args})
	}
	if full, ok := got.([]any); ok && len(full) == 2 {
		requests, _ := full[0].(int64)
		tokens, _ := full[1].(int64)
		l.view.keep(ch.key, sight{asked: asked, at: time.Now(), requests: requests, tokens: tokens})
	}
}
