package buoy_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The root module stays light: everything heavier lives in a nested module.
var allowedModules = []string{
	"github.com/cenkalti/backoff/v4",
	"github.com/sony/gobreaker/v2",
	"github.com/stretchr/testify",
	"golang.org/x/sync",
	"golang.org/x/time",
}

func TestGoModRequiresOnlyTheCardsLibraries(t *testing.T) {
	gomod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	for line := range strings.Lines(string(gomod)) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) < 2 || !strings.Contains(fields[0], "/") || !strings.HasPrefix(fields[1], "v") {
			continue
		}
		if strings.HasSuffix(strings.TrimSpace(line), "// indirect") {
			continue // of testify's
		}
		require.Contains(t, allowedModules, fields[0])
	}
}

// testify once leaked into other projects' production code; nested modules have
// their own go.mod and are not walked.
func TestOnlyTestsImportTestify(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if d.IsDir() {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && path != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, imp := range f.Imports {
			name := strings.Trim(imp.Path.Value, `"`)
			if name == "github.com/buoy-go/buoy/internal/testdesk" {
				require.True(t, strings.HasSuffix(path, "_test.go"), "%s imports testdesk, which is for tests", path)
			}
			if !strings.Contains(strings.Split(name, "/")[0], ".") || strings.HasPrefix(name, "github.com/buoy-go/buoy") {
				continue
			}
			require.True(t, hasAllowedPrefix(name), "%s imports %s", path, name)
			if strings.HasPrefix(name, "github.com/stretchr/testify") {
				require.True(t, strings.HasSuffix(path, "_test.go"), "%s imports testify", path)
			}
			if strings.HasPrefix(path, "buoytest"+string(filepath.Separator)) && !strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s imports %s: buoytest has no dependency beyond the standard library", path, name)
			}
		}
		return nil
	})
	require.NoError(t, err)
}

func hasAllowedPrefix(name string) bool {
	for _, m := range allowedModules {
		if name == m || strings.HasPrefix(name, m+"/") {
			return true
		}
	}
	return false
}
