package buoyload

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
)

// gate lets calls of one endpoint and model in, as many at a time as its gradient
// says. Those who wait go in the order in which they came.
type gate struct {
	endpoint, model string
	patience        time.Duration

	mu    sync.Mutex // guards the fields below
	load  gradient
	queue list.List // of chan *pass
}

func newGate(endpoint, model string, p Policy) *gate {
	return &gate{endpoint: endpoint, model: model, patience: p.wait(), load: newGradient(p)}
}

// enter waits for the right to make one call. It refuses at once if the wait would be too
// long. If it returns neither a pass nor an error, ctx has ended for a reason that the
// layers below can name: a target's share of the time, or the timer of the call.
func (g *gate) enter(ctx context.Context) (*pass, error) {
	if ctx.Err() != nil {
		return nil, g.ended(ctx)
	}
	turn, patience, p, err := g.line(ctx)
	if turn == nil {
		return p, err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case p := <-turn.Value.(chan *pass):
		return p, nil
	case <-ctx.Done():
		return g.giveUp(turn, func() error { return g.ended(ctx) })
	case <-timer.C:
		return g.giveUp(turn, func() error { return g.refusalLocked(max(g.waitLocked(), patience)) })
	}
}

// line lets a call in, refuses it, or puts it in the queue and says how long it
// may stay there; ctx may be sooner.
func (g *gate) line(ctx context.Context) (turn *list.Element, patience time.Duration, p *pass, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.queue.Len() == 0 && g.load.inFlight < g.load.size() {
		return nil, 0, g.admitLocked(), nil
	}
	g.load.reached = true
	longest := g.patience
	if d, ok := ctx.Deadline(); ok {
		longest = min(longest, time.Until(d))
	}
	wait := g.waitLocked()
	if longest <= 0 || g.load.hold > 0 && wait > longest {
		return nil, 0, nil, g.refusalLocked(wait)
	}
	return g.queue.PushBack(make(chan *pass, 1)), g.patience, nil, nil
}

// giveUp leaves the queue and says why, unless it was our turn just now.
func (g *gate) giveUp(turn *list.Element, why func() error) (*pass, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case p := <-turn.Value.(chan *pass):
		return p, nil
	default:
		g.queue.Remove(turn)
		return nil, why()
	}
}

// ended is the error of a context that its owner has ended, and nil for one that
// a layer above has.
func (g *gate) ended(ctx context.Context) error {
	switch context.Cause(ctx) {
	case context.Canceled:
		return &buoy.TransportError{Kind: buoy.ErrCanceled, Endpoint: g.endpoint, Op: "wait", Err: context.Canceled}
	case context.DeadlineExceeded:
		return &buoy.TransportError{Kind: buoy.ErrTimeout, Endpoint: g.endpoint, Op: "wait", Timer: "deadline", Err: context.DeadlineExceeded}
	}
	return nil
}

// admitLocked lets a call in. It needs mu.
func (g *gate) admitLocked() *pass {
	g.load.admit()
	return &pass{gate: g, begun: time.Now(), epoch: g.load.epoch}
}

// callLocked lets in who is next, as far as there is room. It needs mu.
func (g *gate) callLocked() {
	for g.load.inFlight < g.load.size() && g.queue.Len() > 0 {
		next := g.queue.Remove(g.queue.Front()).(chan *pass)
		next <- g.admitLocked()
	}
}

// waitLocked is how long a call that came now would wait: the calls before it
// leave one by one, limit of them in the time that one is in flight. It needs mu.
func (g *gate) waitLocked() time.Duration {
	hold := g.load.hold
	if hold == 0 {
		hold = 1 // not known yet; a second is soon enough to ask again
	}
	before := float64(g.queue.Len() + 1)
	return time.Duration(before / g.load.limit * hold * float64(time.Second))
}

// refusalLocked is the error of a call that would wait too long. It needs mu.
func (g *gate) refusalLocked(wait time.Duration) error {
	return &buoy.LimitError{
		Wait:  max(wait, time.Millisecond), // 0 would mean that waiting does not help
		Limit: fmt.Sprintf("%d calls at a time, as learned of %.100s at %.100s", g.load.size(), g.model, g.endpoint),
	}
}

// pass is the right to one call. It is given back once, by end.
type pass struct {
	gate  *gate
	begun time.Time
	epoch uint64
	once  sync.Once
}

// outcome is what the end of a call says about the load.
type outcome uint8

const (
	nothing  outcome = iota // another error, a cancellation, or a stream whose first token was counted
	whole                   // a whole answer
	overload                // the provider was too busy
)

// first records that the first token has come now.
func (p *pass) first() {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.load.first(now, p.epoch, now.Sub(p.begun).Seconds())
	g.callLocked()
}

// end gives the pass back. Only the first time counts.
func (p *pass) end(o outcome) { p.once.Do(func() { p.gate.leave(p, o) }) }

func (g *gate) leave(p *pass, o outcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.load.leave(now.Sub(p.begun).Seconds())
	switch o {
	case whole:
		g.load.whole(now, p.epoch)
	case overload:
		g.load.overload(p.epoch)
	}
	g.callLocked()
}
