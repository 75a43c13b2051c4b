package clock

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Conns is told of an attempt's connections, as by the fields of that name in
// [httptrace.ClientTrace]. It has to tell the clock.
type Conns interface {
	GetConn(hostPort string)
	GotConn(httptrace.GotConnInfo)
}

// Traced is a context that makes net/http tell of connections. It does what
// httptrace.WithClientTrace does, but is part of its owner's memory, and makes the
// trace when it is asked for one: a RoundTripper that opens no connection never asks.
//
// The zero value is memory for [Traced.Begin].
type Traced struct {
	context.Context
	conns Conns
	trace atomic.Pointer[httptrace.ClientTrace] // nil before somebody asks
}

// Begin sets up a Traced that was not used before, and returns it. Hooks that ctx has
// already are called as well.
func (t *Traced) Begin(ctx context.Context, conns Conns) context.Context {
	t.Context, t.conns = ctx, conns
	return t
}

// Value returns the trace under httptrace's key, and else the value of the context that
// it was begun with.
func (t *Traced) Value(key any) any {
	if key != traceKey {
		return t.Context.Value(key)
	}
	if t.trace.Load() == nil {
		trace := &httptrace.ClientTrace{GetConn: t.conns.GetConn, GotConn: t.conns.GotConn}
		httptrace.WithClientTrace(t.Context, trace) // adds the hooks that are there to it
		t.trace.CompareAndSwap(nil, trace)
	}
	return t.trace.Load()
}

// String keeps fmt from walking through the attempt.
func (t *Traced) String() string { return "buoy.traced" }

// traceKey is httptrace's key, which only its functions know.
var traceKey = func() any {
	asked := asked{Context: context.Background()}
	httptrace.ContextClientTrace(&asked)
	return asked.key
}()

// asked keeps the key that it was asked for.
type asked struct {
	context.Context
	key any
}

func (a *asked) Value(key any) any { a.key = key; return nil }

// GetConn notes that the attempt waits for a connection.
func (c *Clock) GetConn(string) {
	if c == nil || c.bounds.Connect <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.connecting, c.asked = true, now.Sub(c.start)
	c.armLocked(now)
}

// GotConn notes that the attempt has its connection.
func (c *Clock) GotConn(httptrace.GotConnInfo) {
	if c == nil || c.bounds.Connect <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connecting = false
	c.armLocked(time.Now())
}
