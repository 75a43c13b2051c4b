package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/lru"
	"github.com/buoy-go/buoy/internal/memnet"
	"github.com/stretchr/testify/require"
)

// harbour is a gateway in a bubble, and knows when its connections end.
type harbour struct {
	*memnet.Listener
	t      *testing.T
	logged *logBuffer

	mu   sync.Mutex
	open map[net.Conn]bool
}

// berth is the gateway's end of a connection.
type berth struct {
	net.Conn
	h *harbour
}

func (h *harbour) Accept() (net.Conn, error) {
	c, err := h.Listener.Accept()
	if err != nil {
		return nil, err
	}
	b := &berth{c, h}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open[b] = true
	return b, nil
}

func (b *berth) Close() error {
	b.h.mu.Lock()
	delete(b.h.open, b)
	b.h.mu.Unlock()
	return b.Conn.Close()
}

func (h *harbour) connections() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.open)
}

// dial opens a connection to the gateway.
func (h *harbour) dial() *memnet.Conn {
	c, err := h.Listener.Dial(h.t.Context(), "tcp", h.Addr().String())
	require.NoError(h.t, err)
	return c.(*memnet.Conn)
}

// newHarbour serves a configuration inside a bubble; NORTH is a provider's address.
func newHarbour(t *testing.T, text string, steps ...buoytest.Step) *harbour {
	t.Helper()
	return newHarbourFor(t, 0, text, steps...)
}

// newHarbourFor has so many places; 0 is for as many as files allow.
func newHarbourFor(t *testing.T, places int, text string, steps ...buoytest.Step) *harbour {
	t.Helper()
	north := buoytest.NewMemServer(t, steps...)
	g, logged := loadText(t, text, servers{"NORTH": north})
	if places > 0 {
		g.places = places
	}
	g.router.options = append(g.router.options, buoy.WithHTTPClient(north.Client()))
	g.router.clients = lru.New[string, *buoy.Client](maxClients)
	h := &harbour{Listener: memnet.Listen(), t: t, logged: logged, open: map[net.Conn]bool{}}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- g.serve(ctx, h) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-stopped) })
	return h
}

// withTokens lets in who has the client's token.
var withTokens = strings.Replace(oneProvider, `"retry"`, `"client_tokens": ["TOKEN"], "retry"`, 1)

// head is the beginning of a chat request, without the last line of the header.
func head(more ...string) string {
	lines := append([]string{"POST /v1/chat/completions HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"}, more...)
	return strings.Join(lines, "\r\n") + "\r\n"
}

const withToken = "Authorization: Bearer " + clientToken

// request is a whole chat request with the token.
func request(body string) string {
	return head(withToken, fmt.Sprint("Content-Length: ", len(body))) + "\r\n" + body
}

