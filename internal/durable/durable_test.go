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

// The sum is that which every CRC-32C has for these (RFC 3720, B.4).
func TestSum(t *testing.T) {
	require.Equal(t, "e3069283", durable.Sum([]byte("123456789")))
	require.Equal(t, "8a9136aa", durable.Sum(make([]byte, 32)))
	require.Equal(t, "00000000", durable.Sum(nil))
	require.Len(t, durable.Sum(nil), durable.SumLength)
}

func TestResolve(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700))
	for _, link := range [][2]string{{"b", "a/b"}, {"x", "b/../file"}, {"y", "x"}, {"abs", filepath.Join(dir, "a", "file")}, {"loop", "loop"}, {"lost", "no/such"}} {
		if err := os.Symlink(link[1], filepath.Join(dir, link[0])); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	want := filepath.Join(dir, "a", "file")
	for range 2 { // without the file, and with it
		for _, name := range []string{"x", "y", "abs", "b/../file", "a/file", "./a/../a/file"} {
			got, err := durable.Resolve(dir + string(filepath.Separator) + name)
			require.NoError(t, err, name)
			require.Equal(t, want, got, name)
		}
		require.NoError(t, os.WriteFile(want, nil, 0o600))
	}
	for _, name := range []string{"loop", "lost", "no/such"} {
		_, err := durable.Resolve(filepath.Join(dir, name))
		require.Error(t, err, name)
	}
	t.Chdir(dir)
	got, err := durable.Resolve("y")
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestStandsAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	file, err := os.Stat(path)
	require.NoError(t, err)
	link := path + ".link"
	require.NoError(t, os.Symlink(path, link))
	is := func(stands bool, path string) {
		t.Helper()
		found, err := durable.StandsAt(path, file)
		require.NoError(t, err)
		require.Equal(t, stands, found)
	}
	is(true, path)
	is(true, link)
	require.NoError(t, os.Rename(path, path+".moved"))
	is(false, path)
	is(false, link)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	is(false, path)
	_, err = durable.StandsAt(filepath.Join(path, "beneath"), file)
	require.Error(t, err)
}
