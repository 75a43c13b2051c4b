package meter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/calendar"
	"github.com/stretchr/testify/require"
)

func settings(store Store) Settings {
	return Settings{Name: "q", Key: "q:", Period: calendar.Monthly(time.UTC), Limit: Count{Tokens: 100}, Thresholds: []float64{0.5}, Store: store, Refuse: true}
}

// Each tenant has a count of its own, in a store that shows no name and whose keys are
// bounded, and is told of its own threshold.
func TestEachTenantHasItsOwnCount(t *testing.T) {
	store := NewMemory()
	s := settings(store)
	told := map[string]int{}
	s.OnThreshold = func(_ context.Context, s Status, _ float64) { told[s.Tenant]++ }
	tenants := NewTenants(s, true)
	names := []string{"", "acme", strings.Repeat("x", 10_000), "a:b", "t=acme"}
	for i, name := range names {
		tenants.Of(name).Settle(t.Context(), Count{Tokens: int64(40 + 20*i)}, "e", "m")
	}
	for i, name := range names {
		used, ok := tenants.Of(name).Admit(t.Context())
		require.Equal(t, int64(40+20*i), used.Tokens)
		require.Equal(t, name, used.Tenant)
		require.Equal(t, used.Tokens < 100, ok)
	}
	require.Equal(t, map[string]int{"acme": 1, names[2]: 1, "a:b": 1, "t=acme": 1}, told)
	require.Equal(t, len(names), store.counts.Len())
	store.counts.All(func(key string, _ counted) {
		require.Regexp(t, `^q:t=[0-9a-f]{32}:\d{6}$`, key)
	})
}

func TestWithoutTenantsThereIsOneCount(t *testing.T) {
	store := NewMemory()
	one := NewTenants(settings(store), false)
	require.Same(t, one.Of("a"), one.Of("b"))
	one.Of("").Settle(t.Context(), Count{Tokens: 1}, "e", "m")
	store.counts.All(func(key string, _ counted) { require.Regexp(t, `^q:\d{6}$`, key) })
}

// There may be ever new tenants. One that comes back is read from the store.
func TestTenantsAreBounded(t *testing.T) {
	tenants := NewTenants(settings(NewMemory()), true)
	first := tenants.Of("0")
	first.Settle(t.Context(), Count{Tokens: 100}, "e", "m")
	for i := range MaxTenants {
		tenants.Of(fmt.Sprint(i+1)).Settle(t.Context(), Count{Tokens: 1}, "e", "m")
	}
	require.Equal(t, MaxTenants, tenants.meters.Len())
	require.NotSame(t, first, tenants.Of("0"))
	used, ok := tenants.Of("0").Admit(t.Context())
	require.False(t, ok, "it has not begun anew")
	require.EqualValues(t, 100, used.Tokens)
}

// away is a store that cannot be reached for some keys.
type away struct {
	*Memory
	fails func(key string) bool
}

func (s away) Add(ctx context.Context, key string, d Count, expires time.Time) (Count, error) {
	if s.fails(key) {
		return Count{}, errors.New("connection refused")
	}
	return s.Memory.Add(ctx, key, d, expires)
}

// What the store has not taken is kept while others can be forgotten, and where there is
// no other, that is told.
func TestAnUnsavedCountIsForgottenLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lost int
		all := false
		s := settings(away{NewMemory(), func(key string) bool { return all || strings.Contains(key, digest("0")) }})
		s.OnError = func(_ context.Context, err error) {
			if errors.Is(err, errForgotten) {
				lost++
			}
		}
		tenants := NewTenants(s, true)
		first := tenants.Of("0")
		for i := range MaxTenants + 5 {
			tenants.Of(fmt.Sprint(i)).Settle(t.Context(), Count{Tokens: 1}, "e", "m")
		}
		require.Same(t, first, tenants.Of("0"))
		require.Zero(t, lost)
		all = true
		for i := range MaxTenants + 5 {
			tenants.Of(fmt.Sprint("x", i)).Settle(t.Context(), Count{Tokens: 1}, "e", "m")
		}
		require.Positive(t, lost)
		require.Equal(t, MaxTenants, tenants.meters.Len())
	})
}

// Of many tenants the nearest to their limit come first, whatever order they came in.
func TestNearest(t *testing.T) {
	tenants := NewTenants(settings(NewMemory()), true)
	for i := range 1000 {
		tenants.Of(fmt.Sprintf("%04d", i)).Settle(t.Context(), Count{Tokens: int64(i * 7919 % 500)}, "e", "m") // each share twice
	}
	got := tenants.Nearest(time.Now(), 20)
	require.Len(t, got, 20)
	for i, s := range got {
		require.EqualValues(t, 499-i/2, s.Tokens)
		if i%2 == 1 {
			require.Less(t, got[i-1].Tenant, s.Tenant)
		}
	}
	require.Len(t, tenants.Nearest(time.Now(), 2000), 1000)
	require.Empty(t, NewTenants(settings(NewMemory()), true).Nearest(time.Now(), 20))
	require.Len(t, NewTenants(settings(NewMemory()), false).Nearest(time.Now(), 20), 1)
}

func BenchmarkNearest(b *testing.B) {
	tenants := NewTenants(settings(NewMemory()), true)
	for i := range 10_000 {
		tenants.Of(fmt.Sprint(i)).Settle(b.Context(), Count{Tokens: int64(i * 7919 % 10_000)}, "e", "m")
	}
	b.ReportAllocs()
	for b.Loop() {
		tenants.Nearest(time.Now(), 20)
	}
}

func TestMemoryForgetsWhatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewMemory()
		until := time.Now().Add(time.Hour)
		for range 2 {
			sum, err := s.Add(t.Context(), "k", Count{Tokens: 2}, until)
			require.NoError(t, err)
			require.Positive(t, sum.Tokens)
			_, err = s.Add(t.Context(), "other", Count{}, until)
			require.NoError(t, err)
		}
		require.Equal(t, 1, s.counts.Len(), "reading leaves nothing behind")
		first, _ := s.Claim(t.Context(), "c", until)
		again, _ := s.Claim(t.Context(), "c", until)
		require.Equal(t, []bool{true, false}, []bool{first, again})
		time.Sleep(time.Hour + 1)
		sum, _ := s.Add(t.Context(), "k", Count{Tokens: 1}, until.Add(time.Hour))
		require.EqualValues(t, 1, sum.Tokens)
		first, _ = s.Claim(t.Context(), "c", until.Add(time.Hour))
		require.True(t, first)
	})
}

func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("a quarter of a million keys")
	}
	s := NewMemory()
	until := time.Now().Add(time.Hour)
	for i := range Remembered + 10 {
		_, _ = s.Add(t.Context(), fmt.Sprint(i), Count{Tokens: 1}, until)
		_, _ = s.Claim(t.Context(), fmt.Sprint(i), until)
	}
	require.Equal(t, []int{Remembered, Remembered}, []int{s.counts.Len(), s.claims.Len()})
}
