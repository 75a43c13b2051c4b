package buoy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/address"
	"github.com/buoy-go/buoy/internal/meter"
	"github.com/buoy-go/buoy/internal/oneline"
	"github.com/buoy-go/buoy/internal/saturate"
	"github.com/buoy-go/buoy/status"
)

// Quota watches what a client spends in a period. It can also stop the client. Give it
// to [WithQuota].
//
//	buoy.WithQuota(buoy.Quota{
//		Period:      buoy.Monthly(moscow),
//		Cost:        50_000,
//		Currency:    buoy.RUB,
//		OnThreshold: func(e buoy.QuotaEvent) { alert(e.Threshold, e.Cost, e.CostLimit) },
//		Refuse:      true,
//		Store:       store, // without one, the count starts at zero with each start
//	})
//
// Every attempt counts when it ends, in that period, even if its answer was discarded.
// What a provider does not report cannot be counted; Unknown in [status.Quota] says how
// often that was.
//
// Do not change a Quota while New reads it.
type Quota struct {
	// Name identifies the quota in events, errors and the store. The default says what
	// is limited, such as "month-cost-RUB". Clients that share a Store share the count
	// of a name.
	Name   string
	Period Period // the zero value is a month in UTC
	Tokens int64  // allowed in a period, prompt and completion; 0 is no limit
	// Cost is allowed in a period, in Currency; 0 is no limit. The count uses the cost
	// that the provider reports (AITUNNEL in roubles, OpenRouter in dollars), or else
	// Prices. [New] refuses a Cost if nothing reports it; see [Endpoint].Costs.
	Cost     float64
	Currency Currency
	// Prices returns the price of a model, for a usage that has no cost;
	// [PriceTable.Price] is one. model is the endpoint's name for it. It must be safe
	// for concurrent use.
	Prices func(endpoint, model string) (Price, bool)
	// Rates has the value of one unit of another currency in Currency. Set it if a call
	// may fall back to a provider that counts in another currency.
	Rates map[Currency]float64

	// Per, if set, returns the tenant of a call, such as a customer's name that is found in
	// the context, and the quota is one for each tenant: limits, thresholds and refusals
	// are each one's own. Calls for which it returns "" share one, too. It is called once
	// for each call, and must neither change the request nor wait. A store's key has a
	// hash of the name. The client remembers the 16,384 tenants that came last; of the
	// others the Store has the count. Without a WithTenantLimit the tenants of the first
	// quota also take turns in queues.
	Per func(ctx context.Context, req *Request) string

	// Thresholds are shares of the limit, of the nearer one if there are two. nil means
	// 0.75, 0.9 and 1. An empty list means none.
	Thresholds []float64
	// OnThreshold is called once for each threshold and period, and each tenant if there
	// are several, in ascending order and for none twice at the same time. It runs on the goroutine of a call, outside any
	// lock, and may call any method of this package. With a lasting Store, "once" also
	// holds over restarts and over all instances that share it.
	OnThreshold func(QuotaEvent)
	// Refuse ends calls in a [QuotaError] once the limit is reached. Running calls go
	// on, so the count may end above the limit by what they cost.
	Refuse bool

	// Store keeps the count. nil keeps it in memory, for this client alone. If a store
	// fails, calls go on: what they spend is counted here and added when the store
	// works again.
	Store QuotaStore
	// OnError is called when a store fails, and once in a period (for each tenant) for
	// the first answer whose cost, or tokens if there is no limit of Cost, cannot be known. nil ignores both. The rules of OnThreshold apply, but
	// several calls may run at once.
	OnError func(error)
}

