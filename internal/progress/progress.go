// Package progress tells how far an exchange with a server has come: whether anything was
// sent, which may be billed, and what was being done when it failed.
package progress

import (
	"io"
	"sync/atomic"
)

// Phase is how far an exchange has come. The zero value is before its connection. It is
// safe for concurrent use: the reader of a reply, timers and the caller ask side by side.
type Phase struct{ at atomic.Uint32 }

const (
	dial uint32 = iota
	send
	await
	read
)

// Op names the phase: "dial", "send", "await" or "read".
func (p *Phase) Op() string {
	switch p.at.Load() {
	case dial:
		return "dial"
	case send:
		return "send"
	case await:
		return "await"
	}
	return "read"
}

// Sent reports that something may have been sent.
func (p *Phase) Sent() bool { return p.at.Load() != dial }

// Awaits reports that all was sent.
func (p *Phase) Awaits() bool { return p.at.Load() >= await }

// WroteAll notes that all was sent, of a request that has no body to be read.
func (p *Phase) WroteAll() { p.at.CompareAndSwap(dial, await) }

// Replied notes that the head of the reply is there.
func (p *Phase) Replied() { p.at.Store(read) }

// Body hands out a request's body and notes how far sending has come: a transport reads
// it only once a connection stands.
type Body struct {
	phase *Phase
	data  []byte
	sent  int
}

// NewBody returns what a request sends.
func NewBody(p *Phase, data []byte) Body { return Body{phase: p, data: data} }

// Read notes that sending has begun, and with the last byte that it has ended.
func (b *Body) Read(p []byte) (int, error) {
	if b.sent == len(b.data) {
		return 0, io.EOF
	}
	n := copy(p, b.data[b.sent:])
	if b.sent += n; b.sent == len(b.data) {
		b.phase.at.Store(await)
	} else {
		b.phase.at.Store(send)
	}
	return n, nil
}

// Data is all of the body.
func (b *Body) Data() []byte { return b.data }

// Close does nothing.
func (b *Body) Close() error { return nil }
