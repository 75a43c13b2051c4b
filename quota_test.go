package buoy_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/status"
	"github.com/stretchr/testify/require"
)

func TestQuotaCallsBackOnceForEachThreshold(t *testing.T) {
	for _, stream := range []bool{false, true} {
		var f fired
		opts := []buoy.Option{buoy.WithQuota(buoy.Quota{Cost: 100, Currency: buoy.RUB, OnThreshold: f.Note})}
		bubble(t, opts, func(t *testing.T, d desk) {
			for i, want := range [][]float64{nil, nil, nil, {0.75}, {0.75, 0.9, 1}, {0.75, 0.9, 1}, {0.75, 0.9, 1}} {
				require.NoError(t, call(t.Context(), d, stream))
				require.Equal(t, want, f.Thresholds(), "call %d", i)
			}
			s := spent(t, d.Client)
			require.Equal(t, status.Quota{
				Name: "month-cost-RUB", Tokens: 70, Cost: 140, CostLimit: 100, Currency: buoy.RUB,
				From: date(2000, 1, 1), Until: date(2000, 2, 1),
			}, s)
			require.Equal(t, 0.8, f.Events[0].Share())
			require.Equal(t, 1.0, f.Events[2].Share())
		}, buoytest.Always(costs(20)))
	}
}

// A share is compared as it was meant: 900 of 1000 is 0.9.
func TestQuotaThresholdIsReachedExactly(t *testing.T) {
	var f fired
	opts := []buoy.Option{buoy.WithQuota(buoy.Quota{Cost: 1, Currency: buoy.RUB, Thresholds: []float64{1, 0.3, 0.7, 0.7, 0.9}, OnThreshold: f.Note})}
	bubble(t, opts, func(t *testing.T, d desk) {
		for range 10 {
			_, err := d.Chat(t.Context(), hello)
			require.NoError(t, err)
		}
		require.Equal(t, []float64{0.3, 0.7, 0.9, 1}, f.Thresholds())
		for _, e := range f.Events {
			require.Equal(t, e.Threshold, e.Share(), "at once, neither before nor after")
		}
	}, buoytest.Always(costs(0.1)))
}

func TestQuotaRefusesPastTheLimit(t *testing.T) {
	opts := []buoy.Option{buoy.WithQuota(buoy.Quota{Name: "tokens", Period: buoy.Daily(nil), Tokens: 25, Refuse: true})}
	bubble(t, opts, func(t *testing.T, d desk) {
		time.Sleep(3 * time.Hour)
		for range 3 { // 10 tokens each: the third crosses the limit
			require.NoError(t, call(t.Context(), d, false))
		}
		for _, stream := range []bool{false, true} {
			err := call(t.Context(), d, stream)
			require.ErrorIs(t, err, buoy.ErrQuota)
			require.Equal(t, buoy.ErrQuota, buoy.KindOf(err))
			require.False(t, buoy.IsRetryable(err))
			ours, ok := errors.AsType[*buoy.QuotaError](err)
			require.True(t, ok)
			require.Equal(t, status.Quota{Name: "tokens", Refuses: true, Tokens: 30, TokenLimit: 25, From: date(2000, 1, 1), Until: date(2000, 1, 2)}, ours.Quota)
			wait, ok := buoy.RetryAfter(err)
			require.True(t, ok)
			require.Equal(t, 21*time.Hour, wait)
			require.EqualError(t, err, fmt.Sprintf("buoy: %s gpt-4o-mini: quota: refused here, because the quota tokens is used up: 30 of 25 tokens; the next period begins at 2000-01-02T00:00:00Z; 0 attempts",
				map[bool]string{false: "chat", true: "stream"}[stream]))
			for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
				require.Equal(t, ours.Error(), fmt.Sprintf(verb, ours))
			}
			_, theirs := errors.AsType[*buoy.APIError](err)
			require.False(t, theirs, "it is our refusal")
		}
		require.Len(t, d.Server.Requests(), 3)

		time.Sleep(21 * time.Hour)
		require.NoError(t, call(t.Context(), d, false), "a new day")
		require.Equal(t, int64(10), spent(t, d.Client).Tokens)
	}, buoytest.Always(costs(1)))
}

