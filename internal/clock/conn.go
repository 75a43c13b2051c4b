package clock

import (
	"context"
	"net/http/httptrace"
	"time"
)

// WatchConn makes net/http tell through trace when the attempt waits for a
// connection. A trace that has a GotConn of its own has to call the clock's.
func (c *Clock) WatchConn(ctx context.Context, trace *httptrace.ClientTrace) context.Context {
	if c != nil && c.bounds.Connect > 0 {
		trace.GetConn = c.getConn
		if trace.GotConn == nil {
			trace.GotConn = c.GotConn
		}
	}
	if trace.GotConn == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, trace)
}

func (c *Clock) getConn(string) {
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
