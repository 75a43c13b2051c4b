package buoytest_test

import (
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// The recorder listens for everything there is: this stops compiling, or fails, where an
// interface is forgotten.
var _ interface {
	buoy.Observer
	event.CallStartObserver
	event.AttemptStartObserver
	event.FirstTokenObserver
	event.ChunkObserver
	event.BreakerObserver
	event.KeyObserver
	event.LimitObserver
	event.FallbackObserver
	event.HedgeObserver
	event.RecoveryObserver
	event.QuotaObserver
	event.QueueObserver
	event.CacheObserver
} = (*buoytest.Recorder)(nil)

func TestRecorder(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Reply("fine"))
	var r buoytest.Recorder
	c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(&r))
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Chat(t.Context(), buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("?")}})
	require.NoError(t, err)

	all := r.All()
	require.Len(t, all, 4)
	require.IsType(t, event.CallStart{}, all[0])
	require.IsType(t, event.AttemptStart{}, all[1])
	require.IsType(t, buoy.AttemptEvent{}, all[2])
	require.IsType(t, buoy.CallEvent{}, all[3])
	require.Len(t, buoytest.Events[buoy.CallEvent](&r), 1)
	r.Reset()
	require.Empty(t, r.All())
}
