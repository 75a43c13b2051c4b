package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/coalesce"
	"github.com/stretchr/testify/require"
)

type contextKey struct{}

func TestOneRunForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g coalesce.Group[int]
		runs := 0
		work := func(ctx context.Context, _ *coalesce.Run[int]) (int, error) {
			runs++
			time.Sleep(time.Second)
			return 42, ctx.Err()
		}
		var all sync.WaitGroup
		begun := make(chan bool, 10_000)
		for range 10_000 {
			all.Go(func() {
				m, first := g.Join(t.Context(), "k", work)
				begun <- first
				v, err := m.Wait(t.Context())
				require.NoError(t, err)
				require.Equal(t, 42, v)
				m.Leave()
			})
		}
		all.Wait()
		require.Equal(t, 1, runs)
		firsts := 0
		for range 10_000 {
			if <-begun {
				firsts++
			}
		}
		require.Equal(t, 1, firsts)
		require.Zero(t, g.Len())

		m, first := g.Join(t.Context(), "k", work) // what is over is not joined
		require.True(t, first)
		_, err := m.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, runs)
	})
}

// The run has the values of its first caller's context, and not its end.
func TestFirstLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g coalesce.Group[string]
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey{}, "value"))
		work := func(ctx context.Context, _ *coalesce.Run[string]) (string, error) {
			time.Sleep(time.Second)
			s, _ := ctx.Value(contextKey{}).(string)
			return s, ctx.Err()
		}
		first, _ := g.Join(ctx, "k", work)
		second, begun := g.Join(t.Context(), "k", work)
		require.False(t, begun)
		cancel()
		_, err := first.Wait(ctx)
		require.ErrorIs(t, err, coalesce.ErrLeft)
		v, err := second.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, "value", v)
	})
}

func TestLastOneCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g coalesce.Group[int]
		var cause error
		ctx, cancel := context.WithCancel(t.Context())
		work := func(ctx context.Context, _ *coalesce.Run[int]) (int, error) {
			<-ctx.Done()
			cause = context.Cause(ctx)
			time.Sleep(time.Second) // it takes its time
			return 0, ctx.Err()
		}
		a, _ := g.Join(ctx, "k", work)
		b, _ := g.Join(ctx, "k", work)
		a.Leave()
		a.Leave() // counts once
		synctest.Wait()
		require.NoError(t, cause)
		cancel()
		_, err := b.Wait(ctx)
		require.ErrorIs(t, err, coalesce.ErrLeft)
		synctest.Wait()
		require.Error(t, cause)
		require.NotErrorIs(t, cause, context.Canceled)

		// The one that was given up is still ending; a new caller does not get it.
		c, begun := g.Join(t.Context(), "k", func(context.Context, *coalesce.Run[int]) (int, error) { return 7, nil })
		require.True(t, begun)
		v, err := c.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 7, v)
		time.Sleep(time.Second)
	})
}

func TestPanicReachesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lost []any
		g := coalesce.Group[int]{Lost: func(value any) { lost = append(lost, value) }}
		boom := errors.New("boom")
		work := func(context.Context, *coalesce.Run[int]) (int, error) { time.Sleep(time.Second); panic(boom) }
		var all sync.WaitGroup
		for range 3 {
			m, _ := g.Join(t.Context(), "k", work)
			all.Go(func() {
				defer func() {
					p, ok := recover().(*coalesce.Panic)
					require.True(t, ok)
					require.ErrorIs(t, p, boom)
					require.Contains(t, p.Error(), "group_test.go")
				}()
				_, _ = m.Wait(t.Context())
			})
		}
		all.Wait()
		require.Empty(t, lost)

		m, _ := g.Join(t.Context(), "k", work)
		m.Leave()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, []any{boom}, lost)
		require.Zero(t, g.Len())
	})
}

func TestGoexit(t *testing.T) {
	var g coalesce.Group[int]
	m, _ := g.Join(t.Context(), "k", func(context.Context, *coalesce.Run[int]) (int, error) { runtime.Goexit(); return 1, nil })
	_, err := m.Wait(t.Context())
	require.Error(t, err)
	require.Zero(t, g.Len())
}

// Who has the result, and asks again, is given a run of its own.
func TestAskedAgain(t *testing.T) {
	for name, work := range map[string]coalesce.Work[int]{
		"error":  func(context.Context, *coalesce.Run[int]) (int, error) { return 0, errWork },
		"goexit": func(context.Context, *coalesce.Run[int]) (int, error) { runtime.Goexit(); return 0, nil },
		"panic":  func(context.Context, *coalesce.Run[int]) (int, error) { panic(errWork) },
		"closed": func(_ context.Context, r *coalesce.Run[int]) (int, error) { r.Close(); r.Settle(1, nil); return 0, nil },
	} {
		t.Run(name, func(t *testing.T) {
			var g coalesce.Group[int]
			for range 5_000 {
				m, begun := g.Join(t.Context(), "k", work)
				require.True(t, begun)
				func() {
					defer func() { _ = recover() }()
					_, _ = m.Wait(t.Context())
				}()
				defer m.Leave() // the last to leave would close the run
			}
		})
	}
}

// A run that has settled and goes on can be joined, and is cancelled by the last to leave.
func TestSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g coalesce.Group[int]
		ended := false
		work := func(ctx context.Context, r *coalesce.Run[int]) (int, error) {
			r.Settle(1, nil)
			<-ctx.Done()
			ended = true
			return 2, errors.New("late")
		}
		a, _ := g.Join(t.Context(), "k", work)
		v, err := a.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, v)
		b, begun := g.Join(t.Context(), "k", work)
		require.False(t, begun)
		v, err = b.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, v)
		a.Leave()
		synctest.Wait()
		require.False(t, ended)
		b.Leave()
		synctest.Wait()
		require.True(t, ended)
		require.Zero(t, g.Len())
	})
}

// A model of the group: who is a member of which run, and how runs end. Group and
// model must agree after each of many random steps.
func TestGroupAgainstModel(t *testing.T) {
	seeds := 300
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newModel(t, uint64(seed)).run(60) })
		})
	}
}
