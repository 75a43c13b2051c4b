package buoyqueue_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A SQLite file that is deleted or replaced under a queue takes no more jobs, which nobody
// would find: that is an error, and no success.
func TestAFileThatIsDeletedOrReplaced(t *testing.T) {
	for name, goes := range map[string]func(string) error{
		"deleted": os.Remove,
		"replaced": func(path string) error {
			if err := os.WriteFile(path+".backup", nil, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".backup", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &fileBed{path: filepath.Join(t.TempDir(), "queue.db")}
			srv, client := desk(t, buoytest.Always(buoytest.Hang(time.Hour)))
			q := b.open(t, client, buoyqueue.Options{})
			_, err := q.Enqueue(t.Context(), ask("first"))
			require.NoError(t, err)
			done := make(chan error)
			go func() { done <- q.Run(t.Context()) }()
			require.True(t, srv.Await(1))
			require.NoError(t, goes(b.path))
			_, err = q.Enqueue(t.Context(), ask("second"))
			require.ErrorContains(t, err, "deleted or replaced")
			require.ErrorContains(t, <-done, "deleted or replaced")

			q = b.open(t, client, buoyqueue.Options{})
			ticket, err := q.Enqueue(t.Context(), ask("second"))
			require.NoError(t, err)
			require.False(t, ticket.Duplicate)
		})
	}
}
