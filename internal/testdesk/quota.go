package testdesk

import (
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/status"
)

// Fired collects the thresholds of a quota that were called back. Callbacks come
// one at a time, and so must its readers.
type Fired struct{ Events []buoy.QuotaEvent }

// Note is for [buoy.Quota.OnThreshold].
func (f *Fired) Note(e buoy.QuotaEvent) { f.Events = append(f.Events, e) }

// Thresholds are those of the events, in order.
func (f *Fired) Thresholds() (out []float64) {
	for _, e := range f.Events {
		out = append(out, e.Threshold)
	}
	return out
}

// Status is where a client's only quota stands.
func Status(t *testing.T, c *buoy.Client) status.Quota {
	t.Helper()
	all, err := c.Quotas(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d quotas and not one, %v", len(all), err)
	}
	return all[0]
}

// Date is the beginning of a day, UTC. A bubble's clock begins at Date(2000, 1, 1).
func Date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
