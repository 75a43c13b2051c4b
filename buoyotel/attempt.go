package buoyotel

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/event"
)

// attempt is what is known of a request until its answer ends.
type attempt struct {
	span trace.Span
	site *site
}

type attemptKey struct{ t *Telemetry }

// AttemptStarted begins the span of a request and writes the headers of the propagator.
func (t *Telemetry) AttemptStarted(ctx context.Context, e event.AttemptStart) context.Context {
	a := &attempt{site: t.sites.of(e.Endpoint, e.URL)}
	endpoint, model := clean(e.Endpoint), clean(e.Model)
	if c := t.call(ctx); c != nil {
		if c.visit(e.Endpoint, a.site) && t.primary == nil && c.chat && c.span.IsRecording() {
			c.span.SetAttributes(a.site.append(nil)...)
		}
		t.again(ctx, c, e, endpoint, model)
	}
	attrs := make([]attribute.KeyValue, 0, 8)
	attrs = append(attrs, attribute.String(attrEndpoint, endpoint), attribute.String(attrModel, model), attribute.Int(attrNumber, e.Number))
	attrs = a.site.appendServer(attrs)
	if e.Number > 1 {
		attrs = append(attrs, attribute.Int(attrResendCount, e.Number-1))
	}
	if e.Hedge {
		attrs = append(attrs, attribute.Bool(attrHedge, true))
	}
	if e.Wait > 0 {
		attrs = append(attrs, attribute.Float64(attrWait, e.Wait.Seconds()))
	}
	ctx, a.span = t.tracer.Start(ctx, spanAttempt, trace.WithSpanKind(trace.SpanKindInternal),
		trace.WithTimestamp(e.Start), trace.WithAttributes(attrs...))
	if t.propagator != nil && e.Header != nil {
		t.propagator.Inject(ctx, propagation.HeaderCarrier(e.Header))
	}
	return context.WithValue(ctx, attemptKey{t}, a)
}

// again tells of a hedge, or of a retry: a further request that is no fallback either.
func (t *Telemetry) again(ctx context.Context, c *call, e event.AttemptStart, endpoint, model string) {
	if e.Hedge {
		// Here and not in ObserveHedge, which runs beside the call and may come after its end.
		c.event(eventHedge, attribute.Int(attrNumber, e.Number), attribute.String(attrEndpoint, endpoint), attribute.String(attrModel, model))
		return
	}
	c.mu.Lock()
	moved, failure := c.moved, c.failure
	c.moved = false
	c.mu.Unlock()
	if moved || e.Number == 1 {
		return
	}
	t.instruments.retries.Add(ctx, 1, with(t.instruments.at(endpoint),
		attribute.String(attrModel, t.instruments.models.of(model, exists(failure))), attribute.String(attrErrorType, failure)))
	if c.span.IsRecording() {
		c.span.AddEvent(eventRetry, trace.WithTimestamp(e.Start), trace.WithAttributes( // at the beginning of its attempt, not inside
			attribute.Int(attrNumber, e.Number), attribute.String(attrEndpoint, endpoint),
			attribute.String(attrErrorType, failure), attribute.Float64(attrWait, e.Wait.Seconds())))
	}
}

// ObserveAttempt ends the span of a request, and counts what it used.
func (t *Telemetry) ObserveAttempt(ctx context.Context, e buoy.AttemptEvent) {
	a, _ := ctx.Value(attemptKey{t}).(*attempt)
	if a == nil {
		return
	}
	kind := kindOf(e.Err)
	if c := t.call(ctx); c != nil {
		if kind != "" {
			c.mu.Lock()
			c.failure = kind
			c.mu.Unlock()
		}
		t.instruments.attempted(ctx, e, a.site, kind, c.chat)
	}
	if a.span.IsRecording() {
		attrs := make([]attribute.KeyValue, 0, 5)
		if e.Usage.PromptTokens != 0 || e.Usage.CompletionTokens != 0 {
			attrs = append(attrs, attribute.Int(attrAttemptInput, e.Usage.PromptTokens), attribute.Int(attrAttemptOutput, e.Usage.CompletionTokens))
		}
		if e.RequestID != "" {
			attrs = append(attrs, attribute.String(attrRequestID, clean(e.RequestID)))
		}
		if kind != "" {
			attrs = append(attrs, attribute.String(attrErrorType, kind))
		}
		a.span.SetAttributes(appendStatus(attrs, e.Err)...)
		fail(a.span, kind)
	}
	a.span.End(trace.WithTimestamp(e.Start.Add(e.Duration)))
}

// ObserveFirstToken notes when the first token of a stream has come.
func (t *Telemetry) ObserveFirstToken(ctx context.Context, e event.FirstToken) {
	c := t.call(ctx)
	if c == nil {
		return
	}
	c.mu.Lock()
	c.speaking, c.pace = e.Endpoint, nil
	if c.firstChunk == 0 {
		c.firstChunk = max(time.Since(c.start), 1) // zero means none
	}
	c.mu.Unlock()
	if c.span.IsRecording() {
		c.event(eventFirstToken, attribute.Int(attrNumber, e.Number), attribute.String(attrEndpoint, clean(e.Endpoint)))
	}
}
