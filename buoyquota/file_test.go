package buoyquota_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyquota"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/durable"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

func open(t *testing.T, path string) *buoyquota.File {
	t.Helper()
	f, err := buoyquota.OpenFile(path)
	require.NoError(t, err)
	return f
}

// A service that starts anew goes on counting, and warns of nothing twice.
func TestQuotaSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quota.json")
	var f testdesk.Fired
	run := func(calls int) (answered int, spent float64) {
		synctest.Test(t, func(t *testing.T) {
			srv := buoytest.NewMemServer(t, buoytest.Always(testdesk.Costs(20)))
			store := open(t, path)
			c, err := buoy.New(testdesk.Endpoint(srv), buoy.WithHTTPClient(srv.Client()), buoy.WithQuota(buoy.Quota{
				Cost: 100, Currency: buoy.RUB, Refuse: true, Store: store, OnThreshold: f.Note,
			}))
			require.NoError(t, err)
			for range calls {
				if testdesk.Call(t.Context(), c, false) == nil {
					answered++
				}
			}
			spent = testdesk.Status(t, c).Cost
			require.NoError(t, c.Close())
			require.NoError(t, store.Close())
			srv.Close()
		})
		return answered, spent
	}
	for _, step := range []struct {
		calls, answered int
		spent           float64
		fired           []float64
	}{
		{0, 0, 0, nil},
		{3, 3, 60, nil},
		{1, 1, 80, []float64{0.75}},
		{0, 0, 80, []float64{0.75}},
		{9, 1, 100, []float64{0.75, 0.9, 1}},
		{9, 0, 100, []float64{0.75, 0.9, 1}},
	} {
		answered, spent := run(step.calls)
		require.Equal(t, step.answered, answered)
		require.Equal(t, step.spent, spent)
		require.Equal(t, step.fired, f.Thresholds())
	}
}

func TestFileWritesOnceASecond(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quota.json")
	synctest.Test(t, func(t *testing.T) {
		f := open(t, path)
		writes, last := 0, ""
		for range 1000 { // for 5 s
			_, err := f.Add(t.Context(), "k", buoy.QuotaCount{Tokens: 1, Nanos: 2}, time.Now().Add(time.Hour))
			require.NoError(t, err)
			time.Sleep(5 * time.Millisecond)
			synctest.Wait()
			if data, err := os.ReadFile(path); err == nil && string(data) != last {
				writes, last = writes+1, string(data)
			}
		}
		require.LessOrEqual(t, writes, 5)
		require.GreaterOrEqual(t, writes, 4)
		require.NoError(t, f.Close())
		require.NoError(t, f.Close(), "again does nothing")

		f = open(t, path)
		sum, err := f.Add(t.Context(), "k", buoy.QuotaCount{}, time.Time{})
		require.NoError(t, err)
		require.Equal(t, buoy.QuotaCount{Tokens: 1000, Nanos: 2000}, sum, "nothing is lost on Close")
		require.NoError(t, f.Close())
		_, err = f.Add(t.Context(), "k", buoy.QuotaCount{}, time.Time{})
		require.ErrorContains(t, err, "closed")
		_, err = f.Claim(t.Context(), "c", time.Time{})
		require.ErrorContains(t, err, "closed")
	})
}

// A claim is on the disk before anybody is told of it.
func TestFileKeepsClaimsThroughACrash(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "quota.json"), filepath.Join(dir, "copy.json")
	synctest.Test(t, func(t *testing.T) {
		f := open(t, path)
		_, err := f.Add(t.Context(), "k", buoy.QuotaCount{Tokens: 7}, time.Now().Add(time.Hour))
		require.NoError(t, err)
		first, err := f.Claim(t.Context(), "k@0.75", time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.True(t, first)

		data, err := os.ReadFile(path) // what a crash would leave
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(copied, data, 0o600))
		require.NoError(t, os.WriteFile(copied+".tmp", data[:len(data)/2], 0o600), "and a write that it cut off")
		require.NoError(t, f.Close())

		g := open(t, copied)
		first, err = g.Claim(t.Context(), "k@0.75", time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.False(t, first)
		sum, err := g.Add(t.Context(), "k", buoy.QuotaCount{}, time.Time{})
		require.NoError(t, err)
		require.Equal(t, int64(7), sum.Tokens)
		require.NoError(t, g.Close())
	})
}

// Half a file is an error and never a zero.
func TestFileRefusesDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quota.json")
	f := open(t, path)
	_, err := f.Add(t.Context(), "k", buoy.QuotaCount{Tokens: 7, Nanos: 8, Unknown: 9}, time.Now().Add(time.Hour))
	require.NoError(t, err)
	_, err = f.Claim(t.Context(), "k@1", time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range len(whole) - 1 { // the last byte is a line feed
		require.NoError(t, os.WriteFile(path, whole[:i], 0o600))
		_, err := buoyquota.OpenFile(path)
		require.ErrorContains(t, err, "damaged", "the first %d bytes", i)
		require.ErrorContains(t, err, path)
	}
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(whole), `"tokens": 7`, `"tokens": 6`, 1)), 0o600))
	_, err = buoyquota.OpenFile(path)
	require.ErrorContains(t, err, "sum")
	for _, bad := range []string{`{"format":"buoy quota 1","counts":null}`, `{"format":"buoy quota 1","counts":null,"claims":{}}`, `{"format":"buoy quota 1","counts":{},"claims":null}`,
		`{"format":"buoy quota 1"}`, `{"format":"buoy quota 1","counts":{},"claims":{},"claim":1}`, `{"format":"buoy quota 2","counts":{},"claims":{}}`, `{}`, `{"format":"other"}`, string(whole) + "{}", `{"format":"buoy quota 1","counts":{"k":{"tokens":-1}}}`, "\x00\x00", `{"format":"buoy quota 1","counts":{"k":{"tokens":"7"}}}`} {
		require.NoError(t, os.WriteFile(path, []byte(bad), 0o600))
		_, err := buoyquota.OpenFile(path)
		require.Error(t, err, bad)
	}
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	require.NoError(t, open(t, path).Close(), "the lock was given back each time")
}