// check refuses what cannot work.
func (q *Quota) check() error {
	switch {
	case q.Tokens < 0 || q.Cost < 0 || math.IsNaN(q.Cost) || q.Cost > meter.MaxCost:
		return fmt.Errorf("a Quota's limits must be between 0 and %g", float64(meter.MaxCost))
	case q.Tokens == 0 && q.Cost == 0:
		return errors.New("a Quota limits neither Tokens nor Cost: set one of them, or leave it out")
	case q.Cost > 0 && q.Currency == "":
		return errors.New("a Quota of Cost needs a Currency: buoy.RUB for AITUNNEL, buoy.USD for OpenRouter")
	case strings.ContainsAny(q.Name, " \t\r\n:"):
		return fmt.Errorf("Quota.Name %q has a space or a colon, which separates the parts of a store's key", q.Name)
	}
	for _, t := range q.Thresholds {
		if !(t > 0) || math.IsInf(t, 0) {
			return fmt.Errorf("a Quota's threshold (%v) must be above 0: 0.75 is 75 %%", t)
		}
	}
	for c, rate := range q.Rates {
		if !(rate > 0) || math.IsInf(rate, 0) {
			return fmt.Errorf("a Quota's rate for %s (%v) must be above 0", c, rate)
		}
	}
	return q.Period.check()
}

// told refuses a cost that nobody would tell. A server on this computer may pass on the
// answers of whoever does.
func (q *Quota) told(sites []*site) error {
	if q.Cost == 0 || q.Prices != nil {
		return nil
	}
	for _, s := range sites {
		if q.rate(s.costs) > 0 || s.costs == "" && address.Loopback(s.url.Hostname()) {
			return nil
		}
	}
	for _, s := range sites {
		if s.costs != "" {
			return fmt.Errorf("a Quota of Cost in %s would never count: %s tells costs in %s: set Quota.Currency to that, or Quota.Rates", q.Currency, s.name, s.costs)
		}
	}
	return fmt.Errorf("a Quota of Cost would never count: %s does not tell what its answers cost: set Quota.Prices to a buoy.PriceTable's Price, or Endpoint.Costs where the server does tell", sites[0].name)
}

func (q *Quota) name() string {
	if q.Name != "" {
		return q.Name
	}
	name := q.Period.String()
	if q.Tokens > 0 {
		name += "-tokens"
	}
	if q.Cost > 0 {
		name += "-cost-" + string(q.Currency)
	}
	return name
}

func (q *Quota) thresholds() []float64 {
	if q.Thresholds == nil {
		return []float64{0.75, 0.9, 1}
	}
	t := slices.Clone(q.Thresholds)
	slices.Sort(t)
	return slices.Compact(t)
}

// count is what an attempt adds.
func (q *Quota) count(a *Attempt) (delta meter.Count) {
	u := &a.Usage
	delta.Tokens = totalTokens(u)
	known := delta.Tokens > 0
	if q.Cost > 0 {
		var cost float64
		if cost, known = q.cost(a); known {
			delta.Nanos = meter.Nanos(cost)
		}
	}
	if !known && mayBeBilled(a) {
		delta.Unknown = 1
	}
	return delta
}

// cost is what an attempt cost in the quota's currency: the provider's word, or
// the price of its tokens.
func (q *Quota) cost(a *Attempt) (cost float64, ok bool) {
	for _, in := range [...]Currency{q.Currency, RUB, USD} {
		if told, ok := in.Told(&a.Usage); ok && q.rate(in) > 0 {
			return told * q.rate(in), true
		}
	}
	if q.Prices == nil || totalTokens(&a.Usage) == 0 {
		return 0, false
	}
	price, ok := q.Prices(a.Endpoint, a.Model)
	rate := q.rate(price.Currency)
	if !ok || rate <= 0 {
		return 0, false
	}
	cost = price.Of(&a.Usage) * rate
	return cost, cost >= 0 && cost <= meter.MaxCost
}

// totalTokens is the total, also of providers that tell only its parts.
func totalTokens(u *Usage) int64 {
	return int64(saturate.Tokens(u.TotalTokens, u.PromptTokens, u.CompletionTokens))
}

// rate is what one unit of a currency is worth; 0 for one that is not known.
func (q *Quota) rate(c Currency) float64 {
	if c == q.Currency {
		return 1
	}
	return q.Rates[c]
}

