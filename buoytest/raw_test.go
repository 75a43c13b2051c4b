package buoytest_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

func TestFunc(t *testing.T) {
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		srv, client := start(buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(w, "first,")
			if err := http.NewResponseController(w).Flush(); err != nil {
				panic(err)
			}
			_, _ = io.WriteString(w, strconv.Itoa(len(body)))
		}))
		got := post(t, client, srv.URL, askWhole)
		require.NoError(t, got.err)
		require.Equal(t, "first,"+strconv.Itoa(len(askWhole)), got.body)
	})
}

// What a reader meets in one Read is up to the network, so the pieces are taken from the handler's own writes.
func TestSplitAndDribble(t *testing.T) {
	const body = "data: one\n\ndata: two\n\n"
	raw := buoytest.Raw(200, "text/event-stream", []byte(body))
	for _, tt := range []struct {
		name string
		step buoytest.Step
		want []int
	}{
		{"split", buoytest.Split(raw, 3, 5, 1), []int{3, 5, 1, len(body) - 9}},
		{"split beyond the end", buoytest.Split(raw, 20, 50), []int{20, len(body) - 20}},
		{"dribble", buoytest.Dribble(raw, 8), []int{8, 8, len(body) - 16}},
		{"byte by byte", buoytest.Dribble(raw, 1), ones(len(body))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			srv := buoytest.NewServer(t, buoytest.Split(buoytest.Func(func(http.ResponseWriter, *http.Request) {}), 1), tt.step)
			require.Equal(t, 200, post(t, srv.Client(), srv.URL, askWhole).resp.StatusCode, "an empty body can be split")
			rec := &recorder{header: http.Header{}, flushed: func(n int) { got = append(got, n) }}
			buoytest.AnswerTo(srv, rec, askStream)
			rec.Flush() // as a server does when the handler has ended
			require.Equal(t, body, rec.all.String())
			require.Equal(t, tt.want, got)
		})
	}
}

func ones(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = 1
	}
	return s
}

// recorder notes how many bytes come between flushes.
type recorder struct {
	header  http.Header
	all     bytes.Buffer
	since   int
	flushed func(int)
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(int)     {}
func (r *recorder) Write(p []byte) (int, error) {
	r.since += len(p)
	return r.all.Write(p)
}
func (r *recorder) Flush() {
	if r.since > 0 {
		r.flushed(r.since)
		r.since = 0
	}
}

func TestDribbleChangesNoByte(t *testing.T) {
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		srv, client := start(buoytest.Times(2, buoytest.Dribble(buoytest.Reply("Ещё один ответ"), 1)))
		for _, ask := range []string{askStream, askWhole} {
			got := post(t, client, srv.URL, ask)
			require.NoError(t, got.err)
			require.Equal(t, "Ещё один ответ", text(t, got.body))
		}
	})
}

func TestGzip(t *testing.T) {
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		srv, client := start(buoytest.Always(buoytest.Gzip(buoytest.Reply("packed"))))
		for _, ask := range []string{askStream, askWhole} {
			got := post(t, client, srv.URL, ask)
			require.NoError(t, got.err)
			require.True(t, got.resp.Uncompressed)
			require.Equal(t, "packed", text(t, got.body))
		}
		got := post(t, client, srv.URL, askWhole, "Accept-Encoding: identity")
		require.Equal(t, "gzip", got.resp.Header.Get("Content-Encoding"))
		unzip, err := gzip.NewReader(strings.NewReader(got.body))
		require.NoError(t, err)
		plain, err := io.ReadAll(unzip)
		require.NoError(t, err)
		require.Equal(t, "packed", text(t, string(plain)))
	})
}

func TestHuge(t *testing.T) {
	const size = 200 << 10
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		srv, client := start(buoytest.Huge(size), buoytest.Huge(size), buoytest.GzipBomb(size), buoytest.GzipBomb(size))
		for _, ask := range []string{askStream, askWhole, askStream, askWhole} {
			got := post(t, client, srv.URL, ask)
			require.NoError(t, got.err)
			require.Equal(t, size, len(text(t, got.body)))
		}
		require.Equal(t, "GzipBomb", srv.Requests()[3].Outcome)
	})
	srv := buoytest.NewServer(t, buoytest.GzipBomb(size))
	packed := post(t, srv.Client(), srv.URL, askWhole, "Accept-Encoding: gzip")
	require.Less(t, len(packed.body), size/200)
}
