package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// Mix is a provider that fails a little in every way, and its twin.
type Mix struct {
	Seed  uint64
	Calls int
}

// faults is the mix: with it a client with a plain timeout of 10 s succeeds in
// about 87 of 100 calls.
func faults() buoytest.Faults {
	return buoytest.Faults{
		Error429: .01, Error429Hint: .01, Error500: .015, Error503: .015, InBand: .01, ChoiceError: .005, HTML: .005,
		Reset: .01, Drop: .005, Hang: .01, Cut: .01, EndEarly: .005, CutWithDone: .005, Malformed: .005, Empty: .005,
		NoChoices: .005,
		Slow:      .05, Pause: 20 * time.Millisecond,
	}
}

// Outcome counts calls.
type Outcome struct{ Calls, Good, Requests int }

// Rate is the share of good answers.
func (o Outcome) Rate() float64 { return float64(o.Good) / float64(max(1, o.Calls)) }

// Plain asks one provider with a timeout of 10 s and takes nothing but a whole,
// intact answer for a success.
func (m Mix) Plain(t *testing.T) Outcome {
	return m.run(t, func(primary, _ *buoytest.Server) caller {
		rt := primary.RoundTripper()
		return func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			return plainChat(ctx, rt, primary.URL)
		}
	})
}

// WithBuoy asks the same provider through buoy's defaults with one fallback,
// which is no better than the primary.
func (m Mix) WithBuoy(t *testing.T) Outcome {
	return m.run(t, func(primary, second *buoytest.Server) caller {
		to := second.Endpoint()
		to.Name = "second"
		c, err := buoy.New(primary.Endpoint(), buoy.WithFallback(buoy.Target{Endpoint: to}),
			buoy.WithHTTPClient(&http.Client{Transport: byHost{
				strings.TrimPrefix(primary.URL, "http://"): primary.RoundTripper(),
				strings.TrimPrefix(second.URL, "http://"):  second.RoundTripper(),
			}}))
		if err != nil {
			t.Fatal(err)
		}
		req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("hello")}}
		return func(ctx context.Context) error {
			resp, err := c.Chat(ctx, req)
			if err == nil && !buoytest.Intact(resp.Text()) {
				return errStatus
			}
			return err
		}
	})
}

type byHost map[string]http.RoundTripper

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	return b[r.URL.Host].RoundTrip(r)
}

func plainChat(ctx context.Context, rt http.RoundTripper, url string) error {
	body := `{"model":"m","messages":[{"role":"user","content":"hello"}]}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := rt.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Choices []struct{ Message struct{ Content string } }
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&answer); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || len(answer.Choices) == 0 || !buoytest.Intact(answer.Choices[0].Message.Content) {
		return errStatus
	}
	return nil
}

func (m Mix) run(t *testing.T, client func(primary, second *buoytest.Server) caller) (out Outcome) {
	synctest.Test(t, func(t *testing.T) {
		primary := buoytest.NewMemServer(nil, buoytest.Chaos(m.Seed, faults()))
		second := buoytest.NewMemServer(nil, buoytest.Chaos(m.Seed+1, faults()))
		call := client(primary, second)
		var mu sync.Mutex
		var workers sync.WaitGroup
		const width = 20
		for range width {
			workers.Go(func() {
				for range m.Calls / width {
					time.Sleep(time.Second) // a worker's own work
					err := call(t.Context())
					mu.Lock()
					out.Calls++
					if err == nil {
						out.Good++
					}
					mu.Unlock()
				}
			})
		}
		workers.Wait()
		out.Requests = len(primary.Requests()) + len(second.Requests())
		primary.Close()
		second.Close()
	})
	return out
}
