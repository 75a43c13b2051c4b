package behaviour_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/memnet"
	"github.com/stretchr/testify/require"
)

// asked is a request as the provider of a rig gets it.
type asked struct {
	nth   int  // of its call
	hedge bool // a second one beside another
	model string
	whole bool // no stream
}

// answer is what the provider does about a request.
type answer uint8

const (
	ordinary    answer = iota // as the end of the call wants it
	answers                   // well
	stalls                    // begins, and then waits until the client leaves
	cuts                      // begins, and breaks off
	refuses                   // 503
	waits                     // until the client leaves
	awaitsHedge               // until a second request is there; answers as the end wants it
	refusesLate               // once a second request could be there
)

// when is the first of the answers whose turn it is: a where the condition holds,
// else the alternative, if there is one.
func when(condition bool, a answer, otherwise ...answer) answer {
	if condition {
		return a
	}
	if len(otherwise) > 0 {
		return otherwise[0]
	}
	return ordinary
}

// rig is a provider that remembers nothing, a network that counts its connections,
// and a client.
type rig struct {
	client      *buoy.Client
	transport   *http.Transport
	connections atomic.Int64
	calls       atomic.Int64
	before      func(asked) answer

	mu     sync.Mutex // guards the fields below
	last   answer
	counts map[string]int
	hedges map[string]chan struct{} // closed when the second request of a call comes
}

func newRig(t *testing.T, tc leakCase) *rig {
	r := &rig{before: tc.before}
	r.forget()
	l := memnet.Listen()
	srv := &http.Server{Handler: r}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	r.transport = &http.Transport{MaxIdleConnsPerHost: 2 * abreast, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := l.Dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		r.connections.Add(1)
		return &countedConn{Conn: c, open: &r.connections}, nil
	}}
	keys := tc.keys
	if keys == nil {
		keys = []string{"one"}
	}
	opts := []buoy.Option{buoy.WithHTTPClient(&http.Client{Transport: r.transport}), buoy.WithRetry(quick), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true})}
	if !tc.noLimit {
		opts = append(opts, buoy.WithRateLimit(buoy.RateLimit{Concurrent: abreast}))
	}
	var err error
	r.client, err = buoy.New(buoy.Endpoint{Name: "rig", BaseURL: "http://" + l.Addr().String() + "/v1", Keys: keys}, append(opts, tc.opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, r.client.Close())
		r.transport.CloseIdleConnections()
		_ = srv.Close()
		<-done
	})
	return r
}

type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// expect says how requests are answered from now on.
func (r *rig) expect(last answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = last
}

// forget forgets which requests have come.
func (r *rig) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts, r.hedges = map[string]int{}, map[string]chan struct{}{}
}

// note counts a request of a call, and makes known where it is a second one beside
// another.
func (r *rig) note(id string, hedge bool) (nth int, second chan struct{}, last answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[id]++
	second = r.hedges[id]
	if second == nil {
		second = make(chan struct{})
		r.hedges[id] = second
	}
	if hedge {
		select {
		case <-second:
		default:
			close(second)
		}
	}
	return r.counts[id], second, r.last
}

// ServeHTTP answers as the test wants it.
func (r *rig) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var in struct {
		Model  string
		Stream bool
	}
	_ = json.Unmarshal(body, &in)
	hedge := strings.HasSuffix(req.Header.Get("Idempotency-Key"), "-hedge")
	nth, second, last := r.note(req.Header.Get("X-Call"), hedge)
	do := last
	if r.before != nil {
		if a := r.before(asked{nth: nth, hedge: hedge, model: in.Model, whole: !in.Stream}); a != ordinary {
			do = a
		}
	}
	if do == waits && last != waits && (last == refuses || last == cuts && !in.Stream) {
		do = awaitsHedge // no second request will win
	}
	switch do {
	case awaitsHedge, refusesLate:
		select {
		case <-second:
		case <-req.Context().Done():
		}
		if do = when(do == awaitsHedge, last, refuses); do == waits {
			<-req.Context().Done()
		}
	case waits:
		<-req.Context().Done()
		return
	}
	if do == refuses {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"error":{"message":"down","type":"server_error"}}`)
		return
	}
	say(w, in.Stream, do)
	if do == stalls {
		<-req.Context().Done()
	}
	if do != answers {
		panic(http.ErrAbortHandler)
	}
}

// say writes an answer, or its beginning.
func say(w http.ResponseWriter, stream bool, do answer) {
	if !stream {
		w.Header().Set("Content-Type", "application/json")
		const whole = `{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"one two three"},"finish_reason":"stop"}]}`
		if do != answers {
			_, _ = io.WriteString(w, whole[:40])
			w.(http.Flusher).Flush()
			return
		}
		_, _ = io.WriteString(w, whole)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for i := range 4 {
		fmt.Fprintf(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word%d "}}]}`+"\n\n", i)
		w.(http.Flusher).Flush()
	}
	if do == answers {
		_, _ = io.WriteString(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}
}

// named is for one call, so that the provider knows it again.
func (r *rig) named() buoy.CallOption {
	return buoy.WithHeader("X-Call", strconv.FormatInt(r.calls.Add(1), 10))
}

// open begins streams, all at once.
func (r *rig) open(ctx context.Context, t *testing.T, opts ...buoy.CallOption) []*buoy.Stream {
	all := make([]*buoy.Stream, abreast)
	eachAtOnce(abreast, func(i int) {
		s, err := r.client.Stream(ctx, hello, append([]buoy.CallOption{r.named()}, opts...)...)
		check(t, err)
		all[i] = s
	})
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// check fails a test from any goroutine.
func check(t *testing.T, err error) {
	if err != nil {
		t.Errorf("a call failed: %v", err)
	}
}

// eachAtOnce calls f for each number below n, each on a goroutine.
func eachAtOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}
