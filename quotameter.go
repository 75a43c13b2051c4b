package buoy

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

const (
	// quotaRefresh is how old the count of a shared store may be when a call is
	// let through: other instances spend, too.
	quotaRefresh = 5 * time.Second
	// quotaStoreWait bounds one call of a store.
	quotaStoreWait = 2 * time.Second
	// quotaStoreRest is how long a store that failed is left alone, so that
	// its failure does not slow every call.
	quotaStoreRest = 5 * time.Second
	// quotaKeep is how long a store keeps a count after its period, for those
	// who want to look.
	quotaKeep = 24 * time.Hour
)

// quotaMeter counts for one quota of one client.
type quotaMeter struct {
	quota      Quota
	name       string
	key        string // of the store, without the period
	thresholds []float64
	store      QuotaStore
	asking     chan struct{} // holds a token while the store is asked

	mu      sync.Mutex // guards the fields below
	span    span
	used    QuotaCount // as the store last said
	flying  QuotaCount // on its way to the store
	unsaved QuotaCount // what the store did not take
	synced  time.Time  // when the store last answered; zero for not in this period
	restsTo time.Time  // the store has failed and is left alone until then
	claimed []bool     // for each threshold: asked for, whoever got it
	telling bool       // somebody is in tell
	warned  bool       // of a cost that is not known
}

func newQuotaMeter(q Quota) *quotaMeter {
	m := &quotaMeter{quota: q, name: q.name(), thresholds: q.thresholds(), store: q.Store, asking: make(chan struct{}, 1)}
	if m.store == nil {
		m.store = NewQuotaMemory()
	}
	m.key = fmt.Sprintf("buoy:quota:%s:%s:%s:", m.name, q.Currency, q.Period)
	m.claimed = make([]bool, len(m.thresholds))
	return m
}

// rollLocked begins a new period where it is time. It needs mu.
func (m *quotaMeter) rollLocked(now time.Time) {
	s := m.quota.Period.at(now)
	if s.label == m.span.label {
		return
	}
	m.span = s
	m.used, m.flying, m.unsaved = QuotaCount{}, QuotaCount{}, QuotaCount{}
	m.synced, m.warned = time.Time{}, false
	clear(m.claimed)
}

// storeKey is where the store keeps a period's count.
func (m *quotaMeter) storeKey(s span) string { return m.key + s.label }

// statusLocked is what is known now. It needs mu.
func (m *quotaMeter) statusLocked() QuotaStatus {
	n := m.used.Plus(m.flying).Plus(m.unsaved)
	return QuotaStatus{
		Name: m.name, Tokens: n.Tokens, TokenLimit: m.quota.Tokens,
		Cost: n.Cost(), CostLimit: m.quota.Cost, Currency: m.quota.Currency,
		Unknown: n.Unknown, From: m.span.from, Until: m.span.until,
	}
}

func (m *quotaMeter) status(now time.Time) QuotaStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rollLocked(now)
	return m.statusLocked()
}

// admit returns the error of a call that may not go, since the quota is used up.
func (m *quotaMeter) admit(ctx context.Context) error {
	if !m.quota.Refuse {
		return nil
	}
	_ = m.sync(ctx, quotaRefresh) // was reported; what is known here decides
	if s := m.status(time.Now()); s.Share() >= 1 {
		return &QuotaError{s}
	}
	return nil
}

// settle counts an attempt that has ended.
func (m *quotaMeter) settle(ctx context.Context, a *Attempt) {
	delta := m.quota.count(a)
	if delta == (QuotaCount{}) {
		return
	}
	if delta.Unknown > 0 {
		m.warn(a)
	}
	m.mu.Lock()
	m.rollLocked(time.Now())
	m.unsaved = m.unsaved.Plus(delta)
	m.mu.Unlock()
	ctx = context.WithoutCancel(ctx) // it was spent, whatever has become of the call
	_ = m.saveUnless(ctx, m.saved)   // was reported
	m.tell(ctx)
}

// saved reports whether nothing waits for the store, or that is left alone.
func (m *quotaMeter) saved() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.unsaved == (QuotaCount{}) || time.Now().Before(m.restsTo)
}

// sync reads the count unless what is known is younger than maxAge. Only one
// caller at a time asks the store; the others wait for what it learns.
func (m *quotaMeter) sync(ctx context.Context, maxAge time.Duration) error {
	fresh := func() bool { return m.fresh(maxAge) }
	if fresh() {
		return nil
	}
	defer m.tell(context.WithoutCancel(ctx))
	return m.saveUnless(ctx, fresh)
}

