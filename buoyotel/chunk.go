package buoyotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/buoy-go/buoy/event"
)

// ObserveChunk measures the time between two chunks of a stream, as its caller reads them.
func (t *Telemetry) ObserveChunk(ctx context.Context, e event.Chunk) {
	c := t.call(ctx)
	if c == nil || e.Number < 2 {
		return
	}
	c.mu.Lock()
	if c.pace == nil {
		c.pace = t.pace(c)
	}
	set := c.pace
	c.mu.Unlock()
	t.instruments.perChunk.Record(ctx, e.Wait.Seconds(), set...)
}

// pace is what the times between a call's chunks have in common. It is made once for a
// stream, since there are hundreds of them. The model of the answer is not known yet. It
// needs the call's lock.
func (t *Telemetry) pace(c *call) []metric.RecordOption {
	attrs := append(make([]attribute.KeyValue, 0, 6), attribute.String(attrOperation, operationChat))
	if c.model != "" {
		attrs = append(attrs, attribute.String(attrRequestModel, t.instruments.models.of(c.model, true)))
	}
	return []metric.RecordOption{with(c.siteOf(c.speaking, t.primary).append(attrs)...)}
}
