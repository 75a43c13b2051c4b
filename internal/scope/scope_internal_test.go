package scope

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// errTimer is the cause of the contexts whose own deadline has passed.
var errTimer = errors.New("the timer of this context")

// makeContext makes a context with a deadline (0 for none) whose cause is
// errTimer, and what ends it.
type makeContext func(parent context.Context, timeout time.Duration) (context.Context, func())

func makeScope(parent context.Context, timeout time.Duration) (context.Context, func()) {
	s := new(Scope)
	var deadline time.Time
	if timeout > 0 {
		deadline = time.Now().Add(timeout)
	}
	s.Begin(parent, deadline, errTimer)
	return s, s.End
}

func makeStandard(parent context.Context, timeout time.Duration) (context.Context, func()) {
	if timeout > 0 {
		return context.WithTimeoutCause(parent, timeout, errTimer)
	}
	return context.WithCancel(parent)
}

type scopeKey struct{}

// seen is what a context looks like from outside.
func seen(name string, ctx context.Context) string {
	_, hasDeadline := ctx.Deadline()
	done := false
	select {
	case <-ctx.Done():
		done = true
	default:
	}
	return fmt.Sprintf("%s: %v, %v, deadline %v, done %v, value %v\n",
		name, ctx.Err(), context.Cause(ctx), hasDeadline, done, ctx.Value(scopeKey{}))
}

// A scope has to look like the contexts of package context in every situation,
// to those who derive from it as well. Each row runs with both.
func TestScopeIsAContext(t *testing.T) {
	errOwn := errors.New("the caller's own cause")
	const timeout = time.Minute
	for name, run := range map[string]func(mk makeContext) string{
		"nothing happens": func(mk makeContext) string {
			ctx, end := mk(context.Background(), timeout)
			defer end()
			return seen("ctx", ctx)
		},
		"no deadline": func(mk makeContext) string {
			ctx, end := mk(context.Background(), 0)
			before := seen("before", ctx)
			end()
			end()
			return before + seen("after", ctx)
		},
		"values": func(mk makeContext) string {
			ctx, end := mk(context.WithValue(context.Background(), scopeKey{}, "v"), timeout)
			before := seen("before", ctx)
			time.Sleep(timeout)
			synctest.Wait()
			defer end()
			return before + seen("after", ctx)
		},
		"its deadline passes, nobody watches": func(mk makeContext) string {
			ctx, end := mk(context.Background(), timeout)
			defer end()
			time.Sleep(timeout)
			synctest.Wait()
			return fmt.Sprint(ctx.Err()) + seen("ctx", ctx)
		},
		"its deadline passes, somebody watches": func(mk makeContext) string {
			ctx, end := mk(context.Background(), timeout)
			defer end()
			begun := time.Now()
			<-ctx.Done()
			return fmt.Sprint(time.Since(begun)) + seen("ctx", ctx)
		},
		"ended before its deadline": func(mk makeContext) string {
			ctx, end := mk(context.Background(), timeout)
			end()
			time.Sleep(2 * timeout)
			return seen("ctx", ctx)
		},
		"the parent is cancelled with a cause": func(mk makeContext) string {
			parent, cancel := context.WithCancelCause(context.Background())
			ctx, end := mk(parent, timeout)
			defer end()
			before := seen("before", ctx)
			cancel(errOwn)
			synctest.Wait()
			return before + seen("after", ctx)
		},
		"the parent was cancelled before": func(mk makeContext) string {
			parent, cancel := context.WithCancelCause(context.Background())
			cancel(errOwn)
			ctx, end := mk(parent, 0)
			defer end()
			<-ctx.Done()
			return seen("ctx", ctx)
		},
		"the parent's deadline passes": func(mk makeContext) string {
			parent, cancel := context.WithTimeoutCause(context.Background(), timeout/2, errOwn)
			defer cancel()
			ctx, end := mk(parent, 0)
			defer end()
			<-ctx.Done()
			return seen("ctx", ctx)
		},
		"the parent ends after the deadline": func(mk makeContext) string {
			parent, cancel := context.WithCancelCause(context.Background())
			ctx, end := mk(parent, timeout)
			defer end()
			<-ctx.Done()
			cancel(errOwn)
			synctest.Wait()
			return seen("ctx", ctx)
		},
		"derived contexts at the deadline": func(mk makeContext) string {
			ctx, end := mk(context.Background(), timeout)
			defer end()
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			sooner, cancelSooner := context.WithTimeout(ctx, timeout/2)
			defer cancelSooner()
			stopped, stop := context.WithCancelCause(ctx)
			stop(errOwn)
			time.Sleep(timeout)
			synctest.Wait()
			return seen("child", child) + seen("sooner", sooner) + seen("stopped", stopped) + seen("ctx", ctx)
		},
		"derived contexts at the end": func(mk makeContext) string {
			ctx, end := mk(context.Background(), timeout)
			child, cancel := context.WithCancel(context.WithValue(ctx, scopeKey{}, 1))
			defer cancel()
			free := context.WithoutCancel(ctx)
			end()
			synctest.Wait()
			late, cancelLate := context.WithCancel(ctx)
			defer cancelLate()
			return seen("child", child) + seen("free", free) + seen("late", late)
		},
		"one inside another, the outer's deadline": func(mk makeContext) string {
			outer, endOuter := mk(context.Background(), timeout)
			defer endOuter()
			inner, end := mk(outer, 0)
			defer end()
			<-inner.Done()
			return seen("inner", inner) + seen("outer", outer)
		},
		"one inside another, the inner ends": func(mk makeContext) string {
			outer, endOuter := mk(context.Background(), timeout)
			defer endOuter()
			inner, end := mk(outer, 0)
			before := seen("inner", inner)
			end()
			return before + seen("inner", inner) + seen("outer", outer)
		},
		"functions after the end": func(mk makeContext) string {
			ctx, end := mk(context.Background(), timeout)
			var mu sync.Mutex
			ran := map[string]int{}
			run := func(name string) func() {
				return func() {
					mu.Lock()
					defer mu.Unlock()
					ran[name]++
				}
			}
			stopped := context.AfterFunc(ctx, run("stopped"))
			kept := context.AfterFunc(ctx, run("kept"))
			first := stopped()
			end()
			late := context.AfterFunc(ctx, run("late"))
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return fmt.Sprint(ran, first, stopped(), kept(), late())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				require.Equal(t, run(makeStandard), run(makeScope))
			})
		})
	}
}

