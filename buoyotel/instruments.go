package buoyotel

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/buoy-go/buoy"
)

// instruments are what is measured when something happens.
type instruments struct {
	models, endpoints *names

	duration, attempt, waits         metric.Float64Histogram
	firstChunk, perChunk             metric.Float64Histogram
	operationInput, operationOutput  metric.Int64Histogram
	input, output                    metric.Int64Counter
	cacheRead, cacheWrite, reasoning metric.Int64Counter
	cost                             metric.Float64Counter
	retries, fallbacks, hedges       metric.Int64Counter
	recoveries, repaired, stops      metric.Int64Counter
	keys, breakers, thresholds       metric.Int64Counter
	jobs, cached, saved              metric.Int64Counter
	jobAge                           metric.Float64Histogram
	depth                            metric.Int64Gauge
	duration141                      metric.Float64Histogram // nil unless asked for
	tokens141                        metric.Int64Histogram
}

// maker makes instruments and keeps the errors.
type maker struct {
	meter metric.Meter
	errs  []error
}

func (m *maker) seconds(name, what string) metric.Float64Histogram {
	h, err := m.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what), metric.WithExplicitBucketBoundaries(secondsBuckets...))
	m.errs = append(m.errs, err)
	return h
}

func (m *maker) tokens(name, what string) metric.Int64Histogram {
	h, err := m.meter.Int64Histogram(name, metric.WithUnit("{token}"), metric.WithDescription(what), metric.WithExplicitBucketBoundaries(tokensBuckets...))
	m.errs = append(m.errs, err)
	return h
}

func (m *maker) counter(name, unit, what string) metric.Int64Counter {
	c, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(what))
	m.errs = append(m.errs, err)
	return c
}

func newInstruments(meter metric.Meter, old bool) (*instruments, error) {
	m := &maker{meter: meter}
	i := &instruments{
		models: newNames(), endpoints: newNames(),
		duration:        m.seconds(metricDuration, "How long a call took, to the end of its answer."),
		firstChunk:      m.seconds(metricFirstChunk, "How long a stream took to begin, retries included."),
		perChunk:        m.seconds(metricPerChunk, "Time between two chunks of a stream, as its caller reads them."),
		operationInput:  m.tokens(metricOperationInput, "Input tokens of a call."),
		operationOutput: m.tokens(metricOperationOutput, "Output tokens of a call."),
		input:           m.counter(metricInput, "{token}", "Input tokens, also of failed and discarded attempts."),
		output:          m.counter(metricOutput, "{token}", "Output tokens, also of failed and discarded attempts."),
		cacheRead:       m.counter(metricCacheRead, "{token}", "Input tokens read from the provider's prompt cache."),
		cacheWrite:      m.counter(metricCacheWrite, "{token}", "Input tokens written to the provider's prompt cache."),
		reasoning:       m.counter(metricReasoning, "{token}", "Output tokens spent on reasoning."),
		attempt:         m.seconds(metricAttempt, "How long a request took, to the end of its answer."),
		waits:           m.seconds(metricWait, "How long calls waited for a local limit or a key."),
		retries:         m.counter(metricRetries, "{attempt}", "Requests that were sent again."),
		fallbacks:       m.counter(metricFallbacks, "{fallback}", "Calls that went on to another target."),
		hedges:          m.counter(metricHedges, "{attempt}", "Second requests beside slow ones."),
		recoveries:      m.counter(metricRecoveries, "{recovery}", "Streams that went on after an interruption."),
		repaired:        m.counter(metricRepaired, "{call}", "Calls that were answered after a failure."),
		stops:           m.counter(metricStops, "{call}", "Calls that failed, by why no further attempt was made."),
		keys:            m.counter(metricKeyChanges, "{change}", "Keys that were disabled, rest or are back."),
		breakers:        m.counter(metricBreakers, "{change}", "Changes of circuit breakers."),
		thresholds:      m.counter(metricThresholds, "{threshold}", "Thresholds of quotas that were reached."),
	}
	i.jobs = m.counter(metricJobs, "{job}", "What became of the jobs of a queue.")
	i.cached = m.counter(metricCached, "{result}", "What caches were good for.")
	i.saved = m.counter(metricSaved, "{token}", "Tokens of answers that a cache gave.")
	var err error
	i.jobAge, err = meter.Float64Histogram(metricJobAge, metric.WithUnit("s"), metric.WithDescription("How old jobs of a queue are when they are started and done."),
		metric.WithExplicitBucketBoundaries(jobBuckets...))
	m.errs = append(m.errs, err)
	i.depth, err = meter.Int64Gauge(metricDepth, metric.WithUnit("{job}"), metric.WithDescription("Jobs that wait in a queue, as of its latest move."))
	m.errs = append(m.errs, err)
	i.cost, err = meter.Float64Counter(metricCost, metric.WithUnit("1"), metric.WithDescription("What the provider charged, in buoy.currency, also for failed and discarded attempts."))
	m.errs = append(m.errs, err)
	if old {
		i.duration141 = m.seconds(metricDuration141, "GenAI operation duration.")
		i.tokens141 = m.tokens(metricTokenUsage141, "Number of input and output tokens used.")
	}
	return i, errors.Join(m.errs...)
}

