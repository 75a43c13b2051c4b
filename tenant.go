package buoy

import (
	"context"
	"errors"

	"github.com/buoy-go/buoy/internal/gate"
)

// tenantLimit is a limit for each tenant.
type tenantLimit struct {
	per   func(context.Context, *Request) string
	limit RateLimit
	gates *gates
}

// WithTenantLimit limits the calls of each tenant, and lets tenants take turns. per
// returns the tenant of a call, such as a customer's name that is found in the context. It
// is called once for each call, and must neither change the request nor wait; calls for
// which it returns "" are those of one tenant. A second WithTenantLimit replaces the first.
//
// The limit counts calls, whatever retries and fallbacks they need, with the tokens of
// their answers. A call that comes too early waits, and gets a [*LimitError] at once
// if it would have to wait for longer than [RetryPolicy].MaxServerDelay or its deadline.
// The limits of the 16,384 tenants that came last are kept.
//
// In every queue of the client (limits, permits, keys that rest) the tenants that wait
// take turns, a call each, so one with a thousand waiting calls does not stop one with a
// single call. For that alone, pass a zero RateLimit.
func WithTenantLimit(per func(ctx context.Context, req *Request) string, l RateLimit) Option {
	return clientOption(func(s *settings) {
		if per == nil {
			s.errs = append(s.errs, errors.New("WithTenantLimit got no function: it returns the tenant of a call"))
		}
		if err := l.check(); err != nil {
			s.errs = append(s.errs, err)
		}
		s.tenants = &tenantLimit{per, l, newTenantGates()}
	})
}

// standardTenants names the call's tenant, and limits what it does.
func standardTenants(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		st := stateOf(call)
		t := st.settings.tenants
		if t == nil {
			return next(ctx, call)
		}
		tenant := t.per(ctx, call.Request)
		st.few().tenant = tenant
		l := limited{&t.limit, t.gates, gate.Key{Tenant: tenant, OfTenant: true}}
		return withPermit(ctx, call, l, func(ctx context.Context, call *Call) (*Reply, error) {
			return withRate(ctx, call, l, next)
		})
	}
}

// tenantOf asks a quota for the call's tenant, and remembers it.
func (st *callState) tenantOf(ctx context.Context, quota int, r *Request) string {
	q := &st.client.quotas[quota].quota
	if q.Per == nil {
		return ""
	}
	tenant, few := q.tenant(ctx, r), st.few()
	if few.tenants == nil {
		few.tenants, few.tenant = make([]string, len(st.client.quotas)), tenant
	}
	few.tenants[quota] = tenant
	return tenant
}

// tenant is whom a request counts for.
func (q *Quota) tenant(ctx context.Context, r *Request) string {
	if q.Per == nil {
		return ""
	}
	return q.Per(ctx, r)
}
