package buoy

import (
	"math"
	"slices"
	"time"

	"github.com/buoy-go/buoy/internal/history"
	"github.com/buoy-go/buoy/internal/oneline"
	"github.com/buoy-go/buoy/status"
)

// This file tells what a client knows, for a page that an operator looks at.

// Status returns what the client knows: how its endpoints did lately, its breakers, keys,
// limits, retry budgets, quotas and cache, and the last errors. It asks nobody and sends nothing;
// quotas are as this client knows them. Of a quota with Per it has the 20 tenants that have
// used most of it. There is no key, prompt or answer in it, but there are the names of
// endpoints, models and tenants: show it to operators only. [buoyhttp.Status] makes a page
// of it.
//
// [buoyhttp.Status]: https://pkg.go.dev/github.com/buoy-go/buoy/buoyhttp#Status
func (c *Client) Status() status.Client {
	now := time.Now()
	s := status.Client{
		Time: now.UTC(), Version: Version(), Endpoints: []status.Endpoint{}, Breakers: []status.Breaker{}, Budgets: []status.Budget{}, Quotas: []status.Quota{},
		Keys: append([]status.Key{}, c.Keys()...), Limits: append([]status.Limit{}, c.Limits()...), Errors: c.lately.All(),
	}
	for _, site := range c.sites {
		s.Endpoints = append(s.Endpoints, status.Endpoint{Name: site.name, URL: site.address(), KeySourceFailing: site.keys.Failing(now), Minutes: minutesOf(site.lately.Last(now))})
	}
	for _, b := range c.breakers.Snapshot() {
		if slices.ContainsFunc(c.sites, func(at *site) bool { return at.name == b.Endpoint }) { // a shared registry has those of others
			b.Model = oneline.Of(b.Model, 100)
			s.Breakers = append(s.Breakers, b)
		}
	}
	if b := c.settings.retry.Budget; !b.Disabled {
		c.budgets.buckets.All(func(key targetKey, left float64) {
			s.Budgets = append(s.Budgets, status.Budget{Endpoint: key.endpoint, Model: oneline.Of(key.model, 100), Left: left, Capacity: b.capacity()})
		})
	}
	if m := c.settings.memory; m != nil {
		s.Cache = new(m.tally.Status())
	}
	for i := range c.quotas {
		for _, spent := range c.quotas[i].Nearest(now, shownTenants) {
			s.Quotas = append(s.Quotas, c.quotas[i].quota.status(spent))
		}
	}
	return s
}

// shownTenants is how many tenants of a quota the status has.
const shownTenants = 20

func minutesOf(all []history.Minute) []status.Minute {
	out := make([]status.Minute, len(all))
	for i, m := range all {
		out[i] = status.Minute{Requests: m.Done, Failed: m.Failed}
		if m.Done > 0 {
			out[i].MeanSeconds = math.Round(m.Time.Seconds()/float64(m.Done)*1000) / 1000
		}
	}
	return out
}

func (c *Client) noteError(at time.Time, kind Kind, endpoint, model string, code int) {
	c.lately.Add(status.Error{Time: at.UTC(), Kind: string(kind), Endpoint: endpoint, Model: oneline.Of(model, 100), Status: code})
}
