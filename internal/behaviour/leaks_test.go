package behaviour_test

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// abreast is how many calls of a kind run side by side, and how many a key's limit
// lets run: a permit that was lost makes the next ones wait.
const abreast = 16

// rounds is how often they do while it is counted what they leave.
const rounds = 4

// leakCase is an option, and what a provider does before it answers as the end of the
// call wants it.
type leakCase struct {
	opts    []buoy.Option
	keys    []string
	before  func(asked) answer // zero for nothing in particular
	noLimit bool               // of calls at a time
}

// leakCases are the options of a client.
var leakCases = map[string]leakCase{
	"nothing":       {noLimit: true},
	"a rate limit":  {opts: []buoy.Option{buoy.WithRateLimit(buoy.RateLimit{Concurrent: abreast, RequestsPerMinute: 1e6, TokensPerMinute: 1e9})}},
	"a hedge wins":  {opts: []buoy.Option{hedged}, keys: []string{"one", "two"}, before: func(a asked) answer { return when(!a.hedge && a.nth == 1, waits) }},
	"a hedge loses": {opts: []buoy.Option{hedged}, keys: []string{"one", "two"}, before: func(a asked) answer { return when(a.hedge, waits, awaitsHedge) }},
	"a hedge fails": {opts: []buoy.Option{hedged}, keys: []string{"one", "two"}, before: func(a asked) answer { return when(a.hedge, refuses, awaitsHedge) }},
	"a hedge comes after a failure": {opts: []buoy.Option{hedged}, keys: []string{"one", "two"}, before: func(a asked) answer {
		return when(!a.hedge && a.nth == 1, refusesLate)
	}},
	"streamed chat":        {opts: []buoy.Option{buoy.WithStreamedChat()}},
	"streamed chat, hedge": {opts: []buoy.Option{buoy.WithStreamedChat(), hedged}, keys: []string{"one", "two"}, before: func(a asked) answer { return when(!a.hedge && a.nth == 1, waits) }},
	"streamed chat, retry": {opts: []buoy.Option{buoy.WithStreamedChat()}, before: func(a asked) answer { return when(a.nth == 1, cuts) }},
	"restart":              {opts: []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart)}, before: func(a asked) answer { return when(a.nth == 1, cuts) }},
	"continue": {opts: []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverContinue), buoy.WithFallback(buoy.Target{Model: "other", Prefill: true})},
		before: func(a asked) answer { return when(a.nth <= 2, cuts) }},
	"restart, hedge": {opts: []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart), hedged}, keys: []string{"one", "two"},
		before: func(a asked) answer { return when(!a.hedge && a.nth == 1, waits, when(a.hedge && !a.whole, cuts)) }},
	"retry":    {before: func(a asked) answer { return when(a.nth <= 2, refuses) }},
	"fallback": {opts: []buoy.Option{buoy.WithFallback(buoy.Target{Model: "other"})}, before: func(a asked) answer { return when(a.model != "other", refuses) }},
	"fallback function": {opts: []buoy.Option{buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
		return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("canned"), FinishReason: "stop"}}}, nil
	})}, before: func(asked) answer { return refuses }},
	"a breaker": {opts: []buoy.Option{buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 1e6, MinRequests: 1e6, OnChange: func(buoy.BreakerChange) {}})}},
	"a quota":   {opts: []buoy.Option{buoy.WithQuota(buoy.Quota{Tokens: 1e15, Refuse: true})}},
	"tenants": {opts: []buoy.Option{
		buoy.WithTenantLimit(tenantIn, buoy.RateLimit{Concurrent: abreast, RequestsPerMinute: 1e6, TokensPerMinute: 1e9}),
		buoy.WithQuota(buoy.Quota{Tokens: 1e15, Refuse: true, Per: tenantIn}),
	}},
	"observers":                       {opts: []buoy.Option{buoy.WithObserver(watching{}), buoy.WithObserver(watching{})}},
	"a logger":                        {opts: []buoy.Option{buoy.WithLogger(slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelDebug})))}},
	"middleware that holds its reply": {opts: []buoy.Option{buoy.WithMiddleware(holdsReply, addsValue)}},
	"attempt middleware that holds its reply": {opts: []buoy.Option{buoy.WithAttemptMiddleware(holdsReply, addsValue)}},
	"a chain":           {opts: []buoy.Option{buoy.WithChain(buoy.Timeout(buoy.Timeouts{Attempt: 2 * time.Second, Idle: 20 * time.Millisecond}), buoy.Retry(quick), buoy.Hedge(buoy.HedgePolicy{After: time.Hour}), buoy.Limit(buoy.RateLimit{Concurrent: abreast}), buoy.Breaker(buoy.BreakerPolicy{Consecutive: 1e6, MinRequests: 1e6}))}},
	"adaptive timeouts": {opts: []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Adaptive: true})}},
	"no timers":         {opts: []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Connect: -1, FirstToken: -1, Attempt: -1, Call: -1})}},
	"everything": {keys: []string{"one", "two"}, opts: []buoy.Option{hedged, buoy.WithStreamedChat(), buoy.WithStreamRecovery(buoy.RecoverContinue),
		buoy.WithFallback(buoy.Target{Model: "other", Prefill: true}), buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 1e6, MinRequests: 1e6}),
		buoy.WithRateLimit(buoy.RateLimit{Concurrent: abreast, RequestsPerMinute: 1e6, TokensPerMinute: 1e9}),
		buoy.WithQuota(buoy.Quota{Tokens: 1e15, Refuse: true}), buoy.WithObserver(watching{}),
		buoy.WithMiddleware(holdsReply, addsValue), buoy.WithAttemptMiddleware(holdsReply, addsValue), buoy.WithTimeouts(buoy.Timeouts{Adaptive: true})},
		before: func(a asked) answer { return when(!a.hedge && a.nth == 1, waits, when(a.nth == 2 && !a.whole, cuts)) }},
}

