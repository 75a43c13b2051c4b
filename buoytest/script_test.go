package buoytest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

// say is a step that can be told from others.
func say(s string) buoytest.Step { return buoytest.Reply(s) }

func TestScript(t *testing.T) {
	a, b, c := say("a"), say("b"), say("c")
	type request struct{ model, key, want string }
	any := func(wants ...string) []request {
		var rs []request
		for _, w := range wants {
			rs = append(rs, request{"m", "k", w})
		}
		return rs
	}
	const well = buoytest.DefaultText
	for _, tt := range []struct {
		name  string
		steps []buoytest.Step
		want  []request
	}{
		{"each step once, then well for ever", []buoytest.Step{a, b}, any("a", "b", well, well)},
		{"no steps", nil, any(well)},
		{"the zero step", []buoytest.Step{{}, a}, any(well, "a")},
		{"times", []buoytest.Step{buoytest.Times(2, a), b}, any("a", "a", "b", well)},
		{"times of several", []buoytest.Step{buoytest.Times(2, a, b), c}, any("a", "b", "a", "b", "c")},
		{"times zero", []buoytest.Step{buoytest.Times(0, a), b}, any("b", well)},
		{"times of times", []buoytest.Step{buoytest.Times(2, buoytest.Times(2, a), b)}, any("a", "a", "b", "a", "a", "b", well)},
		{"always", []buoytest.Step{a, buoytest.Always(b, c), a}, any("a", "b", "c", "b", "c", "b")},
		{"always nothing", []buoytest.Step{buoytest.Always(), a}, any("a", well)},
		{"one step used twice counts for each place", []buoytest.Step{buoytest.Times(1, a), buoytest.Times(1, a)}, any("a", "a", well)},
		{"for a model", []buoytest.Step{buoytest.ForModel("x", a, b), c}, []request{
			{"x", "", "a"}, {"m", "", "c"}, {"x", "", "b"}, {"x", "", well}, {"m", "", well}}},
		{"always for a model", []buoytest.Step{buoytest.ForModel("x", buoytest.Always(a, b)), c}, []request{
			{"x", "", "a"}, {"m", "", "c"}, {"x", "", "b"}, {"x", "", "a"}}},
		{"for a key", []buoytest.Step{buoytest.ForKey("k1", buoytest.Always(a)), buoytest.ForKey("k2", b)}, []request{
			{"m", "k1", "a"}, {"m", "k2", "b"}, {"m", "k1", "a"}, {"m", "k2", well}}},
		{"wrapped groups", []buoytest.Step{buoytest.Dribble(buoytest.Times(2, a, b), 3)}, any("a", "b", "a", "b", well)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := buoytest.NewMemServer(t, tt.steps...)
				for i, r := range tt.want {
					ask := strings.Replace(askWhole, `"m"`, `"`+r.model+`"`, 1)
					got := post(t, srv.Client(), srv.URL, ask, "Authorization: Bearer "+r.key)
					require.Equal(t, r.want, text(t, got.body), "request %d", i+1)
				}
			})
		})
	}
}

func TestScriptForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.For(time.Minute, buoytest.Fail(503)), say("back"))
		status := func() int { return post(t, srv.Client(), srv.URL, askWhole).resp.StatusCode }
		require.Equal(t, 503, status())
		time.Sleep(time.Minute - 1)
		require.Equal(t, 503, status())
		time.Sleep(time.Nanosecond)
		require.Equal(t, 200, status())
		require.Equal(t, buoytest.DefaultText, text(t, post(t, srv.Client(), srv.URL, askWhole).body), "the step after it was taken")

		srv.Script(buoytest.For(time.Minute, buoytest.Fail(500)))
		require.Equal(t, 500, status(), "a new script has a time of its own")
	})
}

func TestScriptsDoNotShareCounts(t *testing.T) {
	step := buoytest.Times(1, say("a"))
	first, second := buoytest.NewServer(t, step), buoytest.NewServer(t, step)
	for _, srv := range []*buoytest.Server{first, second} {
		require.Equal(t, "a", text(t, post(t, srv.Client(), srv.URL, askWhole).body))
	}
}
