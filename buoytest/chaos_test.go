package buoytest_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

func TestIntact(t *testing.T) {
	seen := map[string]bool{}
	for ordinal := range 500 {
		text := buoytest.ChaosText(ordinal)
		require.Equal(t, text, buoytest.ChaosText(ordinal))
		require.True(t, buoytest.Intact(text), text)
		require.False(t, seen[text])
		seen[text] = true
		for i := range text {
			require.False(t, buoytest.Intact(text[:i]), "%q cut at %d", text, i)
		}
		require.False(t, buoytest.Intact(text+text), "said twice")
		require.False(t, buoytest.Intact(text+" "))
		words := strings.Fields(text)
		require.False(t, buoytest.Intact(strings.Join(words[1:], " ")), "its beginning is missing")
	}
	require.False(t, buoytest.Intact(""))
	require.False(t, buoytest.Intact(buoytest.DefaultText))
}

// verdict tells from the bytes alone whether an answer is good, as an honest client has to.
func verdict(got result) (text string, good bool) {
	if got.err != nil || got.resp.StatusCode != 200 || strings.Contains(got.body, `"error"`) {
		return "", false
	}
	var b strings.Builder
	if !strings.HasPrefix(got.resp.Header.Get("Content-Type"), "text/event-stream") {
		r, err := decode(strings.TrimSpace(got.body))
		if err != nil || len(r.Choices) == 0 || r.Choices[0].Message.Content == "" {
			return "", false
		}
		return r.Choices[0].Message.Content, true
	}
	finished := false
	for _, p := range payloads(strings.ReplaceAll(got.body, ": keep-alive\n\n", "")) {
		if p == "[DONE]" {
			continue
		}
		r, err := decode(p)
		if err != nil {
			return "", false
		}
		for _, c := range r.Choices {
			b.WriteString(c.Delta.Content)
			finished = finished || c.FinishReason != nil
		}
	}
	return b.String(), finished && b.Len() > 0
}

// run sends calls requests, from as many goroutines as workers says, and returns what the server noted and what came.
func run(t *testing.T, seed uint64, f buoytest.Faults, calls, workers int, direct bool) ([]buoytest.Received, []result) {
	t.Helper()
	var noted []buoytest.Received
	results := make([]result, calls)
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Chaos(seed, f))
		client := srv.Client()
		if direct {
			client = &http.Client{Transport: srv.RoundTripper()}
		}
		var next sync.Mutex
		sent := 0
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for {
					next.Lock()
					i := sent
					sent++
					next.Unlock()
					if i >= calls {
						return
					}
					results[i] = post(t, client, srv.URL, []string{askWhole, askStream}[i%2])
				}
			})
		}
		wg.Wait()
		noted = srv.Requests()
	})
	return noted, results
}

func TestChaosTellsNoLies(t *testing.T) {
	faults := buoytest.AllFaults(0.9)
	faults.HangFor = time.Minute
	for _, direct := range []bool{false, true} {
		t.Run(fmt.Sprintf("direct %v", direct), func(t *testing.T) {
			noted, results := run(t, 7, faults, 1500, 1, direct)
			require.Len(t, noted, len(results))
			outcomes := map[string]int{}
			for i, got := range results {
				outcome := noted[i].Outcome
				outcomes[outcome]++
				switch text, good := verdict(got); outcome {
				case "Reply", "Slow", "Dribble", "Stall", "Comments":
					require.True(t, good, "%s: %v %q", outcome, got.err, got.body)
					require.Equal(t, buoytest.ChaosText(i+1), text)
					require.True(t, buoytest.Intact(text))
				default:
					require.False(t, good, "%s: %q", outcome, got.body)
				}
			}
			require.Len(t, outcomes, 23, "22 faults and good answers: %v", outcomes)
		})
	}
}

func TestChaosIsReproducible(t *testing.T) {
	faults := buoytest.AllFaults(0.7)
	faults.HangFor, faults.Slow = time.Second, 0
	fates := func(seed uint64, workers int, direct bool) []string {
		noted, _ := run(t, seed, faults, 300, workers, direct)
		var fs []string
		for i, r := range noted {
			require.Equal(t, i+1, r.Ordinal)
			fs = append(fs, r.Outcome)
		}
		return fs
	}
	one := fates(1, 1, true)
	require.Equal(t, one, fates(1, 1, true), "again")
	require.Equal(t, one, fates(1, 8, true), "from eight goroutines")
	require.Equal(t, one, fates(1, 8, false), "over a network")
	require.NotEqual(t, one, fates(2, 1, true), "another seed")
}

func TestChaosKeepsItsProbabilities(t *testing.T) {
	f := buoytest.Faults{Error429: 0.3, InBand: 0.05, Empty: 0.01}
	const calls = 4000
	srv := buoytest.NewServer(t, buoytest.Chaos(3, f))
	got := map[string]float64{}
	for range calls {
		buoytest.AnswerTo(srv, &recorder{header: http.Header{}}, askWhole)
	}
	for _, r := range srv.Requests() {
		got[r.Outcome]++
	}
	for name, p := range map[string]float64{"Error429": 0.3, "InBand": 0.05, "Empty": 0.01, "Reply": 0.64} {
		deviation := math.Sqrt(calls * p * (1 - p))
		require.InDelta(t, calls*p, got[name], 4*deviation, name)
	}
}

func TestChaosRefusesImpossibleFaults(t *testing.T) {
	require.PanicsWithValue(t, "buoytest: the probabilities of the faults add up to 1.100, more than 1", func() {
		buoytest.Chaos(1, buoytest.Faults{Reset: 0.6, Cut: 0.5})
	})
	require.Panics(t, func() { buoytest.Chaos(1, buoytest.Faults{Reset: -0.1}) })
	require.Panics(t, func() { buoytest.Chaos(1, buoytest.Faults{Reset: math.NaN()}) })
	require.NotPanics(t, func() { buoytest.Chaos(1, buoytest.AllFaults(1)) })
}

func TestChaosHints(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Chaos(1, buoytest.Faults{Error429Hint: 1, Hint: 3 * time.Second}))
	got := post(t, srv.Client(), srv.URL, askStream)
	require.Equal(t, 429, got.resp.StatusCode)
	require.Equal(t, "3", got.resp.Header.Get("Retry-After"))
}
