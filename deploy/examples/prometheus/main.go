// Prometheus: a real Prometheus reads the metrics of a service whose provider is in
// trouble, and answers what an operator asks first.
//
//	go run ./examples/prometheus     offline, in the module deploy; ends by itself
//
// The server is started on a free port with a folder of its own, and both are gone
// afterwards. Without a prometheus on the PATH the program says how to get one.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/deploy/internal/prom"
	"github.com/buoy-go/buoy/internal/service"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "prometheus:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if _, ok := prom.Program.Find(); !ok {
		fmt.Println("There is no Prometheus to start:", prom.Program.Hint())
		return nil
	}
	provider := buoytest.NewServer(nil, buoytest.Always(
		buoytest.Times(6, answer()), buoytest.Fail(500), buoytest.OpenAIError(429, "rate_limit_exceeded", "slow down"),
		buoytest.ForKey("sk-old", buoytest.OpenAIError(401, "invalid_api_key", "wrong key")),
		buoytest.OpenAIError(400, "invalid_value", "wrong"),
	))
	defer provider.Close()
	client, err := newClient(provider)
	if err != nil {
		return err
	}
	defer client.Close()
	metrics := httptest.NewServer(promhttp.Handler())
	defer metrics.Close()

	rules, err := os.ReadFile("prometheus/buoy.rules.yml")
	if err != nil {
		return fmt.Errorf("run it in the module deploy: %w", err)
	}
	config := fmt.Sprintf("global: {scrape_interval: 500ms, evaluation_interval: 500ms}\nrule_files: [rules.yml]\n"+
		"scrape_configs: [{job_name: example, static_configs: [{targets: [%q]}]}]\n", metrics.Listener.Addr())
	server, err := service.Start(prom.Spec(config, func(dir string) error { return os.WriteFile(dir+"/rules.yml", rules, 0o600) }))
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Println("Prometheus reads the service twice a second. Calls go on meanwhile ...")
	fmt.Println()
	if err := load(ctx, client, server.Addr()); err != nil {
		return err
	}
	return questions(ctx, server.Addr())
}

// load makes calls until Prometheus has read their metrics five times. It looks for what
// to read after five seconds.
func load(ctx context.Context, client *buoy.Client, addr string) error {
	for {
		for range 20 {
			ask(ctx, client)
		}
		read, err := prom.Query(ctx, addr, "count_over_time(up[1m]) >= 5", time.Now())
		if err != nil || len(read) > 0 {
			return err
		}
	}
}

func newClient(provider *buoytest.Server) (*buoy.Client, error) {
	exporter, err := otelprom.New() // registers where promhttp.Handler looks
	if err != nil {
		return nil, err
	}
	endpoint := provider.Endpoint()
	endpoint.Name, endpoint.Keys = "embedded", []string{"sk-old", "sk-new"}
	telemetry, err := buoyotel.New(buoyotel.WithEndpoint(endpoint),
		buoyotel.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))))
	if err != nil {
		return nil, err
	}
	client, err := buoy.New(endpoint, buoy.WithHTTPClient(provider.Client()), buoy.WithObserver(telemetry),
		buoy.WithMiddleware(telemetry.Middleware()),
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 20 * time.Millisecond, MaxDelay: 100 * time.Millisecond}))
	if err == nil {
		telemetry.Watch(client)
	}
	return client, err
}

func answer() buoytest.Step {
	return buoytest.Delay(10*time.Millisecond, buoytest.ReplyWith(buoytest.Answer{Text: "It floats.", Usage: buoytest.Usage{Cost: new(0.002)}}))
}

// ask reads one stream; how it ended is for the metrics.
func ask(ctx context.Context, client *buoy.Client) {
	stream, err := client.Stream(ctx, buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Why does a buoy float?")}})
	if err != nil {
		return
	}
	defer stream.Close()
	for range stream.Chunks() { //nolint:revive // read to its end
	}
}

// questions prints what Prometheus answers through its HTTP API.
func questions(ctx context.Context, addr string) error {
	const calls = "gen_ai_client_inference_duration_seconds_count"
	for _, q := range []struct{ text, expr, label, unit string }{
		{"Calls, by how they ended", "sum by (error_type) (" + calls + ")", "error_type", ""},
		{"Requests that failed, also where the call went well", `sum by (error_type) (buoy_attempt_duration_seconds_count{error_type!=""})`, "error_type", ""},
		{"19 of 20 streams have begun after", "histogram_quantile(0.95, sum by (le) (gen_ai_client_inference_time_to_first_chunk_seconds_bucket))", "", " s"},
		{"Cost so far", "sum by (buoy_currency) (buoy_cost_total)", "buoy_currency", ""},
		{"Keys", "sum by (buoy_key_state) (buoy_keys)", "buoy_key_state", ""},
		{"Alerts that fire", `sum by (alertname) (ALERTS{alertstate="firing"})`, "alertname", ""},
	} {
		series, err := prom.Query(ctx, addr, q.expr, time.Now())
		if err != nil {
			return err
		}
		if len(series) == 0 {
			return errors.New("prometheus has no answer to " + q.expr)
		}
		fmt.Printf("%s\n    %s\n", q.text, q.expr)
		lines := map[string]float64{}
		for _, s := range series {
			lines[s.Labels[q.label]] = s.Values[0]
		}
		for _, name := range slices.Sorted(maps.Keys(lines)) {
			shown := name
			if name == "" && q.label == "error_type" {
				shown = "well"
			}
			fmt.Println(strings.TrimRight(fmt.Sprintf("    %-20s %.3g%s", shown, lines[name], q.unit), " "))
		}
	}
	return nil
}
