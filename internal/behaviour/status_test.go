package behaviour

import (
	"context"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/status"
)

var update = flag.Bool("update", false, "write the golden files")

// The JSON of a status is stable: a program may read it.
func TestStatusGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Reply("hi"), buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided"),
			buoytest.Reply("hi"), buoytest.Error(503, `{"error":{"message":"the secret of the prompt"}}`), buoytest.Reply("hi"))
		e := srv.Endpoint()
		e.Name, e.Keys, e.KeyOrder = "desk", []string{"sk-secret-of-the-first", "sk-secret-of-the-second"}, buoy.KeysInOrder
		c, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()),
			buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 600, Concurrent: 4}),
			buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Nanosecond}),
			buoy.WithQuota(buoy.Quota{Period: buoy.Daily(time.UTC), Tokens: 1_000_000}),
			buoy.WithQuota(buoy.Quota{Period: buoy.Monthly(time.UTC), Cost: 100, Currency: buoy.RUB,
				Prices: buoy.PriceTable{"gpt-4o-mini": {Prompt: 1, Completion: 1, Currency: buoy.RUB}}.Price}))
		require.NoError(t, err)
		defer c.Close()
		ask := func(model string) {
			_, _ = c.Chat(t.Context(), buoy.Request{Model: model, Messages: []buoy.Message{buoy.User("the secret of the prompt")}})
		}
		ask("gpt-4o-mini")
		time.Sleep(time.Minute)
		ask("gpt-4o-mini") // the first key is refused, the second answers
		ask("gpt-4o-mini") // fails and is repeated
		_, _ = c.Chat(t.Context(), buoy.Request{Model: "gpt-4o-mini"})

		s := c.Status()
		s.Endpoints[0].Minutes = s.Endpoints[0].Minutes[58:]
		s.Endpoints[0].URL = "https://desk.example/v1/chat/completions"
		got, err := json.MarshalIndent(s, "", "  ")
		require.NoError(t, err)
		got = append(got, '\n')
		require.NotContains(t, string(got), "secret")
		const golden = "testdata/status.golden.json"
		if *update {
			require.NoError(t, os.WriteFile(golden, got, 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err, "run 'make golden' once")
		require.Equal(t, string(want), string(got))
	})
}

func TestAnEmptyStatusHasListsAndNoNull(t *testing.T) {
	c, err := buoy.New(buoy.Endpoint{BaseURL: "http://127.0.0.1:1/v1", Query: url.Values{"key": {"sk-secret"}}}, buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Disabled: true}}))
	require.NoError(t, err)
	defer c.Close()
	s := c.Status()
	require.Equal(t, "http://127.0.0.1:1/v1/chat/completions", s.Endpoints[0].URL)
	s.Time, s.Endpoints = time.Time{}, nil
	got, err := json.Marshal(s)
	require.NoError(t, err)
	require.JSONEq(t, `{"time":"0001-01-01T00:00:00Z","version":"dev","endpoints":null,"breakers":[],"keys":[{"endpoint":"127.0.0.1:1","label":"","state":"ready","disabled":false}],
		"limits":[],"retry_budgets":[],"quotas":[],"errors":[]}`, string(got))
}

// Breakers that clients share are those of other endpoints, too.
func TestStatusHasTheBreakersOfItsOwnEndpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		north, south := buoytest.NewMemServer(t), buoytest.NewMemServer(t)
		shared, err := buoy.NewBreakers(buoy.BreakerPolicy{})
		require.NoError(t, err)
		var clients []*buoy.Client
		for name, srv := range map[string]*buoytest.Server{"north": north, "south": south} {
			e := srv.Endpoint()
			e.Name = name
			c, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()), buoy.WithBreakers(shared))
			require.NoError(t, err)
			defer c.Close()
			_, err = c.Chat(t.Context(), buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("hi")}})
			require.NoError(t, err)
			clients = append(clients, c)
		}
		require.Len(t, shared.Snapshot(), 2)
		for _, c := range clients {
			s := c.Status()
			require.Len(t, s.Breakers, 1)
			require.Equal(t, s.Endpoints[0].Name, s.Breakers[0].Endpoint)
		}
	})
}

// A caller that leaves is no failure, and the errors are the last ones only.
func TestStatusErrorsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Hang(time.Hour))
		c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		defer c.Close()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = c.Chat(ctx, buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("hi")}})
		require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
		require.Empty(t, c.Status().Errors)
		last := c.Status().Endpoints[0].Minutes[59]
		require.Equal(t, []int{1, 0}, []int{last.Requests, last.Failed})
		for range 100 {
			_, err = c.Chat(t.Context(), buoy.Request{Model: "m"})
			require.Equal(t, buoy.ErrInvalidRequest, buoy.KindOf(err))
		}
		errs := c.Status().Errors
		require.Len(t, errs, 32)
		require.Equal(t, "invalid_request", errs[0].Kind)
	})
}

func TestStatusOfACache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t)
		c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(shelf{}, buoy.CachePolicy{}))
		require.NoError(t, err)
		defer c.Close()
		require.Equal(t, &status.Cache{}, c.Status().Cache)
		for range 3 {
			_, err = c.Chat(t.Context(), buoy.Request{Model: "m", Temperature: new(0.0), Messages: []buoy.Message{buoy.User("hi")}})
			require.NoError(t, err)
			synctest.Wait()
		}
		got := *c.Status().Cache
		require.Positive(t, got.SavedTokens)
		got.SavedTokens = 0
		require.Equal(t, status.Cache{Hits: 2, Misses: 1, Stored: 1}, got)
	})
}

// shelf is a cache of one goroutine.
type shelf map[string][]byte

func (s shelf) Get(_ context.Context, key string) ([]byte, bool, error) {
	v, ok := s[key]
	return v, ok, nil
}

func (s shelf) Set(_ context.Context, key string, value []byte, _ time.Duration) error {
	s[key] = value
	return nil
}
