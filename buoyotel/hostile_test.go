package buoyotel_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
)

// badStore is a quota's store that panics, or never answers.
type badStore struct{ hangs bool }

func (b badStore) Add(ctx context.Context, _ string, _ buoy.QuotaCount, _ time.Time) (buoy.QuotaCount, error) {
	if b.hangs {
		<-ctx.Done()
		return buoy.QuotaCount{}, ctx.Err()
	}
	panic("the store is broken")
}

func (b badStore) Claim(context.Context, string, time.Time) (bool, error) { return false, nil }

// Texts of a provider's that are too long, and its control characters.
func TestHugeTexts(t *testing.T) {
	huge := strings.Repeat("x\x00\xff", 1<<19)
	for _, step := range []buoytest.Step{
		buoytest.OpenAIError(400, huge, huge),
		buoytest.ReplyWith(buoytest.Answer{Text: "fine", Model: huge, FinishReason: huge[:1000]}),
	} {
		d := newDesk(t, buoytest.NewServer(t, buoytest.Headers(step, "X-Request-Id: "+strings.Repeat("r", 5000))), nil)
		req := request()
		req.Model = huge[:4096]
		_, _ = d.client.Chat(context.Background(), req)
		size := 0
		for _, s := range d.spans.GetSpans() {
			size += len(s.Name)
			for _, a := range s.Attributes {
				size += len(a.Value.String())
			}
		}
		require.Less(t, size, 4000)
		for name, points := range d.metrics() {
			for _, p := range points {
				for _, a := range p.attrs.ToSlice() {
					require.LessOrEqual(t, len(a.Value.String()), 256*3, name)
				}
			}
		}
	}
}

// Providers that were shut down, before and during calls, change no answer.
func TestShutDown(t *testing.T) {
	srv := buoytest.NewServer(t)
	traces := sdktrace.NewTracerProvider()
	reader := sdkmetric.NewManualReader()
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	telemetry, err := buoyotel.New(buoyotel.WithTracerProvider(traces), buoyotel.WithMeterProvider(meters), buoyotel.WithContent(buoyotel.Content{}))
	require.NoError(t, err)
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(telemetry), buoy.WithMiddleware(telemetry.Middleware()))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for range 30 {
				stop := telemetry.Watch(client)
				if i%2 == 0 {
					_, err := client.Chat(context.Background(), request())
					require.NoError(t, err)
				} else if s, err := client.Stream(context.Background(), request()); err == nil {
					for range s.Chunks() { //nolint:revive // read to its end
					}
				}
				var data metricdata.ResourceMetrics
				_ = reader.Collect(context.Background(), &data)
				stop()
			}
		})
	}
	wg.Go(func() {
		srv.Await(40)
		_ = traces.Shutdown(context.Background())
		_ = meters.Shutdown(context.Background())
	})
	wg.Wait()
	require.NoError(t, client.Close())
	defer telemetry.Watch(client)()
	_, err = client.Chat(context.Background(), request())
	require.Error(t, err, "a closed client")
}

// What is asked while metrics are collected may be somebody else's: a store that panics
// or hangs costs neither the process nor the other metrics.
func TestBrokenQuotaStore(t *testing.T) {
	for name, store := range map[string]badStore{"panics": {}, "hangs": {hangs: true}} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, buoytest.NewServer(t), nil, buoy.WithQuota(buoy.Quota{Name: "day", Tokens: 10, Store: store}))
			defer d.telemetry.Watch(d.client)()
			defer d.telemetry.Watch(nil)()
			begun := time.Now()
			var data metricdata.ResourceMetrics
			require.NoError(t, d.reader.Collect(context.Background(), &data), "it would lose all metrics of the program")
			require.Less(t, time.Since(begun), 8*time.Second)
			names := ""
			for _, scope := range data.ScopeMetrics {
				for _, m := range scope.Metrics {
					names += m.Name + " "
				}
			}
			require.Contains(t, names, "buoy.keys")
		})
	}
}
