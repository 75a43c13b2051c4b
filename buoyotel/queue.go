package buoyotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"

	"github.com/buoy-go/buoy/event"
)

// ObserveQueue counts what becomes of the jobs of a queue, and measures how old they are
// when they are started and when they are done. Give the Telemetry to the Observer of
// buoyqueue's options, too: a client knows nothing of queues. Tenants are not told.
func (t *Telemetry) ObserveQueue(ctx context.Context, e event.Queue) {
	i, kind := t.instruments, kindOf(e.Err)
	move := attribute.String(attrQueueMove, string(e.Move))
	attrs := append(make([]attribute.KeyValue, 0, 3), move, attribute.String(attrModel, i.models.of(e.Model, exists(kind))))
	if kind != "" {
		attrs = append(attrs, attribute.String(attrErrorType, kind))
	}
	i.jobs.Add(ctx, 1, with(attrs...))
	if e.Move == event.QueueStarted || e.Move == event.QueueDone {
		i.jobAge.Record(ctx, e.Age.Seconds(), with(move))
	}
	if e.Depth >= 0 {
		i.depth.Record(ctx, int64(e.Depth))
	}
}

// ObserveCache counts what caches were good for, and what they saved.
func (t *Telemetry) ObserveCache(ctx context.Context, e event.Cache) {
	i := t.instruments
	attrs := append(make([]attribute.KeyValue, 0, 3), attribute.String(attrCacheResult, string(e.Result)),
		attribute.String(attrModel, i.models.of(e.Model, exists(kindOf(e.Err)))))
	if e.Level != "" {
		attrs = append(attrs, attribute.String(attrCacheLevel, clean(e.Level)))
	}
	set := with(attrs...)
	i.cached.Add(ctx, 1, set)
	count(ctx, i.saved, e.Saved.PromptTokens+e.Saved.CompletionTokens, set)
}
