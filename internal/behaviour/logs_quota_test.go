package behaviour_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// Quotas reach the log: a threshold, a store that fails, and a cost that nobody told; each
// with the caller's attributes.
func TestQuotasInTheLog(t *testing.T) {
	var b book
	quota := buoy.Quota{Name: "q", Cost: 10, Currency: buoy.RUB, Thresholds: []float64{0.5, 1}}
	type user struct{}
	about := func(ctx context.Context) []slog.Attr { return []slog.Attr{slog.Any("user", ctx.Value(user{}))} }
	bubble(t, []buoy.Option{buoy.WithLogger(b.logger()), buoy.WithLogAttrs(about), buoy.WithQuota(quota)}, func(t *testing.T, d desk) {
		for range 4 {
			require.NoError(t, call(context.WithValue(t.Context(), user{}, "u-42"), d, false))
		}
		lines := b.lines(t, "buoy quota", loud)
		require.Len(t, lines, 3)
		require.Equal(t, []any{"WARN", "q", 0.5, 0.6, "RUB"}, []any{lines[0]["level"], lines[0]["quota"], lines[0]["threshold"], lines[0]["share"], lines[0]["currency"]})
		require.Equal(t, []any{"ERROR", 1.0}, []any{lines[1]["level"], lines[1]["threshold"]})
		require.Equal(t, "WARN", lines[2]["level"])
		require.Contains(t, lines[2]["message"], "nobody told what an answer of desk for gpt-4o-mini has cost")
		for _, e := range lines {
			require.Equal(t, "u-42", e["user"])
			nothingEmpty(t, e)
		}
	}, costs(6), costs(6), buoytest.Times(2, buoytest.Reply("for nothing")))
}
