package meter

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/calendar"
)

const (
	// refresh is how old the count of a shared store may be when a call is
	// let through: other instances spend, too.
	refresh = 5 * time.Second
	// storeWait bounds one call of a store.
	storeWait = 2 * time.Second
	// storeRest is how long a store that failed is left alone, so that
	// its failure does not slow every call.
	storeRest = 5 * time.Second
	// keep is how long a store keeps a count after its period, for those
	// who want to look.
	keep = 24 * time.Hour
)

// Settings are those of one meter.
type Settings struct {
	Name       string // in the errors of the store
	Key        string // in the store, without the period
	Period     calendar.Period
	Limit      Count     // Unknown is not read
	Thresholds []float64 // shares of the limit, ascending, each once
	Store      Store
	Refuse     bool // Admit says no once the limit is reached

	// OnThreshold is called for each threshold and period once, one after the other,
	// outside any lock; nil for nobody.
	OnThreshold func(ctx context.Context, s Status, threshold float64)
	OnError     func(context.Context, error)                      // of the store; nil for nobody
	OnUnknown   func(ctx context.Context, endpoint, model string) // the first in a period that nobody told; nil for nobody
}

// Status is what is spent in a period.
type Status struct {
	Tenant string // "" without tenants
	Count
	calendar.Turn
}

// Meter counts for one limit. It is safe for concurrent use.
type Meter struct {
	settings *Settings
	tenant   string
	key      string        // in the store, without the period
	asking   chan struct{} // holds a token while the store is asked

	mu      sync.Mutex // guards the fields below
	turn    calendar.Turn
	used    Count     // as the store last said
	flying  Count     // on its way to the store
	unsaved Count     // what the store did not take
	synced  time.Time // when the store last answered; zero for not in this period
	restsTo time.Time // the store has failed and is left alone until then
	claimed []bool    // for each threshold: asked for, whoever got it
	telling bool      // somebody is in tell
	warned  bool      // of a cost that is not known
}

func newMeter(s *Settings) *Meter {
	return &Meter{settings: s, key: s.Key, asking: make(chan struct{}, 1), claimed: make([]bool, len(s.Thresholds))}
}

// idle reports whether nobody asks the store, and nothing waits for it.
func (m *Meter) idle() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flying == (Count{}) && m.unsaved == (Count{}) && !m.telling
}

// rollLocked begins a new period where it is time. It needs mu.
func (m *Meter) rollLocked(now time.Time) {
	if m.turn.Label != "" && !now.Before(m.turn.From) && now.Before(m.turn.Until) {
		return // the label need not be written anew
	}
	s := m.settings.Period.At(now)
	if s.Label == m.turn.Label {
		return
	}
	m.turn = s
	m.used, m.flying, m.unsaved = Count{}, Count{}, Count{}
	m.synced, m.warned = time.Time{}, false
	clear(m.claimed)
}

// storeKey is where the store keeps a period's count.
func (m *Meter) storeKey(s calendar.Turn) string { return m.key + s.Label }

// statusLocked is what is known now. It needs mu.
func (m *Meter) statusLocked() Status {
	return Status{Tenant: m.tenant, Count: m.used.Plus(m.flying).Plus(m.unsaved), Turn: m.turn}
}

// Status is what is known, without asking the store.
func (m *Meter) Status(now time.Time) Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rollLocked(now)
	return m.statusLocked()
}

// Admit reports whether there is room for one more. Where it says no, used is what was
// spent. A meter that refuses nobody admits all.
func (m *Meter) Admit(ctx context.Context) (used Status, ok bool) {
	if !m.settings.Refuse {
		return Status{}, true
	}
	_ = m.Sync(ctx, refresh) // was reported; what is known here decides
	used = m.Status(time.Now())
	return used, used.ShareOf(m.settings.Limit) < 1
}

