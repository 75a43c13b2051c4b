package buoyredis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/buoy-go/buoy"
)

// charge is what one call takes of its bucket.
type charge struct {
	bucket   string // in words, for errors
	key      string // in Redis
	label    string // of the key of the endpoint; "" where another one would not help
	target   target
	prompt   int
	answers  int
	output   int // of all answers together
	requests int64
	tokens   int64 // costs, in microseconds
}

func (ch *charge) cost() cost { return cost{ch.requests, ch.tokens} }

// target says whose answers are alike in length.
type target struct{ endpoint, model string }

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
	ch.prompt, ch.answers = max(count(r), 1), 1
	if r.N != nil {
		ch.answers = max(*r.N, 1)
	}
	output, asked := l.lengths.expect(ch.target, outputLimit(r))
	ch.output = output * ch.answers
	if ch.prompt > all || asked && ch.prompt+ch.output > all {
		return nil, &buoy.LimitError{Limit: fmt.Sprintf("%s takes %d tokens per minute from all instances, and this request alone has about %d (%d of prompt, %d of answer): shorten it, lower MaxTokens or raise TokensPerMinute",
			ch.bucket, all, ch.prompt+ch.output, ch.prompt, ch.output)}
	}
	ch.output = min(ch.output, all-ch.prompt) // a mere guess refuses nobody
	ch.tokens = l.tokens.cost(ch.prompt + ch.output)
	return ch, nil
}

// name sets which bucket it is.
func (l *Limiter) name(ctx context.Context, call *buoy.Call, ch *charge) {
	if l.per != nil {
		ch.bucket, ch.key = "one caller of limit "+l.own.name, l.key("per", l.per(ctx, call.Request))
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

// longestAnswer bounds what an answer can have been: estimates of the next ones rest on it.
const longestAnswer = 1 << 24

// corrections are what is known in the end, less what was taken. An answer that began
// may have been generated to its end, whatever became of it here.
func (l *Limiter) corrections(ch *charge, err error, began bool, u buoy.Usage) (requests, tokens int64) {
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
			l.lengths.add(ch.target, min(max(u.CompletionTokens, 0), longestAnswer)/ch.answers)
		}
		if ch.tokens == 0 {
			return 0, 0
		}
		return 0, l.tokens.cost(used) - ch.tokens
	case !began && neverSent(err):
		return -ch.requests, -ch.tokens
	case !began && ch.tokens > 0 && refused(err):
		return 0, l.tokens.cost(ch.prompt) - ch.tokens // providers count failed requests, too
	}
	return 0, 0
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

// outputLimit is the request's own bound on an answer, in tokens; 0 for none.
func outputLimit(r *buoy.Request) int {
	return *cmp.Or(r.MaxCompletionTokens, r.MaxTokens, new(int))
}

// How the length of an answer is guessed: as by buoy.RateLimit.
const (
	latest     = 128
	fewest     = 20 // fewer answers tell less than the request's own limit
	usualShare = 0.95
	usualGuess = 1024
	maxTargets = 256
)

// lengths keeps how long the latest answers of each target were. It is safe for
// concurrent use.
type lengths struct {
	mu  sync.Mutex // guards the field below
	ofs map[target][]int
}

// expect guesses the length of one answer, given the request's own limit or 0. It is
// asked for where the limit was the best guess.
func (l *lengths) expect(t target, limit int) (tokens int, asked bool) {
	l.mu.Lock()
	all := slices.Clone(l.ofs[t])
	l.mu.Unlock()
	if len(all) >= fewest {
		slices.Sort(all)
		if usual := all[int(usualShare*float64(len(all)-1))]; limit == 0 || usual < limit {
			return usual, false
		}
	}
	if limit > 0 {
		return limit, true
	}
	return usualGuess, false
}

func (l *lengths) add(t target, tokens int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all, known := l.ofs[t]
	if !known && len(l.ofs) >= maxTargets {
		makeRoom(l.ofs)
	}
	if len(all) == latest {
		all = append(all[:0], all[1:]...)
	}
	l.ofs[t] = append(all, tokens)
}

// makeRoom forgets one entry of a map whose entries are worth the same: callers choose
// the keys, so that it must not grow without end.
func makeRoom[K comparable, V any](m map[K]V) {
	for k := range m {
		delete(m, k)
		return
	}
}
