package buoyload

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
)

// Limiter keeps a limit for each endpoint and model, for the 256 used last. Make it
// with [New]; the zero value cannot be used. Clients may share a Limiter. It is safe
// for concurrent use.
type Limiter struct {
	policy Policy

	mu    sync.Mutex // guards the fields below; each gate has a lock of its own
	order list.List  // of *gate, the one used last in front
	gates map[target]*list.Element
}

type target struct{ endpoint, model string }

// maxGates bounds how many limits are kept, because callers choose the names of models.
// The least recently used one is dropped.
const maxGates = 256

// New makes a limiter. It returns an error for a policy that contradicts itself.
func New(p Policy) (*Limiter, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return &Limiter{policy: p, gates: make(map[target]*list.Element)}, nil
}

// Middleware returns the layer that limits calls. Put it in front of the breaker: there
// the endpoint and the model are known, and no timer runs. See the package
// documentation. It counts each call until its answer has ended, or until the caller
// closes or abandons the stream.
func (l *Limiter) Middleware() buoy.Middleware {
	return func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			return l.gate(call.Endpoint, call.Model).carry(ctx, call, next)
		}
	}
}

// carry lets one call through.
func (g *gate) carry(ctx context.Context, call *buoy.Call, next buoy.Handler) (*buoy.Reply, error) {
	p, err := g.enter(ctx)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return next(ctx, call) // with a context that has ended: nothing is sent
	}
	streaming := false
	last := nothing
	defer func() {
		if !streaming { // an error, a whole answer, or a panic
			p.end(last)
		}
	}()
	reply, err := next(ctx, call)
	switch {
	case err != nil:
		last = outcomeOf(err)
	case reply == nil:
	case reply.Stream != nil:
		streaming = true
		p.first()
		reply.OnEnd(func(err error) { p.end(outcomeOf(err)) })
	default:
		last = whole
	}
	return reply, err
}

// gate returns the gate of an endpoint and model, a new one where there is none.
func (l *Limiter) gate(endpoint, model string) *gate {
	key := target{endpoint, model}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.gates[key]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*gate)
	}
	g := newGate(endpoint, model, l.policy)
	l.gates[key] = l.order.PushFront(g)
	if l.order.Len() > maxGates {
		oldest := l.order.Remove(l.order.Back()).(*gate)
		delete(l.gates, target{oldest.endpoint, oldest.model})
	}
	return g
}

// Limit returns how many calls of a model may be in flight at an endpoint at present.
// If there was no such call yet, it is the Initial of the policy. The endpoint is given
// by its label, as in [buoy.Attempt], and the model by the endpoint's name for it.
func (l *Limiter) Limit(endpoint, model string) int {
	l.mu.Lock()
	e, ok := l.gates[target{endpoint, model}]
	l.mu.Unlock()
	if !ok {
		return l.policy.initial()
	}
	return e.Value.(*gate).status().Limit
}

// Status describes the limit of one endpoint and model.
type Status struct {
	Endpoint string
	Model    string
	Limit    int
	InFlight int // may be more than Limit for a while after that went down
	Waiting  int // calls that wait for their turn
	// FirstToken is the recent median time to the first token, and Normal the time
	// without load. Both are 0 until there was a stream.
	FirstToken time.Duration
	Normal     time.Duration
}

// Snapshot returns all limits, the most recently used first.
func (l *Limiter) Snapshot() []Status {
	l.mu.Lock()
	all := make([]*gate, 0, l.order.Len())
	for e := l.order.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*gate))
	}
	l.mu.Unlock()
	out := make([]Status, len(all))
	for i, g := range all {
		out[i] = g.status()
	}
	return out
}

func (g *gate) status() Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	return Status{
		Endpoint: g.endpoint, Model: g.model,
		Limit: g.load.size(), InFlight: g.load.inFlight, Waiting: g.queue.Len(),
		FirstToken: seconds(g.load.recent), Normal: seconds(g.load.normal),
	}
}
