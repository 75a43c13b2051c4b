package main

import (
	"container/list"
	"sync"

	"github.com/buoy-go/buoy"
)

// pool has the clients of the tenants that called last. It is safe for concurrent use.
type pool struct {
	most int
	make func(name string) (*buoy.Client, error)

	mu     sync.Mutex // guards the fields below
	byName map[string]*list.Element
	byUse  *list.List // of *entry, the latest first
}

// entry is a client, and how many calls use it.
type entry struct {
	name   string
	client *buoy.Client
	calls  int
	gone   bool // forgotten: the last call closes it
}

func newPool(most int, make func(name string) (*buoy.Client, error)) *pool {
	return &pool{most: most, make: make, byName: map[string]*list.Element{}, byUse: list.New()}
}

// get returns the client of a tenant. done says that the call has ended, with its
// stream if it has one.
func (p *pool) get(name string) (client *buoy.Client, done func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.byName[name]
	if !ok {
		client, err := p.make(name) // sends nothing, so it is quick
		if err != nil {
			return nil, nil, err
		}
		at = p.byUse.PushFront(&entry{name: name, client: client})
		p.byName[name] = at
	}
	p.byUse.MoveToFront(at)
	e := at.Value.(*entry)
	e.calls++
	for p.byUse.Len() > p.most {
		p.forget(p.byUse.Back())
	}
	return e.client, sync.OnceFunc(func() { p.done(e) }), nil
}

// forget needs mu.
func (p *pool) forget(at *list.Element) {
	e := p.byUse.Remove(at).(*entry)
	delete(p.byName, e.name)
	e.gone = true
	if e.calls == 0 {
		_ = e.client.Close() // the connections are shared, and stay
	}
}

func (p *pool) done(e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.calls--; e.gone && e.calls == 0 {
		_ = e.client.Close()
	}
}

func (p *pool) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byUse.Len()
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.byUse.Len() > 0 {
		p.forget(p.byUse.Back())
	}
}
