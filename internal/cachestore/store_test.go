package cachestore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/cachestore"
	"github.com/stretchr/testify/require"
)

// shelf is a store whose Get and Set can be made to wait or fail.
type shelf struct {
	mu     sync.Mutex
	values map[string]string
	ttls   map[string]time.Duration
	sets   int
	get    func(ctx context.Context) error
	set    func(ctx context.Context) error
}

func newShelf() *shelf {
	return &shelf{values: map[string]string{}, ttls: map[string]time.Duration{}}
}

func (s *shelf) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if s.get != nil {
		if err := s.get(ctx); err != nil {
			return nil, false, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[key]
	return []byte(v), ok, nil
}

func (s *shelf) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if s.set != nil {
		if err := s.set(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key], s.ttls[key] = string(value), ttl
	s.sets++
	return nil
}

func sleeps(d time.Duration) func(context.Context) error {
	return func(context.Context) error { time.Sleep(d); return nil }
}

func obeys(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// heard makes a Told of what is to run after it.
func heard(then func(error, time.Duration)) cachestore.Told {
	return func(err error, took time.Duration) func() { return func() { then(err, took) } }
}

var errDown = errors.New("connection refused")

func TestGetIsBounded(t *testing.T) {
	for name, tc := range map[string]struct {
		get  func(context.Context) error
		err  error
		took time.Duration
	}{
		"at once":        {nil, nil, 0},
		"a moment":       {sleeps(50 * time.Millisecond), nil, 50 * time.Millisecond},
		"deaf and slow":  {sleeps(time.Minute), cachestore.ErrSlow, 100 * time.Millisecond},
		"obeys its time": {obeys, cachestore.ErrSlow, 100 * time.Millisecond},
		"down":           {func(context.Context) error { return errDown }, errDown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShelf()
				s.values["k"], s.get = "v", tc.get
				begun := time.Now()
				value, level, ok, err := cachestore.New(s, 100*time.Millisecond).Get(t.Context(), "k")
				require.ErrorIs(t, err, tc.err)
				require.Equal(t, tc.took, time.Since(begun))
				if require.Equal(t, tc.err == nil, ok); ok {
					require.Equal(t, "v", string(value))
					require.Equal(t, "cache", level)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

func TestGetEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.get = obeys
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, _, _, err := cachestore.New(s, 0).Get(ctx, "k")
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// A store that hangs and does not look at its context is not asked without end.
func TestHangingGetsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.get = sleeps(time.Hour)
		store := cachestore.New(s, time.Millisecond)
		busy := 0
		for range 5000 {
			if _, _, _, err := store.Get(t.Context(), "k"); errors.Is(err, cachestore.ErrBusy) {
				busy++
			}
		}
		require.Equal(t, 5000-4096, busy)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		s.get = nil
		_, _, _, err := store.Get(t.Context(), "k")
		require.NoError(t, err)
	})
}

func TestPanicsAreErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.get = func(context.Context) error { panic("get") }
		s.set = func(context.Context) error { panic("set") }
		store := cachestore.New(s, time.Second)
		_, _, _, err := store.Get(t.Context(), "k")
		require.ErrorContains(t, err, "get")
		var told error
		store.Set(t.Context(), "k", []byte("v"), 0, heard(func(err error, _ time.Duration) { told = err }))
		synctest.Wait()
		require.ErrorContains(t, told, "set")
	})
}

// named is a store with levels.
type named struct {
	*shelf
	peeks, gets int
}

func (n *named) Peek(string) ([]byte, string, bool) {
	n.peeks++
	return []byte("near"), "memory", n.peeks > 1
}

func (n *named) GetLevel(context.Context, string) ([]byte, string, bool, error) {
	n.gets++
	return []byte("far"), "redis", true, nil
}

// labelled is a store of one level that only has a name.
type labelled struct{ *shelf }

func (labelled) Name() string { return "attic" }

func TestAStoreWithANameIsTheLevelOfThatName(t *testing.T) {
	s := newShelf()
	s.values["k"] = "v"
	_, level, ok, err := cachestore.New(labelled{s}, time.Second).Get(t.Context(), "k")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "attic", level)
}

func TestLevels(t *testing.T) {
	n := &named{shelf: newShelf()}
	store := cachestore.New(n, time.Second)
	value, level, ok, err := store.Get(t.Context(), "k")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "far redis", string(value)+" "+level)
	value, level, ok, err = store.Get(t.Context(), "k")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "near memory", string(value)+" "+level)
	require.Equal(t, 1, n.gets)
}

