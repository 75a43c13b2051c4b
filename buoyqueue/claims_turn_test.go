package buoyqueue_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/riverqueue/river/riverdriver"
	"github.com/stretchr/testify/require"
)

// slowClaim is an engine whose first claim reaches the database late.
type slowClaim struct {
	*sqlite.Engine
	claims  atomic.Int32
	between func() // runs before the first claim does
}

func (e *slowClaim) Driver() riverdriver.Driver[*sql.Tx] { return slowDriver{e.Engine.Driver(), e} }

type slowDriver struct {
	riverdriver.Driver[*sql.Tx]
	engine *slowClaim
}

func (d slowDriver) GetExecutor() riverdriver.Executor {
	return slowExecutor{d.Driver.GetExecutor(), d.engine}
}

type slowExecutor struct {
	riverdriver.Executor
	engine *slowClaim
}

func (x slowExecutor) QueryRow(ctx context.Context, statement string, args ...any) riverdriver.Row {
	if strings.Contains(statement, "UPDATE") && strings.Contains(statement, "buoy_claim") && x.engine.claims.Add(1) == 1 {
		x.engine.between()
	}
	return x.Executor.QueryRow(ctx, statement, args...)
}

// A claim that is slow counted what ran here before it began. No other of this process may
// come before it is through, or another process could take the place that it counts as free.
func TestASlowClaim(t *testing.T) {
	b := &fileBed{path: filepath.Join(t.TempDir(), "queue.db")}
	srv, client := desk(t, buoytest.Always(buoytest.Hang(time.Hour)))
	o := once(buoyqueue.Options{Concurrency: 2, TenantConcurrency: 2, Grace: -1})
	file, err := sqlite.Open(b.path)
	require.NoError(t, err)
	held, through := make(chan struct{}), make(chan struct{})
	slow := &slowClaim{Engine: file, between: func() { close(held); <-through }}
	first, err := buoyqueue.Open(t.Context(), slow, client, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, first.Close()) })
	second := b.open(t, client, o)

	var items []buoyqueue.Item
	for _, text := range []string{"a", "b", "c", "d"} {
		items = append(items, ofTenant(text))
	}
	_, err = first.EnqueueMany(t.Context(), items)
	require.NoError(t, err)
	running(t, first)
	<-held
	running(t, second)
	require.True(t, srv.Await(1))
	eventually(t, func() bool { // the others had their turn, or wait for it
		return b.scan(t, "SELECT count(*) FROM river_job WHERE state = 'running'") == 4 || aside(t, b, nil) > 0
	}, "both processes have their jobs")
	close(through)
	eventually(t, func() bool { return aside(t, b, nil) == 2 }, "the others are aside")
	require.Len(t, srv.Requests(), 2)
}
