package buoysentry

import (
	"context"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoysentry/internal/bucket"
	"github.com/buoy-go/buoy/event"
	"github.com/getsentry/sentry-go"
)

// Observer reports to Sentry. Give it to [buoy.WithObserver]. It may serve several
// clients, and is safe for concurrent use.
type Observer struct {
	hub   *sentry.Hub
	user  func(context.Context) sentry.User
	tags  func(context.Context) map[string]string
	limit *bucket.Buckets

	mu  sync.Mutex
	out map[keyName]struct{} // keys that went out and were reported
}

// keyName is a key of an endpoint; the label, never the key.
type keyName struct{ endpoint, label string }

// mostKeys is how many keys that went out are remembered. Beyond that some are forgotten,
// and may be reported once more.
const mostKeys = 10_000

var (
	_ buoy.Observer           = (*Observer)(nil)
	_ event.CallStartObserver = (*Observer)(nil)
	_ event.KeyObserver       = (*Observer)(nil)
	_ event.LimitObserver     = (*Observer)(nil)
	_ event.FallbackObserver  = (*Observer)(nil)
	_ event.HedgeObserver     = (*Observer)(nil)
	_ event.RecoveryObserver  = (*Observer)(nil)
)

// New makes an Observer. Without options events go to the hub of the call's context, else
// to sentry.CurrentHub().
func New(opts ...Option) *Observer {
	o := &Observer{out: make(map[keyName]struct{})}
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	if o.limit == nil {
		o.limit = bucket.New(0, 0)
	}
	return o
}

// HeldBack returns how many events the local limit has held back so far.
func (o *Observer) HeldBack() uint64 { return o.limit.HeldBack() }

// CallStarted begins the breadcrumbs of a call.
func (o *Observer) CallStarted(ctx context.Context, e event.CallStart) context.Context {
	return &trail{Context: ctx, of: o, request: e.Request}
}

// ObserveAttempt adds a breadcrumb. That of a call in which all goes well would be read by
// nobody, unless the application has a hub of its own for it.
func (o *Observer) ObserveAttempt(ctx context.Context, e buoy.AttemptEvent) {
	if t := o.trail(ctx); t != nil && (e.Err != nil || !t.empty() || sentry.HasHubOnContext(ctx)) {
		t.add(attemptCrumb(e, t.request))
	}
}

// ObserveLimit adds a breadcrumb.
func (o *Observer) ObserveLimit(ctx context.Context, e event.LimitWait) {
	o.trail(ctx).add(crumb("wait", sentry.LevelInfo, "waited for "+e.For, data{
		"endpoint": e.Endpoint, "model": e.Model, "key": e.Key, "wait": e.Wait,
	}))
}

// ObserveFallback adds a breadcrumb.
func (o *Observer) ObserveFallback(ctx context.Context, e event.Fallback) {
	to := e.ToEndpoint
	if e.LastResort {
		to = "the last resort"
	}
	o.trail(ctx).add(crumb("fallback", sentry.LevelWarning, "goes on to "+to, data{
		"endpoint": e.Endpoint, "model": e.Model, "to_endpoint": e.ToEndpoint, "to_model": e.ToModel, "kind": string(buoy.KindOf(e.Err)),
	}))
}

// ObserveHedge adds a breadcrumb.
func (o *Observer) ObserveHedge(ctx context.Context, e event.Hedge) {
	o.trail(ctx).add(crumb("hedge", sentry.LevelInfo, "asks "+e.ToEndpoint+" as well", data{
		"endpoint": e.Endpoint, "model": e.Model, "to_endpoint": e.ToEndpoint, "to_model": e.ToModel, "wait": e.Wait,
	}))
}

// ObserveRecovery adds a breadcrumb.
func (o *Observer) ObserveRecovery(ctx context.Context, e event.Recovery) {
	how := "asked again"
	if e.Continued {
		how = "continued"
	}
	o.trail(ctx).add(crumb("recovery", sentry.LevelWarning, "the stream was interrupted and is "+how, data{
		"endpoint": e.Endpoint, "model": e.Model, "kind": string(buoy.KindOf(e.Err)),
	}))
}

