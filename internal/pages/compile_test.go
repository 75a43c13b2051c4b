package pages_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// pagesIn reads all pages of the repository: path below the root to text.
func pagesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	pages := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "node_modules" || name == "testdata" || path != dir && strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".md") {
			return nil
		}
		text, err := os.ReadFile(path)
		below, _ := filepath.Rel(dir, path)
		pages[filepath.ToSlash(below)] = string(text)
		return err
	}))
	return pages
}

const howTo = `
A block is a whole file, declarations, or statements. Imports are added for the packages in block_test.go. So are the
variables ctx, client, req and the others of its list. Whatever else the block uses is declared in front of it:
    <!-- go: show func(string); type Report struct{}; import openai "github.com/openai/openai-go/v3" -->`

func TestEveryGoBlockCompiles(t *testing.T) {
	fset := token.NewFileSet()
	byModule := map[string][]unit{}
	var n int
	for page, text := range pagesIn(t, root) {
		for _, b := range blocksOf(page, text) {
			file, whole, err := b.source(fset)
			if err != nil {
				t.Errorf("%s is not Go: %v%s", b.name(), err, howTo)
				continue
			}
			n++
			u := unit{b, file, whole}
			byModule[moduleOf(u.imports())] = append(byModule[moduleOf(u.imports())], u)
		}
	}
	require.Greater(t, n, 20, "the blocks were not found")
	for module, units := range byModule {
		lookup, err := exports(filepath.Join(root, module), units)
		require.NoError(t, err)
		imp := importer.ForCompiler(fset, "gc", lookup)
		for _, u := range units {
			for _, err := range u.check(fset, imp) {
				t.Errorf("%v%s", err, howTo)
			}
		}
	}
}

// unit is a block that was parsed.
type unit struct {
	block
	file  *ast.File
	whole bool
}

func (u unit) imports() []string {
	var paths []string
	for _, spec := range u.file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// check returns what the compiler says. A variable that is not used is an error in a
// whole file only: a fragment ends where the reader's program goes on.
func (u unit) check(fset *token.FileSet, imp types.Importer) []error {
	var errs []error
	config := types.Config{Importer: imp, Error: func(err error) {
		if e, ok := errors.AsType[types.Error](err); !ok || !e.Soft || u.whole {
			errs = append(errs, err)
		}
	}}
	_, _ = config.Check(u.page, fset, []*ast.File{u.file}, nil) // its error is the first of those
	return errs
}

// moduleOf is the directory of the module that requires what a block imports.
func moduleOf(imports []string) string {
	const ours = "github.com/buoy-go/buoy/"
	for _, path := range imports {
		if strings.HasPrefix(path, "github.com/redis/") {
			return "buoyredis" // it requires the client
		}
		if strings.HasPrefix(path, "github.com/prometheus/") || strings.HasPrefix(path, "github.com/getsentry/") {
			return "deploy" // it requires buoyotel, buoysentry and exporters
		}
	}
	for _, path := range imports { // what our own module requires besides is there, too
		first, _, _ := strings.Cut(strings.TrimPrefix(path, ours), "/")
		if _, err := os.Stat(filepath.Join(root, first, "go.mod")); strings.HasPrefix(path, ours) && err == nil {
			return first
		}
	}
	for _, path := range imports {
		if host, _, _ := strings.Cut(path, "/"); strings.Contains(host, ".") && !strings.HasPrefix(path, "github.com/buoy-go/") && !strings.HasPrefix(path, "github.com/stretchr/") {
			return "conformance" // it requires the other clients
		}
	}
	return "."
}

// exports asks the go command for what the compiler knows of all packages that the
// blocks import: one command for a module, and nothing is built twice.
func exports(dir string, units []unit) (importer.Lookup, error) {
	wanted := map[string]bool{}
	for _, u := range units {
		for _, path := range u.imports() {
			wanted[path] = true
		}
	}
	list := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, slices.Sorted(maps.Keys(wanted))...)...)
	list.Dir = dir
	list.Env = append(os.Environ(), "GOWORK=off")
	out, err := list.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, fmt.Errorf("go list in %s: %w: %s", dir, err, exit.Stderr)
		}
		return nil, err
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	return func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("%s is not among the packages that were listed", path)
		}
		return os.Open(files[path])
	}, nil
}

// The test above must not pass because it looks at nothing.
func TestABlockThatDoesNotCompileIsFound(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"a name that is not there", "```go\nclient.Chatter(ctx, req)\n```", "page.md:2:8: client.Chatter undefined"},
		{"a name that nobody declares", "text\n```go\nshow(1)\n```", "page.md:3:1: undefined: show"},
		{"a declaration of an earlier block", "<!-- go: show func(int) -->\n```go\nshow(1)\n```\n```go\nshow(1)\n```", "page.md:6:1: undefined: show"},
		{"a whole file", "```go\npackage main\nimport \"os\"\nfunc main() {}\n```", `page.md:3:8: "os" imported and not used`},
		{"not Go", "```go\nif {\n```", "page.md:2:4: missing condition"},
		{"declared", "<!-- go: show func(int); n int -->\n\n```go\nshow(n)\n```", ""},
		{"declared for declarations", "<!-- go: show func(int) -->\n```go\nfunc f() { show(1) }\n```", ""},
		{"ambient", "```go\nresp, err := client.Chat(ctx, req)\nif err != nil {\n\treturn err\n}\n```", ""},
		{"another language", "```python\nimport this\n```\n```\n```go\n```", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fset := token.NewFileSet()
			var errs []error
			for _, b := range blocksOf("page.md", tc.text) {
				file, whole, err := b.source(fset)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				u := unit{b, file, whole}
				lookup, err := exports(root, []unit{u})
				require.NoError(t, err)
				errs = append(errs, u.check(fset, importer.ForCompiler(fset, "gc", lookup))...)
			}
			if tc.want == "" {
				require.Empty(t, errs)
				return
			}
			require.ErrorContains(t, errors.Join(errs...), tc.want)
		})
	}
}
