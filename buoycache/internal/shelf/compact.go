package shelf

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/buoy-go/buoy/internal/durable"
	bolt "go.etcd.io/bbolt"
)

// loose is the size from which a file is worth compacting.
const loose = 4 << 20

// Loose tells whether more than half of a file is free pages.
func (s *Shelf) Loose() bool {
	if s.db == nil {
		return false
	}
	stats := s.db.Stats()
	free := int64(stats.FreePageN+stats.PendingPageN) * s.page
	var size int64
	err := s.guarded(func() error {
		return s.db.View(func(tx *bolt.Tx) error { size = tx.Size(); return nil })
	})
	return err == nil && size >= loose && free > size/2
}

// Compact copies the file without its free pages, and puts the copy into its place. Reads
// go on meanwhile, but for the moment of the exchange.
func (s *Shelf) Compact() error {
	if s.db == nil {
		return ErrClosed
	}
	path := s.path + compactSuffix
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, file, err := s.openFile(path)
	if err != nil {
		return err
	}
	db.NoSync = true // the whole copy is synced once
	err = s.guarded(func() error { return bolt.Compact(db, s.db, 1<<20) })
	if err == nil {
		err = db.Sync()
	}
	db.NoSync = false
	if err == nil {
		err = os.Rename(path, s.path)
	}
	if err != nil {
		_ = release(db, file, errors.Is(err, ErrDamaged))
		_ = os.Remove(path)
		return err
	}
	durable.SyncDir(filepath.Dir(s.path))
	s.mu.Lock()
	old := s.db
	s.db, s.file, s.page = db, file, int64(db.Info().PageSize)
	s.mu.Unlock()
	return old.Close()
}
