package clients_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

const hello = "Hello there!"

// fault is what a provider does to a call. A good answer comes afterwards.
type fault struct {
	name   string
	stream bool
	steps  []buoytest.Step
	// right judges what a client alone made of it: the answer, or an error that says
	// why there is none.
	right func(o outcome) bool
	// with is what has to come of it with buoy underneath, where the good answer is to
	// be had with another request.
	with func(t *testing.T, o outcome)
}

// outcome is what a program saw.
type outcome struct {
	text     string
	err      error
	took     time.Duration
	requests int
}

func (o outcome) String() string {
	switch {
	case o.err == nil && o.text == hello:
		return fmt.Sprintf("the answer (%d requests)", o.requests)
	case o.err == nil && o.text == "":
		return "nothing, and no error"
	case o.err == nil:
		return fmt.Sprintf("%q, and no error", o.text)
	case o.took >= patience:
		return "an error at the caller's deadline"
	}
	return fmt.Sprintf("an error after %v (%d requests)", o.took.Round(time.Second), o.requests)
}

func answered(o outcome) bool         { return o.err == nil && o.text == hello }
func answeredOrFailed(o outcome) bool { return o.err != nil || o.text == hello }
func failedAtOnce(o outcome) bool     { return o.err != nil && o.requests == 1 }

func isAnswered(t *testing.T, o outcome) { require.True(t, answered(o), "%v: %v", o, o.err) }

// fails is an error before the first token: a reply with this status.
func fails(status int, within time.Duration) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		require.Equal(t, status, statusOf(o.err), "%v", o.err)
		require.LessOrEqual(t, o.took, within)
		require.Equal(t, 1, o.requests)
	}
}

// breaks is an error after the first token: buoy's own, behind the text that came.
func breaks(kind buoy.Kind, within time.Duration) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		require.Equal(t, kind, buoy.KindOf(o.err), "%v", o.err)
		require.NotNil(t, callOf(o.err))
		require.NotEmpty(t, o.text)
		require.LessOrEqual(t, o.took, within)
	}
}

// deadKey is the fault in which buoy has another key.
const deadKey = "a key that is dead"

// patience is the caller's.
const patience = 2 * time.Minute

