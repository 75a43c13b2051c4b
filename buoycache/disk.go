package buoycache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/buoycache/internal/backlog"
	"github.com/buoy-go/buoy/buoycache/internal/frame"
	"github.com/buoy-go/buoy/buoycache/internal/shelf"
)

const (
	// flushEvery is how long a value may wait to be written, and so what a crash loses.
	flushEvery = time.Second
	// tendEvery is how often a file is looked after: expired entries, compaction, and
	// whether a file that was taken is free by now.
	tendEvery = 5 * time.Second

	backlogItems = 4096
	backlogBytes = 64 << 20

	longestKey = 1024
)

// DiskLevel keeps values in a file, so that they outlive the process. Make one with
// [Disk], and Close it. It is safe for concurrent use.
type DiskLevel struct {
	counters
	path    string
	max     int64
	codec   *frame.Codec
	log     *slog.Logger
	backlog *backlog.Backlog
	shelf   atomic.Pointer[shelf.Shelf] // nil while the level is not in use

	wake   chan struct{} // something waits to be written
	urgent chan struct{} // much does, or the file is damaged
	quit   chan struct{}
	done   chan error // gets the error of the end

	closing  sync.Once
	closeErr error
	failing  bool      // writes failed, and that was said; of the goroutine that writes
	said     time.Time // when
}

// Disk opens the file at path, or creates it, and its directory, for its owner alone. It
// writes behind the calls: Set returns at once, the value can be read at once, and it is on
// the disk a second later at most. When too much waits to be written, values are dropped
// and counted.
//
// One process at a time has the file. In a second one the level is not in use: it says so
// once, misses, drops, and takes the file over when it is free. A damaged file is renamed to
// path.damaged, and a new one begun. Deleting the file forgets its answers: a new one is
// begun some seconds later. An error is one that you can mend: an option, a directory that
// cannot be written, the file of another program.
func Disk(path string, opts ...Option) (*DiskLevel, error) {
	refuse := func(err error) (*DiskLevel, error) { return nil, fmt.Errorf("buoycache: disk %s: %w", path, err) }
	plain, err := frame.New()
	s := settings{maxBytes: DefaultDiskBytes, codec: plain, log: slog.Default()}
	for _, opt := range opts {
		if opt != nil {
			err = errors.Join(err, opt(&s))
		}
	}
	if err != nil {
		return refuse(err)
	}
	if path == "" {
		return refuse(errors.New("the path is empty: name a file"))
	}
	d := &DiskLevel{
		path: path, max: s.maxBytes, codec: s.codec, log: s.log,
		backlog: backlog.New(backlogItems, backlogBytes),
		wake:    make(chan struct{}, 1),
		urgent:  make(chan struct{}, 1),
		quit:    make(chan struct{}),
		done:    make(chan error, 1),
	}
	switch err := d.open(); {
	case errors.Is(err, shelf.ErrTaken):
		d.say(slog.LevelWarn, "the level is not in use", err)
	case err != nil:
		return refuse(err)
	}
	go d.run()
	return d, nil
}

// open takes the file, and says so where it had to be set aside.
func (d *DiskLevel) open() error {
	if err := os.MkdirAll(filepath.Dir(d.path), 0o700); err != nil {
		return err
	}
	s, aside, err := shelf.Open(d.path, d.max)
	if aside != nil {
		d.errors.Add(1)
	}
	if err != nil {
		return err
	}
	if aside != nil {
		d.say(slog.LevelWarn, "the file was set aside, and a new one begun", aside)
	}
	d.shelf.Store(s)
	return nil
}

func (d *DiskLevel) say(level slog.Level, what string, err error) {
	attrs := []slog.Attr{slog.String("path", d.path)}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	d.log.LogAttrs(context.Background(), level, "buoycache disk: "+what, attrs...)
}

// Name is "disk".
func (d *DiskLevel) Name() string { return "disk" }

// Get returns the value under a key. It belongs to the cache: do not change it.
func (d *DiskLevel) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, ok, err := d.GetTTL(ctx, key)
	return value, ok, err
}

// GetTTL is Get, and says for how long the value may still be used.
func (d *DiskLevel) GetTTL(ctx context.Context, key string) (value []byte, ttl time.Duration, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, false, err
	}
	value, ttl, err = d.find(key)
	if ttl <= 0 || err != nil {
		d.misses.Add(1)
		return nil, 0, false, err
	}
	d.hits.Add(1)
	return value, ttl, true, nil
}

// GetLevel is Get, with the name of the level.
func (d *DiskLevel) GetLevel(ctx context.Context, key string) (value []byte, level string, ok bool, err error) {
	value, _, ok, err = d.GetTTL(ctx, key)
	return value, d.Name(), ok, err
}

// find returns a value with the time that is left of it, which is none for a miss.
func (d *DiskLevel) find(key string) (value []byte, left time.Duration, err error) {
	now := time.Now()
	if item, ok := d.backlog.Get(key); ok {
		return item.Value, item.Expires.Sub(now), nil
	}
	s := d.shelf.Load()
	if s == nil || key == "" {
		return nil, 0, nil
	}
	var times frame.Times
	var unusable error
	err = s.Get(key, func(record []byte) {
		if frame.Expires(record) > now.UnixMilli() { // else nobody need decode it
			value, times, unusable = d.codec.Decode(key, record)
		}
	})
	if errors.Is(err, shelf.ErrClosed) {
		return nil, 0, nil
	}
	if err != nil {
		d.errors.Add(1)
		signal(d.urgent)
		return nil, 0, fmt.Errorf("buoycache: disk: %w", err)
	}
	if unusable != nil {
		d.damaged.Add(1)
		return nil, 0, nil
	}
	return value, times.Left(now), nil
}

