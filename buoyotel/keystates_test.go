package buoyotel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
)

// The gauge says what a call would meet: a single key that every call finds refused is not
// ready, and an endpoint whose source gives no key has none that is.
func TestKeyStates(t *testing.T) {
	for name, tc := range map[string]struct {
		step   buoytest.Step
		source buoy.KeySource
		state  string // of the one key; "" for none
	}{
		"good":         {buoytest.Reply("Hello!"), nil, "ready"},
		"wrong":        {buoytest.Fail(401), nil, "refused"},
		"no money":     {buoytest.Fail(402), nil, "refused"},
		"too fast":     {buoytest.RetryAfter(70*time.Second, buoytest.Fail(429)), nil, "limited"},
		"sealed vault": {buoytest.Reply("Hello!"), func(context.Context) ([]string, error) { return nil, errors.New("sealed") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := buoytest.NewMemServer(t, buoytest.Always(tc.step))
				e := srv.Endpoint()
				if tc.source != nil {
					e.Keys, e.KeySource = nil, tc.source
				}
				d := newDesk(t, srv, []buoyotel.Option{})
				client, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
				require.NoError(t, err)
				defer client.Close()
				defer d.telemetry.Watch(client)()
				states := func() map[string]float64 {
					got := map[string]float64{}
					for _, p := range d.metrics()["buoy.keys"] {
						state, _ := p.attrs.Value("buoy.key.state")
						got[state.AsString()] = p.n
					}
					return got
				}
				if tc.source != nil {
					require.Empty(t, states(), "nobody has asked it yet")
				}
				_, _ = client.Chat(t.Context(), request())
				want := map[string]float64{"ready": 0, "limited": 0, "cooled": 0, "refused": 0, "disabled": 0}
				if tc.state != "" {
					want[tc.state] = 1
				}
				require.Equal(t, want, states())
			})
		})
	}
}
