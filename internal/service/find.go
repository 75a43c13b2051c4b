package service

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Program is an executable, and the Debian package that has it.
type Program struct {
	Name    string // such as "redis-server"
	Package string // such as "redis-server"
}

// beside are folders with servers that are on nobody's PATH. Debian has those of
// PostgreSQL, and of several versions, each in its own.
var beside = []string{"/usr/lib/postgresql/*/bin", "/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"}

// Find returns the path of a program: on PATH, or in the folders where servers are
// installed, of the highest version there.
func (p Program) Find() (string, bool) {
	if path, err := exec.LookPath(p.Name); err == nil {
		return path, true
	}
	for _, pattern := range beside {
		found, _ := filepath.Glob(filepath.Join(pattern, p.Name))
		// 9 is older than 15, so the longer name is the newer one.
		slices.SortFunc(found, func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return cmp.Compare(b, a)
		})
		for _, path := range found {
			if exe, err := exec.LookPath(path); err == nil {
				return exe, true
			}
		}
	}
	return "", false
}

// Hint says how to install the program.
func (p Program) Hint() string {
	return p.Name + " is not installed: apt-get install -y --no-install-recommends " + p.Package
}

// Need returns the path of a program. Without it the test is skipped with a hint, or
// fails under BUOY_REQUIRE_SERVICES=1.
func Need(t testing.TB, p Program) string {
	t.Helper()
	path, ok := p.Find()
	switch {
	case ok:
	case os.Getenv("BUOY_REQUIRE_SERVICES") == "1":
		t.Fatalf("%s (BUOY_REQUIRE_SERVICES=1 forbids to skip)", p.Hint())
	default:
		t.Skip(p.Hint())
	}
	return path
}