// Set returns at once; what is on its way can be read, and reaches the store, the
// newest value last.
func TestSetBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.set = sleeps(time.Second)
		store := cachestore.New(s, 100*time.Millisecond)
		var told []string
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 3 {
			store.Set(ctx, "k", fmt.Append(nil, i), time.Minute, func(err error, took time.Duration) func() {
				require.NoError(t, err)
				told = append(told, fmt.Sprint(i, " ", took))
				return func() {}
			})
			value, level, ok, err := store.Get(ctx, "k")
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, fmt.Sprint(i, " pending"), string(value)+" "+level)
		}
		cancel() // the call has ended; its answer is stored all the same
		begun := time.Now()
		store.Flush(time.Minute)
		require.Equal(t, 2*time.Second, time.Since(begun), "the one in the middle needs no writing")
		require.Equal(t, "2", s.values["k"])
		require.Equal(t, time.Minute, s.ttls["k"])
		require.Equal(t, []string{"0 1s", "2 1s"}, told)
		store.Flush(time.Minute)
		require.Equal(t, 2*time.Second, time.Since(begun))
	})
}

// A store, or who is told, may end the goroutine: nothing stays on its way, and what came
// meanwhile is written.
func TestSetsThatEndTheirGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.set = func(context.Context) error { time.Sleep(time.Second); runtime.Goexit(); return nil }
		store := cachestore.New(s, time.Second)
		var told []error
		for range 3 {
			store.Set(t.Context(), "k", []byte("v"), 0, func(err error, _ time.Duration) func() {
				told = append(told, err)
				return runtime.Goexit
			})
		}
		begun := time.Now()
		store.Flush(time.Minute)
		require.Equal(t, 2*time.Second, time.Since(begun))
		synctest.Wait()
		require.Len(t, told, 2)
		for _, err := range told {
			require.ErrorContains(t, err, "ended the goroutine")
		}
		_, _, ok, err := store.Get(t.Context(), "k")
		require.NoError(t, err)
		require.False(t, ok)
	})
}

// Who is told that a value was written may wait until all are.
func TestFlushWhereAWriteIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := cachestore.New(newShelf(), time.Second)
		begun, took := time.Now(), time.Hour
		store.Set(t.Context(), "k", []byte("v"), 0, heard(func(error, time.Duration) {
			store.Flush(time.Minute)
			took = time.Since(begun)
		}))
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Zero(t, took)
	})
}

func TestPendingSetsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelf()
		s.set = sleeps(time.Hour) // deaf
		store := cachestore.New(s, 0)
		failed := map[error]int{}
		var mu sync.Mutex
		told := func(err error, _ time.Duration) func() {
			mu.Lock()
			defer mu.Unlock()
			failed[err]++
			return func() {}
		}
		for i := range 300 {
			store.Set(t.Context(), fmt.Sprint(i), []byte("v"), 0, told)
		}
		require.Equal(t, map[error]int{cachestore.ErrBusy: 300 - 256}, failed)
		begun := time.Now()
		store.Flush(time.Second)
		require.Equal(t, time.Second, time.Since(begun))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		require.Len(t, s.values, 256)

		s.set = obeys
		begun = time.Now()
		store.Set(t.Context(), "k", make([]byte, 64<<20), 0, told)
		store.Set(t.Context(), "l", []byte("v"), 0, told)
		mu.Lock()
		require.Equal(t, 300-256+1, failed[cachestore.ErrBusy], "more bytes than may wait")
		mu.Unlock()
		store.Flush(time.Minute)
		require.Equal(t, 5*time.Second, time.Since(begun))
		require.Equal(t, 1, failed[context.DeadlineExceeded])
	})
}

func BenchmarkGetPeeked(b *testing.B) {
	n := &named{shelf: newShelf(), peeks: 1}
	store := cachestore.New(n, time.Second)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok, _ := store.Get(b.Context(), "k"); !ok {
			b.Fatal("miss")
		}
	}
}

func BenchmarkGetBounded(b *testing.B) {
	s := newShelf()
	s.values["k"] = "v"
	store := cachestore.New(s, time.Second)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok, _ := store.Get(b.Context(), "k"); !ok {
			b.Fatal("miss")
		}
	}
}