var faults = []fault{
	{"503 three times", false, []buoytest.Step{buoytest.Times(3, buoytest.Fail(503))}, answered, isAnswered},
	{"an error in a 200", false, []buoytest.Step{buoytest.InBand(`{"error":{"code":502,"message":"The upstream is gone."}}`)}, answeredOrFailed, isAnswered},
	{"empty choices", false, []buoytest.Step{buoytest.NoChoices()}, answeredOrFailed, isAnswered},
	{"insufficient_quota", false, []buoytest.Step{buoytest.Times(5, buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota."))}, failedAtOnce, fails(429, time.Second)},
	{"an error event before the first token", true, []buoytest.Step{buoytest.StreamError(0, `{"error":{"code":502,"message":"The upstream is gone."}}`)}, answeredOrFailed, isAnswered},
	{"JSON under a stream", true, []buoytest.Step{buoytest.Raw(200, "application/json", []byte(`{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"`+hello+`"},"finish_reason":"stop"}]}`))}, answeredOrFailed, isAnswered},
	{"an idle stream", true, []buoytest.Step{buoytest.Stall(2, time.Hour)}, answeredOrFailed, breaks(buoy.ErrTimeout, 11*time.Second)},
	{"a cut stream", true, []buoytest.Step{buoytest.Cut(2)}, answeredOrFailed, breaks(buoy.ErrStreamInterrupted, time.Second)},
	{"HTML", false, []buoytest.Step{buoytest.HTML(200)}, answeredOrFailed, isAnswered},
	{"429 with a wait", false, []buoytest.Step{buoytest.RetryAfter(3*time.Second, buoytest.Fail(429))}, answered, isAnswered},
	{"silence", false, []buoytest.Step{buoytest.Hang(time.Hour)}, answeredOrFailed, fails(504, 21*time.Second)},
	{deadKey, false, []buoytest.Step{buoytest.ForKey(apiKey, buoytest.Always(buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided.")))}, answeredOrFailed, isAnswered},
}

// run lets a client meet a fault, in a time of its own.
func run(t *testing.T, f fault, make func(string, *http.Client) client, under bool) (o outcome) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, append(f.steps, buoytest.Always(buoytest.Reply(hello)))...)
		hc := srv.Client()
		if under {
			keys := []string{"sk-good"}
			if f.name == deadKey {
				keys = []string{apiKey, "sk-good"}
			}
			hc = &http.Client{Transport: buoyhttp.Transport(newBuoy(t, srv, keys...), hc.Transport)}
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		begun := time.Now()
		o.text, o.err = make(srv.URL+"/v1", hc).ask(ctx, f.stream)
		o.took, o.requests = time.Since(begun), len(srv.Requests())
	})
	return o
}

func newBuoy(t *testing.T, srv *buoytest.Server, keys ...string) *buoy.Client {
	t.Helper()
	e := srv.Endpoint()
	e.Keys, e.KeyOrder = keys, buoy.KeysInOrder
	c, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()),
		buoy.WithTimeouts(buoy.Timeouts{Attempt: 20 * time.Second, Idle: 10 * time.Second}))
	require.NoError(t, err)
	return c
}

// Twelve faults, what each client makes of them alone, and what with buoy underneath.
func TestTwelveFaults(t *testing.T) {
	require.Len(t, faults, 12)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "fault\tclient\talone\t\twith buoy")
	alone, with := map[string]int{}, map[string]int{}
	for _, f := range faults {
		for _, c := range clients {
			t.Run(f.name+"/"+c.name, func(t *testing.T) {
				before := run(t, f, c.make, false)
				verdict := "wrong"
				if f.right(before) {
					verdict = "right"
					alone[c.name]++
				}
				after := run(t, f, c.make, true)
				fmt.Fprintf(table, "%s\t%s\t%v\t%s\t%v\n", f.name, c.name, before, verdict, after)
				f.with(t, after)
				require.True(t, f.right(after))
				with[c.name]++
			})
		}
	}
	for _, c := range clients {
		fmt.Fprintf(table, "right of %d\t%s\t%d\t\t%d\n", len(faults), c.name, alone[c.name], with[c.name])
	}
	if testing.Verbose() {
		_ = table.Flush()
	}
	require.Equal(t, map[string]int{"openai-go": 12, "go-openai": 12}, with)
	require.Equal(t, map[string]int{"openai-go": 7, "go-openai": 7}, alone, "of these versions of theirs")
}

// buoy has asked again already; the client above does not.
func TestRetriesDoNotMultiply(t *testing.T) {
	for _, c := range clients {
		for _, stream := range []bool{false, true} {
			for name, step := range map[string]buoytest.Step{
				"503": buoytest.Fail(503), "500": buoytest.Fail(500), "429": buoytest.RetryAfter(time.Second, buoytest.Fail(429)),
				"a lost connection": buoytest.Reset(), "HTML": buoytest.HTML(502), "409": buoytest.Fail(409), "408": buoytest.Fail(408),
			} {
				t.Run(fmt.Sprintf("%s/%s/%t", c.name, name, stream), func(t *testing.T) {
					o := run(t, fault{stream: stream, steps: []buoytest.Step{buoytest.Always(step)}}, c.make, true)
					require.Error(t, o.err)
					require.NotZero(t, statusOf(o.err))
					require.LessOrEqual(t, o.requests, 5, "buoy's own attempts")
				})
			}
		}
	}
}

// What a client sends reaches the provider as it was, its own key apart.
func TestARequestOfAnotherClientArrivesAsItWas(t *testing.T) {
	for _, c := range clients {
		for _, stream := range []bool{false, true} {
			var bodies []string
			for _, under := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					srv := buoytest.NewMemServer(t, buoytest.Reply(hello))
					hc := srv.Client()
					if under {
						hc = &http.Client{Transport: buoyhttp.Transport(newBuoy(t, srv, "sk-good"), nil)}
					}
					text, err := c.make(srv.URL+"/v1", hc).ask(t.Context(), stream)
					require.NoError(t, err)
					require.Equal(t, hello, text)
					bodies = append(bodies, string(srv.Requests()[0].Body))
				})
			}
			if stream {
				bodies[0] = strings.TrimSuffix(bodies[0], "}") + `,"stream_options":{"include_usage":true}}`
			}
			require.JSONEq(t, bodies[0], bodies[1], c.name)
		}
	}
}