// ObserveKey reports a key that goes out, as wrong or for money. One that is too fast is
// for the client to handle.
func (o *Observer) ObserveKey(ctx context.Context, e event.Key) {
	kind, name := buoy.Kind(e.Reason), keyName{e.Endpoint, e.Key}
	if kind.Severity() != buoy.SeverityCritical {
		return
	}
	if e.State == event.KeyBack {
		o.keyBack(name)
		return
	}
	if !o.keyOut(name) {
		return
	}
	o.trail(ctx).add(crumb("key", sentry.LevelError, "key "+e.Key+" went out", data{"endpoint": e.Endpoint, "key": e.Key, "reason": e.Reason}))
	r := report{kind: kind, endpoint: e.Endpoint, key: e.Key, err: e.Err, issue: []string{"buoy", "key", e.Reason, e.Endpoint, e.Key}}
	r.title = "key " + string(e.State) + ": " + e.Reason
	r.about = data{"state": string(e.State), "until": e.Until}
	o.send(ctx, r)
}

func (o *Observer) keyOut(name keyName) (news bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, known := o.out[name]; known {
		return false
	}
	if len(o.out) >= mostKeys {
		clear(o.out)
	}
	o.out[name] = struct{}{}
	return true
}

func (o *Observer) keyBack(name keyName) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.out, name)
}

func (o *Observer) isOut(name keyName) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, known := o.out[name]
	return known
}

// ObserveCall reports a call that failed, or was given a substitute, and what a human must
// mend although the call went on.
func (o *Observer) ObserveCall(ctx context.Context, e buoy.CallEvent) {
	var sent []string // the issues of this call
	report := func(r report) {
		name := r.name()
		for _, s := range sent {
			if s == name {
				return
			}
		}
		sent = append(sent, name)
		o.send(ctx, r)
	}
	failure, degraded := e.Err, false
	if failure == nil && e.Info.Degraded {
		failure, degraded = e.Info.Cause, true
	}
	if failure != nil {
		if r := callReport(e, failure); r.kind != buoy.ErrCanceled {
			if degraded {
				r.about["degraded"] = true
			}
			report(r)
		}
	}
	for i := range e.Info.Attempts {
		a := &e.Info.Attempts[i]
		if kind := buoy.KindOf(a.Err); kind.Severity() == buoy.SeverityCritical && !o.isOut(keyName{a.Endpoint, a.Key}) {
			report(attemptReport(e, i+1, a))
		}
	}
	o.leaveCrumbs(ctx)
}

// leaveCrumbs adds the breadcrumbs of a call that has ended to the hub of its context. The
// hub of WithHub and the current one are shared by all, and would mix them.
func (o *Observer) leaveCrumbs(ctx context.Context) {
	hub := sentry.GetHubFromContext(ctx)
	if hub == nil || hub.Client() == nil {
		return
	}
	for _, c := range o.trail(ctx).all() {
		hub.AddBreadcrumb(c, nil)
	}
}

// hubOf is where the events of a call go.
func (o *Observer) hubOf(ctx context.Context) *sentry.Hub {
	if hub := sentry.GetHubFromContext(ctx); hub != nil {
		return hub
	}
	if o.hub != nil {
		return o.hub
	}
	return sentry.CurrentHub()
}

// send builds an event and gives it to the SDK, if the limit of its issue allows it.
func (o *Observer) send(ctx context.Context, r report) {
	hub := o.hubOf(ctx)
	if c := hub.Client(); c == nil || !c.IsEnabled() {
		return
	}
	held, ok := o.limit.Take(r.name(), time.Now())
	if !ok {
		return
	}
	e := r.event(held, o.trail(ctx).asked())
	if hub.Client().Options().MaxBreadcrumbs >= 0 {
		e.Breadcrumbs = o.trail(ctx).all()
	}
	if o.user != nil {
		e.User = asked(ctx, o.user)
	}
	if o.tags != nil {
		for name, value := range asked(ctx, o.tags) {
			tag(e, name, value)
		}
	}
	own := hub.Clone() // a level of the application's scope would hide the event's
	own.Scope().SetLevel(e.Level)
	own.CaptureEventWithHint(e, &sentry.EventHint{Context: ctx, OriginalException: r.err})
}

// asked keeps a panic of the caller's function from the event.
func asked[T any](ctx context.Context, f func(context.Context) T) (answer T) {
	defer func() { _ = recover() }()
	return f(ctx)
}
