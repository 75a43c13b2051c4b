package buoy

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/require"
)

// What each call allocates fills sizes of Go's allocator, 8 bytes of which are its own: a
// field more may be 128 bytes.
func TestMemoryOfACall(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of 64 bits")
	}
	require.LessOrEqual(t, int(unsafe.Sizeof(outer{})), 576-8, "each call has its own")
	require.LessOrEqual(t, int(unsafe.Sizeof(callState{})), 1280-8, "take a field that few calls need to seldom")
	require.LessOrEqual(t, int(unsafe.Sizeof(firstTry{})), 640-8)
	require.LessOrEqual(t, int(unsafe.Sizeof(ownCall{})), 1792-8)
}

// alike is a transport that answers each request alike, with these statuses in turn and
// then with 200.
type alike []int

func (a *alike) RoundTrip(r *http.Request) (*http.Response, error) {
	status := http.StatusOK
	if len(*a) > 0 {
		status, *a = (*a)[0], (*a)[1:]
	}
	_, _ = io.Copy(io.Discard, r.Body)
	body := `{"choices":[{"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1}, nil
}

// ended carries out a call as Chat does, and returns its state afterwards.
func ended(t *testing.T, c *Client, opts ...CallOption) *callState {
	t.Helper()
	ctx, st, err := c.begin(t.Context(), "chat", &Request{Model: "m", Messages: []Message{User("a secret")}, User: "somebody"}, opts)
	require.NoError(t, err)
	reply, err := st.way()(ctx, &st.call)
	require.NoError(t, err)
	if reply.Response == nil {
		require.NoError(t, drain(reply.Stream))
		reply.Response = reply.Stream.Response()
	}
	st.finish(ctx, reply.Response)
	st.giveBack()
	return st
}

// Memory is used again where buoy's own layers alone have seen it, and nothing is left in it.
func TestWhoseMemoryIsUsedAgain(t *testing.T) {
	passes := func(next Handler) Handler { return next }
	for name, test := range map[string]struct {
		statuses []int
		opts     []Option
		call     []CallOption
		again    bool
	}{
		"a call":                  {again: true},
		"with a header":           {call: []CallOption{WithHeader("X-Secret", "a secret")}, again: true},
		"with a fallback":         {opts: []Option{WithFallback(Target{Model: "other"})}, again: true},
		"with a timer":            {opts: []Option{WithTimeouts(Timeouts{Adaptive: true, Idle: time.Second})}, again: true},
		"without a breaker":       {opts: []Option{WithBreaker(BreakerPolicy{Disabled: true})}, again: true},
		"that was tried again":    {statuses: []int{503}},
		"with a hedge":            {opts: []Option{WithHedge(HedgePolicy{After: time.Hour})}},
		"with a hedge of its own": {call: []CallOption{WithHedge(HedgePolicy{After: time.Hour})}},
		"that is streamed":        {opts: []Option{WithStreamedChat()}},
		"with an observer":        {opts: []Option{WithObserver(nobody{})}},
		"with logs":               {opts: []Option{WithLogger(slog.New(slog.DiscardHandler))}},
		"with a middleware":       {opts: []Option{WithMiddleware(passes)}},
		"with a layer":            {opts: []Option{WithAttemptMiddleware(passes)}},
		"with a chain":            {opts: []Option{WithChain(Standard()...)}},
		"with a cache":            {opts: []Option{WithCache(nil, CachePolicy{Coalesce: true})}},
		"with a quota":            {opts: []Option{WithQuota(Quota{Tokens: 1000})}},
		"with a limit":            {opts: []Option{WithRateLimit(RateLimit{Concurrent: 1})}},
		"with a tenant's limit":   {opts: []Option{WithTenantLimit(func(context.Context, *Request) string { return "one" }, RateLimit{Concurrent: 1})}},
	} {
		t.Run(name, func(t *testing.T) {
			rt := alike(test.statuses)
			opts := append([]Option{WithHTTPClient(&http.Client{Transport: &rt}), WithRetry(RetryPolicy{BaseDelay: time.Nanosecond})}, test.opts...)
			c, err := New(Endpoint{BaseURL: "http://localhost/v1", Keys: []string{"sk-1"}}, opts...)
			require.NoError(t, err)
			st := ended(t, c, test.call...)
			if !test.again {
				require.NotNil(t, st.client)
				return
			}
			try, empty := st.try.Load(), new(callState)
			empty.try.Store(try)
			require.Equal(t, &firstTry{}, try)
			require.Equal(t, empty, st)
		})
	}
}

type nobody struct{}

func (nobody) ObserveAttempt(context.Context, AttemptEvent) {}
func (nobody) ObserveCall(context.Context, CallEvent)       {}

// A probe of a breaker has a watchdog, which may use its ticket later.
func TestMemoryOfAProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := alike{503}
		c, err := New(Endpoint{BaseURL: "http://localhost/v1", Keys: []string{"sk-1"}}, WithHTTPClient(&http.Client{Transport: &rt}),
			WithRetry(RetryPolicy{MaxAttempts: 1}), WithBreaker(BreakerPolicy{Consecutive: 1, Probes: 1}))
		require.NoError(t, err)
		_, err = c.Chat(t.Context(), Request{Model: "m", Messages: []Message{User("a")}})
		require.ErrorIs(t, err, ErrOverloaded)
		time.Sleep(time.Minute)
		require.NotNil(t, ended(t, c).client, "it was a probe, and has closed the breaker")
		require.Nil(t, ended(t, c).client)
	})
}

// held keeps all that others get to see of calls, for ever.
type held struct {
	mu  sync.Mutex
	all []any
}

func (h *held) keep(all ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, all...)
}

// holding is a transport that keeps each request with what hangs on it, and the replies.
func (h *held) holding(next tripper) tripper {
	return func(r *http.Request) (*http.Response, error) {
		derived, cancel := context.WithCancel(r.Context())
		again, err := r.GetBody()
		h.keep(r, r.Clone(derived), again, err, derived, cancel, context.AfterFunc(r.Context(), func() {}), httptrace.ContextClientTrace(r.Context()))
		resp, err := next(r)
		h.keep(resp, err)
		return resp, err
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// lent carries out a call as Chat does, and returns the memory that it had and gave back.
// What the call had on its stack is gone by then.
func lent(t *testing.T, h *held, c *Client, opts []CallOption) (st weak.Pointer[callState], try weak.Pointer[firstTry]) {
	t.Helper()
	back := false
	over := make(chan struct{})
	go func() {
		defer close(over)
		ctx, own, err := c.begin(t.Context(), "chat", &Request{Model: "m", Messages: []Message{User("a secret")}}, opts)
		if err != nil {
			return
		}
		reply, err := own.way()(ctx, &own.call)
		if err != nil {
			return
		}
		h.keep(ctx, own.finish(ctx, reply.Response))
		st, try = weak.Make(own), weak.Make(own.try.Load())
		own.giveBack()
		back = own.client == nil
	}()
	<-over
	require.True(t, back)
	return st, try
}

// The collector follows each reference there is. It shows that nothing of what others hold
// when a call is over (its request, contexts, answer and errors, the client, net/http) leads
// into the memory that a later call gets.
func TestNothingLeadsBackToACall(t *testing.T) {
	reply := func(status int, h http.Header, body string) func(*http.Request) (*http.Response, error) {
		return func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: r}, nil
		}
	}
	const fine = `{"choices":[{"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`
	plain := reply(200, http.Header{"X-Request-Id": {"req_1"}}, fine)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, fine)
	_ = z.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fine) }))
	defer server.Close()

	h := held{}
	lastResort := WithFallbackFunc(func(ctx context.Context, req Request, cause error) (*Response, error) {
		h.keep(ctx, req, cause)
		return &Response{Choices: []Choice{{Message: Assistant("mine"), FinishReason: FinishStop}}}, nil
	})
	fragile := WithBreaker(BreakerPolicy{Consecutive: 1, OnChange: func(b BreakerChange) { h.keep(b) }})
	for name, test := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		opts   []Option
		call   []CallOption
		source bool
	}{
		"answered":               {answer: plain},
		"with headers":           {answer: plain, call: []CallOption{WithHeader("X-Secret", "a secret"), WithHeader("Idempotency-Key", "mine")}},
		"over HTTP":              {answer: http.DefaultTransport.(*http.Transport).Clone().RoundTrip},
		"packed":                 {answer: reply(200, http.Header{"Content-Encoding": {"gzip"}}, packed.String())},
		"by a stream":            {answer: reply(200, http.Header{}, "data: {\"choices\":[{\"delta\":{\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")},
		"wrapped":                {answer: reply(200, http.Header{}, "["+fine+"]")},
		"with timers":            {answer: plain, opts: []Option{WithTimeouts(Timeouts{Adaptive: true, Connect: time.Hour, Attempt: time.Hour})}},
		"with keys of a source":  {answer: plain, source: true},
		"with a target":          {answer: plain, opts: []Option{WithFallback(Target{Model: "other"})}},
		"empty, as it was meant": {answer: reply(200, http.Header{}, `{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}],"usage":{"completion_tokens":1}}`)},
		"in place of a refusal":  {answer: reply(503, http.Header{}, `{"error":{"message":"busy","metadata":{"a":1}}}`), opts: []Option{lastResort, fragile}},
		"in place of an error":   {answer: func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") }, opts: []Option{lastResort, fragile}},
		"in place of silence": {answer: func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
			opts: []Option{lastResort, fragile, WithTimeouts(Timeouts{Attempt: time.Millisecond})}},
	} {
		t.Run(name, func(t *testing.T) {
			e := Endpoint{BaseURL: server.URL + "/v1", Keys: []string{"sk-1", "sk-2"}}
			if test.source {
				e.Keys, e.KeySource = nil, func(ctx context.Context) ([]string, error) { h.keep(ctx); return []string{"sk-1"}, nil }
			}
			opts := append([]Option{WithHTTPClient(&http.Client{Transport: h.holding(test.answer)}), WithRetry(RetryPolicy{MaxAttempts: 1, RetryOn: func(err error) bool { h.keep(err); return true }})}, test.opts...)
			c, err := New(e, opts...)
			require.NoError(t, err)
			st, try := lent(t, &h, c, test.call)
			for range 20 { // pools let go of what they hold the second time
				if runtime.GC(); st.Value() == nil && try.Value() == nil {
					break
				}
			}
			require.Nil(t, st.Value(), "something leads to the state of the call")
			require.Nil(t, try.Value(), "something leads to the memory of its attempt")
			runtime.KeepAlive(c)
			runtime.KeepAlive(&h)
		})
	}
}

// A timer may end a stream on a goroutine of its own. Who reads it goes on only when all were
// told: the account of the call would lack the attempt's end.
func TestAStreamIsOverWhenAllWereTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flow{src: &wholeSource{}}
		told := false
		f.onEnd(endingFunc(func(error) { time.Sleep(time.Second); told = true }))
		go f.end(errNothing)
		synctest.Wait()
		require.Equal(t, errNothing, f.drain())
		require.True(t, told)
	})
}