// leaked are those that have left something behind in the past, and all together.
var leaked = []string{"a hedge wins", "continue", "middleware that holds its reply", "everything"}

// leakEnds are how calls end.
var leakEnds = map[string]struct {
	answer answer // the provider's last
	call   func(t *testing.T, r *rig)
}{
	"finished streams": {answers, func(t *testing.T, r *rig) {
		for _, s := range r.open(t.Context(), t) {
			for s.Next() {
			}
		}
	}},
	"closed streams": {stalls, func(t *testing.T, r *rig) {
		for _, s := range r.open(t.Context(), t) {
			require.True(t, s.Next())
			require.NoError(t, s.Close())
		}
	}},
	"abandoned streams": {stalls, func(t *testing.T, r *rig) {
		for _, s := range r.open(t.Context(), t) {
			require.True(t, s.Next())
		}
	}},
	"abandoned streams of a context without an end": {stalls, func(t *testing.T, r *rig) {
		r.open(context.Background(), t)
	}},
	"streams whose caller went": {stalls, func(t *testing.T, r *rig) {
		ctx, cancel := context.WithCancel(t.Context())
		all := r.open(ctx, t)
		cancel()
		r.settled(t)
		for _, s := range all {
			for s.Next() { // what had come before
			}
		}
	}},
	"interrupted streams": {cuts, func(t *testing.T, r *rig) {
		for _, s := range r.open(t.Context(), t) {
			for s.Next() {
			}
		}
	}},
	"silent streams": {stalls, func(t *testing.T, r *rig) {
		all := r.open(t.Context(), t, buoy.WithTimeouts(buoy.Timeouts{Idle: 20 * time.Millisecond}))
		eachAtOnce(len(all), func(i int) {
			for all[i].Next() {
			}
		})
	}},
	"streams that never began": {refuses, func(t *testing.T, r *rig) {
		eachAtOnce(abreast, func(int) {
			if s, err := r.client.Stream(t.Context(), hello, r.named()); err == nil {
				_ = s.Close() // the last resort
			}
		})
	}},
	"whole answers": {answers, func(t *testing.T, r *rig) {
		eachAtOnce(abreast, func(int) {
			_, err := r.client.Chat(t.Context(), hello, r.named())
			check(t, err)
		})
	}},
	"refused calls": {refuses, func(t *testing.T, r *rig) {
		eachAtOnce(abreast, func(int) { _, _ = r.client.Chat(t.Context(), hello, r.named()) })
	}},
	"calls whose connection was cut": {cuts, func(t *testing.T, r *rig) {
		eachAtOnce(abreast, func(int) { _, _ = r.client.Chat(t.Context(), hello, r.named()) })
	}},
	"calls whose caller went": {waits, func(t *testing.T, r *rig) {
		eachAtOnce(abreast, func(int) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			_, _ = r.client.Chat(ctx, hello, r.named())
		})
	}},
	"calls that a timer ended": {waits, func(t *testing.T, r *rig) {
		eachAtOnce(abreast, func(int) {
			_, _ = r.client.Chat(t.Context(), hello, r.named(), buoy.WithTimeouts(buoy.Timeouts{Attempt: 20 * time.Millisecond, FirstToken: 20 * time.Millisecond}))
		})
	}},
}

