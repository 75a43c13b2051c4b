// Package lab simulates fleets of clients and a provider with a limited
// capacity, in virtual time: what it measures is the same on every machine and
// for every run of one seed, up to the order in which goroutines of one instant run.
package lab

import (
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// provider is a server with a capacity. Load beyond it waits in a queue, so
// answers slow down; when the queue is full, requests are shed, which costs the
// server some work, too. During its outage it serves nothing: the queue fills,
// and what comes then is shed. It works through what it has accepted, whether
// the client still waits or not.
type provider struct {
	capacity float64 // requests served a second
	service  time.Duration
	from, to time.Duration // the outage
	start    time.Time

	mu      sync.Mutex // guards the fields below
	rng     *rand.Rand
	queue   float64       // requests waiting, in units of work
	updated time.Duration // since start
	second  []int         // requests received, by second
}

// What a request costs beside being served: refusing one is not free, which is
// what keeps an overloaded server down while clients go on asking.
const (
	shedCost   = 0.3
	queueLimit = 4.0 // seconds of work
)

func newProvider(seed uint64, capacity float64, from, to time.Duration) *provider {
	return &provider{
		capacity: capacity, service: 300 * time.Millisecond, from: from, to: to,
		start: time.Now(), rng: rand.New(rand.NewPCG(seed, 7)),
	}
}

const goodBody = `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"fine","refusal":null},"finish_reason":"stop","logprobs":null}],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}`

const busyBody = `{"error":{"message":"The server is overloaded","type":"server_error","param":null,"code":null}}`

// RoundTrip implements [http.RoundTripper].
func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	status, body, delay := p.arrive()
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done(): // the work goes on without the client
		return nil, r.Context().Err()
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

// arrive books a request and says what becomes of it.
func (p *provider) arrive() (status int, body string, delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := time.Since(p.start)
	worked := since - p.updated
	if lost := min(since, p.to) - max(p.updated, p.from); lost > 0 {
		worked -= lost
	}
	p.queue = max(0, p.queue-p.capacity*worked.Seconds())
	p.updated = since
	for len(p.second) <= int(since.Seconds()) {
		p.second = append(p.second, 0)
	}
	p.second[int(since.Seconds())]++
	if p.queue >= queueLimit*p.capacity {
		p.queue += shedCost
		return 503, busyBody, 20 * time.Millisecond
	}
	p.queue++
	delay = p.service + time.Duration(p.rng.ExpFloat64()*float64(100*time.Millisecond)+p.queue/p.capacity*float64(time.Second))
	if since >= p.from && since < p.to {
		delay += p.to - since
	}
	return 200, goodBody, delay
}

// received is the number of requests by second.
func (p *provider) received() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]int(nil), p.second...)
}
