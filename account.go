package buoy

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// stillRunning is the Duration of an attempt that has not ended, while the account has it.
const stillRunning = -1

// errLeftRunning is the error of an attempt that had not ended when its call did.
var errLeftRunning error = &TransportError{Kind: ErrCanceled, Op: "await", Sent: true, Err: errors.New("the call ended before this attempt did")}

// account is what became of a call's attempts: what was sent, how it ended, and why
// a layer gave up. It is safe for concurrent use, since the two attempts of a hedge
// write to it side by side.
type account struct {
	// uncounted: the handler is the user's own, so nothing below reports when a request
	// is sent. It never changes.
	uncounted bool
	hedged    bool // a second request was sent beside the first; the retry asks when both are done

	mu       sync.Mutex // guards the fields below
	requests int32      // sent
	ways     int32      // down to a handler of the user's own
	running  int32      // begun, and not at their end
	attempts []Attempt
	wait     time.Duration // before the next attempt
	stop     StopReason
	trouble  error // the first failure
}

// begin notes a request that is about to be sent and returns its place.
func (a *account) begin(call *Call, now time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests++
	a.running++
	if a.attempts == nil {
		a.attempts = make([]Attempt, 1) // to append a zero would be to copy it
	} else {
		a.attempts = append(a.attempts, Attempt{})
	}
	at := &a.attempts[len(a.attempts)-1]
	at.Endpoint, at.Model, at.Key, at.Wait, at.Hedge = call.Endpoint, call.Model, call.Key, a.wait, call.lane.isHedge()
	at.Start, at.Duration = now, stillRunning
	a.wait = 0
	return len(a.attempts) - 1
}

// end completes the record of an attempt.
func (a *account) end(i int, update func(*Attempt)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running--
	update(&a.attempts[i])
}

// streams notes the beginning of an answer that is a stream.
func (a *account) streams(i int, first time.Duration, requestID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.attempts[i].FirstToken, a.attempts[i].RequestID = first, requestID
}

// attempt returns a copy of a record.
func (a *account) attempt(i int) Attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.attempts[i]
}

// sent is how many requests were sent so far.
func (a *account) sent() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return int(a.requests)
}

// next is the number of the attempt that begins. Where nobody counts the requests,
// each way down counts.
func (a *account) next() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.uncounted {
		a.ways++
		return int(a.ways)
	}
	return int(a.requests) + 1
}

// maySent reports whether the request of an attempt may have gone out.
func (a *account) maySent(attempt int) bool { return a.uncounted || a.sent() >= attempt }

// latest is the endpoint and model of the latest attempt; ok is false before the
// first. A hedge may be another target's, which is not the one in use.
func (a *account) latest() (key targetKey, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := len(a.attempts) - 1; i >= 0; i-- {
		if at := &a.attempts[i]; !at.Hedge {
			return targetKey{at.Endpoint, at.Model}, true
		}
	}
	return targetKey{}, false
}

// before tells what the latest attempt's target had seen of the call before it:
// attempts, and those that were sent and timed out.
func (a *account) before() (tries, timeouts int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.attempts)
	if n == 0 {
		return 0, 0
	}
	last := a.attempts[n-1]
	for _, at := range a.attempts[:n-1] {
		if at.Endpoint != last.Endpoint || at.Model != last.Model {
			continue
		}
		tries++
		if KindOf(at.Err) == ErrTimeout && wasSent(at.Err) {
			timeouts++
		}
	}
	return tries, timeouts
}

// unended is how many answers of the latest attempt's target did not say that they were whole.
func (a *account) unended() int { return a.count(unended) }

// asked is how many requests the latest attempt's target was sent. Those that only
// led to another key do not count.
func (a *account) asked() int {
	return a.count(func(err error) bool {
		kind := KindOf(err)
		return kind != ErrAuth && kind != ErrQuota
	})
}

// count is how many attempts at the latest one's target ended in such errors.
func (a *account) count(such func(error) bool) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.attempts) == 0 {
		return 0
	}
	last := &a.attempts[len(a.attempts)-1]
	for i := range a.attempts {
		if at := &a.attempts[i]; at.Endpoint == last.Endpoint && at.Model == last.Model && such(at.Err) {
			n++
		}
	}
	return n
}

// noteWait keeps how long the retry waits before the next attempt.
func (a *account) noteWait(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wait = d
}

// addWait adds what the next attempt waited for a local limit.
func (a *account) addWait(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wait += d
}

// noteStop keeps why a layer gave up; "" forgets it.
func (a *account) noteStop(r StopReason) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop = r
}

func (a *account) stopReason() StopReason {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stop
}

// noteTrouble keeps the first failure, which the layers above may repair.
func (a *account) noteTrouble(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.trouble == nil { // an err of nil is none
		a.trouble = err
	}
}

func (a *account) firstTrouble() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trouble
}

// snapshot copies the attempts, for a stream, which may be asked again.
func (a *account) snapshot() []Attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.snapshotLocked()
}

func (a *account) snapshotLocked() []Attempt {
	all := slices.Clone(a.attempts)
	for i := range all {
		all[i].Duration = max(all[i].Duration, 0) // see stillRunning
	}
	return all
}

// final is the record of the attempts for the answer or error that alone has it; a copy only
// where one still runs. now is nil where the call goes on. Where it ends, an attempt that
// runs, such as one that others share, is shown as of now, and not as one that was answered.
func (a *account) final(now func() time.Time) []Attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running == 0 {
		return slices.Clip(a.attempts)
	}
	for i := range a.attempts {
		if at := &a.attempts[i]; now != nil && at.Duration == stillRunning {
			at.Duration, at.Err = now().Sub(at.Start), errLeftRunning
		}
	}
	return a.snapshotLocked()
}
