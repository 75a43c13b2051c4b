package buoycache_test

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoycache"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"
)

// child runs a test of this file in a process of its own, with a file to work on.
func child(t *testing.T, name, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+name+"$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), "BUOYCACHE_CHILD="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// valueOf is the value that the children store under a key, of up to 8 KB.
func valueOf(key string) []byte {
	r := rand.New(rand.NewPCG(uint64(len(key)), uint64(key[len(key)-1])))
	b := make([]byte, r.IntN(4000))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return append(b, strings.Repeat(key+" ", r.IntN(500))...)
}

// A process that is killed in the middle of its writes leaves a sound file, however often.
func TestKill(t *testing.T) {
	if path := os.Getenv("BUOYCACHE_CHILD"); path != "" {
		d, err := buoycache.Disk(path, buoycache.WithMaxBytes(6<<20))
		require.NoError(t, err)
		for i := 0; ; i++ { // until it is killed
			key := fmt.Sprint(os.Getpid(), " key ", i)
			require.NoError(t, d.Set(t.Context(), key, valueOf(key), time.Duration(1+i%5)*time.Minute))
			if i%50 == 0 {
				fmt.Println(d.Stats())
			}
		}
	}
	rounds := 30
	if testing.Short() {
		rounds = 2
	}
	path := filepath.Join(t.TempDir(), "answers")
	r := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		cmd := child(t, "TestKill", path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for range 10 + r.IntN(150) { // it writes all the while
			require.True(t, lines.Scan())
		}
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()

		db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Minute})
		require.NoError(t, err)
		n := 0
		require.NoError(t, db.View(func(tx *bolt.Tx) error {
			for err := range tx.Check() {
				require.NoError(t, err, "round %d", round)
			}
			n = tx.Bucket([]byte("values")).Inspect().KeyN
			return nil
		}))
		keys := make([]string, 0, n)
		require.NoError(t, db.View(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("values")).ForEach(func(k, _ []byte) error { keys = append(keys, string(k)); return nil })
		}))
		require.NoError(t, db.Close())

		d, said := disk(t, path, buoycache.WithMaxBytes(6<<20))
		require.Equal(t, int64(len(keys)), d.Stats().Entries)
		for _, key := range keys {
			got, ok, err := d.Get(t.Context(), key)
			require.NoError(t, err)
			require.True(t, !ok || bytes.Equal(valueOf(key), got))
		}
		require.Zero(t, d.Stats().Damaged)
		require.Empty(t, said.all())
		require.NoError(t, d.Close())
	}
	require.NoFileExists(t, path+".damaged")
}

// A second process does not wait for the file, and says once that it goes without.
func TestSecondProcess(t *testing.T) {
	if path := os.Getenv("BUOYCACHE_CHILD"); path != "" {
		begun := time.Now()
		d, err := buoycache.Disk(path, buoycache.WithLogger(slog.New(slog.NewTextHandler(os.Stdout, nil))))
		require.NoError(t, err)
		has(t, d, "a", "")
		set(t, d, "a", "two", time.Hour)
		fmt.Println("off:", d.Stats().Off)
		require.NoError(t, d.Close())
		require.Less(t, time.Since(begun), 2*time.Second)
		return
	}
	path := file(t)
	d, said := disk(t, path)
	set(t, d, "a", "one", time.Hour)
	out, err := child(t, "TestSecondProcess", path).Output()
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(out), "level=WARN"), "%s", out)
	require.Contains(t, string(out), "the level is not in use")
	require.Contains(t, string(out), "another process")
	has(t, d, "a", "one")
	require.NoError(t, d.Close())
	require.Empty(t, said.all())

	out, err = child(t, "TestSecondProcess", path).Output()
	require.Error(t, err, "now it would have the value: %s", out)
}

// mounted is a small file system in memory. Only root may make one.
func mounted(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here, which needs root: %s", out)
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", dir).Run()) })
	return dir
}

func TestFullDisk(t *testing.T) {
	dir := mounted(t, "size=1m")
	path := filepath.Join(dir, "answers")
	d, said := disk(t, path)
	noise := make([]byte, 100<<10)
	rand.NewChaCha8([32]byte{}).Read(noise)
	stored := func(i int) {
		t.Helper()
		for j := range 2 {
			require.NoError(t, d.Set(t.Context(), fmt.Sprint(i, " ", j), noise, time.Hour))
		}
		require.Eventually(t, func() bool { return d.Stats().Dropped > 0 || d.Stats().Entries >= int64(2*(i+1)) }, 10*time.Second, 10*time.Millisecond)
	}
	for i := 0; d.Stats().Errors == 0 && i < 40; i++ {
		stored(i)
	}
	require.NotZero(t, d.Stats().Errors, "the disk was not full")
	require.Eventually(t, func() bool { return len(said.all()) > 0 }, 10*time.Second, 10*time.Millisecond) // it counts first
	require.Contains(t, said.all()[0], "values cannot be written")
	if !testing.Short() { // it looks after its file meanwhile, and finds nothing to do
		require.Never(t, func() bool { return len(said.all()) > 1 }, 11*time.Second, time.Second, "it says so once")
	}
	require.Len(t, said.all(), 1)
	has(t, d, "0 0", string(noise))
	_ = d.Close() // its last write may have failed

	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			require.NoError(t, err)
		}
		return nil
	}))
	require.NoError(t, db.Close())
	require.NoError(t, exec.Command("mount", "-o", "remount,size=64m", dir).Run())
	again, now := disk(t, path) // new names: Never may still look at the old ones
	has(t, again, "0 0", string(noise))
	set(t, again, "more", "value", time.Hour)
	require.NoError(t, again.Close())
	require.Empty(t, now.all())
}

func TestReadOnly(t *testing.T) {
	dir := mounted(t, "size=1m")
	path := filepath.Join(dir, "answers")
	d, _ := disk(t, path)
	set(t, d, "a", "one", time.Hour)
	require.NoError(t, d.Close())
	require.NoError(t, exec.Command("mount", "-o", "remount,ro", dir).Run())
	_, err := buoycache.Disk(path)
	require.ErrorIs(t, err, syscall.EROFS)
	require.NoError(t, exec.Command("mount", "-o", "remount,rw", dir).Run())
	d, _ = disk(t, path)
	has(t, d, "a", "one")
	require.NoError(t, d.Close())
}
