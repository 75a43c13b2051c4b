package buoysentry

import (
	"context"
	"time"

	"github.com/buoy-go/buoy/buoysentry/internal/bucket"
	"github.com/getsentry/sentry-go"
)

// The limit of each issue without [WithLimit].
const (
	DefaultBurst    = bucket.Burst
	DefaultInterval = bucket.Interval
)

// Option is an option of [New].
type Option func(*Observer)

// WithHub is where events go if the context of a call has no hub. Without it, or if it is
// nil, that is sentry.CurrentHub().
func WithHub(hub *sentry.Hub) Option { return func(o *Observer) { o.hub = hub } }

// WithUser tells who asks, from the context of a call. The user of the hub's scope counts
// where user returns an empty one. user must be safe for concurrent use. It is asked only
// when an event is sent.
func WithUser(user func(context.Context) sentry.User) Option {
	return func(o *Observer) { o.user = user }
}

// WithTags adds tags to each event, such as a session, from the context of a call. A tag
// has a name of at most 32 letters, digits and "_.:-", and a value of at most 200
// characters. Longer values are cut, and names that Sentry would refuse are left out.
// tags must be safe for concurrent use. It is asked only when an event is sent.
func WithTags(tags func(context.Context) map[string]string) Option {
	return func(o *Observer) { o.tags = tags }
}

// WithLimit is how many events of one issue are sent: burst at once, and then one per
// interval. Zeros mean [DefaultBurst] and [DefaultInterval]. A negative burst means no
// limit here.
//
// The alerts in deploy/sentry expect at least the default.
func WithLimit(burst int, interval time.Duration) Option {
	return func(o *Observer) { o.limit = bucket.New(burst, interval) }
}
