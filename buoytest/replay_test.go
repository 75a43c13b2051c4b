package buoytest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

// A client that asks again for what is not in the file is told of once.
func TestAMissingRequestIsToldOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	w := &watched{TB: t}
	rt := buoytest.Record(w, path, replying(http.Header{}, strings.NewReader("")))
	require.NoError(t, ask(t, rt, "https://p.example/v1", `{"text":"one"}`))
	w.end()
	w = &watched{TB: t}
	rt = buoytest.Replay(w, path)
	for range 3 {
		require.Error(t, ask(t, rt, "https://p.example/v1", `{"text":"two"}`))
	}
	require.Len(t, w.told, 1)
	require.Error(t, ask(t, rt, "https://p.example/v1", `{"text":"three"}`))
	require.Len(t, w.told, 2)
}

// What a name in a query may have does not break the file.
func TestANameInAQueryOfSeveralLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	const address = "https://p.example/v1?a%0Areply%20500%20after%200s=1&filter%5B%5D=2"
	w := &watched{TB: t}
	rt := buoytest.Record(w, path, replying(http.Header{}, strings.NewReader("good")))
	require.NoError(t, ask(t, rt, address, "{}"))
	w.end()
	require.Empty(t, w.told)
	w = &watched{TB: t}
	require.NoError(t, ask(t, buoytest.Replay(w, path), address, "{}"))
	require.Empty(t, w.told)
}

// A recording that Replay would refuse is not written.
func TestARecordingThatIsTooLargeAsText(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 200 MB")
	}
	path := filepath.Join(t.TempDir(), "calls.txt")
	w := &watched{TB: t}
	rt := buoytest.Record(w, path, replying(http.Header{}, strings.NewReader(strings.Repeat("\x00", 20<<20))))
	require.NoError(t, ask(t, rt, "https://p.example/v1", "{}"))
	w.end()
	require.Len(t, w.told, 1)
	require.Contains(t, w.told[0], "too large for a file")
	require.NoFileExists(t, path)
}

// A body that a person has changed, or from which a secret was taken, has another
// length than it had. What passes the reply on with its headers has to send all of it.
func TestTheLengthIsThatOfTheBodyInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	w := &watched{TB: t}
	rt := buoytest.Record(w, path, replying(http.Header{"Content-Length": {"5"}}, strings.NewReader("short")))
	require.NoError(t, ask(t, rt, "https://p.example/v1", "{}"))
	w.end()
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(fileOf(t, path), ">short", ">a longer one", 1)), 0o644))

	target, err := url.Parse("https://p.example")
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: buoytest.Replay(t, path)})
	defer proxy.Close()
	resp, err := http.Post(proxy.URL+"/v1", "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "a longer one", string(all))
}
