package scope_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/scope"
	"github.com/stretchr/testify/require"
)

// waiting is the owner of a Watch of ctx. It notes what the context said at its end.
type waiting struct {
	ctx   context.Context
	heard atomic.Int32
	said  atomic.Value
}

func (w *waiting) ContextEnded() {
	w.heard.Add(1)
	w.said.Store(fmt.Sprint(w.ctx.Err(), ", ", context.Cause(w.ctx)))
}

var errCause = errors.New("the cause")

// A Watch hears of an end once, at once, and whatever ends the context; and not after
// Stop. It is the same where others wait, too, before it or after it.
func TestWatchHearsOfTheEnd(t *testing.T) {
	const timeout = time.Minute
	for name, tc := range map[string]struct {
		end  func(cancel context.CancelCauseFunc, s *scope.Scope)
		said string // empty where it hears nothing
	}{
		"the parent is cancelled": {func(cancel context.CancelCauseFunc, _ *scope.Scope) { cancel(errCause) }, "context canceled, the cause"},
		"the deadline passes":     {func(context.CancelCauseFunc, *scope.Scope) { time.Sleep(timeout) }, "context deadline exceeded, the cause"},
		"the scope ends":          {func(_ context.CancelCauseFunc, s *scope.Scope) { s.End(); s.End() }, "context canceled, context canceled"},
		"nothing":                 {func(context.CancelCauseFunc, *scope.Scope) { time.Sleep(timeout - 1) }, ""},
	} {
		for others, wait := range map[string][2]func(*scope.Scope){
			"alone":        {},
			"after others": {func(s *scope.Scope) { s.Done() }},
			"before them":  {1: func(s *scope.Scope) { s.Done() }},
			"with another": {func(s *scope.Scope) { new(scope.Watch).Begin(s, &waiting{ctx: s}) }},
		} {
			for _, stopped := range []bool{false, true} {
				t.Run(fmt.Sprint(name, "/", others, "/stopped ", stopped), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						parent, cancel := context.WithCancelCause(t.Context())
						s, w := new(scope.Scope), new(scope.Watch)
						s.Begin(parent, time.Now().Add(timeout), errCause)
						owner := &waiting{ctx: s}
						if wait[0] != nil {
							wait[0](s)
						}
						w.Begin(s, owner)
						if wait[1] != nil {
							wait[1](s)
						}
						if stopped {
							w.Stop()
						}
						tc.end(cancel, s)
						synctest.Wait()
						if said := owner.said.Load(); stopped || tc.said == "" {
							require.Nil(t, said)
						} else {
							require.Equal(t, tc.said, said)
						}
						w.Stop()
						w.Stop()
						s.End()
						cancel(nil)
						time.Sleep(2 * timeout)
						synctest.Wait()
						require.LessOrEqual(t, owner.heard.Load(), int32(1))
						if stopped || tc.said == "" {
							require.Zero(t, owner.heard.Load())
						}
					})
				})
			}
		}
	}
}

// One that begins too late hears at once, also of a context that is no Scope.
func TestWatchBeginsTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := new(scope.Scope)
		over.Begin(t.Context(), time.Time{}, nil)
		over.End()
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		for _, ctx := range []context.Context{over, cancelled} {
			owner := &waiting{ctx: ctx}
			new(scope.Watch).Begin(ctx, owner)
			synctest.Wait()
			require.EqualValues(t, 1, owner.heard.Load())
		}
	})
}

// What it costs on a Scope that nobody else waits for: a timer, and what that calls.
func TestWatchIsCheap(t *testing.T) {
	memory, watches := make([]scope.Scope, 101), make([]scope.Watch, 101)
	owner := new(waiting)
	require.EqualValues(t, 2, testing.AllocsPerRun(100, func() {
		s, w := &memory[0], &watches[0]
		memory, watches = memory[1:], watches[1:]
		s.Begin(context.Background(), time.Now().Add(time.Hour), errCause)
		w.Begin(s, owner)
		w.Stop()
		s.End()
	}))
	require.Zero(t, owner.heard.Load())
}
