package buoy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// crowded is a provider that answers 429 until the time is up, and then well.
type crowded struct {
	mu      sync.Mutex // guards the fields below
	begun   time.Time
	until   time.Duration
	latency time.Duration
	hint    string
	sent    []time.Duration // when each request came
}

func (c *crowded) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.mu.Lock()
	at := time.Since(c.begun)
	c.sent = append(c.sent, at)
	c.mu.Unlock()
	select {
	case <-time.After(c.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if at >= c.until {
		return testdesk.Reply(200, "application/json", io.NopCloser(strings.NewReader(`{"choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`))), nil
	}
	resp := testdesk.Reply(429, "application/json", io.NopCloser(strings.NewReader(`{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)))
	if c.hint != "" {
		resp.Header.Set("Retry-After", c.hint)
	}
	return resp, nil
}

// most is how many requests came within 100 ms, after the first burst.
func (c *crowded) most() (most int) {
	for i, at := range c.sent {
		in := 0
		for _, o := range c.sent[i:] {
			if at > c.latency && o-at < 100*time.Millisecond {
				in++
			}
		}
		most = max(most, in)
	}
	return most
}

func (c *crowded) client(t *testing.T, keys []string, opts ...buoy.Option) *buoy.Client {
	c.begun = time.Now()
	client, err := buoy.New(buoy.Endpoint{Name: "desk", BaseURL: "https://desk.example/v1", Keys: keys},
		append(opts, buoy.WithHTTPClient(&http.Client{Transport: c}))...)
	require.NoError(t, err)
	return client
}

// Forty calls are told 429 at once. They sent 140 requests and none was answered, and
// with a hint all came back within 100 ms.
func TestFortyCallsMeetARateLimit(t *testing.T) {
	for _, hint := range []string{"", "1", "3"} {
		for _, latency := range []time.Duration{0, 50 * time.Millisecond, 400 * time.Millisecond} {
			for _, keys := range [][]string{{"a"}, {"a", "b"}} {
				t.Run(fmt.Sprintf("hint %q, %v, %d keys", hint, latency, len(keys)), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						p := &crowded{until: 3 * time.Second, latency: latency, hint: hint}
						client := p.client(t, keys)
						var wg sync.WaitGroup
						for range 40 {
							wg.Go(func() {
								_, err := client.Chat(t.Context(), hello)
								require.NoError(t, err)
							})
						}
						wg.Wait()
						require.LessOrEqual(t, len(p.sent), 100)
						require.Less(t, time.Since(p.begun), 12*time.Second)
						require.LessOrEqual(t, p.most(), 20, "spread over time")
					})
				})
			}
		}
	}
}

// Where nobody named a wait and somebody else can be asked, he is within MaxDelay:
// canned answers came after 5, 10, 21, 99 and 119 s.
func TestKeysThatRestAreNotWaitedForLong(t *testing.T) {
	for _, keys := range [][]string{{"a"}, {"a", "b"}, {"a", "b", "c"}} {
		synctest.Test(t, func(t *testing.T) {
			p := &crowded{until: time.Hour}
			canned := buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
				return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("later")}}}, nil
			})
			client := p.client(t, keys, canned)
			for range 20 {
				begun := time.Now()
				resp, err := client.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.True(t, resp.Info.Degraded)
				require.LessOrEqual(t, time.Since(begun), 8*time.Second)
				time.Sleep(time.Second)
			}
			p.sent = nil
			alone := p.client(t, keys)
			for range 5 {
				begun := time.Now()
				_, err := alone.Chat(t.Context(), hello)
				require.Error(t, err)
				require.LessOrEqual(t, time.Since(begun), time.Minute)
			}
		})
	}
}

// An error does not say that the provider asked for what was learned without its word.
func TestALearnedPauseIsNoWordOfTheProvider(t *testing.T) {
	for hint, want := range map[string]string{"": "rest after refusals that named no wait", "30": "has asked for a pause"} {
		synctest.Test(t, func(t *testing.T) {
			p := &crowded{until: time.Hour, hint: hint}
			client := p.client(t, []string{"a", "b"}, noRetry)
			for range 2 {
				_, err := client.Chat(t.Context(), hello)
				require.ErrorIs(t, err, buoy.ErrRateLimit)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err := client.Chat(ctx, hello)
			require.ErrorContains(t, limitError(t, err), want)
		})
	}
}

// A call that ends while it waits for its next turn has what the provider said.
func TestWhatWasSaidBeforeAWaitIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &crowded{until: time.Hour, hint: "30"}
		client := p.client(t, []string{"a"})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		begun := time.Now()
		_, err := client.Chat(ctx, hello)
		require.Equal(t, 10*time.Second, time.Since(begun))
		require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
		api, ok := errors.AsType[*buoy.APIError](err)
		require.True(t, ok)
		require.Equal(t, 429, api.StatusCode)

		short, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begun = time.Now()
		_, err = client.Chat(short, hello)
		require.Zero(t, time.Since(begun))
		require.Equal(t, 20*time.Second, limitError(t, err).Wait)
	})
}

func TestKeySource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.ForKey("old", buoytest.Times(2, buoytest.Reply("x")), buoytest.Always(badKey)))
		var mu sync.Mutex
		asked, current, fail := 0, "old", false
		e := endpointOf(srv)
		e.Keys = nil
		e.KeySource = func(context.Context) ([]string, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			if fail {
				return nil, errors.New("the vault is sealed")
			}
			return []string{current}, nil
		}
		c, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		d := desk{Client: c, Server: srv}
		ask := func() error { _, err := d.Chat(t.Context(), hello); return err }

		fail = true
		err = ask()
		require.ErrorIs(t, err, buoy.ErrAuth)
		require.ErrorContains(t, err, "the vault is sealed")
		fail = false
		require.NoError(t, ask())
		require.NoError(t, ask())
		require.Equal(t, 2, asked, "not on every call")

		current = "new"
		require.NoError(t, ask(), "the old key was revoked, and the call asks for its successor")
		require.Equal(t, 3, asked)
		require.Equal(t, []string{"old", "old", "old", "new"}, keysUsed(d))

		fail = true
		time.Sleep(2 * time.Minute)
		require.NoError(t, ask(), "old keys stay in use while the source fails")
		srv.Close()
	})
}

// A source that hangs fails no call while a good key is known.
func TestAKeySourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t)
		defer srv.Close()
		var mu sync.Mutex
		asked := 0
		e := endpointOf(srv)
		e.Keys = nil
		e.KeySource = func(ctx context.Context) ([]string, error) {
			mu.Lock()
			asked++
			first := asked == 1
			mu.Unlock()
			if first {
				return []string{"a"}, nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		c, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		for range 5 {
			begun := time.Now()
			_, err := c.Chat(t.Context(), hello)
			require.NoError(t, err)
			require.Zero(t, time.Since(begun))
			time.Sleep(time.Minute)
		}
		mu.Lock()
		defer mu.Unlock()
		require.Equal(t, 5, asked)
	})
}

// Two sources at one address became one in silence. The same one is the same.
func TestTwoKeySourcesAtOneAddress(t *testing.T) {
	vault := func(key string) buoy.KeySource {
		return func(context.Context) ([]string, error) { return []string{key}, nil }
	}
	at := func(source buoy.KeySource) buoy.Endpoint {
		return buoy.Endpoint{BaseURL: "https://desk.example/v1", KeySource: source}
	}
	own := at(vault("a"))
	for name, tc := range map[string]struct {
		target  buoy.Endpoint
		refused bool
	}{
		"the same":         {own, false},
		"another one":      {at(vault("b")), true},
		"one and a key":    {buoy.Endpoint{BaseURL: own.BaseURL, Keys: []string{"a"}}, true},
		"another order":    {buoy.Endpoint{BaseURL: own.BaseURL, KeySource: own.KeySource, KeyOrder: buoy.KeysInOrder}, true},
		"the same, sticky": {buoy.Endpoint{BaseURL: own.BaseURL, KeySource: own.KeySource, KeyOrder: buoy.KeysSticky}, false},
	} {
		_, err := buoy.New(own, buoy.WithFallback(buoy.Target{Endpoint: tc.target, Model: "other"}))
		if !tc.refused {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, "set Endpoint.Name", name)
	}
}

// What rests on a sentence alone puts no key out: it is the request that may have said
// it. A code or a 401 does.
func TestASentenceAloneDisablesNoKey(t *testing.T) {
	for name, tc := range map[string]struct {
		refusal  buoytest.Step
		disabled bool
	}{
		"a sentence": {buoytest.OpenAIError(400, "", "Incorrect API key provided."), false},
		"a code":     {buoytest.OpenAIError(400, "invalid_api_key", "Incorrect API key provided."), true},
		"a status":   {badKey, true},
	} {
		t.Run(name, func(t *testing.T) {
			keyed(t, []string{"a", "b"}, []buoytest.Step{buoytest.ForKey("a", tc.refusal)}, nil, func(t *testing.T, d desk) {
				_, err := d.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.Equal(t, []string{"a", "b"}, keysUsed(d))
				require.Equal(t, tc.disabled, d.Keys()[0].Disabled)
				time.Sleep(time.Second)
				_, err = d.Chat(t.Context(), hello)
				require.NoError(t, err)
				require.Equal(t, !tc.disabled, keysUsed(d)[2] == "a")
			})
		})
	}
}
