package durable

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
)

// Resolve returns the absolute path of the file that a path leads to over symbolic
// links. The file need not exist, its directory must. A file that is replaced as a whole has to be
// written there: at the link itself the new file would take the link's place, and
// two names of one file would be two files.
func Resolve(path string) (string, error) {
	for range 255 { // as many as the systems follow themselves, or more
		// Split and not Dir, which would take a ".." behind a link for its text.
		dir, base := filepath.Split(path)
		dir, err := filepath.EvalSymlinks(cmp.Or(dir, "."))
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, base)
		info, err := os.Lstat(path)
		if errors.Is(err, os.ErrNotExist) || err == nil && info.Mode()&os.ModeSymlink == 0 {
			return filepath.Abs(path)
		}
		if err != nil {
			return "", err
		}
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			target = dir + string(filepath.Separator) + target
		}
		path = target
	}
	return "", &os.PathError{Op: "resolve", Path: path, Err: errors.New("too many symbolic links")}
}
