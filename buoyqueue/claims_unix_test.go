//go:build unix

package buoyqueue_test

import (
	"crypto/sha256"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A worker that stops in the midst of a claim, as on a computer that has lost its network,
// does not stop its tenant in other processes.
func TestAWorkerThatStopsInMidClaim(t *testing.T) {
	if testing.Short() {
		t.Skip("a stopped claim is given up after some seconds")
	}
	b := newServerBed(t)
	srv, client := desk(t, buoytest.Always(buoytest.Reply("fine")))
	q := b.open(t, client, once(buoyqueue.Options{TenantConcurrency: 1}))
	_, err := q.Enqueue(t.Context(), ofTenant("first"))
	require.NoError(t, err)
	lock, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = lock.Rollback(t.Context()) }()
	hash := sha256.Sum256([]byte("one"))
	_, err = lock.Exec(t.Context(), "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", fmt.Sprintf("buoyqueue %s %x", b.schema, hash[:16]))
	require.NoError(t, err)
	stops := spawn(t, b, srv, limitOfOne)
	eventually(t, func() bool {
		return b.scan(t, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND query LIKE '%pg_advisory_xact_lock%'") == 1
	}, "it waits for its turn to claim")
	require.NoError(t, stops.Process.Signal(syscall.SIGSTOP))
	require.NoError(t, lock.Rollback(t.Context()))
	second, err := q.Enqueue(t.Context(), ofTenant("second"))
	require.NoError(t, err)
	running(t, q)
	stopped := time.Now()
	require.NoError(t, ignore(q.Wait(within(t), second.ID)))
	t.Logf("the next one is answered %v later", time.Since(stopped).Round(100*time.Millisecond))
}