// mayBeBilled reports whether the provider has, or may have, done work for an
// attempt. What it refused it does not bill, unless its answer had begun: what fails
// inside a 200 failed at its work, and so did what took it too long (408, 504, 524).
func mayBeBilled(a *Attempt) bool {
	if a.Err == nil || a.FirstToken > 0 {
		return true
	}
	if api, ok := errors.AsType[*APIError](a.Err); ok {
		return api.Kind == ErrTimeout || api.StatusCode == http.StatusOK && verdictOf(api.Kind).breaker == breakerFailure
	}
	te, ok := errors.AsType[*TransportError](a.Err)
	return ok && te.Sent
}

// QuotaEvent says that a quota has reached a threshold.
type QuotaEvent struct {
	status.Quota
	Threshold float64 // 0.75 for 75 %
}

// QuotaError says that this client refused a call because one of its quotas is used up.
// Nothing was sent. (A provider's refusal for lack of money is an [*APIError] or a
// [*KeysError].) It unwraps to ErrQuota. [RetryAfter] returns the time until the period
// ends. Tenant says whose quota it is; it is not part of the text, as it may be a
// person's name.
type QuotaError struct{ status.Quota }

// Error returns the quota, what is spent, and the end of the period.
func (e *QuotaError) Error() string {
	if e == nil {
		return "<nil>"
	}
	spent := fmt.Sprintf("%d of %d tokens", e.Tokens, e.TokenLimit)
	if e.CostLimit > 0 && (e.TokenLimit == 0 || e.Tokens < e.TokenLimit) {
		spent = fmt.Sprintf("%.2f of %.2f %s", e.Cost, e.CostLimit, e.Currency)
	}
	return fmt.Sprintf("quota: refused here, because the quota %s is used up: %s; the next period begins at %s", e.Name, spent, e.Until.Format(time.RFC3339))
}

// Unwrap returns ErrQuota.
func (e *QuotaError) Unwrap() error { return ErrQuota }

// Format writes the text of [QuotaError.Error] for every verb.
func (e *QuotaError) Format(s fmt.State, verb rune) { formatError(s, verb, e) }

func (e *QuotaError) wait() time.Duration {
	if e == nil {
		return 0
	}
	return time.Until(e.Until)
}

// WithQuota watches what the client spends; see [Quota]. You may give several, such as
// one for the day and one for the month. Each counts everything.
func WithQuota(q Quota) Option {
	return clientOption(func(s *settings) {
		q.Rates = maps.Clone(q.Rates)
		s.quotas = append(s.quotas, q)
	})
}

// Quotas returns how much of each quota is spent, in the order of the options. Of a quota
// with Per it is that of the tenant which Per returns for ctx and an empty request. An
// error is one of a store; the count is then what this client knows.
func (c *Client) Quotas(ctx context.Context) ([]status.Quota, error) {
	if ctx == nil {
		return nil, fmt.Errorf("buoy: %w", errNilContext)
	}
	var out []status.Quota
	var errs []error
	for i := range c.quotas {
		q := &c.quotas[i]
		m := q.Of(q.quota.tenant(ctx, &Request{}))
		errs = append(errs, m.Sync(ctx, 0))
		out = append(out, q.quota.status(m.Status(time.Now())))
	}
	return out, errors.Join(errs...)
}

// standardQuota refuses calls of a client whose quota is used up. What a call
// costs is counted for each attempt when it ends; see settleQuotas.
func standardQuota(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		st := stateOf(call)
		for i := range st.client.quotas {
			q := &st.client.quotas[i]
			m := q.Of(st.tenantOf(ctx, i, call.Request))
			if used, ok := m.Admit(ctx); !ok {
				return nil, &QuotaError{q.quota.status(used)}
			}
			if ctx.Err() != nil {
				return nil, st.waitError(ctx)
			}
		}
		return next(ctx, call)
	}
}

