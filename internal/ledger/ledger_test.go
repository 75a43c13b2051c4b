package ledger_test

import (
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/ledger"
	"github.com/stretchr/testify/require"
)

// count is the simplest of all.
type count int

func (c count) Plus(d count) count { return c + d }

// What has expired is forgotten, the rest stays.
func TestLedgerForgets(t *testing.T) {
	var l ledger.Ledger[count]
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l.Add(now, "short", 1, now.Add(time.Hour))
	l.Add(now, "long", 2, now.Add(3*time.Hour))
	require.True(t, l.Claim(now, "claim", now.Add(time.Hour)))
	require.False(t, l.Claim(now.Add(time.Hour), "claim", now))
	require.Equal(t, count(1), l.Add(now.Add(time.Hour), "short", 0, now))
	later := now.Add(2 * time.Hour)
	require.Zero(t, l.Add(later, "short", 0, later))
	require.Equal(t, count(2), l.Add(later, "long", 0, later))
	require.True(t, l.Claim(later, "claim", later.Add(time.Hour)))
	require.Len(t, l.Counts, 1)
	require.Len(t, l.Claims, 1)
}

// Looking at everything on each call would make a large ledger slow.
func TestLedgerLooksForWhatHasExpiredOnceAMinute(t *testing.T) {
	var l ledger.Ledger[count]
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l.Add(now, "k", 1, now.Add(time.Second))
	require.Equal(t, count(1), l.Add(now.Add(59*time.Second), "k", 0, now))
	require.Zero(t, l.Add(now.Add(time.Minute), "k", 0, now))
}

func TestLedgerAdds(t *testing.T) {
	var l ledger.Ledger[count]
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Zero(t, l.Add(now, "k", 0, now.Add(time.Hour)))
	require.Empty(t, l.Counts, "reading leaves nothing behind")
	require.Equal(t, count(5), l.Add(now, "k", 5, now.Add(time.Hour)))
	require.Equal(t, count(12), l.Add(now, "k", 7, now.Add(2*time.Hour)))
	require.Equal(t, count(12), l.Add(now.Add(90*time.Minute), "k", 0, now), "the latest word on its expiry counts")
}
