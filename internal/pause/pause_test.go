package pause

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Waits stay below their bound, come close to it, and are longer where a model is
// asked in vain.
func TestGrowth(t *testing.T) {
	const base, limit = time.Second, 8 * time.Second
	var highest [6]time.Duration
	var vain time.Duration
	for range 2000 {
		var g Growth
		for k := range highest {
			w := g.Next(base, limit, false)
			require.LessOrEqual(t, w, min(limit, base<<k)+1)
			highest[k] = max(highest[k], w)
		}
		vain = max(vain, g.Next(base, limit, true))
	}
	for k, h := range highest {
		require.Greater(t, h, min(limit, base<<k)*9/10, "k=%d", k)
	}
	require.Greater(t, vain, 2700*time.Millisecond)
	require.LessOrEqual(t, vain, 3*time.Second+1)
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		require.True(t, Sleep(t.Context(), time.Minute))
		require.Equal(t, time.Minute, time.Since(begun))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.True(t, Sleep(ctx, 0))
		require.False(t, Sleep(ctx, time.Minute))
		require.Equal(t, time.Minute+time.Second, time.Since(begun))
		require.False(t, Sleep(ctx, 0), "a context that has ended")
	})
}

func TestFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.True(t, Fits(ctx, time.Second-1))
		require.False(t, Fits(ctx, time.Second))
		require.True(t, Fits(t.Context(), time.Hour))
	})
}
