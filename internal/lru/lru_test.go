package lru_test

import (
	"testing"

	"github.com/buoy-go/buoy/internal/lru"
	"github.com/stretchr/testify/require"
)

func TestMapForgetsTheLeastRecentlyUsed(t *testing.T) {
	m := lru.New[string, int](2)
	m.Put("a", 1)
	m.Put("b", 2)
	_, ok := m.Get("a") // b is now the older
	require.True(t, ok)
	m.Put("c", 3)
	_, ok = m.Get("b")
	require.False(t, ok)
	m.Put("a", 4) // replaces, does not grow
	require.Equal(t, 2, m.Len())

	var keys []string
	m.All(func(k string, _ int) { keys = append(keys, k) })
	require.Equal(t, []string{"a", "c"}, keys)
	v, _ := m.Get("a")
	require.Equal(t, 4, v)

	oldest, v, ok := m.Oldest()
	require.Equal(t, "c", oldest)
	require.Equal(t, 3, v)
	require.True(t, ok)
	m.Delete("c")
	m.Delete("c")
	require.Equal(t, 1, m.Len())
	m.Delete("a")
	_, _, ok = m.Oldest()
	require.False(t, ok)
	_, ok = m.Get("a")
	require.False(t, ok)
}
