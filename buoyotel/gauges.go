package buoyotel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/status"
)

// Watch reports the state of a client whenever metrics are collected: breakers, keys,
// limits and quotas. Call stop when the client is closed; calling it again does nothing.
// The numbers of several clients are added up; of a breaker the worst state counts, and
// of a quota the largest share. A quota with Quota.Per is not reported: it is one for each
// tenant. An error of an instrument goes to OpenTelemetry's error handler.
func (t *Telemetry) Watch(c *buoy.Client) (stop func()) {
	if c == nil {
		return func() {}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watched[c]++
	if t.gauges == nil {
		t.registerLocked()
	}
	return sync.OnceFunc(func() { t.unwatch(c) })
}

func (t *Telemetry) unwatch(c *buoy.Client) {
	t.mu.Lock()
	if t.watched[c]--; t.watched[c] <= 0 {
		delete(t.watched, c)
	}
	var last metric.Registration
	if len(t.watched) == 0 {
		last, t.gauges = t.gauges, nil
	}
	t.mu.Unlock()
	if last != nil { // outside of the lock, which a collection needs
		handle(last.Unregister())
	}
}

// gauges are what is asked when metrics are collected.
type gauges struct {
	breakers, keys, running, waiting metric.Int64ObservableGauge
	quotas, budgets                  metric.Float64ObservableGauge
}

func (t *Telemetry) registerLocked() {
	var g gauges
	var errs [7]error
	g.breakers, errs[0] = t.meter.Int64ObservableGauge(gaugeBreaker, metric.WithUnit("{state}"), metric.WithDescription("State of a circuit breaker: 0 closed, 1 half open, 2 open."))
	g.keys, errs[1] = t.meter.Int64ObservableGauge(gaugeKeys, metric.WithUnit("{key}"), metric.WithDescription("Keys by state: ready, limited, cooled, refused or disabled."))
	g.running, errs[2] = t.meter.Int64ObservableGauge(gaugeRunning, metric.WithUnit("{call}"), metric.WithDescription("Calls under a local limit that have started and not ended."))
	g.waiting, errs[3] = t.meter.Int64ObservableGauge(gaugeWaiting, metric.WithUnit("{call}"), metric.WithDescription("Calls that wait for a local limit."))
	g.quotas, errs[4] = t.meter.Float64ObservableGauge(gaugeQuota, metric.WithUnit("1"), metric.WithDescription("Share of a quota that is spent: 1 for all of it."))
	g.budgets, errs[6] = t.meter.Float64ObservableGauge(gaugeBudget, metric.WithUnit("1"), metric.WithDescription("Share of a retry budget that is left: 0 for none."))
	t.gauges, errs[5] = t.meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error { return t.observe(ctx, o, g) },
		g.breakers, g.keys, g.running, g.waiting, g.quotas, g.budgets)
	handle(errors.Join(errs[:]...))
}

type target struct{ endpoint, model string }

type load struct{ running, waiting int }

func (t *Telemetry) observe(ctx context.Context, o metric.Observer, g gauges) error {
	t.mu.Lock()
	clients := make([]*buoy.Client, 0, len(t.watched))
	for c := range t.watched {
		clients = append(clients, c)
	}
	t.mu.Unlock()

	breakers, keys, loads, quotas := map[target]int64{}, map[target]int64{}, map[string]load{}, map[string]float64{}
	budgets := map[target]float64{}
	for _, c := range clients {
		for _, b := range c.Breakers().Snapshot() {
			at := target{t.instruments.endpoints.of(b.Endpoint, true), t.instruments.models.of(b.Model, b.State != buoy.BreakerClosed)}
			breakers[at] = max(breakers[at], level(b.State))
		}
		s := c.Status()
		for _, e := range s.Endpoints {
			// A state without keys is reported, too, and so is an endpoint that has none
			// because its source fails. One that was never asked is no trouble.
			if !e.KeySourceFailing.IsZero() || slices.ContainsFunc(s.Keys, func(k status.Key) bool { return k.Endpoint == e.Name }) {
				for _, state := range [...]status.KeyState{status.KeyReady, status.KeyLimited, status.KeyCooled, status.KeyRefused, status.KeyDisabled} {
					keys[target{t.instruments.endpoints.of(e.Name, true), string(state)}] += 0
				}
			}
		}
		for _, k := range s.Keys {
			keys[target{t.instruments.endpoints.of(k.Endpoint, true), string(k.State)}]++
		}
		for _, l := range s.Limits {
			at := t.instruments.endpoints.of(l.Endpoint, true)
			sum := loads[at]
			sum.running, sum.waiting = sum.running+l.Running, sum.waiting+l.Waiting
			loads[at] = sum
		}
		for _, b := range s.Budgets {
			if b.Capacity > 0 {
				at := target{t.instruments.endpoints.of(b.Endpoint, true), t.instruments.models.of(b.Model, b.Left < b.Capacity)}
				if least, ok := budgets[at]; !ok || b.Left/b.Capacity < least {
					budgets[at] = b.Left / b.Capacity
				}
			}
		}
		for _, q := range quotasOf(ctx, c) {
			if !q.ByTenant { // no tenant asks here, and a series for each would be too many
				quotas[q.Name] = max(quotas[q.Name], q.Share())
			}
		}
	}
	for at, state := range breakers {
		o.ObserveInt64(g.breakers, state, with(attribute.String(attrEndpoint, at.endpoint), attribute.String(attrModel, at.model)))
	}
	for at, share := range budgets {
		o.ObserveFloat64(g.budgets, share, with(attribute.String(attrEndpoint, at.endpoint), attribute.String(attrModel, at.model)))
	}
	for at, n := range keys {
		o.ObserveInt64(g.keys, n, with(attribute.String(attrEndpoint, at.endpoint), attribute.String(attrKeyState, at.model)))
	}
	for endpoint, l := range loads {
		at := with(attribute.String(attrEndpoint, endpoint))
		o.ObserveInt64(g.running, int64(l.running), at)
		o.ObserveInt64(g.waiting, int64(l.waiting), at)
	}
	for name, share := range quotas {
		o.ObserveFloat64(g.quotas, share, with(attribute.String(attrQuota, clean(name))))
	}
	return nil
}

// quotasOf asks a client's quotas, whose store may be anybody's. An error goes to the
// handler: a collection that returns one loses the metrics of the whole program. A panic
// would end the program.
func quotasOf(ctx context.Context, c *buoy.Client) (all []status.Quota) {
	defer func() {
		if v := recover(); v != nil {
			handle(fmt.Errorf("buoyotel: a quota panicked with a %T", v))
		}
	}()
	all, err := c.Quotas(ctx)
	handle(err)
	return all
}

func level(s buoy.BreakerState) int64 {
	switch s {
	case buoy.BreakerOpen:
		return 2
	case buoy.BreakerHalfOpen:
		return 1
	}
	return 0
}

// handle passes on what no caller can be told.
func handle(err error) {
	if err != nil {
		otel.Handle(err)
	}
}
