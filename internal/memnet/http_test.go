package memnet_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/memnet"
)

// serve runs an HTTP server and returns a client for it and the server's URL; both end with the test.
func serve(t *testing.T, h http.HandlerFunc) (*http.Client, string) {
	t.Helper()
	l := memnet.Listen()
	srv := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	tr := &http.Transport{DialContext: l.Dial}
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
		tr.CloseIdleConnections()
	})
	return &http.Client{Transport: tr}, "http://" + l.Addr().String()
}

// Each of these also fails when a goroutine is left in the bubble.
func TestHTTPInABubble(t *testing.T) {
	t.Run("ninety seconds of a stream take no time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				for range 9 {
					_, _ = io.WriteString(w, "tick\n")
					w.(http.Flusher).Flush()
					time.Sleep(10 * time.Second)
				}
			})
			start := time.Now()
			resp, err := client.Get(url)
			require.NoError(t, err)
			require.Zero(t, time.Since(start), "the first bytes do not wait for the last")
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, 45, len(body))
			require.Equal(t, 90*time.Second, time.Since(start))
		})
	})

	t.Run("the handler sees the client leave", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			left := make(chan struct{})
			client, url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				close(left)
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			require.NoError(t, err)
			_, err = client.Do(req)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			<-left
		})
	})

	t.Run("a broken handler cuts the body", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			})
			resp, err := client.Get(url)
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.Equal(t, "half", string(body))
		})
	})

	t.Run("large bodies both ways at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				_ = http.NewResponseController(w).EnableFullDuplex()
				_, _ = io.Copy(w, r.Body)
			})
			sent := bytes.Repeat([]byte("x"), 1<<20)
			resp, err := client.Post(url, "text/plain", bytes.NewReader(sent))
			require.NoError(t, err)
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, len(sent), len(got))
		})
	})
}
