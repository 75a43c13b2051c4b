package buoy

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

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
