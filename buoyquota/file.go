package buoyquota

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/durable"
)

// delay is how long counts may wait to be written, so that a busy client writes once a
// second instead of once a call.
const delay = time.Second

// File is a [buoy.QuotaStore] in a file, for quotas that must outlive the program. Get
// it from [OpenFile], and close it after the client.
//
// Counts are written at most once a second, all together, to a new file that replaces
// the old one. A crash loses what was spent in the last second, and never leaves half a
// file. A CRC-32C in the file shows damage by a disk. A claim of a threshold is on the
// disk before its callback runs.
//
// A File is safe for concurrent use. Where the system has file locks (not on Windows),
// a second process cannot open it.
type File struct {
	path string   // without symbolic links: what stands there is replaced
	lock *os.File // beside it, for the same reason

	writing sync.Mutex // one write at a time; taken before mu

	mu     sync.Mutex // guards the fields below
	ledger counts
	dirty  bool        // something waits to be written
	timer  *time.Timer // of the next write in the background, nil for none
	err    error       // of the last write, until Add has returned it
	closed bool
}

// OpenFile reads the counts of an earlier run. If there is no file, the counts start at
// zero. A file that is damaged or locked by another process is an error, and so is a path
// that is empty or a directory's. Do not go on without it, since the quota could then be
// spent twice.
func OpenFile(path string) (*File, error) {
	refuse := func(err error) (*File, error) { return nil, fmt.Errorf("buoy: quota file %s: %w", path, err) }
	if path == "" {
		return nil, errors.New("buoy: the path of the quota file is empty: give OpenFile one, such as /var/lib/service/quota.json")
	}
	target, err := durable.Resolve(path)
	if err != nil {
		return refuse(err)
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		return refuse(errors.New("it is a directory, or another thing that is no file: give OpenFile the path of a file"))
	}
	lock, err := durable.OpenLocked(target + ".lock")
	if err != nil {
		return refuse(err)
	}
	f := &File{path: target, lock: lock}
	data, err := os.ReadFile(target)
	if err == nil {
		f.ledger, err = decode(data)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		_ = lock.Close()
		return refuse(err)
	}
	return f, nil
}

// Add implements [buoy.QuotaStore]. An error is that of an earlier write in the
// background; this delta was then not added, so the caller has to add it again. Quotas
// do that.
func (f *File) Add(_ context.Context, key string, delta buoy.QuotaCount, expires time.Time) (buoy.QuotaCount, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return buoy.QuotaCount{}, errClosed
	}
	if f.err != nil {
		// Nothing was added: the caller keeps its delta and comes again.
		err := f.err
		f.err = nil
		f.laterLocked()
		return buoy.QuotaCount{}, err
	}
	sum := f.ledger.Add(time.Now(), key, delta, expires)
	if delta != (buoy.QuotaCount{}) {
		f.laterLocked()
	}
	return sum, nil
}

var errClosed = errors.New("the quota file is closed")

// laterLocked has the state written in a while. It needs mu.
func (f *File) laterLocked() {
	f.dirty = true
	if f.timer == nil && !f.closed {
		f.timer = time.AfterFunc(delay, f.background)
	}
}

// background writes the changes. If that fails, it tries again later.
func (f *File) background() {
	f.mu.Lock()
	f.timer = nil
	f.mu.Unlock()
	if err := f.write(); err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.err = err
		f.laterLocked()
	}
}

// Claim implements [buoy.QuotaStore]. It returns when the claim is on the disk. If it
// cannot be written, Claim returns an error and nothing is claimed.
func (f *File) Claim(_ context.Context, key string, expires time.Time) (bool, error) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return false, errClosed
	}
	first := f.ledger.Claim(time.Now(), key, expires)
	f.dirty = f.dirty || first
	f.mu.Unlock()
	if !first {
		return false, nil
	}
	if err := f.write(); err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.ledger.Claims, key)
		return false, err
	}
	return true, nil
}

// Close writes what is not yet written, and releases the file. If it returns an error,
// the next run may start with an older count.
func (f *File) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	f.mu.Unlock()
	return errors.Join(f.write(), f.lock.Close())
}

// write puts the state into the file's place, if it has changed.
func (f *File) write() error {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.mu.Lock()
	if !f.dirty {
		f.mu.Unlock()
		return nil
	}
	f.dirty = false
	data, err := encode(&f.ledger)
	f.mu.Unlock()
	if err == nil {
		err = durable.Replace(f.path, data)
	}
	if err == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dirty = true
	return fmt.Errorf("quota file %s: %w", f.path, err)
}