// What was thrown away costs, too, where the provider tells it.
func TestQuotaCountsLostAttempts(t *testing.T) {
	usage := `"usage":{"prompt_tokens":7,"completion_tokens":3,"cost_rub":5}`
	empty := buoytest.ReplyWith(buoytest.Answer{FinishReason: "stop", Usage: buoytest.Usage{PromptTokens: 7, CompletionTokens: 3, CostRUB: new(5.0)}})
	choice := buoytest.InBand(`{"choices":[{"index":0,"message":{"role":"assistant","content":"Half"},"finish_reason":"error","error":{"code":502,"message":"gone"}}],` + usage + `}`)
	event := buoytest.Raw(200, "text/event-stream", []byte(`data: {"choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":"stop"}],`+usage+"}\n\ndata: [DONE]\n\n"))
	for name, tc := range map[string]struct {
		step   buoytest.Step
		stream bool
	}{
		"an empty answer":                    {empty, false},
		"a refusal in a choice":              {choice, false},
		"an empty stream":                    {event, true},
		"an empty stream where none was due": {event, false},
	} {
		t.Run(name, func(t *testing.T) {
			opts := []buoy.Option{buoy.WithQuota(buoy.Quota{Cost: 100, Currency: buoy.RUB})}
			bubble(t, opts, func(t *testing.T, d desk) {
				require.NoError(t, call(t.Context(), d, tc.stream))
				require.Len(t, d.Server.Requests(), 2)
				s := spent(t, d.Client)
				require.Equal(t, 6.0, s.Cost)
				require.Equal(t, int64(20), s.Tokens)
				require.Zero(t, s.Unknown)
			}, tc.step, costs(1))
		})
	}
}

// An answer that may be billed and tells nothing is counted as unknown.
func TestQuotaOwnsUpToWhatItCannotKnow(t *testing.T) {
	silent := buoytest.ReplyWith(buoytest.Answer{Text: "It scatters.", OmitUsage: true})
	var warnings []error
	opts := []buoy.Option{noRetry, buoy.WithQuota(buoy.Quota{Cost: 100, Currency: buoy.RUB, OnError: func(err error) { warnings = append(warnings, err) }})}
	bubble(t, opts, func(t *testing.T, d desk) {
		for range 2 {
			require.NoError(t, call(t.Context(), d, false))
		}
		require.Error(t, call(t.Context(), d, false), "refused: not billed")
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		require.NoError(t, s.Close(), "left early, before its usage came")
		_, err = d.Chat(t.Context(), hello)
		require.NoError(t, err, "tokens without a price")

		got := spent(t, d.Client)
		require.Equal(t, int64(4), got.Unknown)
		require.Zero(t, got.Cost)
		require.Positive(t, got.Tokens)
		require.Len(t, warnings, 1, "once in a period")
		require.ErrorContains(t, warnings[0], "desk")
		require.NotContains(t, warnings[0].Error(), "canary")
	}, silent, silent, buoytest.Error(500, ""), buoytest.Stream("a", "b"), buoytest.Reply("It scatters."))
}

func TestQuotaPricesWhatIsNotTold(t *testing.T) {
	usd := 0.002
	tells := buoytest.ReplyWith(buoytest.Answer{Text: "x", Usage: buoytest.Usage{PromptTokens: 7, CompletionTokens: 3, Cost: &usd}})
	bare := buoytest.ReplyWith(buoytest.Answer{Text: "x", Usage: buoytest.Usage{PromptTokens: 1_000_000, CompletionTokens: 500_000, CachedTokens: 400_000}})
	rub := buoy.PriceTable{"gpt-4o-mini": {Prompt: 30, Completion: 120, Currency: buoy.RUB}}
	cached := buoy.PriceTable{"gpt-4o-mini": {Prompt: 30, CachedPrompt: 10, Completion: 120, Currency: buoy.RUB}}
	dollars := buoy.PriceTable{"gpt-4o-mini": {Prompt: 0.3, Completion: 1.2, Currency: buoy.USD}}
	for _, tc := range []struct {
		name    string
		quota   buoy.Quota
		step    buoytest.Step
		cost    float64
		unknown int64
	}{
		{"the provider's word comes first", buoy.Quota{Currency: buoy.RUB, Prices: rub.Price}, costs(2.5), 2.5, 0},
		{"also when it is nothing", buoy.Quota{Currency: buoy.RUB, Prices: rub.Price}, costs(0), 0, 0},
		{"a table", buoy.Quota{Currency: buoy.RUB, Prices: rub.Price}, bare, 90, 0},
		{"cached tokens", buoy.Quota{Currency: buoy.RUB, Prices: cached.Price}, bare, 82, 0},
		{"another currency's table", buoy.Quota{Currency: buoy.RUB, Prices: dollars.Price}, bare, 0, 1},
		{"with a rate", buoy.Quota{Currency: buoy.RUB, Prices: dollars.Price, Rates: map[buoy.Currency]float64{buoy.USD: 90}}, bare, 81, 0},
		{"dollars", buoy.Quota{Currency: buoy.USD}, tells, 0.002, 0},
		{"dollars to roubles", buoy.Quota{Currency: buoy.RUB, Rates: map[buoy.Currency]float64{buoy.USD: 90}}, tells, 0.18, 0},
		{"dollars without a rate", buoy.Quota{Currency: buoy.RUB}, tells, 0, 1},
		{"an unknown model", buoy.Quota{Currency: buoy.RUB, Prices: buoy.PriceTable{}.Price}, bare, 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.quota.Cost = 1000
			bubble(t, []buoy.Option{buoy.WithQuota(tc.quota)}, func(t *testing.T, d desk) {
				require.NoError(t, call(t.Context(), d, false))
				s := spent(t, d.Client)
				require.InDelta(t, tc.cost, s.Cost, 1e-9)
				require.Equal(t, tc.unknown, s.Unknown)
			}, tc.step)
		})
	}
}

