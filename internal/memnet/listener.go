// Package memnet is a network in memory: a listener whose connections behave like TCP and are two byte queues.
//
// It exists because a testing/synctest bubble cannot use sockets: a goroutine that reads from one is not durably
// blocked, so the bubble's clock never moves. [net.Pipe] would do, but it has no buffer, and an HTTP server that
// writes to a client which is busy sending would stand still where TCP does not.
package memnet

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// listeners and dials count through the process, so that no two listeners share an address and no two connections a
// client port.
var listeners, dials atomic.Uint32

// A Listener accepts the connections that its own Dial opens. It implements [net.Listener].
//
// The zero Listener is not usable, call [Listen]. All methods may be called from several goroutines at once; inside a
// synctest bubble all of them must belong to it.
type Listener struct {
	addr *net.TCPAddr

	mu      sync.Mutex // guards the fields below
	arrived *sync.Cond // on mu: backlog or closed changed
	backlog []*Conn    // dialled, not yet accepted
	closed  bool
}

// Listen returns a listener with an address of its own. The address is a loopback IP with port 1, where nothing real
// is expected to listen: a client that dials it past [Listener.Dial] is refused instead of reaching a stranger.
func Listen() *Listener {
	n := listeners.Add(1)
	l := &Listener{addr: &net.TCPAddr{IP: net.IPv4(127, byte(n>>16), byte(n>>8), byte(n)), Port: 1}}
	l.arrived = sync.NewCond(&l.mu)
	return l
}

// Addr implements [net.Listener]. The result is a *[net.TCPAddr].
func (l *Listener) Addr() net.Addr { return l.addr }

// Dial opens a connection to the listener; it has the signature of [net/http.Transport.DialContext]. As with TCP it
// does not wait until somebody accepts. A closed listener, or any other address, refuses with an error that wraps
// [syscall.ECONNREFUSED].
func (l *Listener) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: l.addr, Err: err}
	}
	if addr != l.addr.String() {
		return nil, Refused(network, addr)
	}
	port := 1024 + dials.Add(1)%(1<<16-1024)
	client, server := Pipe(&net.TCPAddr{IP: l.addr.IP, Port: int(port)}, l.addr)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, Refused(network, addr)
	}
	l.backlog = append(l.backlog, server)
	l.arrived.Signal()
	return client, nil
}

// Accept implements [net.Listener]. After Close it fails with an error that wraps [net.ErrClosed].
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		switch {
		case l.closed:
			return nil, &net.OpError{Op: "accept", Net: l.addr.Network(), Addr: l.addr, Err: net.ErrClosed}
		case len(l.backlog) > 0:
			c := l.backlog[0]
			l.backlog = l.backlog[1:]
			return c, nil
		}
		l.arrived.Wait()
	}
}

// Close refuses what dials from now on, ends every Accept and resets the connections that nobody accepted. Accepted
// connections live on. A second Close fails with an error that wraps [net.ErrClosed].
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return &net.OpError{Op: "close", Net: l.addr.Network(), Addr: l.addr, Err: net.ErrClosed}
	}
	l.closed = true
	for _, c := range l.backlog {
		_ = c.Reset() // never fails
	}
	l.backlog = nil
	l.arrived.Broadcast()
	return nil
}

// Refused returns the error of a dial to addr where nobody listens. It wraps [syscall.ECONNREFUSED].
func Refused(network, addr string) error {
	var to net.Addr
	if ap, err := netip.ParseAddrPort(addr); err == nil {
		to = net.TCPAddrFromAddrPort(ap)
	}
	return &net.OpError{Op: "dial", Net: network, Addr: to, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}
