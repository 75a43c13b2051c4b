package buoytest

import "time"

// Step says what the server does with one request. A Step is a plain value: you may
// keep it in a variable and use it in several scripts. Each script counts on its own.
//
// The zero Step gives a good answer with [DefaultText].
type Step struct {
	name  string
	serve func(*exchange) // nil for a group and for choose
	base  *Answer         // what serve answers or breaks; nil: DefaultText

	choose func(*Received) Step // decides by the request
	group  []Step
	match  func(*Received) bool // nil: every request
	rounds int                  // how often it answers, or the group is gone through; 0 is once, -1 for ever
	lasts  time.Duration        // only so long after the script was set; 0: no bound
}

// Times runs these steps n times.
func Times(n int, steps ...Step) Step {
	if n <= 0 {
		steps, n = nil, 1
	}
	return Step{group: sequence(steps), rounds: n}
}

// Always repeats these steps without end. Steps after it in the script are reached only
// by requests that it does not apply to (see [ForModel]).
func Always(steps ...Step) Step { return Step{group: sequence(steps), rounds: -1} }

// For repeats these steps until d has passed since the script was set. Use it for an
// outage that ends.
func For(d time.Duration, steps ...Step) Step {
	return Step{group: sequence(steps), rounds: -1, lasts: max(d, 1)}
}

// ForModel limits steps to requests for this model. Other requests skip them.
func ForModel(model string, steps ...Step) Step {
	return Step{group: sequence(steps), match: func(r *Received) bool { return r.Model == model }}
}

// ForKey limits steps to requests with this API key. Other requests skip them.
func ForKey(key string, steps ...Step) Step {
	return Step{group: sequence(steps), match: func(r *Received) bool { return r.Key == key }}
}

// sequence is a copy of steps that is never nil, since a nil group means that there is none.
func sequence(steps []Step) []Step { return append([]Step{}, steps...) }

// wrap returns s with every answer it gives done by f instead, which gets the original.
func (s Step) wrap(f func(x *exchange, serve func(*exchange))) Step {
	switch {
	case s.choose != nil:
		choose := s.choose
		s.choose = func(r *Received) Step { return choose(r).wrap(f) }
	case s.group != nil:
		group := make([]Step, len(s.group))
		for i, g := range s.group {
			group[i] = g.wrap(f)
		}
		s.group = group
	default:
		serve := s.serve
		if serve == nil {
			serve = serveBase
		}
		s.serve = func(x *exchange) { f(x, serve) }
	}
	return s
}

// entry is a Step in a script, with what is left of it.
type entry struct {
	step  Step
	left  int // rounds; -1 for ever
	group []*entry
}

func compile(steps []Step) []*entry {
	es := make([]*entry, len(steps))
	for i, s := range steps {
		left := s.rounds
		if left == 0 {
			left = 1
		}
		es[i] = &entry{step: s, left: left, group: compile(s.group)}
	}
	return es
}

// claim takes the step for r from the first entry that has one. age is how long the script has been set.
func claim(es []*entry, r *Received, age time.Duration) (Step, bool) {
	for _, e := range es {
		if s, ok := e.claim(r, age); ok {
			return s, true
		}
	}
	return Step{}, false
}

func (e *entry) claim(r *Received, age time.Duration) (Step, bool) {
	s := e.step
	if e.left == 0 || s.lasts > 0 && age >= s.lasts || s.match != nil && !s.match(r) {
		return Step{}, false
	}
	if s.group == nil {
		e.spend()
		if s.choose != nil {
			return s.choose(r), true
		}
		return s, true
	}
	if got, ok := claim(e.group, r, age); ok {
		return got, true
	}
	if e.spend(); e.left == 0 {
		return Step{}, false
	}
	e.group = compile(s.group)
	return claim(e.group, r, age)
}

func (e *entry) spend() {
	if e.left > 0 {
		e.left--
	}
}