func with(attrs ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(attrs...))
}

// at is an endpoint as metrics have it.
func (i *instruments) at(endpoint string) attribute.KeyValue {
	return attribute.String(attrEndpoint, i.endpoints.of(endpoint, true))
}

// called measures a call that has ended.
func (i *instruments) called(ctx context.Context, e buoy.CallEvent, at *site, responseModel, kind string, stream bool, first time.Duration) {
	attrs := at.append(append(make([]attribute.KeyValue, 0, 8), attribute.String(attrOperation, operationChat)))
	if e.Model != "" {
		attrs = append(attrs, attribute.String(attrRequestModel, i.models.of(e.Model, exists(kind))))
	}
	if responseModel != "" {
		attrs = append(attrs, attribute.String(attrResponseModel, i.models.of(responseModel, kind == "")))
	}
	plain := with(attrs...)
	outcome := plain
	if kind != "" {
		outcome = with(append(attrs, attribute.String(attrErrorType, kind))...)
	}
	i.duration.Record(ctx, e.Duration.Seconds(), outcome)
	if stream && first > 0 {
		i.firstChunk.Record(ctx, first.Seconds(), plain)
	}
	used := e.Usage.PromptTokens != 0 || e.Usage.CompletionTokens != 0
	if used {
		i.operationInput.Record(ctx, int64(e.Usage.PromptTokens), outcome)
		i.operationOutput.Record(ctx, int64(e.Usage.CompletionTokens), outcome)
	}
	endpoint := i.at(e.Info.Endpoint)
	if e.Repaired != nil {
		i.repaired.Add(ctx, 1, with(attribute.String(attrErrorType, kindOf(e.Repaired)), endpoint))
	}
	if stop := stopOf(e.Err); stop != "" {
		i.stops.Add(ctx, 1, with(attribute.String(attrErrorType, kind), attribute.String(attrStop, stop), endpoint))
	}
	if i.duration141 == nil {
		return
	}
	i.duration141.Record(ctx, e.Duration.Seconds(), outcome)
	if used {
		i.tokens141.Record(ctx, int64(e.Usage.PromptTokens), plain, with(attribute.String(attrTokenType, "input")))
		i.tokens141.Record(ctx, int64(e.Usage.CompletionTokens), plain, with(attribute.String(attrTokenType, "output")))
	}
}

// attempted measures a request whose answer has ended.
func (i *instruments) attempted(ctx context.Context, e buoy.AttemptEvent, at *site, kind string, chat bool) {
	endpoint := i.at(e.Endpoint)
	model := i.models.of(e.Model, exists(kind))
	attrs := append(make([]attribute.KeyValue, 0, 8), endpoint, attribute.String(attrModel, model), attribute.Bool(attrHedge, e.Hedge))
	if kind != "" {
		attrs = append(attrs, attribute.String(attrErrorType, kind))
	}
	i.attempt.Record(ctx, e.Duration.Seconds(), with(attrs...))
	if !chat {
		return
	}
	u := &e.Usage
	if u.PromptTokens != 0 || u.CompletionTokens != 0 {
		attrs = at.append(append(attrs[:0], attribute.String(attrOperation, operationChat), attribute.String(attrRequestModel, model)))
		if kind != "" {
			attrs = append(attrs, attribute.String(attrErrorType, kind))
		}
		countTokens(ctx, i.input, inputShares(u), attrs)
		countTokens(ctx, i.output, outputShares(u), attrs)
		set := with(append(attrs, attribute.String(attrModality, modalityUnknown))...)
		count(ctx, i.cacheRead, u.PromptTokensDetails.CachedTokens, set)
		count(ctx, i.cacheWrite, u.PromptTokensDetails.CacheWriteTokens, set)
		count(ctx, i.reasoning, u.CompletionTokensDetails.ReasoningTokens, set)
	}
	for _, cost := range [...]struct {
		amount   *float64
		currency buoy.Currency
	}{{u.CostRUB, buoy.RUB}, {u.Cost, buoy.USD}} {
		if cost.amount != nil && *cost.amount > 0 {
			i.cost.Add(ctx, *cost.amount, with(endpoint, attribute.String(attrModel, model), attribute.String(attrCurrency, string(cost.currency))))
		}
	}
}

// count keeps out what a counter must not get.
func count(ctx context.Context, c metric.Int64Counter, n int, set metric.MeasurementOption) {
	if n > 0 {
		c.Add(ctx, int64(n), set)
	}
}
