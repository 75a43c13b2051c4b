package main

import (
	"container/list"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// door is a listener with a number of places, so that clients cannot use up the
// files that the gateway itself needs for asking providers. When all are taken, a
// stranger has to leave for the next one: the connection that has been longest
// without a request that may be served. Where there is no stranger it is a client whose
// request does not come. Only where everybody is being served does
// the next one wait. Accept is called by one goroutine, as net/http does.
type door struct {
	net.Listener
	places int
	freed  chan struct{} // has one value after a place may have become free
	closed context.Context
	close  context.CancelFunc

	mu        sync.Mutex // guards what is below and in the visits
	taken     int
	strangers list.List // of *visit, the longest wait first
	arriving  list.List // of *visit with a token whose request is on its way, the longest pause first
}

// visit is the gateway's end of a connection.
type visit struct {
	net.Conn
	door  *door
	in    *list.List    // where it waits: the strangers or the arriving
	place *list.Element // in there; nil while it is served
	since time.Time     // how long it has been a stranger, or sent nothing
	gone  bool
}

// courtesy is how long a stranger is left alone: whoever has just connected needs
// it to say who he is, or a burst of good clients would send each other away.
const courtesy = 200 * time.Millisecond

// arrivalPause is how long a client with a token may send nothing of its request where
// others wait for the place.
const arrivalPause = 2 * time.Second

func newDoor(l net.Listener, places int) *door {
	d := &door{Listener: l, places: max(places, 1), freed: make(chan struct{}, 1)}
	d.closed, d.close = context.WithCancel(context.Background())
	return d
}

// Accept returns the next connection once there is a place for it.
func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	v := &visit{Conn: c, door: d}
	for {
		in, out, wait := d.admit(v, time.Now())
		if in {
			return v, nil
		}
		var ripe <-chan time.Time // when the first stranger may be sent away
		if out != nil {
			if wait <= 0 {
				_ = out.Close()
				continue
			}
			ripe = time.After(wait)
		}
		select {
		case <-d.freed:
		case <-ripe:
		case <-d.closed.Done():
			_ = c.Close()
			return nil, net.ErrClosed
		}
	}
}

// Close ends the waiting for a place, too.
func (d *door) Close() error {
	d.close()
	return d.Listener.Close()
}

// admit gives a visit a place, or else names who has to leave, if anybody, and
// when.
func (d *door) admit(v *visit, now time.Time) (in bool, out *visit, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.taken < d.places {
		d.taken++
		v.waitLocked(&d.strangers, now)
		return true, nil, 0
	}
	if first := d.strangers.Front(); first != nil {
		out = first.Value.(*visit)
		return false, out, courtesy - now.Sub(out.since)
	}
	if first := d.arriving.Front(); first != nil {
		out = first.Value.(*visit)
		return false, out, arrivalPause - now.Sub(out.since)
	}
	return false, nil, 0
}

// tell wakes who waits for a place.
func (d *door) tell() {
	select {
	case d.freed <- struct{}{}:
	default: // it was told already
	}
}

// Close gives the place back.
func (v *visit) Close() error {
	v.door.mu.Lock()
	if !v.gone {
		v.gone = true
		v.door.taken--
		v.leaveLocked()
		v.door.tell()
	}
	v.door.mu.Unlock()
	return v.Conn.Close()
}

// CloseWrite is how net/http lets a client read the reply that ends a connection.
func (v *visit) CloseWrite() error {
	if c, ok := v.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

func (v *visit) leaveLocked() {
	if v.place != nil {
		v.in.Remove(v.place)
		v.place = nil
	}
}

// waitLocked puts the visit behind all others of a list. It needs the door's mu.
func (v *visit) waitLocked(in *list.List, now time.Time) {
	v.leaveLocked()
	v.in, v.since, v.place = in, now, in.PushBack(v)
}

// arrives notes that something of a known client's request has come.
func (v *visit) arrives() {
	v.door.mu.Lock()
	defer v.door.mu.Unlock()
	if !v.gone {
		v.waitLocked(&v.door.arriving, time.Now())
		v.door.tell() // another may be the first to leave now
	}
}

// serve keeps the place for a request that may be served.
func (v *visit) serve() {
	v.door.mu.Lock()
	defer v.door.mu.Unlock()
	v.leaveLocked()
}

// served puts the visit among the strangers again, behind all others.
func (v *visit) served() {
	v.door.mu.Lock()
	defer v.door.mu.Unlock()
	if !v.gone && (v.place == nil || v.in == &v.door.arriving) {
		v.waitLocked(&v.door.strangers, time.Now())
		v.door.tell()
	}
}

type visitKey struct{}

// withVisit is for http.Server.ConnContext.
func withVisit(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, visitKey{}, c)
}

// arriving is the body of a request: it keeps its place once it is here.
type arriving struct {
	io.ReadCloser
	of    *visit
	known bool // the client has shown a token
}

func (a arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		a.of.serve()
	case n > 0 && a.known:
		a.of.arrives()
	}
	return n, err
}

// keepPlace keeps the place of a request that may be served until it was, as soon as it
// has arrived. Until then a client that has shown a token goes before strangers.
func keepPlace(r *http.Request, known bool) (served func()) {
	v, ok := r.Context().Value(visitKey{}).(*visit)
	if !ok {
		return func() {}
	}
	switch {
	case known && (r.Body == nil || r.Body == http.NoBody):
		v.serve()
		return v.served
	case known:
		v.arrives()
	}
	r.Body = arriving{r.Body, v, known}
	return v.served
}
