package buoy

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/buoy-go/buoy/internal/circuit"
	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/lru"
)

// shared is what all layers of one call have in common: the caller's wishes,
// and what has happened so far. One is made per call and never reused.
type shared struct {
	client   *Client
	settings *settings
	op       string
	model    string
	begun    time.Time
	request  Request // as the caller gave it, checked
	call     Call
	timeouts Timeouts // set by a call deadline, for chains without attempt timers
	// Nobody below tells when a request is sent: the handler was made by hand.
	uncounted bool
	hedged    bool // a second request was sent beside the first; set before the retry hears of that
	slots     slots

	mu       sync.Mutex // guards the fields below
	idemKey  [1]string  // one Idempotency-Key for all attempts, as a header's value
	body     []byte     // the encoded request ...
	bodyOf   bodyKey    // ... and what it was encoded from
	sent     int        // requests sent
	ways     int        // ways down to a handler by hand
	attempts []Attempt
	wait     time.Duration // slept before the next attempt
	stop     StopReason
	later    int            // targets after the one in use
	refused  []*keyring.Key // keys that have refused this call
	route    route          // of the latest choice ...
	routed   string         // ... and its endpoint's name for the model
}

// bodyKey says what an encoded body belongs to.
type bodyKey struct {
	request *Request
	model   string
	stream  bool
}

// common returns what the layers of this call share. A Call that was made by
// hand, for middlewares over a handler by hand, gets the defaults.
func (c *Call) common(ctx context.Context) *shared {
	if c.shared == nil {
		c.shared = &shared{client: noClient, settings: &noClient.settings, model: c.Model, begun: time.Now(), uncounted: true}
	}
	return c.shared
}

// noClient stands for the client of a call that was made by hand. It has the
// default settings, and no endpoint: nothing is chosen, guarded, limited or learnt.
// All such calls share it, so it holds nothing that one could spend; a retry budget
// is their middleware's own.
var noClient = &Client{
	settings:  settings{chainSet: true},
	breakers:  &Breakers{policy: BreakerPolicy{Disabled: true}, circuits: lru.New[targetKey, *circuit.Circuit](1)},
	latencies: newLatencies(),
}

// now is the time, read off the monotonic clock alone: that costs half of
// time.Now, and the layers of a call ask for it again and again.
func (sh *shared) now() time.Time { return sh.begun.Add(time.Since(sh.begun)) }

// encoded returns the body, encoded once and replayed by later attempts.
func (sh *shared) encoded(call *Call) ([]byte, error) {
	key := bodyKey{call.Request, call.Model, call.Stream}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.body != nil && sh.bodyOf == key {
		return sh.body, nil
	}
	if call.Request != &sh.request { // a middleware's own
		if err := validate(call.Request); err != nil {
			return nil, err
		}
	}
	body, err := encode(call.Request, call.Model, call.Stream)
	if err != nil {
		return nil, err
	}
	sh.body, sh.bodyOf = body, key
	return body, nil
}

// idempotencyKey is the same for all attempts of a call. Beside what a provider
// makes of it, net/http then replays a POST that met a kept-alive connection
// just closed: of 300 calls to llama.cpp's server 36 failed without it.
func (sh *shared) idempotencyKey() []string {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.idemKey[0] == "" {
		// It must be unique and is no secret: 120 bits of the quick source do.
		const letters = "0123456789abcdefghijklmnopqrstuv"
		key := [...]byte{0: 'b', 1: 'u', 2: 'o', 3: 'y', 4: '-', 28: 0}
		high, low := rand.Uint64(), rand.Uint64()
		for i := 5; i < len(key); i += 2 {
			key[i], key[i+1] = letters[high%32], letters[low%32]
			high, low = high>>5, low>>5
		}
		sh.idemKey[0] = string(key[:])
	}
	return sh.idemKey[:]
}

// startAttempt notes a request that is about to be sent and returns its place.
func (sh *shared) startAttempt(call *Call) int {
	i := sh.noteAttempt(call)
	if call.lane != nil && call.lane.begun != nil {
		call.lane.begun(call)
	}
	return i
}

func (sh *shared) noteAttempt(call *Call) int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.sent++
	if sh.attempts == nil {
		sh.attempts = make([]Attempt, 0, 1)
	}
	var a *Attempt
	sh.attempts = append(sh.attempts, Attempt{})
	a = &sh.attempts[len(sh.attempts)-1]
	a.Endpoint, a.Model, a.Key, a.Wait, a.Hedge = call.Endpoint, call.Model, call.Key, sh.wait, call.isHedge()
	sh.wait = 0
	return len(sh.attempts) - 1
}

// endAttempt completes the record and tells the observers.
func (sh *shared) endAttempt(ctx context.Context, i int, update func(*Attempt)) {
	sh.mu.Lock()
	update(&sh.attempts[i])
	if len(sh.settings.observers) == 0 {
		sh.mu.Unlock()
		return
	}
	a := sh.attempts[i]
	sh.mu.Unlock()
	for _, o := range sh.settings.observers {
		o.ObserveAttempt(ctx, AttemptEvent{Op: sh.op, Number: i + 1, Attempt: a})
	}
}

// attemptsSent is how many requests were sent so far.
func (sh *shared) attemptsSent() int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.sent
}

