package meter

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/lru"
)

// MaxTenants is how many tenants [Tenants] keeps a meter for: those that came last. The
// counts of the others are in the store, and are read again when they come back.
const MaxTenants = 1 << 14

// Tenants has a meter for each tenant, with the same settings, or one for all. It is safe
// for concurrent use; its zero value cannot be used, see [NewTenants].
type Tenants struct {
	settings *Settings
	all      *Meter // nil where each tenant has its own

	mu     sync.Mutex // guards the field below
	meters *lru.Map[string, *Meter]
}

// NewTenants makes the meters of a limit. Each says whether it is one for each tenant.
func NewTenants(s Settings, each bool) *Tenants {
	if !each {
		return &Tenants{settings: &s, all: newMeter(&s)}
	}
	return &Tenants{settings: &s, meters: lru.New[string, *Meter](MaxTenants)}
}

// Key is where the counts stand in the store, without tenant and period.
func (t *Tenants) Key() string { return t.settings.Key }

// Name is what the limit is called.
func (t *Tenants) Name() string { return t.settings.Name }

// Of returns the meter of a tenant.
func (t *Tenants) Of(tenant string) *Meter {
	if t.all != nil {
		return t.all
	}
	m, lost := t.of(tenant)
	if lost && t.settings.OnError != nil {
		t.settings.OnError(context.Background(), errForgotten) // no call's
	}
	return m
}

// Nearest returns what the n kept tenants have spent that are nearest to the limit, the
// nearest first; n is a few.
func (t *Tenants) Nearest(now time.Time, n int) []Status {
	if t.all != nil {
		return []Status{t.all.Status(now)}
	}
	t.mu.Lock()
	all := make([]*Meter, 0, t.meters.Len())
	t.meters.All(func(_ string, m *Meter) { all = append(all, m) })
	t.mu.Unlock()
	limit := t.settings.Limit
	nearer := func(a, b Status) int {
		return cmp.Or(cmp.Compare(b.ShareOf(limit), a.ShareOf(limit)), cmp.Compare(a.Tenant, b.Tenant))
	}
	first := make([]Status, 0, n+1)
	for _, m := range all {
		s := m.Status(now)
		if len(first) == n && nearer(first[n-1], s) <= 0 {
			continue
		}
		i, _ := slices.BinarySearchFunc(first, s, nearer)
		if first = slices.Insert(first, i, s); len(first) > n {
			first = first[:n]
		}
	}
	return first
}

var errForgotten = errors.New("quota: there are more tenants than are kept, and the store does not take what they spend: the count of one was dropped")

// of also reports whether a count that the store has not taken was dropped.
func (t *Tenants) of(tenant string) (m *Meter, lost bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m, ok := t.meters.Get(tenant); ok {
		return m, false
	}
	if t.meters.Len() == MaxTenants {
		lost = !t.roomLocked()
	}
	m = newMeter(t.settings)
	m.tenant, m.key = tenant, t.settings.Key+"t="+digest(tenant)+":"
	t.meters.Put(tenant, m)
	return m, lost
}

// chances is how many meters are looked at for one that may be forgotten.
const chances = 8

// roomLocked sees to it that the oldest meter is one whose counts the store has, and
// reports whether it found one. It needs mu.
func (t *Tenants) roomLocked() bool {
	for range chances {
		tenant, m, _ := t.meters.Oldest()
		if m.idle() {
			return true
		}
		t.meters.Get(tenant) // is the latest now
	}
	return false
}

// digest stands for a tenant in a store's key: its length is bounded, and it shows no
// person's name.
func digest(tenant string) string {
	sum := sha256.Sum256([]byte(tenant))
	return hex.EncodeToString(sum[:16])
}
