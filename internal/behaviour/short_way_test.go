package behaviour_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A call of a client without options goes a short way, in which the parts for few calls are
// left out. One that asks for such a part alone gets it.
func TestACallGetsWhatItAloneAsksFor(t *testing.T) {
	for _, tc := range []struct {
		name     string
		steps    []buoytest.Step
		opt      buoy.CallOption
		stream   bool
		text     string
		requests int
		streamed bool // the first request
	}{
		{name: "a hedge", steps: []buoytest.Step{late(time.Minute), buoytest.Reply("second")}, opt: buoy.WithHedge(buoy.HedgePolicy{After: time.Second}), text: "second", requests: 2},
		{name: "a hedged stream", steps: []buoytest.Step{late(time.Minute), buoytest.Stream("second")}, opt: buoy.WithHedge(buoy.HedgePolicy{After: time.Second}), stream: true, text: "second", requests: 2, streamed: true},
		{name: "a stream inside", steps: []buoytest.Step{buoytest.Cut(1), buoytest.Stream("whole")}, opt: buoy.WithStreamedChat(), text: "whole", requests: 2, streamed: true},
		{name: "a stream that is mended", steps: []buoytest.Step{buoytest.Cut(1), buoytest.Stream("again")}, opt: buoy.WithStreamRecovery(buoy.RecoverRestart), stream: true, text: "again", requests: 2, streamed: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := buoytest.NewMemServer(t, tc.steps...)
				c, err := buoy.New(buoy.Endpoint{BaseURL: srv.URL + "/v1", Keys: []string{"k", "l"}}, buoy.WithHTTPClient(srv.Client()))
				require.NoError(t, err)
				ask := func(opts ...buoy.CallOption) (*buoy.Response, error) {
					if tc.stream {
						return readWhole(c.Stream(t.Context(), hello, opts...))
					}
					return c.Chat(t.Context(), hello, opts...)
				}
				resp, err := ask(tc.opt)
				require.NoError(t, err)
				require.Equal(t, tc.text, resp.Text())
				sent := srv.Requests()
				require.Len(t, sent, tc.requests)
				require.Equal(t, tc.streamed, sent[0].Stream)
			})
		})
	}
}