// nextAttempt is the number of the attempt that begins. Where nobody counts the
// requests, each way down counts.
func (sh *shared) nextAttempt() int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.uncounted {
		sh.ways++
		return sh.ways
	}
	return sh.sent + 1
}

// maySent reports whether the request of an attempt may have gone out.
func (sh *shared) maySent(attempt int) bool { return sh.uncounted || sh.attemptsSent() >= attempt }

// lastTarget is the endpoint and model of the latest attempt. A hedge may be
// another target's, which is not the one in use.
func (sh *shared) lastTarget() targetKey {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for i := len(sh.attempts) - 1; i >= 0; i-- {
		if a := &sh.attempts[i]; !a.Hedge {
			return targetKey{a.Endpoint, a.Model}
		}
	}
	return targetKey{model: sh.model}
}

// noteRoute keeps the latest choice, so that the retry can ask for another.
func (sh *shared) noteRoute(r route, model string) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.route, sh.routed = r, model
}

// noteRefused keeps a key that is of no use to this call.
func (sh *shared) noteRefused(k *keyring.Key) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if !slices.Contains(sh.refused, k) {
		sh.refused = append(sh.refused, k)
	}
}

func (sh *shared) refusedKeys() []*keyring.Key {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return slices.Clip(sh.refused)
}

// anotherKey reports whether the endpoint in use has a key for this call that
// has not refused it and may be used now. Where no key could be chosen at all,
// asking again at once would be a loop without an end.
func (sh *shared) anotherKey() bool {
	sh.mu.Lock()
	r, model, refused := sh.route, sh.routed, slices.Clip(sh.refused)
	sh.mu.Unlock()
	return r.key != nil && r.site.keys.Another(time.Now(), model, refused)
}

// noteLater sets how many targets follow the one in use.
func (sh *shared) noteLater(n int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.later = n
}

func (sh *shared) laterTargets() int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.later
}

func (sh *shared) stopReason() StopReason {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.stop
}

// ended is the error of a call whose context ended while it waited here.
func (sh *shared) ended(ctx context.Context) error {
	e := &TransportError{Kind: ErrCanceled, Op: "wait", Err: context.Canceled}
	switch cause := context.Cause(ctx); {
	case cause == errCallTimer:
		e.Kind, e.Timer, e.Err = ErrTimeout, timerCall, timeoutText(timerCall, sh.settings.timeouts.call(), false)
	case cause == errSlice:
		e.Kind, e.Timer, e.Err = ErrTimeout, timerTarget, timeoutText(timerTarget, 0, false)
	case ctx.Err() == context.DeadlineExceeded:
		e.Kind, e.Timer, e.Err = ErrTimeout, timerDeadline, context.DeadlineExceeded
	}
	return e
}

// fits reports whether a wait ends before the context does.
func (sh *shared) fits(ctx context.Context, wait time.Duration) bool {
	d, ok := ctx.Deadline()
	return !ok || wait < time.Until(d)
}

func (sh *shared) noteWait(d time.Duration) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.wait = d
}

func (sh *shared) noteStop(r StopReason) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.stop = r
}

// snapshot copies the attempts; one that is still running may yet change.
func (sh *shared) snapshot() []Attempt {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return slices.Clone(sh.attempts)
}

// callError wraps the error of a call, once.
func (sh *shared) callError(err error) *CallError {
	sh.mu.Lock()
	stop := sh.stop
	sh.mu.Unlock()
	return &CallError{Op: sh.op, Model: sh.model, Attempts: sh.snapshot(), Stop: stopFor(err, stop), Err: err}
}

// stopFor completes the reason of a layer that gave up by what the error says.
func stopFor(err error, noted StopReason) StopReason {
	switch kind := KindOf(err); {
	case kind == ErrCanceled:
		return StopCanceled
	case endedByDeadline(err):
		return StopDeadline
	case noted != "":
		return noted
	}
	return StopNotRetryable
}

// fail ends a call with an error.
func (sh *shared) fail(ctx context.Context, err error) error {
	ce := sh.callError(err)
	info := CallInfo{Attempts: ce.Attempts}
	sh.observe(ctx, info, Usage{}, ce)
	return ce
}

// finish completes the account of a call that was answered. An answer that is not
// this call's own, such as one that a middleware hands out again and again, is
// copied and not written to.
func (sh *shared) finish(ctx context.Context, resp *Response) *Response {
	attempts := sh.account()
	if had := resp.Info.Attempts; len(had) != len(attempts) || len(had) > 0 && &had[0] != &attempts[0] {
		own := *resp
		own.Info.Attempts = attempts
		resp = &own
	}
	sh.observe(ctx, resp.Info, resp.Usage, nil)
	return resp
}

// account is the record of the attempts so far, which have all ended.
func (sh *shared) account() []Attempt {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return slices.Clip(sh.attempts)
}

func (sh *shared) observe(ctx context.Context, info CallInfo, usage Usage, err error) {
	if len(sh.settings.observers) == 0 {
		return
	}
	e := CallEvent{Op: sh.op, Model: sh.model, Duration: time.Since(sh.begun), Info: info, Usage: usage, Err: err}
	for _, o := range sh.settings.observers {
		o.ObserveCall(ctx, e)
	}
}
