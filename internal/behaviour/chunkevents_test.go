package behaviour_test

import (
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// Each chunk that the caller of a stream reads is told of, also after a recovery; those
// that buoy reads for itself are not.
func TestEventsOfChunks(t *testing.T) {
	read := func(t *testing.T, d desk) (n int) {
		stream, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		for _, err := range stream.Chunks() {
			require.NoError(t, err)
			n++
		}
		return n
	}
	check := func(t *testing.T, r *buoytest.Recorder, n int) {
		chunks := buoytest.Events[event.Chunk](r)
		require.Len(t, chunks, n)
		for i, e := range chunks {
			require.Equal(t, i+1, e.Number)
			require.Equal(t, buoytest.Events[event.CallStart](r)[0].ID, e.Call)
		}
		require.Zero(t, chunks[0].Wait)
	}
	t.Run("slow", func(t *testing.T) {
		watched(t, nil, func(t *testing.T, d desk, r *buoytest.Recorder) {
			check(t, r, read(t, d))
			require.Equal(t, time.Second, buoytest.Events[event.Chunk](r)[2].Wait, "the first two come together: the role, and the first text")
		}, buoytest.Slow(time.Second, "one ", "two ", "three"))
	})
	t.Run("recovered", func(t *testing.T) {
		watched(t, []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart)}, func(t *testing.T, d desk, r *buoytest.Recorder) {
			check(t, r, read(t, d))
			require.Len(t, buoytest.Events[event.Recovery](r), 1)
		}, buoytest.Cut(2))
	})
	t.Run("whole", func(t *testing.T) {
		watched(t, []buoy.Option{buoy.WithStreamedChat()}, func(t *testing.T, d desk, r *buoytest.Recorder) {
			require.NoError(t, call(t.Context(), d, false))
			require.Empty(t, buoytest.Events[event.Chunk](r))
		})
	})
}
