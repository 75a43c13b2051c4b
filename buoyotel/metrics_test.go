package buoyotel_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// by adds the points up by one attribute.
func by(points []point, key string) map[string]float64 {
	sums := map[string]float64{}
	for _, p := range points {
		value, _ := p.attrs.Value(attribute.Key(key))
		sums[value.AsString()] += p.n
	}
	return sums
}

func TestTimePerChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, buoytest.NewMemServer(t, buoytest.Slow(time.Second, "one ", "two ", "three "), buoytest.Cut(2)), nil,
			buoy.WithStreamRecovery(buoy.RecoverRestart))
		for range 2 {
			stream, err := d.client.Stream(t.Context(), request())
			require.NoError(t, err)
			n := 0
			for _, err := range stream.Chunks() {
				require.NoError(t, err)
				n++
			}
			require.Greater(t, n, 3)
		}
		points := d.metrics()["gen_ai.client.inference.time_per_output_chunk"]
		require.Len(t, points, 1, "one set of attributes")
		for key, want := range map[string]string{"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.provider.name": "primary"} {
			got, _ := points[0].attrs.Value(attribute.Key(key))
			require.Equal(t, want, got.AsString())
		}
		require.InDelta(t, 2, total(points), 2.1, "and the waits of the recovery")
		require.GreaterOrEqual(t, total(points), 2.0)
		d.silent()
	})
	t.Run("whole answers have none", func(t *testing.T) {
		d := newDesk(t, buoytest.NewServer(t), nil)
		_, err := d.client.Chat(context.Background(), request())
		require.NoError(t, err)
		require.Empty(t, d.metrics()["gen_ai.client.inference.time_per_output_chunk"])
	})
}

func TestTokensByModality(t *testing.T) {
	for name, test := range map[string]struct {
		usage         string
		input, output map[string]float64
	}{
		"not told": {`"prompt_tokens":30,"completion_tokens":4`,
			map[string]float64{"unknown": 30}, map[string]float64{"unknown": 4}},
		"in part": {`"prompt_tokens":30,"completion_tokens":4,"prompt_tokens_details":{"audio_tokens":10,"image_tokens":5},"completion_tokens_details":{"audio_tokens":4}`,
			map[string]float64{"audio": 10, "image": 5, "unknown": 15}, map[string]float64{"audio": 4}},
		"more than there are": {`"prompt_tokens":30,"completion_tokens":4,"prompt_tokens_details":{"text_tokens":30,"video_tokens":10},"completion_tokens_details":{"text_tokens":-4}`,
			map[string]float64{"unknown": 30}, map[string]float64{"unknown": 4}},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{` + test.usage + `}}`
			d := newDesk(t, buoytest.NewServer(t, buoytest.Raw(200, "application/json", []byte(body))), nil)
			_, err := d.client.Chat(context.Background(), request())
			require.NoError(t, err)
			m := d.metrics()
			require.Equal(t, test.input, by(m["gen_ai.client.inference.usage.input_tokens"], "gen_ai.token.modality"))
			require.Equal(t, test.output, by(m["gen_ai.client.inference.usage.output_tokens"], "gen_ai.token.modality"))
		})
	}
}

func TestStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, buoytest.NewMemServer(t, buoytest.Always(buoytest.Fail(500))), nil,
			buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3, Budget: buoy.RetryBudget{Capacity: 12}}), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}))
		for range 3 {
			_, err := d.client.Chat(t.Context(), request())
			require.Error(t, err)
		}
		require.Equal(t, map[string]float64{"attempts": 1, "budget": 2}, by(d.metrics()["buoy.stops"], "buoy.stop"))
	})
}

// Whoever calls chooses the model: it must not become a series for each.
func TestManyModels(t *testing.T) {
	missing := buoytest.Times(1000, buoytest.OpenAIError(404, "model_not_found", "no such model"))
	d := newDesk(t, buoytest.NewServer(t, missing), nil)
	defer d.telemetry.Watch(d.client)()
	ask := func(model string) {
		req := request()
		req.Model = model
		_, _ = d.client.Chat(context.Background(), req)
	}
	most := func() (n int) {
		for _, points := range d.metrics() {
			n = max(n, len(points))
		}
		return n
	}
	for i := range 1000 {
		ask(fmt.Sprintf("made-up-%d", i))
	}
	require.LessOrEqual(t, most(), 15, "names that do not exist share one series; a histogram and a gauge have few")
	ask("gpt-4o")
	require.Contains(t, by(d.metrics()["buoy.attempt.duration"], "buoy.model"), "gpt-4o", "they have not used up the room")
	for i := range 300 {
		ask(fmt.Sprintf("m-%d", i))
	}
	models := by(d.metrics()["buoy.attempt.duration"], "buoy.model")
	require.Len(t, models, 101)
	require.Contains(t, models, "_OTHER")
	require.Less(t, most(), 450)
}