func TestPriceTableKnowsPrefixedNames(t *testing.T) {
	table := buoy.PriceTable{"gpt-4o": {Prompt: 1}, "openai/gpt-4o-mini": {Prompt: 2}}
	for model, want := range map[string]float64{"gpt-4o": 1, "openai/gpt-4o": 1, "openai/gpt-4o-mini": 2, "gpt-4o-mini": 0, "": 0} {
		p, ok := table.Price("any", model)
		require.Equal(t, want, p.Prompt, model)
		require.Equal(t, want > 0, ok, model)
	}
}

// A callback may call anything, and a panic in one does not stop the next.
func TestQuotaCallbackMayCallBuoy(t *testing.T) {
	var c *buoy.Client
	var seen []float64
	q := buoy.Quota{Cost: 100, Currency: buoy.RUB, Thresholds: []float64{0.2, 0.4, 0.6, 0.8}, OnThreshold: func(e buoy.QuotaEvent) {
		seen = append(seen, e.Threshold)
		if e.Threshold == 0.4 {
			panic("the user's own")
		}
		_, err := c.Chat(context.Background(), hello)
		if err != nil {
			panic(err)
		}
		_, _ = c.Quotas(context.Background())
	}}
	bubble(t, []buoy.Option{buoy.WithQuota(q)}, func(t *testing.T, d desk) {
		c = d.Client
		require.PanicsWithValue(t, "the user's own", func() { _, _ = d.Chat(t.Context(), hello) })
		require.NoError(t, call(t.Context(), d, false))
		require.Equal(t, []float64{0.2, 0.4, 0.6, 0.8}, seen)
	}, buoytest.Always(costs(20)))
}

func TestNewRefusesQuotasThatCannotWork(t *testing.T) {
	good := buoy.Quota{Tokens: 1}
	for name, tc := range map[string]struct {
		quotas []buoy.Quota
		want   string
	}{
		"no limit":             {[]buoy.Quota{{}}, "neither Tokens nor Cost"},
		"no currency":          {[]buoy.Quota{{Cost: 1}}, "buoy.RUB"},
		"negative":             {[]buoy.Quota{{Tokens: -1}}, "between 0"},
		"threshold":            {[]buoy.Quota{{Tokens: 1, Thresholds: []float64{0}}}, "0.75 is 75 %"},
		"rate":                 {[]buoy.Quota{{Tokens: 1, Rates: map[buoy.Currency]float64{buoy.USD: 0}}}, "rate for USD"},
		"period":               {[]buoy.Quota{{Tokens: 1, Period: buoy.Every(time.Millisecond)}}, "rate limit"},
		"name":                 {[]buoy.Quota{{Tokens: 1, Name: "a:b"}}, "colon"},
		"two of the same name": {[]buoy.Quota{good, good}, "set Quota.Name"},
	} {
		t.Run(name, func(t *testing.T) {
			var opts []buoy.Option
			for _, q := range tc.quotas {
				opts = append(opts, buoy.WithQuota(q))
			}
			_, err := buoy.New(buoy.OpenAI("k"), opts...)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// A day and a month are counted side by side; the stricter refuses.
func TestSeveralQuotas(t *testing.T) {
	opts := []buoy.Option{
		buoy.WithQuota(buoy.Quota{Period: buoy.Daily(nil), Tokens: 20, Refuse: true}),
		buoy.WithQuota(buoy.Quota{Period: buoy.Monthly(nil), Cost: 5, Currency: buoy.RUB, Refuse: true}),
	}
	bubble(t, opts, func(t *testing.T, d desk) {
		var names []string
		for range 5 {
			for call(t.Context(), d, false) == nil {
			}
			_, err := d.Chat(t.Context(), hello)
			ours, _ := errors.AsType[*buoy.QuotaError](err)
			names = append(names, ours.Name)
			time.Sleep(24 * time.Hour)
		}
		require.Equal(t, []string{"day-tokens", "day-tokens", "month-cost-RUB", "month-cost-RUB", "month-cost-RUB"}, names)
		require.Len(t, d.Server.Requests(), 5)
	}, buoytest.Always(costs(1)))
}
