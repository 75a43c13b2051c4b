package buoy_test

import (
	"context"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func modelsAsked(d desk) (out []string) {
	for _, r := range d.Server.Requests() {
		out = append(out, r.Model)
	}
	return out
}

const primary = "gpt-4o-mini"

// A recovery asks the same target, then the next, and never goes back.
func TestRecoveryGoesOnToTheNextTarget(t *testing.T) {
	always := func(steps ...buoytest.Step) buoytest.Step { return buoytest.ForModel(primary, steps...) }
	for _, tc := range []struct {
		name     string
		steps    []buoytest.Step
		models   []string
		restarts int
	}{
		{"the same target works", []buoytest.Step{always(buoytest.Cut(3))}, []string{primary, primary}, 0},
		{"it fails once more", []buoytest.Step{always(buoytest.Cut(3), buoytest.Always(buoytest.Fail(503))), buoytest.Reply("from b")},
			[]string{primary, primary, "b"}, 1},
		{"it breaks once more", []buoytest.Step{always(buoytest.Always(buoytest.Cut(3))), buoytest.Reply("from b")}, []string{primary, primary, "b"}, 1},
		{"it stalls: the next at once", []buoytest.Step{always(buoytest.Stall(3, 0)), buoytest.Reply("from b")}, []string{primary, "b"}, 1},
		{"its model is gone", []buoytest.Step{always(buoytest.Cut(3), buoytest.Fail(404)), buoytest.Reply("from b")}, []string{primary, primary, "b"}, 1},
		{"the second breaks as well", []buoytest.Step{always(buoytest.Stall(3, 0)), buoytest.ForModel("b", buoytest.Stall(1, 0)), buoytest.Reply("from c")},
			[]string{primary, "b", "c"}, 1},
		{"the first never answered", []buoytest.Step{always(buoytest.Always(buoytest.Fail(500))), buoytest.ForModel("b", buoytest.Cut(3)), buoytest.Reply("from c")},
			[]string{primary, primary, primary, "b", "c"}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{restart, buoy.WithFallback(buoy.Target{Model: "b"}, buoy.Target{Model: "c"})}, func(t *testing.T, d desk) {
				s := streamOf(t, d)
				w := watch(t, s)
				require.NoError(t, w.Err)
				require.Equal(t, tc.models, modelsAsked(d))
				require.Equal(t, tc.models[len(tc.models)-1], s.Info().Model)
				require.Equal(t, tc.restarts, w.Restarts)
			}, tc.steps...)
		})
	}
}

// When all targets fail the first interruption leads, and each attempt is listed.
func TestRecoveryFailsOnAllTargets(t *testing.T) {
	bubble(t, []buoy.Option{restart, buoy.WithFallback(buoy.Target{Model: "b"})}, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d))
		require.Equal(t, buoy.ErrMalformed, buoy.KindOf(w.Err))
		require.Equal(t, brown, w.Text)
		require.Equal(t, []string{primary, primary, "b", "b", "b"}, modelsAsked(d))
		require.Len(t, callError(t, w.Err).Attempts, 5)
		require.Equal(t, buoy.StopAttempts, callError(t, w.Err).Stop)
	}, buoytest.Malformed(3), buoytest.Always(buoytest.Fail(503)))
}

// A target takes over in the middle of the text where it declares that it can. One
// that does not, or refuses after all, begins again; the caller sees one answer.
func TestRecoverContinueOnAnotherTarget(t *testing.T) {
	refuse := buoytest.Error(400, `{"error":{"message":"Expected last role User or Tool for serving but got assistant","type":"invalid_request_message_order"}}`)
	for _, tc := range []struct {
		name     string
		target   buoy.Target
		steps    []buoytest.Step
		prefills []string
		all      string
		restarts int
	}{
		{"it continues", buoy.Target{Model: "b", Prefill: true}, []buoytest.Step{buoytest.Stream(" fox.")}, []string{"", brown}, brown + " fox.", 0},
		{"it was not declared", buoy.Target{Model: "b"}, []buoytest.Step{buoytest.Reply("Other words.")}, []string{"", ""}, brown + "Other words.", 1},
		{"it refuses", buoy.Target{Model: "b", Prefill: true}, []buoytest.Step{refuse, buoytest.Reply("Other words.")}, []string{"", brown, ""}, brown + "Other words.", 1},
		{"it refuses and says the same", buoy.Target{Model: "b", Prefill: true}, []buoytest.Step{refuse}, []string{"", brown, ""}, buoytest.DefaultText, 0},
		{"it fails once", buoy.Target{Model: "b", Prefill: true}, []buoytest.Step{buoytest.Fail(503), buoytest.Stream(" fox.")}, []string{"", brown, brown}, brown + " fox.", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverContinue), buoy.WithFallback(tc.target)}
			bubble(t, opts, func(t *testing.T, d desk) {
				w := watch(t, streamOf(t, d))
				require.NoError(t, w.Err)
				require.Equal(t, tc.all, w.All)
				require.Equal(t, tc.restarts, w.Restarts)
				require.Equal(t, tc.prefills, prefills(t, d))
			}, append([]buoytest.Step{buoytest.ForModel(primary, buoytest.Stall(3, 0))}, tc.steps...)...)
		})
	}
}

