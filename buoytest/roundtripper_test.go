package buoytest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

// The steps' tests run through the round tripper too; here is what is its own.

func TestRoundTripperEndsWithTheClientsContext(t *testing.T) {
	cause := errors.New("why")
	for name, client := range map[string]func(*buoytest.Server) *http.Client{"memory": clients["memory"], "direct": clients["direct"]} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := buoytest.NewMemServer(t, buoytest.Hang(0), buoytest.Stall(2, 0))
				for range 2 {
					ctx, cancel := context.WithCancelCause(t.Context())
					time.AfterFunc(time.Second, func() { cancel(cause) })
					req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/v1/chat/completions", strings.NewReader(askStream))
					require.NoError(t, err)
					start := time.Now()
					resp, err := client(srv).Do(req)
					if err == nil {
						_, err = io.ReadAll(resp.Body)
						require.NoError(t, resp.Body.Close())
					}
					require.ErrorIs(t, err, cause)
					require.Equal(t, time.Second, time.Since(start))
				}
				_, err := client(srv).Do(canceled(t, srv.URL, cause))
				require.ErrorIs(t, err, cause)
				require.Len(t, srv.Requests(), 2, "a request that was cancelled before it was sent is none")
			})
		})
	}
}

func canceled(t *testing.T, url string, cause error) *http.Request {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", strings.NewReader(askWhole))
	require.NoError(t, err)
	return req
}

func TestRoundTripperBodyAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Stall(1, 0))
		resp, err := srv.RoundTripper().RoundTrip(streamRequest(t, srv.URL))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		_, err = resp.Body.Read(make([]byte, 1))
		require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
	})
}

func streamRequest(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/chat/completions", strings.NewReader(askStream))
	require.NoError(t, err)
	return req
}

func TestRoundTripperShowsTheServerWhatWasSent(t *testing.T) {
	type key struct{}
	srv := buoytest.NewServer(t, buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(key{}) != nil {
			panic("a value of the client's context has travelled")
		}
		_, _ = io.WriteString(w, r.Host+" "+r.RequestURI+" "+r.URL.RawQuery+" "+r.Header.Get("X-A"))
	}))
	ctx := context.WithValue(t.Context(), key{}, "secret")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://any.host/x/chat/completions?api-version=1", strings.NewReader(askWhole))
	require.NoError(t, err)
	req.Header.Set("X-A", "b")
	resp, err := srv.RoundTripper().RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "any.host /x/chat/completions?api-version=1 api-version=1 b", string(body))
	require.Equal(t, "200 OK", resp.Status)
	require.Equal(t, int64(len(body)), resp.ContentLength)
	require.Same(t, req, resp.Request)
	require.Empty(t, req.Header.Get("Accept-Encoding"), "the caller's request is not changed")
	require.Equal(t, "1", srv.Requests()[0].Query.Get("api-version"))
	require.Zero(t, srv.Connections())

	srv.Close()
	_, err = srv.RoundTripper().RoundTrip(streamRequest(t, srv.URL))
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func BenchmarkStreamedReply(b *testing.B) {
	for name, client := range clients {
		b.Run(name, func(b *testing.B) {
			srv := buoytest.NewMemServer(b, buoytest.Chaos(1, buoytest.Faults{}))
			c := client(srv)
			b.ReportAllocs()
			for b.Loop() {
				resp, err := c.Post(srv.URL+"/v1/chat/completions", "application/json", strings.NewReader(askStream))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}
