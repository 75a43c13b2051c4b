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

// delay is how long counts may wait to be written, so that a busy client writes
// once a second and not once a call.
const delay = time.Second

// File is a [buoy.QuotaStore] in a file, for quotas that are to outlive the
// program. Take it from [OpenFile] and close it at the end.
//
// Counts are written at most once a second, all at once, to a new file that then
// takes the old one's place: a crash loses what was spent in its last second and
// never leaves half a file. A CRC-32C in it shows damage by a disk. Claims of thresholds are on the disk before
// their callback runs. It is for one process at a time, which is enforced
// where the system has file locks (not on Windows).
//
// It is safe for concurrent use.
type File struct {
	path string   // without symbolic links: what stands there is replaced
	lock *os.File // beside it, for the same reason

	writing sync.Mutex // one write at a time; taken before mu

	mu     sync.Mutex // guards the fields below
	ledger counts
	dirty  bool        // something waits to be written
	timer  *time.Timer // of the next write in the background, nil for none
	err    error       // of the last one, until somebody was told
	closed bool
}

// OpenFile reads the counts of an earlier run; where there is no file they begin at
// zero. A file that cannot be read is an error and not a zero, since that would
// spend a quota twice.
func OpenFile(path string) (*File, error) {
	refuse := func(err error) (*File, error) { return nil, fmt.Errorf("buoy: quota file %s: %w", path, err) }
	target, err := durable.Resolve(path)
	if err != nil {
		return refuse(err)
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

// Add implements [buoy.QuotaStore]. The count holds at once; an error is that of the
// latest write, which came after its call.
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

// background writes what has gathered, until it works.
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

// Claim implements [buoy.QuotaStore].
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

// Close writes what is not written yet. An error means that it could not be, and
// that the next run begins with an older count.
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
