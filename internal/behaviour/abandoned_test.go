package behaviour_test

import (
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
