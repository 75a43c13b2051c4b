package behaviour_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// stalledThenCut says three words of a stream, then nothing for so long, and then the
// stream breaks off: by its own end, or with the connection.
func stalledThenCut(quiet time.Duration, reset bool) buoytest.Step {
	return buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, word := range []string{"The ", "quick ", "brown "} {
			_, _ = io.WriteString(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"`+word+`"}}]}`+"\n\n")
		}
		w.(http.Flusher).Flush()
		select {
		case <-time.After(quiet):
		case <-r.Context().Done():
		}
		if reset {
			panic(http.ErrAbortHandler)
		}
	})
}

// A stream that was silent for long and is then cut is a silence, and not an accident:
// the same provider would most likely be silent again. A wall that stalls 30 s and then
// closes took 62 s, where the next target would have had the answer after 30.
func TestAStreamThatStalledAndWasThenCut(t *testing.T) {
	const noLonger = 100 * time.Millisecond // than the silence, but for the pause before a retry
	for name, tc := range map[string]struct {
		quiet time.Duration
		reset bool
		again bool // the first is asked again
	}{
		"ended after a long silence": {30 * time.Second, false, false},
		"cut after a long silence":   {30 * time.Second, true, false},
		"cut after 11 seconds":       {11 * time.Second, true, false},
		"cut after 9 seconds":        {9 * time.Second, true, true},
		"ended after a pause":        {2 * time.Second, false, true},
		"cut in the middle":          {0, true, true},
	} {
		for _, stream := range []bool{true, false} {
			kind := "streamed chat, "
			if stream {
				kind = "stream, "
			}
			t.Run(kind+name, func(t *testing.T) {
				first := []buoytest.Step{buoytest.Always(stalledThenCut(tc.quiet, tc.reset))}
				opts := []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart), buoy.WithStreamedChat(),
					buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond})}
				twoProviders(t, first, nil, nil, opts, func(t *testing.T, p pair) {
					begun := time.Now()
					text, _, err := textOf(t.Context(), p, stream)
					require.NoError(t, err)
					require.Equal(t, buoytest.DefaultText, text)
					if tc.again {
						require.Greater(t, p.Sent()[0], 1, "an accident is asked again")
						return
					}
					require.Equal(t, []int{1, 1}, p.Sent())
					require.Less(t, time.Since(begun), tc.quiet+noLonger)
				})
			})
		}
	}
}
