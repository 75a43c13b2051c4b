package durable_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/buoy-go/buoy/internal/durable"
	"github.com/stretchr/testify/require"
)

func TestOpenLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := durable.OpenLocked(path)
	require.NoError(t, err)
	private(t, path)
	_, err = f.WriteString("kept")
	require.NoError(t, err)

	if runtime.GOOS != "windows" {
		_, err = durable.OpenLocked(path)
		require.ErrorIs(t, err, durable.ErrTaken)
		require.ErrorContains(t, err, path)
	}
	require.NoError(t, f.Close())

	f, err = durable.OpenLocked(path) // the lock went with the file
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Equal(t, "kept", content(t, path))

	_, err = durable.OpenLocked(filepath.Join(path, "below a file"))
	require.Error(t, err)
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(path+".tmp", []byte("longer, and of a write that was cut off"), 0o600))
	for _, data := range []string{"first", "", "second"} {
		require.NoError(t, durable.Replace(path, []byte(data)))
		require.Equal(t, data, content(t, path))
		private(t, path)
	}
	require.Equal(t, []string{"file"}, names(t, dir), "nothing is left beside it")
}

// What cannot be put into its place leaves the old content, and nothing of its own.
func TestReplaceThatFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	require.NoError(t, os.MkdirAll(filepath.Join(path, "by a directory"), 0o700))
	require.Error(t, durable.Replace(path, []byte("new")))
	require.Equal(t, []string{"taken"}, names(t, dir))

	require.ErrorIs(t, durable.Replace(filepath.Join(dir, "no", "such"), nil), os.ErrNotExist)
}

func TestSyncDirTakesWhatItIsGiven(t *testing.T) {
	durable.SyncDir(t.TempDir())
	durable.SyncDir(filepath.Join(t.TempDir(), "no such"))
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// private checks that nobody else may read a file.
func private(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}