// Set has a copy of a value stored, and never waits for the disk. With a ttl of zero or less
// nothing is stored, and what was under the key goes. What is dropped is no error.
func (d *DiskLevel) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	if key == "" || len(key) > longestKey {
		return fmt.Errorf("buoycache: disk: a key of %d bytes: give 1 to %d, such as a hash", len(key), longestKey)
	}
	item := backlog.Item{Born: time.Now()}
	if ttl > 0 {
		item.Expires = item.Born.Add(ttl)
		item.Value = append(make([]byte, 0, len(value)), value...)
	}
	ok, urgent := false, false
	if d.shelf.Load() != nil && len(value) <= frame.MaxValue {
		ok, urgent = d.backlog.Put(key, item)
	}
	switch {
	case !ok:
		d.dropped.Add(1)
	case urgent:
		signal(d.urgent)
	default:
		signal(d.wake)
	}
	return nil
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Stats returns what has happened so far, and what is stored. What waits to be written is
// not counted among bytes and entries.
func (d *DiskLevel) Stats() Stats {
	s := d.counters.stats("disk")
	if open := d.shelf.Load(); open != nil {
		s.Bytes, s.Entries = open.Size()
		return s
	}
	s.Off = "the file serves another process, or the level is closed"
	return s
}

// run writes what waits and looks after the file, until Close.
func (d *DiskLevel) run() {
	tend := time.NewTicker(tendEvery)
	defer tend.Stop()
	flush := time.NewTimer(flushEvery)
	defer flush.Stop()
	flush.Stop()
	armed := false
	for {
		select {
		case <-d.quit:
			err := d.write()
			if s := d.shelf.Swap(nil); s != nil {
				err = errors.Join(err, s.Close())
			}
			d.done <- err
			return
		case <-d.wake:
			if !armed {
				flush.Reset(flushEvery)
				armed = true
			}
		case <-flush.C:
			armed = false
			_ = d.write() // it has said so
		case <-d.urgent:
			_ = d.write()
		case <-tend.C:
			d.tend()
		}
	}
}

// write puts all that waits into the file.
func (d *DiskLevel) write() error {
	s := d.shelf.Load()
	if s == nil {
		return nil
	}
	if s.Damaged() {
		return d.renew(s)
	}
	items := d.backlog.Take()
	defer d.backlog.Done()
	if len(items) == 0 {
		return nil
	}
	entries := make([]shelf.Entry, 0, len(items))
	for key, item := range items {
		e := shelf.Entry{Key: key}
		if item.Value != nil {
			var err error
			if e.Record, err = d.codec.Encode(key, item.Value, frame.Times{Born: item.Born, Expires: item.Expires}); err != nil {
				d.dropped.Add(1)
				continue
			}
		}
		entries = append(entries, e)
	}
	refused, err := s.Put(entries, time.Now().UnixMilli())
	d.dropped.Add(uint64(refused))
	if err != nil {
		d.dropped.Add(uint64(len(entries) - refused))
	}
	return d.wrote(s, err)
}

// wrote looks at how a write ended, and says so where that is news. On a disk that is full
// some writes fail and some do not: that is said once an hour.
func (d *DiskLevel) wrote(s *shelf.Shelf, err error) error {
	if err != nil {
		d.errors.Add(1)
	}
	switch {
	case s.Damaged():
		return d.renew(s)
	case err != nil && !d.failing && (d.said.IsZero() || time.Since(d.said) >= time.Hour):
		d.said, d.failing = time.Now(), true
		d.say(slog.LevelWarn, "values cannot be written", err)
	case err == nil && d.failing:
		d.failing = false
		d.say(slog.LevelInfo, "values are written again", nil)
	}
	return err
}

// renew begins a new file in the place of a damaged one.
func (d *DiskLevel) renew(s *shelf.Shelf) error {
	err := s.Renew()
	if err == nil {
		d.say(slog.LevelWarn, "the file was set aside, and a new one begun", shelf.ErrDamaged)
		return nil
	}
	d.say(slog.LevelWarn, "the level is not in use", err)
	d.shelf.Store(nil)
	return errors.Join(err, s.Close())
}

// reopen takes the file that is now where the one of the level was, or begins a new one.
// Somebody has deleted or replaced it, such as to have all answers forgotten.
func (d *DiskLevel) reopen(s *shelf.Shelf) {
	d.say(slog.LevelWarn, "the file was deleted or replaced, and is opened anew", nil)
	d.shelf.Store(nil)
	_ = s.Close() // nobody finds it any more
	if err := d.open(); err != nil {
		d.say(slog.LevelWarn, "the level is not in use", err)
	}
}

// tend looks after the file, or tries to get it.
func (d *DiskLevel) tend() {
	s := d.shelf.Load()
	if s == nil {
		if d.open() == nil {
			d.say(slog.LevelInfo, "the level is in use", nil)
		}
		return
	}
	if s.Lost() {
		d.reopen(s)
		return
	}
	err := s.Sweep(time.Now().UnixMilli())
	if err == nil && s.Loose() {
		err = s.Compact()
	}
	if err != nil || s.Damaged() { // else nothing need have been written
		_ = d.wrote(s, err)
	}
}

// Close writes what waits, and gives the file back. A closed level misses and drops. All
// calls return when the file is closed, with the same error: that of the last write.
func (d *DiskLevel) Close() error {
	d.closing.Do(func() {
		d.backlog.Close()
		close(d.quit)
		d.closeErr = <-d.done
	})
	return d.closeErr
}