// countedQuota is a quota of a client, and what counts for it.
type countedQuota struct {
	quota Quota
	*meter.Tenants
}

// settleQuotas counts an attempt. Being told of each one's end and not only of the
// call's, it hears also of those that end later, such as the loser of a hedge. A chain
// without the quota's part has asked nobody for the tenant yet.
func (st *callState) settleQuotas(ctx context.Context, a *Attempt) {
	for i := range st.client.quotas {
		q := &st.client.quotas[i]
		var tenant string
		if st.seldom != nil && st.seldom.tenants != nil {
			tenant = st.seldom.tenants[i]
		} else {
			tenant = q.quota.tenant(ctx, &st.request)
		}
		q.Of(tenant).Settle(ctx, q.quota.count(a), a.Endpoint, a.Model)
	}
}

// newQuotas makes the meters of a client.
func newQuotas(c *Client) ([]countedQuota, error) {
	var all []countedQuota
	for _, q := range c.settings.quotas {
		if err := q.check(); err != nil {
			return nil, err
		}
		if err := q.told(c.sites); err != nil {
			return nil, err
		}
		m := q.meter(c)
		for _, other := range all {
			if other.Key() == m.Key() {
				return nil, fmt.Errorf("two quotas are named %q: set Quota.Name to tell them apart", m.Name())
			}
		}
		all = append(all, countedQuota{q, m})
	}
	return all, nil
}

// meter counts for the quota and its tenants. It tells the client's listeners and its log, which are
// known when New returns.
func (q Quota) meter(c *Client) *meter.Tenants {
	troubled := func(ctx context.Context, err error) {
		c.warn(ctx, "buoy quota", err)
		if q.OnError != nil {
			q.OnError(err)
		}
	}
	s := meter.Settings{
		Name: q.name(), Key: fmt.Sprintf("buoy:quota:%s:%s:%s:", q.name(), q.Currency, q.Period), Period: q.Period.turns,
		Limit: meter.Count{Tokens: q.Tokens, Nanos: meter.Nanos(q.Cost)}, Thresholds: q.thresholds(), Refuse: q.Refuse,
		Store: meterStore{cmp.Or(q.Store, NewQuotaMemory())}, OnError: troubled,
		OnUnknown: func(ctx context.Context, endpoint, model string) {
			told := "how many tokens an answer of %s for %s took"
			if q.Cost > 0 {
				told = "what an answer of %s for %s has cost"
			}
			troubled(ctx, fmt.Errorf("quota %s: nobody told "+told+": it is not counted", q.name(), oneline.Of(endpoint, 100), oneline.Of(model, 100)))
		},
		OnThreshold: func(ctx context.Context, s meter.Status, t float64) {
			e := QuotaEvent{Quota: q.status(s), Threshold: t}
			c.audience.Quota(ctx, event.QuotaReached{
				Name: e.Name, Tenant: e.Tenant, Threshold: t, Share: e.Share(), Tokens: e.Tokens, TokenLimit: e.TokenLimit,
				Cost: e.Cost, CostLimit: e.CostLimit, Currency: string(e.Currency), Until: e.Until,
			})
			if q.OnThreshold != nil {
				q.OnThreshold(e)
			}
		},
	}
	if q.OnThreshold == nil && len(c.settings.loggers)+len(c.settings.observers) == 0 {
		s.OnThreshold = nil // the store need not be asked who tells
	}
	return meter.NewTenants(s, q.Per != nil)
}

// status is what the meter knows, in the quota's words.
func (q *Quota) status(s meter.Status) status.Quota {
	return status.Quota{
		Name: q.name(), Refuses: q.Refuse, ByTenant: q.Per != nil, Tenant: s.Tenant, Tokens: s.Tokens, TokenLimit: q.Tokens, Cost: QuotaCount(s.Count).Cost(), CostLimit: q.Cost, Currency: q.Currency,
		Unknown: s.Unknown, From: s.From, Until: s.Until,
	}
}