// fresh reports whether the store need not, or cannot, be asked now.
func (m *quotaMeter) fresh(maxAge time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.rollLocked(now)
	return now.Sub(m.synced) < maxAge || maxAge > 0 && now.Before(m.restsTo)
}

// save tells the store what it does not know yet, if anything, and takes its sum. It
// needs the token of asking: where two were on their way, the sum that one brought
// held the other's part already, which was then counted twice.
func (m *quotaMeter) save(ctx context.Context) (err error) {
	m.mu.Lock()
	m.rollLocked(time.Now())
	s, delta := m.span, m.unsaved
	m.unsaved, m.flying = QuotaCount{}, delta
	m.mu.Unlock()

	var sum QuotaCount
	err = errStorePanicked
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		now := time.Now()
		if m.span.label == s.label { // else its period is over
			m.flying = QuotaCount{}
			if err == nil {
				m.used, m.synced = m.used.upTo(sum), now
			} else {
				m.unsaved = m.unsaved.Plus(delta)
			}
		}
		if err != nil && ctx.Err() == nil { // a caller that is gone says nothing of the store
			m.restsTo = now.Add(quotaStoreRest)
		}
	}()
	sum, err = ask(ctx, func(ctx context.Context) (QuotaCount, error) {
		return m.store.Add(ctx, m.storeKey(s), delta, s.until.Add(quotaKeep))
	})
	return err
}

var errStorePanicked = errors.New("the store panicked")

// saveUnless tells the store unless that is done by the time of this caller's turn,
// then the user of its failure and of thresholds.
func (m *quotaMeter) saveUnless(ctx context.Context, done func() bool) error {
	if done() {
		return nil
	}
	select {
	case m.asking <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	var err error
	func() {
		defer func() { <-m.asking }()
		if !done() { // nobody else was quicker
			err = m.save(ctx)
		}
	}()
	if err == nil || ctx.Err() != nil {
		return err
	}
	return m.report(err)
}

// tell calls OnThreshold for each threshold that was reached. Whoever comes first
// does it for all, so that the calls come one after the other, in order.
func (m *quotaMeter) tell(ctx context.Context) {
	if m.quota.OnThreshold == nil {
		return
	}
	m.mu.Lock()
	if m.telling {
		m.mu.Unlock()
		return
	}
	m.telling = true
	m.mu.Unlock()
	done := false
	defer func() {
		if !done { // the user's function panicked
			m.mu.Lock()
			m.telling = false
			m.mu.Unlock()
		}
	}()
	for {
		e, s, i := m.reached()
		if i < 0 {
			done = true // telling is false already
			return
		}
		first, err := ask(ctx, func(ctx context.Context) (bool, error) {
			return m.store.Claim(ctx, m.storeKey(s)+"@"+strconv.FormatFloat(e.Threshold, 'g', -1, 64), s.until.Add(quotaKeep))
		})
		if err != nil {
			m.unclaim(s, i)
			_ = m.report(err)
			return
		}
		if first {
			m.quota.OnThreshold(e)
		}
	}
}

// reached takes the lowest threshold that was reached and not yet claimed. Where
// there is none it ends the telling, in the same step, so that none is missed.
func (m *quotaMeter) reached() (e QuotaEvent, s span, i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.rollLocked(now)
	status := m.statusLocked()
	share := status.Share()
	if !now.Before(m.restsTo) {
		for i, t := range m.thresholds {
			if share >= t && !m.claimed[i] {
				m.claimed[i] = true
				return QuotaEvent{QuotaStatus: status, Threshold: t}, m.span, i
			}
		}
	}
	m.telling = false
	return e, s, -1
}

// unclaim gives a threshold back that the store could not be asked about.
func (m *quotaMeter) unclaim(s span, i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.restsTo = time.Now().Add(quotaStoreRest)
	if m.span.label == s.label {
		m.claimed[i] = false
	}
}

// report tells the user of a store that fails, and returns the error as it does.
func (m *quotaMeter) report(err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("quota %s: the store failed: %w", m.name, err)
	if m.quota.OnError != nil {
		m.quota.OnError(err)
	}
	return err
}

// warn tells the user once in a period that a cost is not known.
func (m *quotaMeter) warn(a *Attempt) {
	m.mu.Lock()
	m.rollLocked(time.Now())
	again := m.warned
	m.warned = true
	m.mu.Unlock()
	if !again && m.quota.OnError != nil {
		m.quota.OnError(fmt.Errorf("quota %s: nobody told what an answer of %s for %s has cost: it is not counted", m.name, oneLine(a.Endpoint, 100), oneLine(a.Model, 100)))
	}
}

// ask bounds a call of the store.
func ask[T any](ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, quotaStoreWait)
	defer cancel()
	return f(ctx)
}