// A scope that nobody waits for starts nothing; one that is over leaves nothing.
func TestScopeStartsNothingUnasked(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	memory := make([]Scope, 2*(100+1))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		outer, inner := &memory[0], &memory[1]
		memory = memory[2:]
		outer.Begin(parent, time.Now().Add(time.Hour), errTimer)
		inner.Begin(outer, time.Time{}, nil)
		if inner.Err() != nil {
			t.Error("ended")
		}
		inner.End()
		outer.End()
	}))
	s := new(Scope)
	s.Begin(parent, time.Now().Add(time.Hour), errTimer)
	<-func() <-chan struct{} { done := s.Done(); s.End(); return done }()
	require.ErrorIs(t, s.Err(), context.Canceled)
	require.Equal(t, "buoy.scope", fmt.Sprint(s), "fmt would read what others write")
}

// It becomes one context, which serves all who wait.
func TestScopeWatchesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := new(Scope)
		s.Begin(parent, time.Now().Add(time.Hour), errTimer)
		require.NoError(t, s.Err())
		require.Nil(t, s.full.Load(), "nobody waits")
		s.Done()
		full := s.full.Load()
		s.Done()
		context.AfterFunc(s, func() {})()
		require.Same(t, full, s.full.Load())
		s.End()

		over := new(Scope)
		over.Begin(parent, time.Now().Add(time.Hour), errTimer)
		over.End()
		<-over.Done()
	})
}

// A context that was derived from a Scope needs no goroutine that waits for its end,
// whatever values stand between: net/http derives one for each request, and with
// httptrace's value a stream had a goroutine more.
func TestDerivedContextsNeedNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := inBubbles()
		parent, cancel := context.WithCancel(t.Context())
		defer cancel()
		outer, inner := new(Scope), new(Scope)
		outer.Begin(context.WithValue(parent, scopeKey{}, 1), time.Now().Add(time.Hour), errTimer)
		defer outer.End()
		inner.Begin(context.WithValue(outer, scopeKey{}, 2), time.Time{}, nil)
		defer inner.End()
		derived, release := context.WithCancel(context.WithValue(inner, scopeKey{}, 3))
		defer release()
		defer context.AfterFunc(derived, func() {})()
		synctest.Wait()
		require.Equal(t, before, inBubbles())
		cancel()
		<-derived.Done()
	})
}

// inBubbles counts the goroutines of bubbles: others may just be ending.
func inBubbles() int {
	stacks := make([]byte, 1<<20)
	return bytes.Count(stacks[:runtime.Stack(stacks, true)], []byte("synctest bubble"))
}

// Whose deadline has passed is known before any timer has run, also to those who
// hold a context that was derived from the Scope.
func TestExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = time.Minute
		callers, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		s, inner, under := new(Scope), new(Scope), new(Scope)
		s.Begin(t.Context(), time.Now().Add(timeout), errTimer)
		defer s.End()
		inner.Begin(s, time.Time{}, nil)
		defer inner.End()
		under.Begin(callers, time.Time{}, nil)
		defer under.End()
		derived, release := context.WithCancel(context.WithValue(s, scopeKey{}, 1))
		defer release()
		sooner, releaseSooner := context.WithTimeout(s, timeout/2)
		defer releaseSooner()

		all := map[string]context.Context{"itself": s, "a scope inside": inner, "derived": derived,
			"sooner": sooner, "the caller's": callers, "a scope under the caller's": under, "no deadline": t.Context()}
		expired := func() (names []string) {
			for name, ctx := range all {
				if cause, ok := Expired(ctx); ok {
					require.Equal(t, errTimer, cause)
					names = append(names, name)
				}
			}
			return names
		}
		require.Empty(t, expired())
		time.Sleep(timeout - 1)
		require.Empty(t, expired())
		time.Sleep(time.Nanosecond)
		require.ElementsMatch(t, []string{"itself", "a scope inside", "derived"}, expired())
		synctest.Wait() // until the timer has run
		require.ErrorIs(t, context.Cause(s), errTimer)
		require.ElementsMatch(t, []string{"itself", "a scope inside", "derived"}, expired(), "nor does it forget")
	})
}

// Whoever asks, whenever it ends: the race detector watches.
func TestScopeConcurrently(t *testing.T) {
	for range 200 {
		parent, cancel := context.WithCancel(context.Background())
		defer cancel()
		outer, inner := new(Scope), new(Scope)
		outer.Begin(parent, time.Now().Add(100*time.Microsecond), errTimer)
		inner.Begin(outer, time.Time{}, nil)
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				stop := context.AfterFunc(inner, func() {})
				child, release := context.WithCancel(inner)
				_, _ = inner.Err(), context.Cause(inner)
				_ = inner.Value(scopeKey{})
				switch i {
				case 0:
					<-child.Done()
				case 1:
					cancel()
				case 2:
					stop()
				default:
					inner.End()
				}
				release()
			})
		}
		all.Wait()
		outer.End()
		require.Error(t, outer.Err())
		require.Error(t, inner.Err())
	}
}
