package main

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/require"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
)

// The troubles of the hour, each from a minute on for some minutes. In the first
// quietMinutes nothing fails that anybody is to be told of.
const (
	quietMinutes = 12
	hourMinutes  = 132
)

// In these minutes the jobs of a queue are old.
const queueFrom, queueTo = 64, 74

// trouble is what an endpoint suffers, and the alerts that have to fire meanwhile.
type trouble struct {
	from, to int // minutes
	step     buoytest.Step
	alerts   []string
}

// troubles are those of the endpoint "primary", one after the other.
var troubles = []trouble{
	{12, 20, buoytest.Always(buoytest.OpenAIError(429, "rate_limit_exceeded", "slow down"), answer(), answer(), answer()), []string{"BuoyRateLimited"}},
	{30, 40, buoytest.Always(buoytest.Fail(500)), []string{"BuoyCallsFail", "BuoyRetryBudgetEmpty", "BuoyBreakerOpen"}},
	{54, 62, buoytest.Always(buoytest.Delay(30*time.Second, answer())), []string{"BuoyFirstChunkSlow"}},
	{74, 80, buoytest.Always(buoytest.OpenAIError(401, "invalid_api_key", "wrong key")), []string{"BuoyKeyRefused", "BuoyNoKeyLeft"}},
	{92, 98, buoytest.Always(buoytest.OpenAIError(429, "insufficient_quota", "pay")), []string{"BuoyOutOfMoney", "BuoyNoKeyLeft"}},
	{108, 116, buoytest.Always(buoytest.OpenAIError(400, "invalid_value", "wrong")), []string{"BuoyInvalidRequests"}},
}

// spent are the alerts of what adds up over the hours.
var spent = []string{"BuoyCostAnHour", "BuoyQuotaNearlySpent"}

func answer() buoytest.Step {
	return buoytest.ReplyWith(buoytest.Answer{Text: "A buoy stays up because it is light.", Usage: buoytest.Usage{
		PromptTokens: 400, CompletionTokens: 60, CachedTokens: 100, ReasoningTokens: 20, Cost: new(0.04)}})
}

// scrape is what the exporter wrote at one minute: series to value.
type scrape map[string]string

// hour is a run of a service against a provider in trouble, with time in a bubble, and
// what Prometheus would have scraped each minute.
func hour(t *testing.T) (scrapes []scrape) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		exporter, err := otelprom.New(otelprom.WithRegisterer(registry))
		require.NoError(t, err)
		meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
		defer func() { require.NoError(t, meters.Shutdown(context.Background())) }()

		var script []buoytest.Step
		for _, trouble := range troubles { // For counts from the beginning of the script
			script = append(script, buoytest.For(time.Duration(trouble.from)*time.Minute, answer()), buoytest.For(time.Duration(trouble.to)*time.Minute, trouble.step))
		}
		primary := buoytest.NewMemServer(t, append(script, buoytest.Always(answer()))...)
		shaky := buoytest.NewMemServer(t, buoytest.ForModel("gpt-4o", buoytest.Always(buoytest.Slow(time.Second))), // the fallback
			buoytest.Always(buoytest.Delay(3*time.Second, answer()), answer(), buoytest.Times(4, buoytest.Fail(500)), buoytest.Cut(3), buoytest.Times(4, answer())))

		alone, telemetry := client(t, meters, primary, "primary",
			buoy.WithRetry(buoy.RetryPolicy{Budget: buoy.RetryBudget{Capacity: 20}}),
			buoy.WithRateLimit(buoy.RateLimit{Concurrent: 2}),
			buoy.WithQuota(buoy.Quota{Name: "day", Cost: 44, Currency: buoy.USD, Prices: func(string, string) (buoy.Price, bool) { return buoy.Price{}, false }}))
		defer telemetry.Watch(alone)()
		handy, _ := client(t, meters, shaky, "shaky", buoy.WithStreamRecovery(buoy.RecoverRestart),
			buoy.WithHedge(buoy.HedgePolicy{After: time.Second}), buoy.WithFallback(buoy.Target{Endpoint: shaky.Endpoint(), Model: "gpt-4o"}),
			buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3}))

		var wg sync.WaitGroup
		for minute := range hourMinutes {
			// A queue and a cache tell of themselves as buoyqueue and WithCache do.
			age := 5 * time.Second
			if minute >= queueFrom && minute < queueTo {
				age = 20 * time.Minute
			}
			telemetry.ObserveQueue(t.Context(), event.Queue{Move: event.QueueStarted, Model: "gpt-4o-mini", Age: age, Depth: 3})
			telemetry.ObserveCache(t.Context(), event.Cache{Result: event.CacheHit, Level: "memory", Model: "gpt-4o-mini"})
			if minute == 82 { // somebody has mended the key
				require.NoError(t, alone.SetKeys("primary", "sk-new", "sk-newer"))
			}
			if minute == 100 {
				require.NoError(t, alone.SetKeys("primary", "sk-rich", "sk-richer"))
			}
			for range 3 {
				for range 3 { // one more than may run
					wg.Go(func() { ask(t.Context(), alone, true) })
				}
				wg.Go(func() { ask(t.Context(), alone, false) })
				wg.Go(func() { ask(t.Context(), handy, minute%2 == 0) })
				time.Sleep(10 * time.Second)
			}
			time.Sleep(30 * time.Second)
			scrapes = append(scrapes, collect(t, registry))
		}
		wg.Wait()
	})
	return scrapes
}

func client(t *testing.T, meters *sdkmetric.MeterProvider, srv *buoytest.Server, name string, options ...buoy.Option) (*buoy.Client, *buoyotel.Telemetry) {
	endpoint := srv.Endpoint()
	endpoint.Name, endpoint.Keys = name, []string{"sk-" + name, "sk-other"} // a single key is never out
	telemetry, err := buoyotel.New(buoyotel.WithMeterProvider(meters), buoyotel.WithEndpoint(endpoint))
	require.NoError(t, err)
	c, err := buoy.New(endpoint, append([]buoy.Option{buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(telemetry),
		buoy.WithMiddleware(telemetry.Middleware())}, options...)...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c, telemetry
}

func ask(ctx context.Context, c *buoy.Client, stream bool) {
	req := buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Why does a buoy float?")}}
	if !stream {
		_, _ = c.Chat(ctx, req)
		return
	}
	if s, err := c.Stream(ctx, req); err == nil {
		for range s.Chunks() { //nolint:revive // read to its end
		}
	}
}

// collect scrapes: the lines of Prometheus's text format.
func collect(t *testing.T, registry *prometheus.Registry) scrape {
	families, err := registry.Gather()
	require.NoError(t, err)
	var text bytes.Buffer
	encoder := expfmt.NewEncoder(&text, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		require.NoError(t, encoder.Encode(f))
	}
	out := scrape{}
	for line := range strings.Lines(text.String()) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		end := strings.LastIndexByte(line, ' ')
		_, err := strconv.ParseFloat(line[end+1:], 64)
		require.NoError(t, err, line)
		series := line[:end]
		if !strings.Contains(series, "{") {
			series += "{}"
		}
		// Prometheus adds where a series is from; the dashboard asks for it.
		out[strings.Replace(series, "{", `{job="service",`, 1)] = line[end+1:]
	}
	return out
}

// values are a series as promtool writes them, "_" where there was none.
func values(scrapes []scrape, series string) string {
	all := make([]string, len(scrapes))
	for i, s := range scrapes {
		all[i] = "_"
		if v, ok := s[series]; ok {
			all[i] = v
		}
	}
	return strings.Join(all, " ")
}
