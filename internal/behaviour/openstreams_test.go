package behaviour_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// held opens streams and keeps them open: somebody waits for more of each.
type held func(tb testing.TB, url string) (next func())

// holders are buoy and what it is measured by. The streams of raw connections cost what
// the server needs for its side.
var holders = []struct {
	name string
	open held
}{
	{"server", func(tb testing.TB, url string) func() {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		require.NoError(tb, err)
		tb.Cleanup(func() { _ = c.Close() })
		const body = `{"model":"some","stream":true,"messages":[{"role":"user","content":"Why is the sky blue?"}]}`
		_, err = fmt.Fprintf(c, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		require.NoError(tb, err)
		var first [1]byte
		_, err = c.Read(first[:])
		require.NoError(tb, err)
		return nil
	}},
	{"net/http", func(tb testing.TB, url string) func() {
		const body = `{"model":"some","stream":true,"messages":[{"role":"user","content":"Why is the sky blue?"}]}`
		req, err := http.NewRequestWithContext(tb.Context(), "POST", url+"/v1/chat/completions", strings.NewReader(body))
		require.NoError(tb, err)
		resp, err := bare.RoundTrip(req)
		require.NoError(tb, err)
		tb.Cleanup(func() { _ = resp.Body.Close() })
		lines := bufio.NewReader(resp.Body)
		_, err = lines.ReadString('\n')
		require.NoError(tb, err)
		return func() { _, _ = io.Copy(io.Discard, lines) }
	}},
	{"buoy", func(tb testing.TB, url string) func() {
		s, err := clientFor(tb, url).Stream(tb.Context(), hello)
		require.NoError(tb, err)
		tb.Cleanup(func() { _ = s.Close() })
		require.True(tb, s.Next())
		return func() {
			for s.Next() {
			}
		}
	}},
}

// bare is a transport of net/http's own.
var bare = &http.Transport{MaxIdleConnsPerHost: 1}

// clients are those of the test or benchmark that runs, by the server.
var clients = map[string]*buoy.Client{}

func clientFor(tb testing.TB, url string) *buoy.Client {
	c, ok := clients[url]
	if !ok {
		var err error
		c, err = buoy.New(buoy.Endpoint{Name: "rig", BaseURL: url + "/v1", Keys: []string{testKey}})
		require.NoError(tb, err)
		clients[url] = c
		tb.Cleanup(func() { delete(clients, url); _ = c.Close() })
	}
	return c
}

// stalling is a server on the loopback whose streams never go on.
func stalling(tb testing.TB) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for range 2 {
			fmt.Fprint(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word "}}]}`+"\n\n")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}))
	tb.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv.URL
}

// use is what streams take of the process.
type use struct{ bytes, goroutines float64 }

// perStream opens streams, with a goroutine that reads each, and tells what one takes,
// on both sides of the connection.
func perStream(tb testing.TB, open held, n int) use {
	url := stalling(tb)
	hold := func(n int) {
		for range n {
			if next := open(tb, url); next != nil {
				go next()
			}
		}
	}
	count := func() use {
		var m runtime.MemStats
		// Pools give back what they hold after the second. What an earlier test has closed
		// may still be ending, on a busy machine for longer than ten collections take.
		since := time.Now()
		for same, last := 0, 0; same < 10 || time.Since(since) < time.Second/4; same++ {
			runtime.GC()
			if n := runtime.NumGoroutine(); n != last {
				same, last, since = 0, n, time.Now()
			}
		}
		runtime.ReadMemStats(&m)
		return use{float64(m.HeapInuse + m.StackInuse), float64(runtime.NumGoroutine())}
	}
	hold(10)
	before := count()
	hold(n)
	after := count()
	return use{(after.bytes - before.bytes) / float64(n), (after.goroutines - before.goroutines) / float64(n)}
}

// An open stream needs the goroutines of net/http's connection and the one that reads
// it; it had one more, which only waited.
func TestGoroutinesOfAnOpenStream(t *testing.T) {
	got := map[string]float64{}
	for _, h := range holders {
		t.Run(h.name, func(t *testing.T) { got[h.name] = perStream(t, h.open, 50).goroutines })
	}
	require.InDelta(t, 3, got["net/http"]-got["server"], 0.1)
	require.InDelta(t, 3, got["buoy"]-got["server"], 0.1)
}

// BenchmarkOpenStream tells what an open stream takes of memory, on both sides of the
// connection, and what the server's side is of that.
func BenchmarkOpenStream(b *testing.B) {
	for _, h := range holders {
		b.Run(strings.ReplaceAll(h.name, "/", "-"), func(b *testing.B) {
			var u use
			for b.Loop() {
				u = perStream(b, h.open, 1000)
			}
			b.ReportMetric(u.bytes/1000, "KB/stream")
			b.ReportMetric(u.goroutines, "goroutines/stream")
			b.ReportMetric(0, "ns/op")
		})
	}
}
