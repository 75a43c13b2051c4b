package buoyotel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyotel"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
)

var (
	_ event.QueueObserver = (*buoyotel.Telemetry)(nil)
	_ event.CacheObserver = (*buoyotel.Telemetry)(nil)
)

func TestQueueCacheAndBudget(t *testing.T) {
	d := newDesk(t, buoytest.NewServer(t, buoytest.Fail(500)), nil,
		buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 1, MaxDelay: 1, Budget: buoy.RetryBudget{Capacity: 6, SuccessCredit: 0.5}}))
	defer d.telemetry.Watch(d.client)()
	ctx := context.Background()
	d.telemetry.ObserveQueue(ctx, event.Queue{Move: event.QueueEnqueued, Model: "gpt-4o", Tenant: "tenant-42", Depth: 7})
	d.telemetry.ObserveQueue(ctx, event.Queue{Move: event.QueueStarted, Model: "gpt-4o", Tenant: "tenant-42", Age: 90 * time.Second, Depth: -1})
	d.telemetry.ObserveQueue(ctx, event.Queue{Move: event.QueueDead, Model: "gpt-4o", Age: time.Hour, Depth: 6, Err: errors.New(secretPrompt)})
	d.telemetry.ObserveCache(ctx, event.Cache{Result: event.CacheHit, Level: "memory", Model: "gpt-4o", Saved: buoy.Usage{PromptTokens: 5, CompletionTokens: 2}})
	m := d.metrics()
	require.Equal(t, map[string]float64{"enqueued": 1, "started": 1, "dead": 1}, by(m["buoy.queue.jobs"], "buoy.queue.move"))
	require.Equal(t, map[string]float64{"started": 90}, by(m["buoy.queue.age"], "buoy.queue.move"))
	require.EqualValues(t, 6, total(m["buoy.queue.depth"]))
	require.Equal(t, map[string]float64{"hit": 1}, by(m["buoy.cache.results"], "buoy.cache.result"))
	require.EqualValues(t, 7, total(m["buoy.cache.saved_tokens"]))

	_, err := d.client.Chat(ctx, request()) // one retry that helped: its cost came back
	require.NoError(t, err)
	budget := d.metrics()["buoy.retry_budget.share"]
	require.Len(t, budget, 1)
	require.InDelta(t, 1, budget[0].n, 0.01)
	d.silent()
}