// Whatever a client is set up to do, and however its calls end, they leave no permit,
// connection, goroutine or object. The loser of a hedge once kept its winner for ever,
// 20 KB a stream, and an abandoned one its permit.
func TestNothingIsLeftBehind(t *testing.T) {
	// The runtime keeps the memory of goroutines for the next ones.
	release := make(chan struct{})
	eachAtOnce(2000, func(i int) {
		if i == 1999 {
			close(release)
		}
		<-release
	})
	for name, tc := range leakCases {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && !slices.Contains(leaked, name) {
				t.Skip("it has never left anything")
			}
			r := newRig(t, tc)
			for end, how := range leakEnds {
				t.Run(end, func(t *testing.T) {
					r.expect(how.answer)
					for range 2 { // what is made once, such as pools, is not left behind
						how.call(t, r)
						r.settled(t)
					}
					before := r.left()
					for range rounds {
						how.call(t, r)
						r.settled(t)
					}
					r.requireNoMore(t, before)
				})
			}
		})
	}
}

var (
	hedged = buoy.WithHedge(buoy.HedgePolicy{After: 5 * time.Millisecond})
	quick  = buoy.RetryPolicy{BaseDelay: time.Microsecond, Budget: buoy.RetryBudget{Disabled: true}}
)

// watching is an observer that does nothing.
type watching struct{}

func (watching) ObserveAttempt(context.Context, buoy.AttemptEvent) {}
func (watching) ObserveCall(context.Context, buoy.CallEvent)       {}

// holdsReply does what many a middleware does: it looks at its reply at the end.
func holdsReply(next buoy.Handler) buoy.Handler {
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		reply, err := next(ctx, call)
		if err == nil {
			reply.OnEnd(func(error) {
				if reply.Stream != nil {
					_ = reply.Stream.Info()
				}
			})
		}
		return reply, err
	}
}

// addsValue does what a tracer does.
func addsValue(next buoy.Handler) buoy.Handler {
	type key struct{}
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		return next(context.WithValue(ctx, key{}, call), call)
	}
}

// settled waits until all calls have given back what they held.
func (r *rig) settled(t *testing.T) {
	t.Helper()
	var running, open int
	for range 500 {
		running = 0
		for _, l := range r.client.Limits() {
			running += l.Running + l.Waiting
		}
		r.transport.CloseIdleConnections()
		if open = int(r.connections.Load()); running == 0 && open == 0 {
			return
		}
		runtime.GC() // ends abandoned streams
	}
	require.Failf(t, "something was not given back", "%d permits, %d connections\n%s", running, open, stacks())
}

// leftover is what there is in the process.
type leftover struct {
	objects    uint64
	goroutines int
}

// count has the collector free what it can, and counts what is left.
func (r *rig) count() leftover {
	r.forget()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return leftover{m.HeapObjects, runtime.NumGoroutine()}
}

// left counts what is there when the collector finds no more to free.
func (r *rig) left() leftover {
	least := r.count()
	for range 3 {
		now := r.count()
		least = leftover{min(least.objects, now.objects), min(least.goroutines, now.goroutines)}
	}
	return least
}

// requireNoMore fails where more is left than ten objects a call. A call that is kept
// has 80 and more, and the pools of the runtime and of net/http move by some hundred
// in all.
func (r *rig) requireNoMore(t *testing.T, before leftover) {
	t.Helper()
	const most = 10 * rounds * abreast
	var now leftover
	for range 50 {
		if now = r.count(); now.objects <= before.objects+most && now.goroutines <= before.goroutines {
			return
		}
	}
	require.LessOrEqualf(t, now.goroutines, before.goroutines, "goroutines\n%s", stacks())
	require.LessOrEqual(t, now.objects, before.objects+most, "objects, after %d calls", rounds*abreast)
}

// stacks are those of all goroutines.
func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}