// Settle counts what was spent at an endpoint and model.
func (m *Meter) Settle(ctx context.Context, delta Count, endpoint, model string) {
	if delta == (Count{}) {
		return
	}
	if delta.Unknown > 0 {
		m.warn(ctx, endpoint, model)
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
func (m *Meter) saved() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.unsaved == (Count{}) || time.Now().Before(m.restsTo)
}

// Sync reads the count unless what is known is younger than maxAge. Only one
// caller at a time asks the store; the others wait for what it learns.
func (m *Meter) Sync(ctx context.Context, maxAge time.Duration) error {
	fresh := func() bool { return m.fresh(maxAge) }
	if fresh() {
		return nil
	}
	defer m.tell(context.WithoutCancel(ctx))
	return m.saveUnless(ctx, fresh)
}

// fresh reports whether the store need not, or cannot, be asked now.
func (m *Meter) fresh(maxAge time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.rollLocked(now)
	return now.Sub(m.synced) < maxAge || maxAge > 0 && now.Before(m.restsTo)
}

// save tells the store what it does not know yet, if anything, and takes its sum. It
// needs the token of asking: where two were on their way, the sum that one brought
// held the other's part already, which was then counted twice.
func (m *Meter) save(ctx context.Context) (err error) {
	m.mu.Lock()
	m.rollLocked(time.Now())
	s, delta := m.turn, m.unsaved
	m.unsaved, m.flying = Count{}, delta
	m.mu.Unlock()

	var sum Count
	err = errStorePanicked
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		now := time.Now()
		if m.turn.Label == s.Label { // else its period is over
			m.flying = Count{}
			if err == nil {
				m.used, m.synced = m.used.upTo(sum), now
			} else {
				m.unsaved = m.unsaved.Plus(delta)
			}
		}
		if err != nil && ctx.Err() == nil { // a caller that is gone says nothing of the store
			m.restsTo = now.Add(storeRest)
		}
	}()
	sum, err = ask(ctx, func(ctx context.Context) (Count, error) {
		return m.settings.Store.Add(ctx, m.storeKey(s), delta, s.Until.Add(keep))
	})
	return err
}

var errStorePanicked = errors.New("the store panicked")

// saveUnless tells the store unless that is done by the time of this caller's turn,
// then the user of its failure and of thresholds.
func (m *Meter) saveUnless(ctx context.Context, done func() bool) error {
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
	return m.report(ctx, err)
}

// tell calls OnThreshold for each threshold that was reached. Whoever comes first
// does it for all, so that the calls come one after the other, in order.
func (m *Meter) tell(ctx context.Context) {
	if m.settings.OnThreshold == nil {
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
		s, threshold, i := m.reached()
		if i < 0 {
			done = true // telling is false already
			return
		}
		first, err := ask(ctx, func(ctx context.Context) (bool, error) {
			return m.settings.Store.Claim(ctx, m.storeKey(s.Turn)+"@"+strconv.FormatFloat(threshold, 'g', -1, 64), s.Until.Add(keep))
		})
		if err != nil {
			m.unclaim(s.Turn, i)
			_ = m.report(ctx, err)
			return
		}
		if first {
			m.settings.OnThreshold(ctx, s, threshold)
		}
	}
}

// reached takes the lowest threshold that was reached and not yet claimed. Where
// there is none it ends the telling, in the same step, so that none is missed.
func (m *Meter) reached() (s Status, threshold float64, i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.rollLocked(now)
	s = m.statusLocked()
	share := s.ShareOf(m.settings.Limit)
	if !now.Before(m.restsTo) {
		for i, t := range m.settings.Thresholds {
			if share >= t && !m.claimed[i] {
				m.claimed[i] = true
				return s, t, i
			}
		}
	}
	m.telling = false
	return s, 0, -1
}

// unclaim gives a threshold back that the store could not be asked about.
func (m *Meter) unclaim(s calendar.Turn, i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.restsTo = time.Now().Add(storeRest)
	if m.turn.Label == s.Label {
		m.claimed[i] = false
	}
}

// report tells the user of a store that fails, and returns the error as it does.
func (m *Meter) report(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("quota %s: the store failed: %w", m.settings.Name, err)
	if m.settings.OnError != nil {
		m.settings.OnError(ctx, err)
	}
	return err
}

// warn tells the user once in a period that a cost is not known.
func (m *Meter) warn(ctx context.Context, endpoint, model string) {
	m.mu.Lock()
	m.rollLocked(time.Now())
	again := m.warned
	m.warned = true
	m.mu.Unlock()
	if !again && m.settings.OnUnknown != nil {
		m.settings.OnUnknown(ctx, endpoint, model)
	}
}

// ask bounds a call of the store.
func ask[T any](ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	return f(ctx)
}