// repeat writes a piece for as long as somebody takes it.
func repeat(c net.Conn, piece string, pause time.Duration) {
	for {
		if _, err := io.WriteString(c, piece); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

// A client may hold a connection for a while and never for ever, whatever it does
// or leaves undone, and without a token for hardly longer than it takes to say so.
func TestNoClientHoldsAConnectionForEver(t *testing.T) {
	const soon = 2 * time.Second
	long := buoytest.Always(buoytest.Reply(strings.Repeat("All work and no play. ", 50_000)))
	for _, c := range []struct {
		name   string
		send   string                     // at once
		then   func(*memnet.Conn, func()) // and afterwards; the function stops the reading
		bound  time.Duration              // until the connection is closed
		status string                     // of the last reply; "" for none
		steps  []buoytest.Step
	}{
		{name: "nothing", bound: headerPatience},
		{name: "half a header", send: head(withToken), bound: headerPatience},
		{name: "a header that never ends", send: head(withToken), then: func(c *memnet.Conn, _ func()) { repeat(c, "X-A: 1\r\n", time.Second) }, bound: headerPatience + soon},
		{name: "no body", send: head(withToken, "Content-Length: 100") + "\r\n", bound: bodyPause + soon, status: "408"},
		{name: "no body, chunked", send: head(withToken, "Transfer-Encoding: chunked") + "\r\n", bound: bodyPause + soon, status: "408"},
		{name: "no body, and a promise of one", send: head(withToken, "Content-Length: 100", "Expect: 100-continue") + "\r\n", bound: bodyPause + soon, status: "408"},
		{name: "half a body", send: head(withToken, "Content-Length: 100") + "\r\n" + `{"model"`, bound: bodyPause + soon, status: "408"},
		{name: "a body in drops", send: head(withToken, "Content-Length: 1000") + "\r\n", then: func(c *memnet.Conn, _ func()) { repeat(c, " ", time.Second) }, bound: time.Minute + soon, status: "408"},
		{name: "a body that never ends", send: head(withToken, "Transfer-Encoding: chunked") + "\r\n", then: func(c *memnet.Conn, _ func()) { repeat(c, "400\r\n"+strings.Repeat(" ", 1024)+"\r\n", 0) }, bound: time.Minute + soon, status: "413"},
		{name: "a body that is too large to begin with", send: head(withToken, "Content-Length: 99000000000") + "\r\n", bound: soon, status: "413"},
		{name: "another type, no body", send: strings.Replace(head(withToken, "Content-Length: 100"), "application/json", "text/plain", 1) + "\r\n", bound: soon, status: "415"},
		{name: "half a body, and its end", send: head(withToken, "Content-Length: 100") + "\r\n" + `{"model"`, then: func(c *memnet.Conn, _ func()) { _ = c.CloseWrite() }, bound: soon, status: "400"},
		{name: "a request, and its end", send: request(hello + `}`), then: func(c *memnet.Conn, _ func()) { _ = c.CloseWrite() }, bound: soon, status: "499", steps: []buoytest.Step{buoytest.Hang(time.Hour)}},

		{name: "a stranger without a body", send: head("Content-Length: 100") + "\r\n", bound: soon, status: "401"},
		{name: "a stranger without a body, chunked", send: head("Transfer-Encoding: chunked") + "\r\n", bound: soon, status: "401"},
		{name: "a stranger without a body, and a promise of one", send: head("Content-Length: 100", "Expect: 100-continue") + "\r\n", bound: soon, status: "401"},
		{name: "a stranger with a body in drops", send: head("Content-Length: 1000") + "\r\n", then: func(c *memnet.Conn, _ func()) { repeat(c, " ", time.Second/4) }, bound: soon, status: "401"},
		{name: "a stranger with a body that never ends", send: head("Transfer-Encoding: chunked") + "\r\n", then: func(c *memnet.Conn, _ func()) { repeat(c, "1\r\n \r\n", time.Second/4) }, bound: soon, status: "401"},
		{name: "a stranger with a whole request", send: strings.Replace(request(hello+`}`), clientToken, "wrong", 1), bound: soon, status: "401"},
		{name: "an unknown place, no body", send: "POST /v1/embeddings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n", bound: soon, status: "404"},
		{name: "an unknown method, no body", send: "PUT /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n", bound: soon, status: "405"},
		{name: "a foreign page, no body", send: head("Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Content-Length: 100") + "\r\n", bound: soon, status: "403"},
		{name: "the health, no body", send: "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n", bound: bodyPause + soon, status: "200"},
		{name: "the models, no body", send: "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n" + withToken + "\r\nContent-Length: 100\r\n\r\n", bound: bodyPause + soon, status: "200"},
		{name: "a path to be tidied, no body", send: "POST /v1//chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n", bound: bodyPause + soon, status: "307"},

		{name: "nothing more after an answer", send: request(hello + `}`), bound: idlePatience + soon, status: "200"},
		{name: "nothing more after the health", send: "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", bound: idlePatience + soon, status: "200"},
		{name: "an answer that nobody reads", send: request(hello + `}`), then: func(_ *memnet.Conn, deaf func()) { deaf() }, bound: writePatience + 40*time.Second, steps: []buoytest.Step{long}},
		{name: "a stream that nobody reads", send: request(hello + `, "stream": true}`), then: func(_ *memnet.Conn, deaf func()) { deaf() }, bound: writePatience + soon, steps: []buoytest.Step{long}},
		{name: "requests and no reading", then: func(c *memnet.Conn, deaf func()) {
			deaf()
			repeat(c, "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n"+withToken+"\r\n\r\n", 0)
		}, bound: writePatience + soon},
		{name: "strangers' requests and no reading", then: func(c *memnet.Conn, deaf func()) {
			deaf()
			repeat(c, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 0)
		}, bound: writePatience + soon},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarbour(t, withTokens, c.steps...)
				conn := h.dial()
				defer conn.Close()
				begun := time.Now()
				hearing, deaf := context.WithCancel(t.Context())
				defer deaf()
				status := make(chan string, 1)
				var sending sync.WaitGroup
				sending.Go(func() {
					_, _ = io.WriteString(conn, c.send)
					if c.then != nil {
						c.then(conn, deaf)
					}
				})
				go func() { status <- lastStatus(hearing, conn) }()
				for synctest.Wait(); h.connections() > 0 && time.Since(begun) < 5*time.Minute; synctest.Wait() {
					time.Sleep(100 * time.Millisecond)
				}
				took := time.Since(begun)
				require.LessOrEqual(t, took, c.bound+100*time.Millisecond)
				time.Sleep(10 * time.Millisecond) // what was said last is still read
				_ = conn.Close()
				sending.Wait()
				if got := <-status; c.status != "" {
					require.Equal(t, c.status, got)
				}
			})
		})
	}
}

// lastStatus reads replies until there are no more, and none at all of those that
// come when nobody is hearing.
func lastStatus(hearing context.Context, conn net.Conn) (status string) {
	r := bufio.NewReader(conn)
	for {
		time.Sleep(time.Millisecond) // until everybody has done what is due now
		if hearing.Err() != nil {
			return status
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return status
		}
		if resp.StatusCode != http.StatusContinue {
			status = fmt.Sprint(resp.StatusCode)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
	}
}
