package buoyload

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// This file simulates a provider and its callers, in virtual time.

// provider generates slots answers at a time; the others wait in a queue. It
// notices that a caller has left when it would send the first token, as servers do.
type provider struct {
	mu     sync.Mutex // guards the fields below
	slots  int
	shed   int     // refuses with a 503 when so many wait; 0 for never
	slow   float64 // how much slower the first token is for others' load
	used   int
	queue  []chan struct{}
	random *rand.Rand
}

// What an answer takes: about 0.3 s to the first token, then 20 ms for each.
const (
	prefill  = 300 * time.Millisecond
	perToken = 20 * time.Millisecond
)

var (
	errShed = errors.New("503")
	errGone = errors.New("the caller has left")
)

// set changes the provider while it runs.
func (p *provider) set(f func(*provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
	p.nextLocked()
}

func (p *provider) nextLocked() {
	for p.used < p.slots && len(p.queue) > 0 {
		p.used++
		close(p.queue[0])
		p.queue = p.queue[1:]
	}
}

// enter returns when there is a slot.
func (p *provider) enter() error {
	p.mu.Lock()
	if p.shed > 0 && len(p.queue) >= p.shed {
		p.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		return errShed
	}
	turn := make(chan struct{})
	p.queue = append(p.queue, turn)
	p.nextLocked()
	p.mu.Unlock()
	<-turn
	return nil
}

// answer carries out one request and tells when the first token comes.
func (p *provider) answer(gone context.Context, tokens int, first func()) error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.set(func(p *provider) { p.used-- })
	p.mu.Lock()
	wait := float64(prefill) * p.slow * math.Exp(0.4*p.random.NormFloat64())
	p.mu.Unlock()
	time.Sleep(time.Duration(wait))
	if gone.Err() != nil {
		return errGone
	}
	first()
	time.Sleep(time.Duration(tokens) * perToken)
	return nil
}

// guard is a limiter under test.
type guard interface {
	enter() (visit, bool)
	size() int
}

// visit is one call of a guard.
type visit interface {
	first()
	leave(overloaded bool)
}

// none lets everybody in.
type none struct{}

func (none) enter() (visit, bool) { return none{}, true }
func (none) size() int            { return 0 }
func (none) first()               {}
func (none) leave(bool)           {}

// learned is the gate under test, without waiting.
type learned struct{ *gate }

func newLearned() guard { return learned{newGate("e", "m", Policy{MaxWait: -1})} }

func (l learned) enter() (visit, bool) {
	p, err := l.gate.enter(context.Background())
	return learnedVisit{p}, err == nil
}

func (l learned) size() int { return l.status().Limit }

type learnedVisit struct{ *pass }

func (v learnedVisit) leave(overloaded bool) {
	if overloaded {
		v.end(overload)
	} else {
		v.end(nothing)
	}
}

// phase is a part of a simulation and what came of it.
type phase struct {
	name   string
	length time.Duration
	rate   float64 // calls a second
	tokens int     // of an answer, on average
	change func(*provider)

	calls, inTime, late, refused, failed int
	firsts                               []float64 // seconds to the first token
	limits                               []int     // at each call
}

// How long callers wait for the first token before they give up, and what they
// call in time.
const (
	patience   = 20 * time.Second
	inTimeUnto = 2 * time.Second
)

// simulate plays phases one after the other.
func simulate(t *testing.T, seed uint64, p *provider, newGuard func() guard, phases ...*phase) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		g := newGuard()
		p.random = rand.New(rand.NewPCG(seed, 1))
		p.slow = 1
		arrivals := rand.New(rand.NewPCG(seed, 2))
		var mu sync.Mutex // guards the phases' results
		var wg sync.WaitGroup
		for _, ph := range phases {
			if ph.change != nil {
				p.set(ph.change)
			}
			for end := time.Now().Add(ph.length); ; {
				time.Sleep(time.Duration(arrivals.ExpFloat64() / ph.rate * float64(time.Second)))
				if !time.Now().Before(end) {
					break
				}
				tokens := int(float64(ph.tokens) * math.Exp(0.5*arrivals.NormFloat64()))
				wg.Go(func() { ask(p, g, tokens, &mu, ph) })
			}
		}
		wg.Wait()
	})
}

// ask makes one call and keeps what came of it.
func ask(p *provider, g guard, tokens int, mu *sync.Mutex, ph *phase) {
	v, ok := g.enter()
	mu.Lock()
	ph.calls++
	ph.limits = append(ph.limits, g.size())
	mu.Unlock()
	if !ok {
		mu.Lock()
		defer mu.Unlock()
		ph.refused++
		return
	}
	gone, leave := context.WithCancel(context.Background())
	defer leave()
	began := time.Now()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	first, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- p.answer(gone, tokens, func() { close(first) }) }()
	var waited time.Duration
	var err error
	select {
	case <-first:
		waited = time.Since(began)
		v.first()
		err = <-done
	case err = <-done: // refused
	case <-timer.C:
		err = context.DeadlineExceeded
	}
	v.leave(err != nil)
	mu.Lock()
	defer mu.Unlock()
	switch {
	case err != nil:
		ph.failed++
		return
	case waited <= inTimeUnto:
		ph.inTime++
	default:
		ph.late++
	}
	ph.firsts = append(ph.firsts, waited.Seconds())
}

// perSecond is a count over the length of a phase.
func (ph *phase) perSecond(n int) float64 { return float64(n) / ph.length.Seconds() }

// firstToken is the median time to the first token, in seconds.
func (ph *phase) firstToken() float64 {
	if len(ph.firsts) == 0 {
		return math.NaN()
	}
	return median(ph.firsts)
}

// limit is the median limit of a phase.
func (ph *phase) limit() int {
	sorted := slices.Sorted(slices.Values(ph.limits))
	return sorted[len(sorted)/2]
}
