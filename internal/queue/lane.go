package queue

import "container/list"

// lane is a class of a queue: the tenants in it take turns.
type lane struct {
	flows  map[string]*flow
	turns  list.List // of the flows, that whose turn it is in front
	depth  []int     // how many tenants have more than 0, 1, 2 ... places
	len    int
	weight int
}

// flow has the places of one tenant in one lane. It is there as long as it has one.
type flow struct {
	turn *list.Element
	// Both are in the order of coming, but who has become old joins those that came
	// after it.
	came, old list.List
}

func (f *flow) len() int { return f.came.Len() + f.old.Len() }

// first is the place that came first, nil where there is none.
func (f *flow) first() *Place {
	came, old := f.came.Front(), f.old.Front()
	if came == nil || old != nil && old.Value.(*Place).number < came.Value.(*Place).number {
		came = old
	}
	if came == nil {
		return nil
	}
	return came.Value.(*Place)
}

// join adds a place; old is whether it comes from the background.
func (l *lane) join(p *Place, old bool) {
	f := l.flows[p.who.Tenant]
	if f == nil {
		f = new(flow)
		f.turn = l.turns.PushBack(f)
		if l.flows == nil {
			l.flows = make(map[string]*flow)
		}
		l.flows[p.who.Tenant] = f
	}
	if n := f.len(); n < len(l.depth) {
		l.depth[n]++
	} else {
		l.depth = append(l.depth, 1)
	}
	l.len++
	l.weight += p.weight
	p.lane, p.flow, p.line = l, f, &f.came
	if old {
		p.line = &f.old
	}
	p.at = p.line.PushBack(p)
}

// leave takes a place out. A tenant without one has no turn.
func (l *lane) leave(p *Place) {
	f := p.flow
	p.line.Remove(p.at)
	l.len--
	l.weight -= p.weight
	n := f.len()
	if l.depth[n]--; l.depth[n] == 0 {
		l.depth = l.depth[:n] // nobody has more
	}
	if n == 0 {
		l.turns.Remove(f.turn)
		delete(l.flows, p.who.Tenant)
	}
}

// first is whose turn it is, nil where the lane is empty.
func (l *lane) first() *Place {
	if front := l.turns.Front(); front != nil {
		return front.Value.(*flow).first()
	}
	return nil
}

// ahead is how many go before a new place of a tenant: of each other one as many as
// it has itself, and one more.
func (l *lane) ahead(tenant string) (n, weight int) {
	own := 0
	if f := l.flows[tenant]; f != nil {
		own = f.len()
	}
	if own+1 >= len(l.depth) {
		return l.len, l.weight // nobody has more
	}
	for _, tenants := range l.depth[:own+1] {
		n += tenants
	}
	return n, l.share(n)
}

// share is about the weight of so many places.
func (l *lane) share(n int) int { return int(float64(l.weight) * float64(n) / float64(l.len)) }

func (l *lane) wake() {
	for e := l.turns.Front(); e != nil; e = e.Next() {
		f := e.Value.(*flow)
		for _, line := range [...]*list.List{&f.came, &f.old} {
			for at := line.Front(); at != nil; at = at.Next() {
				at.Value.(*Place).Wake()
			}
		}
	}
}
