package main

import (
	"fmt"
	"io/fs"
	"strings"
)

// maxLines is how long a file may be, so that it can be read at one sitting.
const maxLines = 400

// longFiles finds the longer ones in all modules below dir.
func longFiles(dir fs.FS) (source, tests []string, err error) {
	err = fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if ignored(d) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := fs.ReadFile(dir, path)
		if err != nil {
			return err
		}
		if n := strings.Count(string(text), "\n"); n > maxLines {
			where := &source
			if strings.HasSuffix(path, "_test.go") {
				where = &tests
			}
			*where = append(*where, fmt.Sprintf("%s has %d", path, n))
		}
		return nil
	})
	return source, tests, err
}
