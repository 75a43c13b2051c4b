package behaviour_test

import (
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// One Idempotency-Key means one body: a provider that honours it refuses another
// one under the same key, or answers with what it had for the first.
func TestOneIdempotencyKeyMeansOneBody(t *testing.T) {
	down := buoytest.ForModel("gpt-4o-mini", buoytest.Always(buoytest.Error(503, "")))
	cut := buoytest.Cut(2)
	for _, tc := range []struct {
		name   string
		steps  []buoytest.Step
		opts   []buoy.Option
		call   []buoy.CallOption
		stream bool
		bodies int // different ones
		key    string
	}{
		{name: "retries", steps: []buoytest.Step{buoytest.Fail(500), buoytest.Fail(500), buoytest.Reply("a")}, bodies: 1},
		{name: "a target with another model", steps: []buoytest.Step{down}, opts: []buoy.Option{buoy.WithFallback(buoy.Target{Model: "other"})}, bodies: 2},
		{name: "two targets", steps: []buoytest.Step{buoytest.Fail(404), buoytest.Fail(404), buoytest.Reply("a")},
			opts: []buoy.Option{buoy.WithFallback(buoy.Target{Model: "other"}, buoy.Target{Model: "third"})}, bodies: 3},
		{name: "a continuation", steps: []buoytest.Step{cut, buoytest.Stream(" b")}, opts: []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverContinue)}, stream: true, bodies: 2},
		{name: "a continuation that is refused", steps: []buoytest.Step{cut, buoytest.Fail(400), buoytest.Stream(" b")}, opts: []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverContinue)}, stream: true, bodies: 2},
		{name: "a restart", steps: []buoytest.Step{cut, buoytest.Stream("b")}, opts: []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart)}, stream: true, bodies: 1},
		{name: "the caller's own key", steps: []buoytest.Step{down}, opts: []buoy.Option{buoy.WithFallback(buoy.Target{Model: "other"})},
			call: []buoy.CallOption{buoy.WithHeader("idempotency-key", "order-7")}, bodies: 2, key: "order-7"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := buoytest.NewMemServer(t, tc.steps...)
				e := buoy.Endpoint{BaseURL: srv.URL + "/v1", Keys: []string{"k"}, Prefill: true}
				c, err := buoy.New(e, append(tc.opts, buoy.WithHTTPClient(srv.Client()))...)
				require.NoError(t, err)
				keys := map[string]string{} // by body
				send := func() {
					req := buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("hi")}}
					if tc.stream {
						s, err := c.Stream(t.Context(), req, tc.call...)
						require.NoError(t, err)
						for _, err := range s.Chunks() {
							require.NoError(t, err)
						}
						return
					}
					_, err := c.Chat(t.Context(), req, tc.call...)
					require.NoError(t, err)
				}
				send()
				got := srv.Requests()
				bodies := map[string]string{} // by key
				for _, r := range got {
					key := r.Header.Get("Idempotency-Key")
					require.NotEmpty(t, key)
					if had, ok := bodies[key]; ok {
						require.Equal(t, had, string(r.Body), "one key over two bodies")
					}
					if had, ok := keys[string(r.Body)]; ok {
						require.Equal(t, had, key, "one body under two keys")
					}
					bodies[key], keys[string(r.Body)] = string(r.Body), key
					if tc.key != "" {
						require.Contains(t, key, tc.key)
						require.Equal(t, string(r.Body) == string(got[0].Body), key == tc.key)
					}
				}
				require.Len(t, bodies, tc.bodies)
				require.NoError(t, c.Close())
				srv.Close()
			})
		})
	}
}

// A key for all calls of an endpoint would make them one.
func TestAnEndpointHasNoIdempotencyKey(t *testing.T) {
	_, err := buoy.New(buoy.Endpoint{BaseURL: "https://x/v1", Keys: []string{"k"}, Header: map[string][]string{"idempotency-key": {"1"}}})
	require.ErrorContains(t, err, "WithHeader")
}