func TestFileIsForOneAtATime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file locks in the standard library")
	}
	path := filepath.Join(t.TempDir(), "quota.json")
	f := open(t, path)
	_, err := buoyquota.OpenFile(path)
	require.ErrorContains(t, err, "open")
	require.NoError(t, f.Close())
	require.NoError(t, open(t, path).Close())
}

// What a symbolic link leads to is the file: it is written there, and is locked under
// each of its names. A link once was replaced by a plain file, and the count behind
// it stood still.
func TestFileBehindALink(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data", "deep"), 0o700))
	path := filepath.Join(dir, "data", "quota.json")
	links := map[string]string{ // name: target
		"link": path, "relative": "data/quota.json", "chain": "relative", "dir": "data/deep", "through": "dir/../quota.json",
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	delete(links, "dir")
	want := int64(0)
	for name := range links { // the first finds no file yet
		link := filepath.Join(dir, name)
		f := open(t, link)
		if runtime.GOOS != "windows" {
			for other := range links {
				_, err := buoyquota.OpenFile(filepath.Join(dir, other))
				require.ErrorIs(t, err, durable.ErrTaken, "%s beside %s", other, name)
			}
			_, err := buoyquota.OpenFile(path)
			require.ErrorIs(t, err, durable.ErrTaken)
		}
		want++
		sum, err := f.Add(t.Context(), "k", buoy.QuotaCount{Tokens: 1}, time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, want, sum.Tokens)
		require.NoError(t, f.Close())
		info, err := os.Lstat(link)
		require.NoError(t, err)
		require.NotZero(t, info.Mode()&os.ModeSymlink, "%s is a link still", name)
	}
	f := open(t, path)
	sum, err := f.Add(t.Context(), "k", buoy.QuotaCount{}, time.Time{})
	require.NoError(t, err)
	require.Equal(t, want, sum.Tokens)
	require.NoError(t, f.Close())

	loop := filepath.Join(dir, "loop")
	require.NoError(t, os.Symlink("loop", loop))
	_, err = buoyquota.OpenFile(loop)
	require.Error(t, err)
}

// A process that is killed in a write leaves the count of before: nothing of a new
// file is read before it is whole.
func TestFileKilledAtEachByteOfAWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "quota.json")
	count := func(tokens int64) (sum buoy.QuotaCount, data []byte) {
		f := open(t, path)
		sum, err := f.Add(t.Context(), "k", buoy.QuotaCount{Tokens: tokens}, time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.NoError(t, f.Close())
		data, err = os.ReadFile(path)
		require.NoError(t, err)
		return sum, data
	}
	_, old := count(7)
	_, next := count(1)
	require.NoError(t, os.WriteFile(path, old, 0o600))
	for i := range next {
		require.NoError(t, os.WriteFile(path+".tmp", next[:i], 0o600))
		sum, _ := count(0)
		require.Equal(t, int64(7), sum.Tokens)
	}
}

// A disk that fails costs no count: it is told, and made good when it is back.
func TestFileOutlivesAFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "quota.json")
	synctest.Test(t, func(t *testing.T) {
		f := open(t, path)
		add := func() error {
			_, err := f.Add(t.Context(), "k", buoy.QuotaCount{Tokens: 1}, time.Now().Add(time.Hour))
			return err
		}
		require.NoError(t, os.RemoveAll(dir))
		require.NoError(t, add())
		time.Sleep(1500 * time.Millisecond)
		require.Error(t, add(), "of the write that failed; not added")
		_, err := f.Claim(t.Context(), "c", time.Now().Add(time.Hour))
		require.Error(t, err)
		time.Sleep(time.Second)
		require.NoError(t, os.Mkdir(dir, 0o700))
		time.Sleep(2 * time.Second)
		require.FileExists(t, path, "it goes on trying by itself")
		first, err := f.Claim(t.Context(), "c", time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.True(t, first, "a claim that failed was nobody's")
		for add() != nil {
		}
		require.NoError(t, os.RemoveAll(dir))
		require.Error(t, f.Close(), "what could not be written is told")
	})
}

func TestOpenFileNeedsItsDirectory(t *testing.T) {
	_, err := buoyquota.OpenFile(filepath.Join(t.TempDir(), "no", "such", "quota.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A path that is no file's is refused before anything is made.
func TestOpenFileNeedsAFile(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "data")
	require.NoError(t, os.Mkdir(dir, 0o700))
	t.Chdir(dir)
	for path, says := range map[string]string{
		"":                "the path of the quota file is empty: give OpenFile one",
		".":               "give OpenFile the path of a file",
		dir:               "give OpenFile the path of a file",
		dir + "/":         "give OpenFile the path of a file",
		"../data/../data": "it is a directory",
	} {
		_, err := buoyquota.OpenFile(path)
		require.ErrorContains(t, err, says, "%q", path)
	}
	for folder, want := range map[string]int{parent: 1, dir: 0} {
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Len(t, entries, want)
	}
}
