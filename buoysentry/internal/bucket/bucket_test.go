package bucket

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func TestTake(t *testing.T) {
	b := New(2, time.Second)
	for i, step := range []struct {
		issue string
		after time.Duration
		held  int
		ok    bool
	}{
		{"a", 0, 0, true}, {"a", 0, 0, true}, {"a", 0, 0, false}, {"a", 500 * time.Millisecond, 0, false},
		{"b", 500 * time.Millisecond, 0, true}, // its own tokens
		{"a", time.Second, 2, true},            // and it says what was held
		{"a", time.Second, 0, false},
		{"a", time.Minute, 1, true}, {"a", time.Minute, 0, true}, {"a", time.Minute, 0, false}, // no more than a burst is saved
	} {
		held, ok := b.Take(step.issue, noon.Add(step.after))
		require.Equal(t, step.ok, ok, i)
		require.Equal(t, step.held, held, i)
	}
	require.EqualValues(t, 4, b.HeldBack())
}

func TestDefaultsAndNoLimit(t *testing.T) {
	b, sent := New(0, 0), 0
	for range 100 {
		if _, ok := b.Take("a", noon); ok {
			sent++
		}
	}
	require.Equal(t, Burst, sent)
	b = New(-1, 0)
	for range 100 {
		_, ok := b.Take("a", noon)
		require.True(t, ok)
	}
}

// Names come from callers, so neither the table nor the number of events may follow them.
func TestManyIssues(t *testing.T) {
	b, sent := New(2, time.Minute), 0
	for i := range 10 * most {
		if _, ok := b.Take(fmt.Sprint(i), noon); ok {
			sent++
		}
	}
	require.Len(t, b.issues, most)
	require.Equal(t, most+2, sent, "those that found no place share one bucket")
	require.EqualValues(t, 9*most-2, b.HeldBack())

	// Buckets that are full again make place.
	_, ok := b.Take("new", noon.Add(time.Hour))
	require.True(t, ok)
	require.Len(t, b.issues, 1)
}
