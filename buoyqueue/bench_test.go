package buoyqueue_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
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

// The jobs of a tenant that is at its limit, one by one, while 20,000 more of it wait.
func BenchmarkTenantAtItsLimit(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		engine, err := sqlite.Open(filepath.Join(b.TempDir(), "queue.db"))
		require.NoError(b, err)
		tenantAtItsLimit(b, engine)
	})
	b.Run("postgres", func(b *testing.B) {
		s := service.Postgres(b)
		engine, err := postgres.Open(b.Context(), service.PostgresURL(s))
		require.NoError(b, err)
		tenantAtItsLimit(b, engine)
	})
}

func tenantAtItsLimit[TTx any](b *testing.B, engine buoyqueue.Engine[TTx]) {
	asked := make(chan struct{})
	srv := buoytest.NewServer(b, buoytest.Always(buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- struct{}{}:
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"choices":[{"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`))
	})))
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
	require.NoError(b, err)
	defer client.Close()
	q, err := buoyqueue.Open(b.Context(), engine, client, buoyqueue.Options{TenantConcurrency: 2, Grace: -1})
	require.NoError(b, err)
	defer q.Close()
	for i := range 20 {
		items := make([]buoyqueue.Item, 1000)
		for j := range items {
			items[j] = ofTenant(fmt.Sprint(i, " ", j))
		}
		_, err := q.EnqueueMany(b.Context(), items)
		require.NoError(b, err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- q.Run(ctx) }()
	for range 10 { // until the rest are aside
		<-asked
	}
	for b.Loop() {
		<-asked
	}
	stop()
	require.NoError(b, <-done)
}
