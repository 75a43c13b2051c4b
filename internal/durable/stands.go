package durable

import (
	"errors"
	"io/fs"
	"os"
)

// StandsAt reports whether a file is the one that a path leads to. Where it was deleted, or
// another was put into its place, it is not. After an error nothing is known.
func StandsAt(path string, file fs.FileInfo) (bool, error) {
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(file, there), err
}
