package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace writes a file beside its place (its name and ".tmp") and moves it there,
// with the data on the disk before the name: after a crash the old content
// stands there or the new one. One caller at a time may replace a path.
func Replace(path string, data []byte) error {
	tmp, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return err
	}
	SyncDir(filepath.Dir(path))
	return nil
}

// SyncDir puts the names in a directory on the disk, where the system can do that.
func SyncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
