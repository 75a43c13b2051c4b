package buoyqueue_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/internal/service"
	"github.com/stretchr/testify/require"
)

// Jobs enqueued in batches of a thousand, each on the disk when EnqueueMany returns.
func BenchmarkEnqueue(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		engine, err := sqlite.Open(filepath.Join(b.TempDir(), "queue.db"))
		require.NoError(b, err)
		enqueue(b, engine)
	})
	b.Run("postgres", func(b *testing.B) {
		s := service.Postgres(b)
		engine, err := postgres.Open(b.Context(), service.PostgresURL(s))
		require.NoError(b, err)
		enqueue(b, engine)
	})
}

func enqueue[TTx any](b *testing.B, engine buoyqueue.Engine[TTx]) {
	q, err := buoyqueue.Open(b.Context(), engine, nil, buoyqueue.Options{})
	require.NoError(b, err)
	defer q.Close()
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		items := make([]buoyqueue.Item, 1000)
		for i := range items {
			n++
			items[i] = ask(fmt.Sprint("A question of the usual length, which somebody would like to have answered until tomorrow morning: ", n))
		}
		_, err := q.EnqueueMany(b.Context(), items)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "jobs/s")
}
