package buoytest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/memnet"
)

// Server is a fake provider. It speaks the chat-completions protocol, answers from a
// script and records the requests. Get it from [NewServer] or [NewMemServer].
//
// All methods are safe for concurrent use.
type Server struct {
	// URL is the address without a path, such as "http://127.0.0.1:38111". The API is
	// under URL + "/v1".
	URL string

	dial      func(ctx context.Context, network, addr string) (net.Conn, error)
	http      *http.Server
	transport *http.Transport // that of Client
	closing   context.Context // done when Close has begun; every request's context descends from it
	stop      context.CancelFunc
	served    chan struct{} // closed when no connection is accepted any more
	close     sync.Once
	handlers  sync.WaitGroup // requests being answered
	accepted  atomic.Int64

	mu         sync.Mutex // guards the fields below
	arrived    *sync.Cond // on mu: requests or closed changed
	closed     bool
	dialect    Dialect
	script     []*entry
	scripted   time.Time // when script was set
	requests   []Received
	transports []*http.Transport // made for clients; their idle connections end with the server
}

// NewServer starts a fake provider on a loopback socket. Each request uses up one
// [Step]. When none is left, every request gets a good answer with [DefaultText].
//
// The server closes when the test ends. Outside of tests t may be nil; then call
// [Server.Close]. Inside a testing/synctest bubble use [NewMemServer], because virtual
// time does not pass while a goroutine reads a socket.
func NewServer(t testing.TB, steps ...Step) *Server {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		err = fmt.Errorf("buoytest: no loopback port to listen on: %w", err)
		if t == nil {
			panic(err)
		}
		t.Helper()
		t.Fatal(err)
	}
	return start(t, l, new(net.Dialer).DialContext, steps)
}

// NewMemServer is like [NewServer], but on a network in memory, which works inside
// testing/synctest bubbles. Create it inside the bubble that uses it. Use
// [Server.Client] or [Server.RoundTripper] to reach it. A client that dials its URL
// through the real network is refused.
func NewMemServer(t testing.TB, steps ...Step) *Server {
	l := memnet.Listen()
	return start(t, l, l.Dial, steps)
}

func start(t testing.TB, l net.Listener, dial func(context.Context, string, string) (net.Conn, error), steps []Step) *Server {
	s := &Server{URL: "http://" + l.Addr().String(), dial: dial, served: make(chan struct{})}
	s.arrived = sync.NewCond(&s.mu)
	s.closing, s.stop = context.WithCancel(context.Background())
	s.transport = newTransport(dial)
	s.Script(steps...)
	s.http = &http.Server{
		Handler:     http.HandlerFunc(s.serveConn),
		BaseContext: func(net.Listener) context.Context { return s.closing },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.accepted.Add(1)
			}
		},
		Protocols: new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	s.http.Protocols.SetUnencryptedHTTP2(true)
	go func() {
		defer close(s.served)
		_ = s.http.Serve(l) // ends with http.ErrServerClosed
	}()
	if t != nil {
		t.Cleanup(s.Close)
	}
	return s
}

// Close breaks off all answers, refuses new connections, and returns when no handler is
// running. It is safe to call it more than once.
func (s *Server) Close() {
	s.close.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.arrived.Broadcast()
		transports := s.transports
		s.mu.Unlock()
		s.stop()
		_ = s.http.Close()
		<-s.served
		s.handlers.Wait()
		for _, t := range append(transports, s.transport) {
			t.CloseIdleConnections()
		}
	})
}

// Client returns an HTTP client that reaches the server through its network. It also
// reaches the others, if any are given. It has no timeout and no proxy. Closing the
// server closes its idle connections. All clients of one server share their
// connections. A client for several servers has its own.
func (s *Server) Client(others ...*Server) *http.Client {
	if len(others) == 0 {
		return &http.Client{Transport: s.transport}
	}
	t := newTransport(dialAny(append([]*Server{s}, others...)))
	for _, o := range append(others, s) {
		o.keep(t)
	}
	return &http.Client{Transport: t}
}

// HTTP2Client is like [Server.Client], but sends its requests over HTTP/2 without TLS,
// many over one connection.
func (s *Server) HTTP2Client() *http.Client {
	t := newTransport(s.dial)
	t.Protocols = new(http.Protocols)
	t.Protocols.SetUnencryptedHTTP2(true)
	s.keep(t)
	return &http.Client{Transport: t}
}

// Dial opens a connection to the server. Use it as the DialContext of your own
// http.Transport.
func (s *Server) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return s.dial(ctx, network, addr)
}

// Script replaces the rest of the script. Requests that are being answered go on as
// they began.
func (s *Server) Script(steps ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script, s.scripted = compile(steps), time.Now()
}

// Speak sets the dialect of answers and of steps that do not name one. A new server
// speaks [OpenAI].
func (s *Server) Speak(d Dialect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialect = d
}

// Requests returns the requests that have arrived so far, in order. Do not change their
// Header, Query and Body, which the server shares.
func (s *Server) Requests() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Await waits until n requests have arrived. It returns false if the server is closed
// first.
func (s *Server) Await(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.requests) < n && !s.closed {
		s.arrived.Wait()
	}
	return len(s.requests) >= n
}

// Connections returns the number of accepted connections. If it is less than the number
// of requests, connections were reused. Requests through [Server.RoundTripper] need
// none.
func (s *Server) Connections() int { return int(s.accepted.Load()) }

// keep remembers a transport whose idle connections have to be closed.
func (s *Server) keep(t *http.Transport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.transports = append(s.transports, t)
}

// serveConn answers a request that came over a connection.
func (s *Server) serveConn(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.handlers.Done()
	s.answer(w, r, func() {
		switch c := r.Context().Value(connKey{}).(type) {
		case *memnet.Conn:
			_ = c.Reset() // never fails
		case *net.TCPConn:
			_ = c.SetLinger(0) // makes Close send a reset
			_ = c.Close()
		}
	})
}

// enter counts a request in. It reports false if the server is closed; else handlers.Done counts it out.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	return true
}

// connKey is the key of a request's connection in its context.
type connKey struct{}

func newTransport(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	// The default of two idle connections a host would make every test with more callers one of reconnecting.
	return &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 256}
}

// dialAny dials the server whose address is asked for.
func dialAny(servers []*Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		for _, s := range servers {
			if s.URL == "http://"+addr {
				return s.dial(ctx, network, addr)
			}
		}
		return nil, memnet.Refused(network, addr)
	}
}
