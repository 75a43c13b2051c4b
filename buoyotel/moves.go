package buoyotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"

	"github.com/buoy-go/buoy/event"
)

// What a client does about trouble: an event of the call's span, and a counter.

// ObserveFallback tells of a fallback.
func (t *Telemetry) ObserveFallback(ctx context.Context, e event.Fallback) {
	from, kind := t.instruments.at(e.Endpoint), attribute.String(attrErrorType, kindOf(e.Err))
	to, resort := attribute.String(attrTo, t.instruments.endpoints.of(e.ToEndpoint, true)), attribute.Bool(attrLastResort, e.LastResort)
	t.instruments.fallbacks.Add(ctx, 1, with(from, to, resort, kind))
	c := t.call(ctx)
	if c == nil {
		return
	}
	c.mu.Lock()
	c.moved = true
	c.mu.Unlock()
	c.event(eventFallback, from, attribute.String(attrModel, clean(e.Model)), to, attribute.String(attrToModel, clean(e.ToModel)), resort, kind)
}

// ObserveHedge counts a second request beside a slow one.
func (t *Telemetry) ObserveHedge(ctx context.Context, e event.Hedge) {
	from, to := t.instruments.at(e.Endpoint), attribute.String(attrTo, t.instruments.endpoints.of(e.ToEndpoint, true))
	t.instruments.hedges.Add(ctx, 1, with(from, to))
}

// ObserveRecovery tells of a stream that goes on after an interruption.
func (t *Telemetry) ObserveRecovery(ctx context.Context, e event.Recovery) {
	at, kind := t.instruments.at(e.Endpoint), attribute.String(attrErrorType, kindOf(e.Err))
	continued := attribute.Bool(attrContinued, e.Continued)
	t.instruments.recoveries.Add(ctx, 1, with(at, continued, kind))
	t.call(ctx).event(eventRecovery, at, attribute.String(attrModel, clean(e.Model)), continued, kind)
}

// ObserveKey tells of a key that goes out, rests or is back. The key's label is not told.
func (t *Telemetry) ObserveKey(ctx context.Context, e event.Key) {
	at := t.instruments.at(e.Endpoint)
	state, reason := attribute.String(attrKeyState, string(e.State)), attribute.String(attrReason, e.Reason)
	t.instruments.keys.Add(ctx, 1, with(at, state, reason))
	t.call(ctx).event(eventKey, at, state, reason)
}

// ObserveLimit tells of a wait for a local limit or a key.
func (t *Telemetry) ObserveLimit(ctx context.Context, e event.LimitWait) {
	at, what := t.instruments.at(e.Endpoint), attribute.String(attrWaitFor, e.For)
	t.instruments.waits.Record(ctx, e.Wait.Seconds(), with(at, what))
	t.call(ctx).event(eventWait, at, what, attribute.Float64(attrWait, e.Wait.Seconds()))
}

// ObserveBreaker counts a change of a breaker.
func (t *Telemetry) ObserveBreaker(e event.Breaker) {
	t.instruments.breakers.Add(context.Background(), 1, with(t.instruments.at(e.Endpoint),
		attribute.String(attrModel, t.instruments.models.of(e.Model, true)), attribute.String(attrState, e.To)))
}

// ObserveQuota counts a threshold that was reached.
func (t *Telemetry) ObserveQuota(ctx context.Context, e event.QuotaReached) {
	t.instruments.thresholds.Add(ctx, 1, with(attribute.String(attrQuota, clean(e.Name)), attribute.Float64(attrThreshold, e.Threshold)))
}
