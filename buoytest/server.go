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

// Server is a provider for tests: it speaks the chat-completions protocol, answers from a script and remembers what
// it was asked. Take it from [NewServer] or [NewMemServer].
//
// All methods may be called from several goroutines at once.
type Server struct {
	// URL is the address without a path, such as "http://127.0.0.1:38111". The API lives under URL + "/v1".
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

// NewServer starts a provider on a loopback socket, which answers as steps say: each request takes the next [Step],
// and when none is left every request is answered well, with [DefaultText].
//
// The server is closed when the test ends. Outside of tests t may be nil; call [Server.Close] then. Inside a
// testing/synctest bubble use [NewMemServer], because virtual time does not pass while a goroutine reads a socket.
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

// NewMemServer is [NewServer] on a network in memory, which works inside testing/synctest bubbles. Only the clients
// of [Server.Client] and the transport of [Server.RoundTripper] reach it; a client that dials its URL through the
// real network is refused. Create it inside the bubble in which it is used.
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

// Close breaks off what is being answered, refuses new connections and returns when no handler runs any more. It may
// be called more than once.
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

// Client returns an HTTP client that reaches the server, and others if they are given, over their network. It has no
// timeout and no proxy; its idle connections are closed with the server. Clients of one server share their
// connections, those for several servers have their own.
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

// HTTP2Client is Client, but its requests travel as HTTP/2 without TLS, many over one connection.
func (s *Server) HTTP2Client() *http.Client {
	t := newTransport(s.dial)
	t.Protocols = new(http.Protocols)
	t.Protocols.SetUnencryptedHTTP2(true)
	s.keep(t)
	return &http.Client{Transport: t}
}

// Dial opens a connection to the server as an [http.Transport] of your own wants it for its DialContext.
func (s *Server) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return s.dial(ctx, network, addr)
}

// Script replaces what is left of the script. Requests that are being answered go on as they began.
func (s *Server) Script(steps ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script, s.scripted = compile(steps), time.Now()
}

// Speak sets the dialect of replies and of the steps that do not name one. A new server speaks [OpenAI].
func (s *Server) Speak(d Dialect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialect = d
}

// Requests returns what the server has received so far, in order of arrival. Header, Query and Body are shared with
// the record: do not change them.
func (s *Server) Requests() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Await waits until n requests have arrived. It reports false if the server was closed before.
func (s *Server) Await(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.requests) < n && !s.closed {
		s.arrived.Wait()
	}
	return len(s.requests) >= n
}

// Connections returns how many connections have been accepted; fewer than requests means that they were used again.
// Requests through [Server.RoundTripper] need none.
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