// A target that refuses a prefill with the last attempt leaves the others their
// turn: the refusal says nothing of the caller's request.
func TestARefusedPrefillGoesOnToTheNextTarget(t *testing.T) {
	opts := []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverContinue), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}),
		buoy.WithFallback(buoy.Target{Model: "b", Prefill: true}, buoy.Target{Model: "c"})}
	bubble(t, opts, func(t *testing.T, d desk) {
		w := watch(t, streamOf(t, d))
		require.NoError(t, w.Err)
		require.Equal(t, []string{primary, "b", "c"}, modelsAsked(d))
		require.Equal(t, "from c", w.Text)
	}, buoytest.ForModel(primary, buoytest.Stall(3, 0)), buoytest.ForModel("b", buoytest.Fail(400)), buoytest.Reply("from c"))
}

// The last resort replaces an answer that nobody could complete.
func TestRecoveryFallsBackToTheFunction(t *testing.T) {
	canned := func(_ context.Context, _ buoy.Request, cause error) (*buoy.Response, error) {
		return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("Please call us."), FinishReason: "stop"}}}, nil
	}
	opts := []buoy.Option{restart, buoy.WithFallbackFunc(canned), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2})}
	bubble(t, opts, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		w := watch(t, s)
		require.NoError(t, w.Err)
		require.Equal(t, 1, w.Restarts)
		require.Equal(t, "Please call us.", w.Text)
		require.True(t, s.Info().Degraded)
		require.ErrorIs(t, s.Info().Cause, buoy.ErrStreamInterrupted)
		require.Len(t, s.Info().Attempts, 2)
	}, buoytest.Always(buoytest.Cut(3)))
}

// Another key is asked at once when the stream's own has run out of money.
func TestRecoveryTakesAnotherKey(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		e := endpointOf(d.Server)
		e.Name, e.Keys = "two", []string{"one", "two"}
		c, err := buoy.New(e, restart, buoy.WithHTTPClient(d.Server.Client()))
		require.NoError(t, err)
		defer c.Close()
		start := time.Now()
		s := streamOf(t, desk{Client: c, Server: d.Server})
		w := watch(t, s)
		require.NoError(t, w.Err)
		require.Equal(t, buoytest.DefaultText, w.All)
		require.Zero(t, time.Since(start))
		got := d.Server.Requests()
		require.NotEqual(t, got[0].Key, got[1].Key)
	}, buoytest.StreamError(3, `{"error":{"code":402,"message":"Insufficient credits"}}`))
}

// Tool calls are taken piece by piece as texts are: the reader has the arguments
// once, under the id that it was told first.
func TestRecoveryOfToolCalls(t *testing.T) {
	begin := `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]}}]}` + "\n\n"
	arguments := `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}}]}` + "\n\n"
	cut := buoytest.Raw(200, "text/event-stream", []byte(begin+arguments))
	for _, tc := range []struct {
		name, arguments string
		restarts        int
		id              string
	}{
		{"the same", `{"city":"Omsk"}`, 0, "call_1"},
		{"others", `{"town":"Omsk"}`, 1, "call_2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, []buoy.Option{restart}, func(t *testing.T, d desk) {
				s := streamOf(t, d)
				w := watch(t, s)
				require.NoError(t, w.Err)
				require.Equal(t, tc.restarts, w.Restarts)
				calls := s.Response().ToolCalls()
				require.Len(t, calls, 1)
				require.Equal(t, tc.id, calls[0].ID)
				require.Equal(t, "weather", calls[0].Function.Name)
				require.Equal(t, tc.arguments, calls[0].Function.Arguments)
			}, cut, buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{{ID: "call_2", Name: "weather", Arguments: tc.arguments}}}))
		})
	}
}
