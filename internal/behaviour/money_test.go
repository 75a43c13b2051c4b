package behaviour_test

import (
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// A quota of a cost that nobody tells never counts: it is refused with the fix.
func TestAQuotaOfACostThatNobodyTells(t *testing.T) {
	const key = "sk-1"
	other := buoy.Endpoint{BaseURL: "https://llm.example.com/v1", Keys: []string{key}}
	declared := other
	declared.Costs = buoy.RUB
	odd := other
	odd.Costs = "EUR"
	rub := buoy.Quota{Cost: 100, Currency: buoy.RUB}
	usd := buoy.Quota{Cost: 100, Currency: buoy.USD}
	with := func(q buoy.Quota, change func(*buoy.Quota)) buoy.Quota { change(&q); return q }
	priced := with(usd, func(q *buoy.Quota) { q.Prices = buoy.PriceTable{}.Price })
	rated := with(rub, func(q *buoy.Quota) { q.Rates = map[buoy.Currency]float64{buoy.USD: 90} })
	for name, tc := range map[string]struct {
		endpoint buoy.Endpoint
		quota    buoy.Quota
		more     []buoy.Option
		err      string
	}{
		"AITUNNEL":                      {buoy.AITunnel(key), rub, nil, ""},
		"OpenRouter":                    {buoy.OpenRouter(key), usd, nil, ""},
		"OpenAI":                        {buoy.OpenAI(key), usd, nil, "api.openai.com does not tell what its answers cost: set Quota.Prices"},
		"OpenAI, by prices":             {buoy.OpenAI(key), priced, nil, ""},
		"OpenAI, by tokens":             {buoy.OpenAI(key), buoy.Quota{Tokens: 5}, nil, ""},
		"OpenAI, both":                  {buoy.OpenAI(key), with(usd, func(q *buoy.Quota) { q.Tokens = 5 }), nil, "set Quota.Prices"},
		"Azure":                         {buoy.Azure("https://a.openai.azure.com", "d", "v", key), usd, nil, "set Quota.Prices"},
		"any other server":              {other, usd, nil, "llm.example.com does not tell"},
		"one that is said to tell":      {declared, rub, nil, ""},
		"in another currency":           {declared, usd, nil, "llm.example.com tells costs in RUB: set Quota.Currency"},
		"a currency of nobody":          {odd, usd, nil, `Costs of llm.example.com is "EUR"`},
		"dollars counted in roubles":    {buoy.OpenRouter(key), rub, nil, "openrouter.ai tells costs in USD: set Quota.Currency to that, or Quota.Rates"},
		"dollars at a rate":             {buoy.OpenRouter(key), rated, nil, ""},
		"on this computer":              {buoy.Endpoint{BaseURL: "http://127.0.0.1:1/v1"}, usd, nil, ""},
		"a fallback that tells":         {buoy.OpenAI(key), rub, []buoy.Option{buoy.WithFallback(buoy.Target{Endpoint: buoy.AITunnel(key), Model: "m"})}, ""},
		"a fallback that tells nothing": {other, rub, []buoy.Option{buoy.WithFallback(buoy.Target{Endpoint: buoy.OpenAI(key), Model: "m"})}, "does not tell"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := buoy.New(tc.endpoint, append(tc.more, buoy.WithQuota(tc.quota))...)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				require.NotContains(t, err.Error(), key)
				return
			}
			require.NoError(t, err)
			require.NoError(t, c.Close())
		})
	}
}
