package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Source gives the keys. It returns at least one, or an error; it must be safe for
// concurrent use and obey its context.
type Source func(ctx context.Context) ([]string, error)

// How often a source is asked, and how long it is waited for.
const (
	sourceEvery    = time.Minute
	sourceAtOnce   = time.Second // after a refusal
	sourcePatience = 10 * time.Second
)

var (
	errSilent = errors.New("the key source did not answer within 10 s")
	errEnded  = errors.New("the key source ended its goroutine") // runtime.Goexit, as a test that fails in it does
)

// question is what a source is being asked. It is put once, and whoever needs the
// answer waits for that.
type question struct {
	done chan struct{} // closed when it is answered; err is set then
	gone <-chan struct{}
	err  error
}

// Refresh asks the source where it is time: beside the call, which goes on with the
// keys that are known. Only where there are none yet is the answer waited for, and
// its error returned.
func (r *Ring) Refresh(ctx context.Context, now time.Time) error {
	if r.source == nil {
		return nil
	}
	r.mu.Lock()
	age, none := now.Sub(r.asked), len(r.keys) == 0
	if !none && age < sourceEvery && (!r.stale || age < sourceAtOnce) {
		r.mu.Unlock()
		return nil
	}
	q := r.askLocked(ctx, now)
	r.mu.Unlock()
	if !none {
		return nil
	}
	return q.wait(ctx)
}

// Renew asks the source because a key was refused and no other is free, and waits
// for the answer: a key that was revoked has a successor there. It does nothing
// where the key is gone already, and asks once a second at most.
func (r *Ring) Renew(ctx context.Context, now time.Time, refused *Key) {
	if r.source == nil {
		return
	}
	r.mu.Lock()
	if !slices.Contains(r.keys, refused) || r.asking == nil && now.Sub(r.urged) < sourceAtOnce {
		r.mu.Unlock()
		return
	}
	r.urged = now
	q := r.askLocked(ctx, now)
	r.mu.Unlock()
	_ = q.wait(ctx) // what the provider said of the old key is the error then
}

// askLocked puts the question, unless it was put already. It needs mu.
func (r *Ring) askLocked(ctx context.Context, now time.Time) *question {
	if r.asking != nil {
		return r.asking
	}
	// It is asked for all calls: the one that began it may be gone before.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sourcePatience)
	q := &question{done: make(chan struct{}), gone: ctx.Done()}
	r.asking, r.asked, r.stale = q, now, false
	go func() {
		defer cancel()
		secrets, err := []string(nil), errEnded
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.asking, q.err = nil, err
			switch {
			case err == nil:
				r.failing = time.Time{}
				r.replaceLocked(secrets)
			case r.failing.IsZero():
				r.failing = now
			}
			close(q.done)
		}()
		secrets, err = r.source.ask(ctx)
	}()
	return q
}

// Failing is since when the source has failed, or been silent for longer than anybody
// waits; zero where it answered the last time.
func (r *Ring) Failing(now time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failing.IsZero() && r.asking != nil && now.Sub(r.asked) >= sourcePatience {
		return r.asked
	}
	return r.failing
}

// ask makes an error of a panic, which would end the program on this goroutine.
func (s Source) ask(ctx context.Context) (secrets []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the key source panicked: %v", p)
		}
	}()
	return s(ctx)
}

// wait returns the source's error; that of the context where that ends before. A
// source that does not obey its own context is waited for no longer than others.
func (q *question) wait(ctx context.Context) error {
	select {
	case <-q.done:
		return q.err
	case <-ctx.Done():
		return ctx.Err()
	case <-q.gone:
	}
	select {
	case <-q.done: // both at once
		return q.err
	default:
		return errSilent
	}
}

// maxWithdrawn is how many withdrawn keys are remembered, for the masks alone: an answer
// may come late, and the key may be good elsewhere.
const maxWithdrawn = 8

// withdrawLocked remembers a key that is gone. It needs mu.
func (r *Ring) withdrawLocked(secret string) {
	if i := slices.Index(r.gone, secret); i >= 0 {
		r.gone = slices.Delete(r.gone, i, i+1)
	}
	if r.gone = append(r.gone, secret); len(r.gone) > maxWithdrawn {
		r.gone = slices.Delete(r.gone, 0, 1)
	}
}

// Secrets calls each with every key, and those withdrawn last, for those who must not
// show any; and with that of a key which may be none of the ring's any more, nil for none.
func (r *Ring) Secrets(mine *Key, each func(secret string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		each(k.secret)
		if k == mine {
			mine = nil
		}
	}
	if mine != nil {
		each(mine.secret)
	}
	for _, secret := range r.gone {
		each(secret)
	}
}
