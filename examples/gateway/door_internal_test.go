package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/memnet"
	"github.com/stretchr/testify/require"
)

// crowd sends the same on many connections, which stay open.
func (h *harbour) crowd(n int, send string) {
	for range n {
		c := h.dial()
		h.t.Cleanup(func() { _ = c.Close() })
		_, err := io.WriteString(c, send)
		require.NoError(h.t, err)
	}
}

// ask sends a request and returns all that comes until the connection ends.
func (h *harbour) ask(request string) string {
	h.t.Helper()
	c := h.dial()
	defer c.Close()
	_, err := io.WriteString(c, request)
	require.NoError(h.t, err)
	return readAll(h.t, c)
}

// last closes the connection after the request.
func last(request string) string {
	return strings.Replace(request, "\r\n", "\r\nConnection: close\r\n", 1)
}

// However many strangers stand in the door, who has a token is served at once, and
// who is being served is not sent away.
func TestStrangersLockNobodyOut(t *testing.T) {
	for name, send := range map[string]string{
		"silent":              "",
		"half a header":       head(withToken),
		"no token, no body":   head("Content-Length: 100") + "\r\n",
		"the health":          "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"the health, no body": "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarbourFor(t, 20, withTokens, buoytest.Slow(time.Second, "Hel", "lo", "!", "!", "!"), buoytest.Always(buoytest.Reply("Hello!")))
				begun := time.Now()
				stream := make(chan string, 1)
				go func() { stream <- h.ask(last(request(hello + `, "stream": true}`))) }()
				synctest.Wait()
				h.crowd(100, send)
				require.Contains(t, h.ask(last(request(hello+`}`))), "Hello!")
				require.Less(t, time.Since(begun), 3*time.Second)
				require.LessOrEqual(t, h.connections(), 21, "one stands in the door")
				h.crowd(100, send)
				require.Contains(t, <-stream, "data: [DONE]")
			})
		})
	}
}

// Without tokens it is who has sent a whole request.
func TestRequestsThatNeverComeLockNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarbourFor(t, 20, oneProvider, buoytest.Always(buoytest.Delay(time.Second, buoytest.Reply("Hello!"))))
		begun := time.Now()
		h.crowd(100, head("Content-Length: 100")+"\r\n")
		answer := make(chan string, 1)
		go func() { answer <- h.ask(last(request(hello + `}`))) }()
		synctest.Wait()
		h.crowd(100, head("Content-Length: 100")+"\r\n")
		require.Contains(t, <-answer, "Hello!")
		require.Less(t, time.Since(begun), 3*time.Second)
	})
}

// Clients with a token whose requests do not come have to leave for those whose do, but
// later than strangers, and not while something comes.
func TestClientsThatSendNothingLockNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarbourFor(t, 20, withTokens, buoytest.Always(buoytest.Reply("Hello!")))
		slow := h.dial()
		defer slow.Close()
		sent := request(hello + `, "user": "` + strings.Repeat("x", 20) + `"}`)
		go func() {
			at := len(sent) - 20
			_, _ = io.WriteString(slow, sent[:at])
			for i := range 20 { // not quick, but it comes
				time.Sleep(time.Second)
				_, _ = io.WriteString(slow, sent[at+i:at+i+1])
			}
		}()
		synctest.Wait()
		h.crowd(100, head(withToken, "Content-Length: 100")+"\r\n{")
		begun := time.Now()
		require.Contains(t, h.ask(last(request(hello+`}`))), "Hello!")
		require.Less(t, time.Since(begun), 12*time.Second, "five houses full, two seconds each")
		_ = slow.SetReadDeadline(time.Now().Add(time.Minute))
		answer := make([]byte, 12)
		_, err := io.ReadFull(slow, answer)
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 200", string(answer))
	})
}

// Where everybody is being served, the next one waits for a place.
func TestAFullHouseIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarbourFor(t, 2, withTokens, buoytest.Always(buoytest.Delay(time.Second, buoytest.Reply("Hello!"))))
		begun := time.Now()
		answers := make(chan string)
		for range 6 {
			go func() { answers <- h.ask(last(request(hello + `}`))) }()
		}
		for i := range 6 {
			require.Contains(t, <-answers, "Hello!")
			require.Equal(t, time.Duration(1+i/2)*time.Second, time.Since(begun).Round(time.Second/2), fmt.Sprint(i))
		}
	})
}

func TestADoorThatIsClosedWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		d := newDoor(l, 1)
		accept := func() (net.Conn, error) {
			c, err := l.Dial(t.Context(), "tcp", l.Addr().String())
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
			return d.Accept()
		}
		c, err := accept()
		require.NoError(t, err)
		c.(*visit).serve()
		time.AfterFunc(time.Second, func() { require.NoError(t, d.Close()) })
		_, err = accept()
		require.ErrorIs(t, err, net.ErrClosed)
		require.NoError(t, c.Close())
		_ = c.Close() // as net/http may
		require.Zero(t, d.taken)
	})
}
