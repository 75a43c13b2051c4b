package shelf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/buoy-go/buoy/internal/durable"
	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Suffixes of the files beside a shelf's.
const (
	lockSuffix    = ".lock"    // held while the file is in use
	asideSuffix   = ".damaged" // the last file that was set aside
	compactSuffix = ".compact" // a copy that is not yet whole
)

// Open opens the file at path, or creates it for its owner alone. At most max bytes of
// entries are kept. It never waits: a file in use is [ErrTaken]. A damaged one, or one of
// another format, is renamed and a new one begun; aside then says why.
func Open(path string, max int64) (s *Shelf, aside, err error) {
	path, err = durable.Resolve(path)
	if err != nil {
		return nil, nil, err
	}
	lock, err := durable.OpenLocked(path + lockSuffix)
	if errors.Is(err, durable.ErrTaken) {
		return nil, nil, ErrTaken
	}
	if err != nil {
		return nil, nil, err
	}
	s = &Shelf{path: path, max: max, lock: lock}
	if err = s.open(); errors.Is(err, ErrDamaged) {
		aside = err
		err = s.renew()
	}
	if err != nil {
		_ = lock.Close()
		return nil, aside, err
	}
	_ = os.Remove(path + compactSuffix)
	return s, aside, nil
}

// Lost tells whether the file, or that of its lock, is no longer the one under its name.
func (s *Shelf) Lost() bool {
	if s.db == nil {
		return false
	}
	return lost(s.file, s.path) || lost(s.lock, s.path+lockSuffix)
}

func lost(file *os.File, path string) bool {
	own, err := file.Stat()
	if err != nil {
		return false
	}
	stands, err := durable.StandsAt(path, own)
	return !stands && err == nil
}

// Renew sets a damaged file aside and begins a new one.
func (s *Shelf) Renew() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return ErrClosed
	}
	_ = release(s.db, s.file, s.damaged.Load())
	s.db, s.file = nil, nil
	s.damaged.Store(false)
	return s.renew()
}

// renew begins a new file. The one that was set aside before is lost.
func (s *Shelf) renew() error {
	if err := os.Rename(s.path, s.path+asideSuffix); err != nil {
		return err
	}
	durable.SyncDir(filepath.Dir(s.path))
	return s.open()
}

func (s *Shelf) open() (err error) {
	db, file, err := s.openFile(s.path)
	if err != nil {
		return err
	}
	err = s.guard(func() error {
		err := db.View(s.prepare)
		if errors.Is(err, errNew) {
			err = db.Update(s.begin)
		}
		return err
	})
	if err != nil {
		s.damaged.Store(false) // that of the file which is given up
		release(db, file, errors.Is(err, ErrDamaged))
		return err
	}
	s.db, s.file, s.page = db, file, int64(db.Info().PageSize)
	return nil
}

// openFile opens a file of bbolt's without waiting for its lock.
func (s *Shelf) openFile(path string) (db *bolt.DB, file *os.File, err error) {
	defer func() {
		if err != nil && file != nil {
			_ = file.Close() // bbolt leaves it open when it panics
		}
	}()
	err = s.guard(func() (err error) {
		db, err = bolt.Open(path, 0o600, &bolt.Options{
			Timeout:      time.Nanosecond,
			FreelistType: bolt.FreelistMapType,
			OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
				f, err := os.OpenFile(name, flag, perm)
				file = f
				return f, err
			},
		})
		return err
	})
	s.damaged.Store(false)
	if err == nil {
		db.AllocSize = 1 << 20 // 16 MiB at a time are much for a small cache
		return db, file, nil
	}
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, file, ErrTaken
	}
	return nil, file, unopened(err)
}

// unopened says why bbolt does not open a file. It names the file where opening, reading or
// writing failed, and nothing where the system would not lock or map it.
func unopened(err error) error {
	_, number := errors.AsType[syscall.Errno](err)
	_, named := errors.AsType[*fs.PathError](err)
	switch {
	case number && !named:
		return fmt.Errorf("it cannot be locked or mapped here: keep it on a local disk: %w", err)
	case named, errors.Is(err, ErrDamaged):
		return err
	}
	return fmt.Errorf("%w: %v", ErrDamaged, err)
}

// release closes a file. Of a damaged one bbolt may have kept its locks, and db.Close would
// wait for ever: only the file itself is closed then, and the mapping stays until the
// process ends.
func release(db *bolt.DB, file *os.File, damaged bool) error {
	if damaged {
		return file.Close()
	}
	return db.Close()
}

// errNew says that a file has nothing yet.
var errNew = errors.New("a new file")

// begin makes the buckets of a new file.
func (s *Shelf) begin(tx *bolt.Tx) error {
	sums, err := tx.CreateBucket(about)
	if err != nil {
		return err
	}
	for _, name := range [][]byte{values, expiry} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	s.bytes.Store(0)
	s.entries.Store(0)
	return sums.Put(formatKey, []byte(format))
}

// prepare knows a file by its buckets, and reads its sums.
func (s *Shelf) prepare(tx *bolt.Tx) error {
	sums := tx.Bucket(about)
	if sums == nil {
		if tx.Bucket(values) != nil || tx.Bucket(expiry) != nil {
			return fmt.Errorf("%w: a bucket is missing", ErrDamaged)
		}
		if name, _ := tx.Cursor().First(); name != nil {
			return ErrForeign
		}
		return errNew
	}
	if got := string(sums.Get(formatKey)); got != format {
		return fmt.Errorf("%w: it has format %.20q, this is %q", ErrDamaged, got, format)
	}
	if tx.Bucket(values) == nil || tx.Bucket(expiry) == nil {
		return fmt.Errorf("%w: a bucket is missing", ErrDamaged)
	}
	s.bytes.Store(number(sums.Get(bytesKey)))
	s.entries.Store(number(sums.Get(entriesKey)))
	return nil
}

func number(b []byte) int64 {
	if len(b) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

// Close closes the file.
func (s *Shelf) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return nil
	}
	var err error
	if s.db != nil {
		err = release(s.db, s.file, s.damaged.Load())
	}
	err = errors.Join(err, s.lock.Close())
	s.db, s.file, s.lock = nil, nil, nil
	return err
}
