package buoy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/durable"
)

// quotaFileDelay is how long counts may wait to be written, so that a busy client
// writes once a second and not once a call.
const quotaFileDelay = time.Second

// QuotaFile is a [QuotaStore] in a file, for quotas that are to outlive the
// program. Take it from [OpenQuotaFile] and close it at the end.
//
// Counts are written at most once a second, all at once, to a new file that then
// takes the old one's place: a crash loses what was spent in its last second and
// never leaves half a file. Claims of thresholds are on the disk before
// their callback runs. It is for one process at a time, which is enforced
// where the system has file locks (not on Windows).
//
// It is safe for concurrent use.
type QuotaFile struct {
	path string
	lock *os.File // beside it, since the file itself is replaced

	writing sync.Mutex // one write at a time; taken before mu

	mu     sync.Mutex // guards the fields below
	state  *quotaMemory
	dirty  bool        // something waits to be written
	timer  *time.Timer // of the next write in the background, nil for none
	err    error       // of the last one, until somebody was told
	closed bool
}

// quotaFileFormat is what stands in the file.
type quotaFileFormat struct {
	Format string                    `json:"format"`
	Counts map[string]quotaFileCount `json:"counts"`
	Claims map[string]time.Time      `json:"claims"`
}

type quotaFileCount struct {
	Tokens  int64     `json:"tokens"`
	Nanos   int64     `json:"nanos"`
	Unknown int64     `json:"unknown,omitempty"`
	Expires time.Time `json:"expires"`
}

const quotaFileV1 = "buoy quota 1"

// OpenQuotaFile reads the counts of an earlier run; where there is no file they
// begin at zero. A file that cannot be read is an error and not a zero, since
// that would spend a quota twice.
func OpenQuotaFile(path string) (*QuotaFile, error) {
	refuse := func(err error) (*QuotaFile, error) { return nil, fmt.Errorf("buoy: quota file %s: %w", path, err) }
	lock, err := durable.OpenLocked(path + ".lock")
	if err != nil {
		return refuse(err)
	}
	f := &QuotaFile{path: path, lock: lock, state: newQuotaMemory()}
	data, err := os.ReadFile(path)
	if err == nil {
		err = decodeQuotaFile(data, f.state)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		_ = lock.Close()
		return refuse(err)
	}
	return f, nil
}

// decodeQuotaFile reads a file into an empty state.
func decodeQuotaFile(data []byte, state *quotaMemory) error {
	damaged := func(err error) error {
		return fmt.Errorf("it is damaged (%w): mend it, or move it away to count from zero", err)
	}
	var in quotaFileFormat
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&in); err != nil {
		return damaged(err)
	}
	if d.More() {
		return damaged(errors.New("there is something behind its end"))
	}
	if in.Format != quotaFileV1 {
		return fmt.Errorf("its format is %q and not %q: it is not a quota file, or of a later version", oneLine(in.Format, 40), quotaFileV1)
	}
	for key, c := range in.Counts {
		if c.Tokens < 0 || c.Nanos < 0 || c.Unknown < 0 {
			return damaged(errors.New("it has a count below zero"))
		}
		state.counts[key] = quotaEntry{QuotaCount{Tokens: c.Tokens, Nanos: c.Nanos, Unknown: c.Unknown}, c.Expires}
	}
	for key, expires := range in.Claims {
		state.claims[key] = expires
	}
	return nil
}

// encodeLocked is the file's content. It needs mu.
func (f *QuotaFile) encodeLocked() ([]byte, error) {
	out := quotaFileFormat{Format: quotaFileV1, Counts: make(map[string]quotaFileCount, len(f.state.counts)), Claims: f.state.claims}
	for key, e := range f.state.counts {
		out.Counts[key] = quotaFileCount{e.count.Tokens, e.count.Nanos, e.count.Unknown, e.expires}
	}
	data, err := json.MarshalIndent(out, "", " ")
	return append(data, '\n'), err
}

// Add implements [QuotaStore]. The count holds at once; an error is that of the
// latest write, which came after its call.
func (f *QuotaFile) Add(_ context.Context, key string, delta QuotaCount, expires time.Time) (QuotaCount, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return QuotaCount{}, errQuotaFileClosed
	}
	if f.err != nil {
		// Nothing was added: the caller keeps its delta and comes again.
		err := f.err
		f.err = nil
		f.laterLocked()
		return QuotaCount{}, err
	}
	sum := f.state.addLocked(time.Now(), key, delta, expires)
	if delta != (QuotaCount{}) {
		f.laterLocked()
	}
	return sum, nil
}

var errQuotaFileClosed = errors.New("the quota file is closed")

// laterLocked has the state written in a while. It needs mu.
func (f *QuotaFile) laterLocked() {
	f.dirty = true
	if f.timer == nil && !f.closed {
		f.timer = time.AfterFunc(quotaFileDelay, f.background)
	}
}

// background writes what has gathered, until it works.
func (f *QuotaFile) background() {
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

// Claim implements [QuotaStore].
func (f *QuotaFile) Claim(_ context.Context, key string, expires time.Time) (bool, error) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return false, errQuotaFileClosed
	}
	first := f.state.claimLocked(time.Now(), key, expires)
	f.dirty = f.dirty || first
	f.mu.Unlock()
	if !first {
		return false, nil
	}
	if err := f.write(); err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.state.claims, key)
		return false, err
	}
	return true, nil
}

// Close writes what is not written yet. An error means that it could not be, and
// that the next run begins with an older count.
func (f *QuotaFile) Close() error {
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
func (f *QuotaFile) write() error {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.mu.Lock()
	if !f.dirty {
		f.mu.Unlock()
		return nil
	}
	f.dirty = false
	data, err := f.encodeLocked()
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
