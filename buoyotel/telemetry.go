package buoyotel

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/buoy-go/buoy"
)

// Telemetry is an observer that reports to OpenTelemetry. Give it to [buoy.WithObserver].
// Several clients may share one. It is safe for concurrent use. Make it with [New]; the
// zero value cannot be used.
type Telemetry struct {
	tracer      trace.Tracer
	meter       metric.Meter
	propagator  propagation.TextMapPropagator // nil for none
	primary     *site                         // nil where it is not known
	sites       *sites
	instruments *instruments
	content     *Content // nil for none

	mu      sync.Mutex // guards the fields below
	watched map[*buoy.Client]int
	gauges  metric.Registration
}

// New returns an error if the base URL of [WithEndpoint] has no host, or if the meter
// provider refuses an instrument.
func New(opts ...Option) (*Telemetry, error) {
	s := settings{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider(), propagator: propagation.TraceContext{}}
	for _, o := range opts {
		if o != nil {
			o(&s)
		}
	}
	t := &Telemetry{
		tracer:     s.tracers.Tracer(scopeName, trace.WithInstrumentationVersion(buoy.Version()), trace.WithSchemaURL(schemaURL)),
		meter:      s.meters.Meter(scopeName, metric.WithInstrumentationVersion(buoy.Version()), metric.WithSchemaURL(schemaURL)),
		propagator: s.propagator,
		sites:      &sites{names: s.providers, known: map[siteKey]*site{}},
		content:    s.content,
		watched:    map[*buoy.Client]int{},
	}
	if e := s.endpoint; e != nil {
		if u, err := url.Parse(e.BaseURL); err != nil || u.Hostname() == "" {
			return nil, errors.New("buoyotel: the base URL of WithEndpoint has no host: give the endpoint that buoy.New gets")
		}
		t.primary = t.sites.of(e.Name, e.BaseURL)
	}
	var err error
	if t.instruments, err = newInstruments(t.meter, s.old); err != nil {
		return nil, fmt.Errorf("buoyotel: %w", err)
	}
	return t, nil
}

// maxLabel bounds what others write into attributes: models, ids, codes.
const maxLabel = 256

// clean bounds a text, and makes it valid UTF-8, without which exporters drop a batch.
func clean(s string) string { return cut(s, maxLabel) }

func cut(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// kindOf is the kind of an error as an attribute has it: "" for nil.
func kindOf(err error) string { return string(buoy.KindOf(err)) }

var _ buoy.Observer = (*Telemetry)(nil)

// callKey finds the span of a call in its context, also where a call of another client
// runs inside it.
type callKey struct{ t *Telemetry }

func (t *Telemetry) call(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{t}).(*call)
	return c
}
