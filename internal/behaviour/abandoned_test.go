package behaviour_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A shared stream that its only reader drops without a Close ends, as one of its own
// does: the request is not read on for nobody.
func TestDroppedSharedStreamEnds(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Stall(2, time.Minute), buoytest.Reply("again"))
	c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(nil, buoy.CachePolicy{Coalesce: true}))
	require.NoError(t, err)
	defer c.Close()
	func() {
		s, err := c.Stream(t.Context(), fixed())
		require.NoError(t, err)
		require.True(t, s.Next())
	}()
	require.Eventually(t, func() bool {
		runtime.GC()
		s, err := c.Stream(t.Context(), fixed())
		if err != nil {
			return false
		}
		defer s.Close()
		return s.Info().Cache == "" // it could not join the first one any more
	}, 20*time.Second, 10*time.Millisecond)
}

// readerFunc is a body that does something when it is read.
type readerFunc func() (int, error)

func (f readerFunc) Read([]byte) (int, error) { return f() }

// The id of a refusal is the attempt's, also where the caller leaves before the end of its
// body.
func TestIDOfARefusal(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		ctx, leave := context.WithCancel(t.Context())
		client, err := buoy.New(secretEndpoint(secretKey), noRetry, buoy.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			r := replyWith(http.StatusTooManyRequests, http.Header{"X-Request-Id": {"req_3a1f6c0e8b7d4f52"}}, "")
			r.Body = io.NopCloser(readerFunc(func() (int, error) {
				if leaves {
					leave()
				}
				return 0, io.EOF
			}))
			return r, nil
		})}))
		require.NoError(t, err)
		_, err = client.Chat(ctx, fixed())
		ce := callError(t, err)
		require.Equal(t, "req_3a1f6c0e8b7d4f52", ce.Attempts[0].RequestID)
		if te, ok := errors.AsType[*buoy.TransportError](err); leaves {
			require.True(t, ok)
			require.Equal(t, buoy.ErrCanceled, te.Kind)
			require.Equal(t, "req_3a1f6c0e8b7d4f52", te.RequestID)
		}
		leave()
		require.NoError(t, client.Close())
	}
}
