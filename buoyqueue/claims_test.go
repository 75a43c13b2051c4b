package buoyqueue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

const limitOfOne = "BUOYQUEUE_TEST_TENANT_LIMIT=1"

func ofTenant(text string) buoyqueue.Item {
	item := ask(text)
	item.Tenant = "one"
	return item
}

// The place of a tenant that a killed worker had is free again within seconds.
func TestAKilledWorkerLeavesItsTenantsPlace(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t, buoytest.Hang(time.Hour), buoytest.Always(buoytest.Reply("fine")))
		q := b.open(t, client, once(buoyqueue.Options{TenantConcurrency: 1}))
		first, err := q.Enqueue(t.Context(), ofTenant("first"))
		require.NoError(t, err)
		dies := spawn(t, b, srv, limitOfOne)
		require.True(t, srv.Await(1))
		second, err := q.Enqueue(t.Context(), ofTenant("second"))
		require.NoError(t, err)
		running(t, q)
		eventually(t, func() bool { return aside(t, b, q) == 1 }, "it waits for the other process")
		require.Len(t, srv.Requests(), 1)
		require.NoError(t, dies.Process.Kill())
		killed := time.Now()
		for _, ticket := range []buoyqueue.Ticket{first, second} {
			require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		}
		t.Logf("both are answered %v after the kill", time.Since(killed).Round(100*time.Millisecond))
		require.Len(t, srv.Requests(), 3)
	})
}

// A claim that the database does not keep is none: the call waits until it can be counted.
func TestAClaimThatIsNotKept(t *testing.T) {
	b := newServerBed(t)
	srv, client := desk(t, buoytest.Always(buoytest.Reply("fine")))
	q := b.open(t, client, once(buoyqueue.Options{TenantConcurrency: 1}))
	b.exec(t, fmt.Sprintf(`CREATE FUNCTION %[1]s.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.metadata ? 'buoy_claim' AND NEW.state = 'running' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$;
		CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON %[1]s.river_job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION %[1]s.refuse()`, b.schema))
	ticket, err := q.Enqueue(t.Context(), ofTenant("hello"))
	require.NoError(t, err)
	running(t, q)
	eventually(t, func() bool {
		return b.scan(t, "SELECT count(*) FROM "+b.jobs()+" WHERE state <> 'running' AND attempted_at IS NOT NULL") == 1
	}, "it was tried")
	require.Empty(t, srv.Requests())
	b.exec(t, "DROP TRIGGER refuse ON "+b.jobs())
	require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
	require.Len(t, srv.Requests(), 1)
}
