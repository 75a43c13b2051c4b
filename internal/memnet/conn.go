package memnet

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// A Conn is one end of a connection in memory. It behaves like a [net.TCPConn]: writes are buffered, Close lets the
// other side read what was sent before it sees io.EOF, and Reset breaks off.
//
// All methods may be called from several goroutines at once.
type Conn struct {
	in, out       *Queue
	local, remote net.Addr
}

// Pipe returns the two ends of a connection. Bytes written to one are read from the other.
func Pipe(client, server net.Addr) (*Conn, *Conn) {
	up, down := NewQueue(), NewQueue()
	return &Conn{in: down, out: up, local: client, remote: server},
		&Conn{in: up, out: down, local: server, remote: client}
}

// Read implements [net.Conn].
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	return n, c.explain("read", err)
}

// Write implements [net.Conn].
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	return n, c.explain("write", err)
}

// Close closes both directions. The other side reads what is on its way, then io.EOF; its writes fail with
// [syscall.EPIPE]. Unlike TCP, closing with unread bytes is not a reset: call [Conn.Reset] for one. A second Close
// fails with [net.ErrClosed].
func (c *Conn) Close() error {
	c.out.CloseWrite(io.EOF, net.ErrClosed)
	if !c.in.CloseRead(net.ErrClosed, os.NewSyscallError("write", syscall.EPIPE)) {
		return c.explain("close", net.ErrClosed)
	}
	return nil
}

// CloseWrite shuts down the writing side only: the other side reads io.EOF and may still write.
func (c *Conn) CloseWrite() error {
	c.out.CloseWrite(io.EOF, os.NewSyscallError("write", syscall.EPIPE))
	return nil
}

// Reset breaks the connection off, as a TCP reset does: the other side reads what has already arrived and then
// [syscall.ECONNRESET], with which its writes fail too. On this side everything fails with [net.ErrClosed].
func (c *Conn) Reset() error {
	c.out.CloseWrite(os.NewSyscallError("read", syscall.ECONNRESET), net.ErrClosed)
	c.in.CloseRead(net.ErrClosed, os.NewSyscallError("write", syscall.ECONNRESET))
	return nil
}

// LocalAddr implements [net.Conn].
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements [net.Conn].
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline implements [net.Conn].
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline implements [net.Conn].
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.SetReadDeadline(t)
	return nil
}

// SetWriteDeadline implements [net.Conn].
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.SetWriteDeadline(t)
	return nil
}

// explain wraps err as the net package does. io.EOF stays bare, because readers compare it with ==.
func (c *Conn) explain(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}
