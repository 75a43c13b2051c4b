package buoyqueue

import (
	"context"
	"errors"

	"github.com/riverqueue/river/riverdriver"
)

// Engine is where the jobs of queues are kept. Get one from package sqlite or postgres
// of this module. TTx is the type of its transactions.
//
// An engine is safe for concurrent use, and may serve several queues.
type Engine[TTx any] interface {
	// Driver is River's.
	Driver() riverdriver.Driver[TTx]
	// Schema is where the tables are; "" for the only one there is.
	Schema() string
	// Prepare makes the database ready for tables.
	Prepare(ctx context.Context) error
	// Lock takes a lock that ends with the process. It does not wait: a lock that is
	// taken, in this process or another, is [ErrTaken], and where there are no locks
	// the error wraps [errors.ErrUnsupported].
	Lock(ctx context.Context, name string) (Lock, error)
	// Close closes the database. A queue does that when it is closed.
	Close() error
}

// lost asks the engine whether the database that it has open is still the one that others
// find, if it can tell: what is written into a file that was deleted is gone.
func (q *Queue[TTx]) lost() error {
	if e, ok := q.engine.(interface{ Lost() error }); ok {
		return e.Lost()
	}
	return nil
}

// Lock is held until it is unlocked or its process dies. Unlock once; it is not safe for
// concurrent use.
type Lock interface {
	// Held reports whether it is still held: a connection that broke has lost it, and so
	// has one whose file was removed.
	Held(ctx context.Context) bool
	Unlock()
}

// ErrTaken says that somebody else holds a lock.
var ErrTaken = errors.New("somebody else holds this lock")
