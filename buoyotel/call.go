package buoyotel

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/event"
)

// call is what is known of a call until it ends.
type call struct {
	span   trace.Span
	chat   bool // it is no balance or catalogue
	stream bool
	model  string // as requested
	start  time.Time

	mu         sync.Mutex // guards the fields below; attempts may run side by side
	visited    []visit
	firstChunk time.Duration
	failure    string // the kind of the latest failed attempt
	moved      bool   // the next attempt is a fallback's
	answer     answer
	speaking   string // the endpoint that sent the latest first token
	pace       []metric.RecordOption
}

type visit struct {
	endpoint string
	site     *site
}

// answer is what the middleware has seen of an answer.
type answer struct {
	id, model string
	finish    []string
}

func (c *call) event(name string, attrs ...attribute.KeyValue) {
	if c != nil && c.span.IsRecording() {
		c.span.AddEvent(name, trace.WithAttributes(attrs...))
	}
}

// CallStarted begins the span of a call.
func (t *Telemetry) CallStarted(ctx context.Context, e event.CallStart) context.Context {
	c := &call{chat: e.Request != nil, stream: e.Stream, model: e.Model, start: e.Start}
	attrs := make([]attribute.KeyValue, 0, 16)
	name := "buoy " + e.Op
	kind := trace.SpanKindInternal
	if c.chat {
		model := clean(e.Model)
		name, kind = operationChat, trace.SpanKindClient
		attrs = append(attrs, attribute.String(attrOperation, operationChat))
		if model != "" {
			name += " " + model
			attrs = append(attrs, attribute.String(attrRequestModel, model))
		}
		if t.primary != nil {
			attrs = t.primary.append(attrs)
		}
		attrs = appendRequest(attrs, e.Request, e.Stream)
	}
	ctx, c.span = t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(e.Start), trace.WithAttributes(attrs...))
	if c.chat && t.content != nil && c.span.IsRecording() {
		text, truncated := t.content.messages(ctx, e.Request.Messages, nil)
		c.span.SetAttributes(attribute.String(attrInputMessages, text))
		if truncated {
			c.span.SetAttributes(attribute.Bool(attrTruncated, true))
		}
	}
	return context.WithValue(ctx, callKey{t}, c)
}

func (s *site) append(attrs []attribute.KeyValue) []attribute.KeyValue {
	attrs = append(attrs, attribute.String(attrProvider, s.provider))
	return s.appendServer(attrs)
}

func (s *site) appendServer(attrs []attribute.KeyValue) []attribute.KeyValue {
	if s.address != "" {
		attrs = append(attrs, attribute.String(attrServerAddress, s.address))
		if s.port != 0 {
			attrs = append(attrs, attribute.Int(attrServerPort, s.port))
		}
	}
	return attrs
}

// appendRequest adds the parameters of a request that are numbers or a provider's words.
func appendRequest(attrs []attribute.KeyValue, r *buoy.Request, stream bool) []attribute.KeyValue {
	if stream {
		attrs = append(attrs, attribute.Bool(attrRequestStream, true))
	}
	for _, p := range [...]struct {
		name  string
		value *float64
	}{
		{attrTemperature, r.Temperature}, {attrTopP, r.TopP},
		{attrFrequencyPenalty, r.FrequencyPenalty}, {attrPresencePenalty, r.PresencePenalty},
	} {
		if p.value != nil {
			attrs = append(attrs, attribute.Float64(p.name, *p.value))
		}
	}
	limit := r.MaxCompletionTokens
	if limit == nil {
		limit = r.MaxTokens
	}
	for _, p := range [...]struct {
		name  string
		value *int
	}{{attrMaxTokens, limit}, {attrTopK, r.TopK}, {attrSeed, r.Seed}} {
		if p.value != nil {
			attrs = append(attrs, attribute.Int(p.name, *p.value))
		}
	}
	if r.N != nil && *r.N != 1 {
		attrs = append(attrs, attribute.Int(attrChoices, *r.N))
	}
	level := r.ReasoningEffort
	if level == "" && r.Reasoning != nil {
		level = r.Reasoning.Effort
	}
	if level != "" {
		attrs = append(attrs, attribute.String(attrReasoningLevel, clean(level)))
	}
	return attrs
}

// visit notes where an attempt goes. It reports whether it is the first.
func (c *call) visit(endpoint string, s *site) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.visited {
		if v.endpoint == endpoint {
			return false
		}
	}
	c.visited = append(c.visited, visit{endpoint, s})
	return len(c.visited) == 1
}

