// Package durable has what files need that outlive a crash: a lock, so that one
// process has them, and an order of writes in which no half file is ever found.
package durable

import (
	"errors"
	"os"
)

// ErrTaken says that a file serves somebody else already.
var ErrTaken = errors.New("another process, or another part of this one, has it open")

// OpenLocked opens a file for reading and writing, or creates it for its owner
// alone, and locks it. A file that is locked already is an error that wraps
// [ErrTaken]; nothing waits. The system gives the lock back when the file is closed
// and when the process dies. Where the system has no locks (Windows, some network
// file systems) the file is opened without one.
func OpenLocked(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		_ = f.Close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return f, nil
}
