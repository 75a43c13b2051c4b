package buoyredis

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/demand"
)

// charge is what one call takes of its bucket.
type charge struct {
	bucket   string // in words, for errors
	key      string // in Redis
	tenant   string // of WithPer
	label    string // of the key of the endpoint; "" where another one would not help
	target   target
	prompt   int
	answers  int
	output   int  // of all answers together
	asked    bool // output is what the request allows itself, and no guess
	requests int64
	tokens   int64 // costs, in microseconds
}

func (ch *charge) cost() cost { return cost{ch.requests, ch.tokens} }

// target says whose answers are alike in length.
type target struct{ endpoint, model string }

// maxTargets bounds of how many that is kept: callers choose the models.
const maxTargets = 256

// charge says which bucket a call takes from, and estimates how much. It refuses what
// can never go: more than a minute's allowance.
func (l *Limiter) charge(ctx context.Context, call *buoy.Call) (*charge, error) {
	ch := &charge{requests: l.requests.cost(1), target: target{call.Endpoint, call.Model}}
	l.name(ctx, call, ch)
	all := l.limit.TokensPerMinute
	if all == 0 || call.Request == nil {
		return ch, nil
	}
	r, count := call.Request, l.limit.Estimate
	if count == nil {
		count = buoy.EstimateTokens
	}
	ch.prompt, ch.answers = min(max(count(r), 1), math.MaxInt/2), 1 // a sum with it must not overflow
	if r.N != nil {
		ch.answers = max(*r.N, 1)
	}
	ch.output, ch.asked = l.lengths.Expect(ch.target, demand.OutputLimit(r), ch.answers)
	if err := ch.fits(all, fromAll); err != nil {
		return nil, err
	}
	ch.output = min(ch.output, all-ch.prompt) // a mere guess refuses nobody
	ch.tokens = l.tokens.cost(ch.prompt + ch.output)
	return ch, nil
}

// name sets which bucket it is.
func (l *Limiter) name(ctx context.Context, call *buoy.Call, ch *charge) {
	if l.per != nil {
		ch.tenant = l.per(ctx, call.Request)
		ch.bucket, ch.key = "one caller of limit "+l.own.name, l.key("per", ch.tenant)
		return
	}
	ch.label, ch.key = call.Key, l.key("key", call.Endpoint, call.Key)
	switch ch.bucket = call.Endpoint; {
	case call.Endpoint == "":
		ch.bucket = "limit " + l.own.name
	case call.Key != "":
		ch.bucket += " (" + call.Key + ")"
	}
}

// Whose limit it is, in words.
const (
	fromAll  = "from all instances"
	fromThis = "from this instance while Redis is away"
)

// fits refuses what can never go: more than a minute's tokens. A mere guess refuses nobody.
func (ch *charge) fits(all int, from string) error {
	tokens := ch.prompt + ch.output
	if ch.prompt <= all && (!ch.asked || tokens <= all) {
		return nil
	}
	return &buoy.LimitError{Tenant: ch.tenant, Limit: fmt.Sprintf("%s takes %d tokens per minute %s, and this request alone has about %d (%d of prompt, %d of answer): shorten it, lower MaxTokens or raise TokensPerMinute",
		ch.bucket, all, from, tokens, ch.prompt, ch.output)}
}

// late says that a call's turn would come too late.
func (ch *charge) late(limit buoy.RateLimit, from string, wait time.Duration, byTokens bool) error {
	n, what := limit.RequestsPerMinute, "requests"
	if byTokens || n == 0 {
		n, what = limit.TokensPerMinute, "tokens"
	}
	return &buoy.LimitError{Wait: wait, Tenant: ch.tenant, Limit: fmt.Sprintf("%s takes %d %s per minute %s", ch.bucket, n, what, from)}
}

// corrections are what is known in the end, less what was taken, in costs.
func (l *Limiter) corrections(ch *charge, err error, began bool, u buoy.Usage) (requests, tokens int64) {
	n, used, known := l.used(ch, err, began, u)
	switch {
	case !known:
		return 0, 0
	case n == 0:
		return -ch.requests, -ch.tokens
	case ch.tokens == 0:
		return 0, 0
	}
	return 0, l.tokens.cost(used) - ch.tokens
}

// used is what a call took in the end: 1 request or, if it was not sent, 0, and its tokens.
// Where that is not known the estimate stays. An answer that began may have been generated
// to its end, whatever became of it here.
func (l *Limiter) used(ch *charge, err error, began bool, u buoy.Usage) (requests, tokens int, known bool) {
	// A provider may tell any number. A debt is cut at what two minutes bring back: by
	// then it has forgotten, too.
	most := 2 * l.tokens.perMinute
	if ch.tokens == 0 {
		most = 1 // only that there was an answer
	}
	used := min(max(u.TotalTokens, min(max(u.PromptTokens, 0), most)+min(max(u.CompletionTokens, 0), most)), most)
	switch {
	case used > 0:
		if err == nil && ch.answers > 0 {
			l.lengths.Add(ch.target, u.CompletionTokens, ch.answers)
		}
		return 1, used, true
	case !began && neverSent(err):
		return 0, 0, true
	case !began && ch.tokens > 0 && refused(err):
		return 1, ch.prompt, true // providers count failed requests, too
	}
	return 0, 0, false
}

// neverSent reports a failure before the wire: a refusal here, a request that cannot be
// sent, no connection.
func neverSent(err error) bool {
	if te, ok := errors.AsType[*buoy.TransportError](err); ok {
		return !te.Sent
	}
	if _, ok := errors.AsType[*buoy.RequestError](err); ok {
		return true
	}
	kind := buoy.KindOf(err)
	return kind == buoy.ErrCircuitOpen || kind == buoy.ErrLimit
}

// refused reports an answer that is a refusal.
func refused(err error) bool {
	_, ok := errors.AsType[*buoy.APIError](err)
	return ok
}

// makeRoom forgets one entry of a map whose entries are worth the same: callers choose
// the keys, so that it must not grow without end.
func makeRoom[K comparable, V any](m map[K]V) {
	for k := range m {
		delete(m, k)
		return
	}
}
