package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// tree makes a repository with these files.
func tree(t *testing.T, files map[string]string) *release {
	t.Helper()
	tmp := t.TempDir()
	r := &release{root: filepath.Join(tmp, "repo"), version: "v0.1.0", tree: filepath.Join(tmp, "tree")}
	r.proxy = proxy{dir: filepath.Join(tmp, "proxy"), cache: filepath.Join(tmp, "modules")}
	files["LICENSE"] = "free"
	for name, text := range files {
		at := filepath.Join(r.root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o755))
		require.NoError(t, os.WriteFile(at, []byte(text), 0o644))
	}
	_, err := r.git(r.root, "init", "-q")
	require.NoError(t, err)
	return r
}

func TestMake(t *testing.T) {
	r := tree(t, map[string]string{
		"go.mod":     "module github.com/buoy-go/buoy\n\ngo 1.26.0\n",
		"buoy.go":    "package buoy\n",
		"a/go.mod":   "module github.com/buoy-go/buoy/a\n\ngo 1.26.0\n\nrequire github.com/buoy-go/buoy/b v0.0.0\n\nreplace github.com/buoy-go/buoy/b => ../b\n",
		"a/a.go":     "package a\n\nimport _ \"github.com/buoy-go/buoy/b\"\n",
		"b/go.mod":   "module github.com/buoy-go/buoy/b\n\ngo 1.26.0\n\nrequire github.com/buoy-go/buoy v0.0.0\n\nreplace github.com/buoy-go/buoy => ../\n",
		"b/b.go":     "package b\n\nimport _ \"github.com/buoy-go/buoy\"\n",
		"ignored.go": "package buoy\n\nthis is no Go\n", ".gitignore": "ignored.go\n",
	})
	require.NoError(t, r.make())
	require.NoError(t, r.fromOutside())
	require.NoError(t, r.oldestGo())
	var order []string
	for _, m := range r.modules {
		order = append(order, m.dir)
	}
	require.Equal(t, []string{".", "b", "a"}, order)
	mod, err := os.ReadFile(filepath.Join(r.proxy.dir, "github.com/buoy-go/buoy/a/@v/v0.1.0.mod"))
	require.NoError(t, err)
	require.Contains(t, string(mod), "github.com/buoy-go/buoy/b v0.1.0")
	require.NotContains(t, string(mod), "replace")

	_, err = r.git(r.root, "add", ".")
	require.NoError(t, err)
	_, err = r.git(r.root, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "all")
	require.NoError(t, err)
	t.Setenv("GIT_COMMITTER_NAME", "a")
	t.Setenv("GIT_COMMITTER_EMAIL", "a@example.com")
	t.Setenv("GIT_AUTHOR_NAME", "a")
	t.Setenv("GIT_AUTHOR_EMAIL", "a@example.com")
	require.NoError(t, r.tag())
	tagged, err := r.git(r.root, "show", "a/v0.1.0:a/go.mod")
	require.NoError(t, err)
	require.NotContains(t, tagged, "replace")
	names, err := r.git(r.root, "ls-tree", "-r", "--name-only", "v0.1.0")
	require.NoError(t, err)
	require.Contains(t, names, "b/LICENSE")
	require.NotContains(t, names, "ignored.go")
	status, err := r.git(r.root, "status", "--porcelain")
	require.NoError(t, err)
	require.Empty(t, status, "the working tree is as it was")
}

func TestRefused(t *testing.T) {
	root := "module github.com/buoy-go/buoy\n\ngo 1.26.0\n"
	for name, tc := range map[string]struct {
		version, file, text, err string
	}{
		"no version":      {"0.1", "x", "", "is no version"},
		"version 2":       {"v2.0.0", "x", "", "is no version"},
		"foreign replace": {"v0.1.0", "a/go.mod", "module github.com/buoy-go/buoy/a\n\nreplace example.com/x => ../x\n", "replaces example.com/x"},
		"path and place":  {"v0.1.0", "a/go.mod", "module github.com/buoy-go/buoy/b\n", "should be github.com/buoy-go/buoy/a"},
		"requires itself": {"v0.1.0", "a/go.mod", "module github.com/buoy-go/buoy/a\n\nrequire github.com/buoy-go/buoy/a v0.0.0\n", "circle"},
	} {
		t.Run(name, func(t *testing.T) {
			r := tree(t, map[string]string{"go.mod": root, tc.file: tc.text})
			r.version = tc.version
			require.ErrorContains(t, r.make(), tc.err)
		})
	}
}