// siteOf is where the answer came from, or the failure; else where the call began.
func (c *call) siteOf(endpoint string, primary *site) *site {
	for _, v := range c.visited {
		if v.endpoint == endpoint {
			return v.site
		}
	}
	switch {
	case primary != nil:
		return primary
	case len(c.visited) > 0:
		return c.visited[0].site
	}
	return &site{provider: "unknown"}
}

// ObserveCall ends the span of a call, and counts it.
func (t *Telemetry) ObserveCall(ctx context.Context, e buoy.CallEvent) {
	c := t.call(ctx)
	if c == nil {
		return
	}
	c.mu.Lock()
	at, first, answer := c.siteOf(e.Info.Endpoint, t.primary), c.firstChunk, c.answer
	c.mu.Unlock()
	if answer.model == "" {
		answer.model = e.Info.Model
	}
	answer.model = clean(answer.model)
	kind := kindOf(e.Err)
	if c.chat {
		t.instruments.called(ctx, e, at, answer.model, kind, c.stream, first)
	}
	end := trace.WithTimestamp(e.Start.Add(e.Duration))
	if !c.span.IsRecording() {
		c.span.End(end)
		return
	}
	attrs := make([]attribute.KeyValue, 0, 20)
	if c.chat {
		attrs = at.append(attrs)
		attrs = appendAnswer(attrs, e.Usage, answer)
		if first > 0 && c.stream {
			attrs = append(attrs, attribute.Float64(attrFirstChunk, first.Seconds()))
		}
	}
	attrs = append(attrs, attribute.Int(attrAttempts, len(e.Info.Attempts)))
	for _, p := range [...]struct{ name, value string }{
		{attrEndpoint, e.Info.Endpoint}, {attrRequestID, e.Info.RequestID}, {attrCache, e.Info.Cache},
		{attrErrorType, kind}, {attrRepaired, kindOf(e.Repaired)},
	} {
		if p.value != "" {
			attrs = append(attrs, attribute.String(p.name, clean(p.value)))
		}
	}
	if e.Info.Degraded {
		attrs = append(attrs, attribute.Bool(attrDegraded, true))
	}
	if stop := stopOf(e.Err); stop != "" {
		attrs = append(attrs, attribute.String(attrStop, stop))
	}
	c.span.SetAttributes(appendStatus(attrs, e.Err)...)
	fail(c.span, kind)
	c.span.End(end)
}

func appendAnswer(attrs []attribute.KeyValue, u buoy.Usage, a answer) []attribute.KeyValue {
	if a.model != "" {
		attrs = append(attrs, attribute.String(attrResponseModel, a.model))
	}
	if a.id != "" {
		attrs = append(attrs, attribute.String(attrResponseID, clean(a.id)))
	}
	if len(a.finish) > 0 {
		attrs = append(attrs, attribute.StringSlice(attrFinishReasons, a.finish))
	}
	if u.PromptTokens == 0 && u.CompletionTokens == 0 {
		return attrs // nothing was reported
	}
	attrs = append(attrs, attribute.Int(attrInputTokens, u.PromptTokens), attribute.Int(attrOutputTokens, u.CompletionTokens))
	for _, p := range [...]struct {
		name  string
		value int
	}{
		{attrCacheRead, u.PromptTokensDetails.CachedTokens}, {attrCacheWrite, u.PromptTokensDetails.CacheWriteTokens},
		{attrReasoningTokens, u.CompletionTokensDetails.ReasoningTokens},
	} {
		if p.value != 0 {
			attrs = append(attrs, attribute.Int(p.name, p.value))
		}
	}
	return attrs
}

// stopOf is why no further attempt was made; "" for a call that did not fail.
func stopOf(err error) string {
	if failed, ok := errors.AsType[*buoy.CallError](err); ok {
		return string(failed.Stop)
	}
	return ""
}

func appendStatus(attrs []attribute.KeyValue, err error) []attribute.KeyValue {
	if refused, ok := errors.AsType[*buoy.APIError](err); ok && refused.StatusCode != 0 {
		attrs = append(attrs, attribute.Int(attrStatusCode, refused.StatusCode))
	}
	return attrs
}

// fail sets the status of a span. Its description is the kind, since the text of an
// error may repeat what a provider wrote.
func fail(span trace.Span, kind string) {
	if kind != "" && kind != string(buoy.ErrCanceled) {
		span.SetStatus(codes.Error, kind)
	}
}
