package buoy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is read is what would be written, and no count is below zero.
func FuzzQuotaFileDecode(f *testing.F) {
	whole := `{"format":"buoy quota 1","counts":{"buoy:quota:month-tokens::month:202601":{"tokens":7,"nanos":8,"unknown":9,"expires":"2026-02-02T00:00:00Z"}},"claims":{"k@0.75":"2026-02-02T00:00:00Z"}}`
	for _, s := range []string{whole, whole + "\n", whole + whole, whole[:60], `{}`, `null`, `{"format":"buoy quota 1"}`, `{"format":"buoy quota 1","counts":{"k":{"nanos":-1}}}`, "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		state := newQuotaMemory()
		if decodeQuotaFile(data, state) != nil {
			return
		}
		for _, e := range state.counts {
			require.False(t, e.count.Tokens < 0 || e.count.Nanos < 0 || e.count.Unknown < 0)
		}
		written, err := (&QuotaFile{state: state}).encodeLocked()
		require.NoError(t, err)
		again := newQuotaMemory()
		require.NoError(t, decodeQuotaFile(written, again))
		require.Len(t, again.counts, len(state.counts))
		for key, e := range state.counts {
			require.Equal(t, e.count, again.counts[key].count)
			require.WithinDuration(t, e.expires, again.counts[key].expires, 0)
		}
		require.Len(t, again.claims, len(state.claims))
	})
}

// A count that has expired is forgotten, others stay.
func TestQuotaMemoryForgets(t *testing.T) {
	s := newQuotaMemory()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s.addLocked(now, "short", QuotaCount{Tokens: 1}, now.Add(time.Hour))
	s.addLocked(now, "long", QuotaCount{Tokens: 2}, now.Add(3*time.Hour))
	require.True(t, s.claimLocked(now, "claim", now.Add(time.Hour)))
	require.False(t, s.claimLocked(now.Add(time.Hour), "claim", now))
	require.Equal(t, QuotaCount{Tokens: 1}, s.addLocked(now.Add(time.Hour), "short", QuotaCount{}, now))
	later := now.Add(2 * time.Hour)
	require.Equal(t, QuotaCount{}, s.addLocked(later, "short", QuotaCount{}, later))
	require.Equal(t, QuotaCount{Tokens: 2}, s.addLocked(later, "long", QuotaCount{}, later))
	require.True(t, s.claimLocked(later, "claim", later.Add(time.Hour)))
	require.Len(t, s.counts, 1)
	require.Len(t, s.claims, 1)
}
