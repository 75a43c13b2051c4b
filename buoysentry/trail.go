package buoysentry

import (
	"context"
	"sync"

	"github.com/buoy-go/buoy"
	"github.com/getsentry/sentry-go"
)

// mostCrumbs is how many breadcrumbs a call may have: what Sentry keeps of an event. The
// latest count.
const mostCrumbs = 100

// trail collects the breadcrumbs of one call. It is the call's context, so that it costs
// one allocation.
type trail struct {
	context.Context
	of      *Observer
	request *buoy.Request // of the call; nil for a balance or catalogue

	mu     sync.Mutex
	crumbs []*sentry.Breadcrumb
}

// trailKey finds the trail of one observer: a client may have two.
type trailKey struct{ of *Observer }

func (t *trail) Value(key any) any {
	if k, ok := key.(trailKey); ok && k.of == t.of {
		return t
	}
	return t.Context.Value(key)
}

// add keeps a breadcrumb. A nil trail keeps nothing.
func (t *trail) add(crumb *sentry.Breadcrumb) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.crumbs) == mostCrumbs {
		t.crumbs = append(t.crumbs[:0], t.crumbs[1:]...)
	}
	t.crumbs = append(t.crumbs, crumb)
}

func (t *trail) all() []*sentry.Breadcrumb {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]*sentry.Breadcrumb(nil), t.crumbs...)
}

// asked is the request of the call, as far as it is known.
func (t *trail) asked() *buoy.Request {
	if t == nil {
		return nil
	}
	return t.request
}

func (t *trail) empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.crumbs) == 0
}

// trail finds the breadcrumbs of a call; nil if the context is not of one.
func (o *Observer) trail(ctx context.Context) *trail {
	t, _ := ctx.Value(trailKey{o}).(*trail)
	return t
}
