package buoy_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

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
		"the same, spread": {buoy.Endpoint{BaseURL: own.BaseURL, KeySource: own.KeySource, KeyOrder: buoy.KeysSpread}, false},
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
