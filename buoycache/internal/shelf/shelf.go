// Package shelf keeps entries in a file of bbolt's: with an expiry each, at most so many
// bytes of them, and a file that shrinks again.
//
// A batch of entries is one transaction that is on the disk when it ends, so that a crash
// of the machine leaves a sound file as well. One goroutine writes.
package shelf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Why a file cannot be used, or no longer.
var (
	ErrTaken   = errors.New("another process, or another part of this one, has it open")
	ErrForeign = errors.New("it is a bbolt file of another program: give the cache a file of its own")
	ErrDamaged = errors.New("the file is damaged")
	ErrClosed  = errors.New("the file is closed")
)

// The buckets of a file.
var (
	about  = []byte("buoycache") // format, and sums of the entries
	values = []byte("values")    // key to record
	expiry = []byte("expiry")    // expiry and key to cost

	formatKey, bytesKey, entriesKey = []byte("format"), []byte("bytes"), []byte("entries")
)

const format = "1"

// spare is how much larger than four times its room a file may get: that is what a batch
// of 64 MiB takes, and the pages that it frees.
const spare = 256 << 20

// most is how many entries one transaction removes: the rest goes with the next ones.
const most = 10_000

// Entry is what is stored under a key. Its first 8 bytes are its expiry, in big endian:
// the entries that expire first are the first to go for want of room. No record removes
// the entry.
type Entry struct {
	Key    string
	Record []byte
}

// cost is what an entry takes of the room: both buckets, and what bbolt adds to each.
func cost(key, record int) int64 { return int64(record + 2*key + 8 + 4 + 2*16) }

// Shelf is an open file. Get is safe for concurrent use, also with one of the methods that
// write.
type Shelf struct {
	path string
	max  int64
	lock *os.File // of path + ".lock"

	bytes   atomic.Int64 // costs of all entries
	entries atomic.Int64
	damaged atomic.Bool

	mu   sync.RWMutex // held for writing while db is exchanged
	db   *bolt.DB     // nil when closed
	file *os.File     // of db
	page int64        // its size
}

// Size returns the sum of the entries' costs, and their number.
func (s *Shelf) Size() (bytes, entries int64) { return s.bytes.Load(), s.entries.Load() }

// Damaged tells whether reading or writing has met with damage. Give up such a file.
func (s *Shelf) Damaged() bool { return s.damaged.Load() }

// Get calls read with the record under a key. The record is valid until read returns.
func (s *Shelf) Get(key string, read func(record []byte)) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return ErrClosed
	}
	return s.guarded(func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			if record := tx.Bucket(values).Get([]byte(key)); record != nil {
				read(record)
			}
			return nil
		})
	})
}

// guarded runs a transaction, and turns what bbolt does on a damaged file into an error:
// it panics, or reads memory behind the end of the file. Nothing is asked of bbolt after
// that, which may have kept its locks. It keeps the one that every read needs if both its
// headers are gone, and then other reads would wait for ever: hence they are looked at
// before.
func (s *Shelf) guarded(f func() error) error {
	if s.damaged.Load() {
		return ErrDamaged
	}
	if !headed(s.file, s.page) {
		s.damaged.Store(true)
		return fmt.Errorf("%w: it has no header any more", ErrDamaged)
	}
	return s.guard(f)
}

func (s *Shelf) guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			s.damaged.Store(true)
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	if err = f(); nowhere(err) || errors.Is(err, berrors.ErrIncompatibleValue) {
		s.damaged.Store(true)
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// update runs a transaction that writes. The sums count when it has ended well.
func (s *Shelf) update(f func(*batch) error) error {
	if s.db == nil {
		return ErrClosed
	}
	b := &batch{bytes: s.bytes.Load(), entries: s.entries.Load()}
	err := s.guarded(func() error {
		return s.db.Update(func(tx *bolt.Tx) error {
			b.values, b.expiry = tx.Bucket(values), tx.Bucket(expiry)
			if err := f(b); err != nil {
				return err
			}
			sums := tx.Bucket(about)
			return errors.Join(
				sums.Put(bytesKey, binary.BigEndian.AppendUint64(nil, uint64(b.bytes))),
				sums.Put(entriesKey, binary.BigEndian.AppendUint64(nil, uint64(b.entries))))
		})
	})
	if err == nil {
		s.bytes.Store(b.bytes)
		s.entries.Store(b.entries)
		err = s.bounded()
	}
	return err
}

// nowhere tells whether a write failed because there is no such place in a file: damage
// says that a page is free which cannot be.
func nowhere(err error) bool {
	_, number := errors.AsType[syscall.Errno](err)
	_, named := errors.AsType[*fs.PathError](err)
	return errors.Is(err, syscall.EFBIG) || named && !number // "negative offset" is os's own
}

// bounded finds a file of which damage says that it has free pages far behind its end: it
// would grow without a bound.
func (s *Shelf) bounded() error {
	info, err := s.file.Stat()
	if err == nil && info.Size() > 4*s.max+spare {
		s.damaged.Store(true)
		err = fmt.Errorf("%w: it has grown to %d bytes", ErrDamaged, info.Size())
	}
	return err
}

// Put stores entries, in one transaction. Before that it removes what has expired by now,
// in milliseconds since 1970, and after it what is too much. An entry larger than all the
// room is refused.
func (s *Shelf) Put(entries []Entry, now int64) (refused int, err error) {
	err = s.update(func(b *batch) error {
		refused = 0
		if err := b.sweep(now); err != nil {
			return err
		}
		for _, e := range entries {
			if cost(len(e.Key), len(e.Record)) > s.max {
				refused++
				e.Record = nil
			}
			if err := b.put(e); err != nil {
				return err
			}
		}
		return b.evict(s.max)
	})
	return refused, err
}

// Sweep removes what has expired.
func (s *Shelf) Sweep(now int64) error {
	if s.db == nil {
		return ErrClosed
	}
	due := false
	err := s.guarded(func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			k, _ := tx.Bucket(expiry).Cursor().First()
			due = len(k) >= 8 && expires(k) <= now
			return nil
		})
	})
	if err != nil || !due {
		return err
	}
	return s.update(func(b *batch) error { return b.sweep(now) })
}

func expires(record []byte) int64 { return int64(binary.BigEndian.Uint64(record)) }
