package cachestore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/buoy-go/buoy/caching"
)

// peeker and leveler are what a store may have besides; see caching.Cache.
type (
	peeker interface {
		Peek(key string) (value []byte, level string, ok bool)
	}
	leveler interface {
		GetLevel(ctx context.Context, key string) (value []byte, level string, ok bool, err error)
	}
	named interface{ Name() string }
)

// The names of levels that the store does not name.
const (
	levelUnnamed = "cache"
	levelPending = "pending" // on its way into the store
)

// Bounds of what a store that hangs can hold.
const (
	maxGets         = 4096 // at the same time
	maxPending      = 256  // values
	maxPendingBytes = 64 << 20
	setTimeout      = 5 * time.Second
)

// Why the store was not asked, or not waited for.
var (
	ErrSlow  = errors.New("the cache did not answer in time")
	errEnded = errors.New("the cache ended the goroutine")
	ErrBusy  = errors.New("too much waits for the cache")
)

// Store is a store of bytes that costs its callers no more than a bounded time. It is
// safe for concurrent use and must not be copied.
type Store struct {
	bytes   caching.Cache
	peeker  peeker  // nil for none
	leveler leveler // nil for none
	named   named   // nil for none
	wait    time.Duration

	mu      sync.Mutex // guards the fields below
	gets    int
	pending map[string]*pending
	size    int           // of pending
	idle    chan struct{} // closed when nothing is pending; nil where nobody waits for that
}

// pending is a value on its way into the store.
type pending struct {
	value []byte
	ttl   time.Duration
	told  Told
	next  *pending // what was set while this one was being written
}

// New makes a store over bytes. A Get waits at most wait; 0 is no bound.
func New(bytes caching.Cache, wait time.Duration) *Store {
	s := &Store{bytes: bytes, wait: wait, pending: make(map[string]*pending)}
	s.peeker, _ = bytes.(peeker)
	s.leveler, _ = bytes.(leveler)
	s.named, _ = bytes.(named)
	return s
}

// Told hears how a Set went and how long it took. What it returns runs after that, when
// nothing waits for the value any more: it may run the code of others.
type Told func(err error, took time.Duration) (then func())

// result is what a Get came to.
type result struct {
	value []byte
	level string
	ok    bool
	err   error
}

// Get returns the value of a key and the name of the level that had it. What is still on
// its way into the store counts. The value must not be changed. An error is the store's,
// or ErrSlow, or ErrBusy, or that of ctx.
func (s *Store) Get(ctx context.Context, key string) (value []byte, level string, ok bool, err error) {
	if value, ok := s.onItsWay(key); ok {
		return value, levelPending, true, nil
	}
	if s.peeker != nil {
		if r := s.peek(key); r.ok {
			return r.value, r.level, true, nil
		}
	}
	if !s.enter() {
		return nil, "", false, ErrBusy
	}
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if s.wait > 0 {
		bounded, cancel = context.WithTimeout(ctx, s.wait)
	}
	defer cancel()
	// The store may not look at its context, so it is not waited for.
	done := make(chan result, 1)
	go func() {
		defer s.leave()
		r := result{err: errEnded}
		defer func() { done <- r }() // also where the store ends the goroutine
		r = s.get(bounded, key)
	}()
	select {
	case r := <-done:
		if r.err != nil && ctx.Err() == nil && bounded.Err() != nil {
			r.err = ErrSlow
		}
		return r.value, r.level, r.ok, r.err
	case <-bounded.Done():
		if ctx.Err() != nil {
			return nil, "", false, ctx.Err()
		}
		return nil, "", false, ErrSlow
	}
}

// onItsWay returns a value that is being written.
func (s *Store) onItsWay(key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pending[key]
	if p == nil {
		return nil, false
	}
	if p.next != nil {
		p = p.next
	}
	return p.value, true
}

func (s *Store) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gets >= maxGets {
		return false
	}
	s.gets++
	return true
}

func (s *Store) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gets--
}

// peek and get keep a panic of the store from the call.
func (s *Store) peek(key string) (r result) {
	defer caught(&r)
	r.value, r.level, r.ok = s.peeker.Peek(key)
	return r
}

func (s *Store) get(ctx context.Context, key string) (r result) {
	defer caught(&r)
	if s.leveler != nil {
		r.value, r.level, r.ok, r.err = s.leveler.GetLevel(ctx, key)
	} else {
		r.value, r.ok, r.err = s.bytes.Get(ctx, key)
	}
	if r.level == "" && s.named != nil {
		r.level = s.named.Name()
	}
	if r.level == "" {
		r.level = levelUnnamed
	}
	return r
}

func caught(r *result) {
	if value := recover(); value != nil {
		*r = result{err: fmt.Errorf("the cache panicked: %v", value)}
	}
}

// Set writes a value behind the caller's back. told hears of it on another goroutine, or
// at once of ErrBusy where too much is on its way. ctx gives its values. value must not be
// changed any more.
func (s *Store) Set(ctx context.Context, key string, value []byte, ttl time.Duration, told Told) {
	p := &pending{value: value, ttl: ttl, told: told}
	s.mu.Lock()
	was := s.pending[key]
	if s.size+len(value) > maxPendingBytes || was == nil && len(s.pending) >= maxPending {
		s.mu.Unlock()
		told(ErrBusy, 0)()
		return
	}
	s.size += len(value)
	if was != nil { // the older one must not be written last
		if was.next != nil {
			s.size -= len(was.next.value)
		}
		was.next = p
		s.mu.Unlock()
		return
	}
	s.pending[key] = p
	s.mu.Unlock()
	go s.write(context.WithoutCancel(ctx), key, p)
}

// write brings a value, and then what came for its key meanwhile, into the store. A store
// may end the goroutine, and so may who is told, as t.FailNow does: hence the defer, and a
// goroutine for each value.
func (s *Store) write(ctx context.Context, key string, p *pending) {
	begun, err := time.Now(), errEnded
	defer func() {
		then := p.told(err, time.Since(begun))
		if next := s.written(key, p); next != nil {
			go s.write(ctx, key, next)
		}
		then()
	}()
	err = s.set(ctx, key, p)
}

func (s *Store) set(ctx context.Context, key string, p *pending) (err error) {
	ctx, cancel := context.WithTimeout(ctx, setTimeout)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("the cache panicked: %v", value)
		}
	}()
	return s.bytes.Set(ctx, key, p.value, p.ttl)
}

// written takes p off, and returns what is to be written next for its key.
func (s *Store) written(key string, p *pending) *pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size -= len(p.value)
	if p.next != nil {
		s.pending[key] = p.next
		return p.next
	}
	delete(s.pending, key)
	if len(s.pending) == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
	return nil
}

// Flush waits until everything that was set has been written, at most as long as limit.
func (s *Store) Flush(limit time.Duration) {
	s.mu.Lock()
	if len(s.pending) == 0 {
		s.mu.Unlock()
		return
	}
	if s.idle == nil {
		s.idle = make(chan struct{})
	}
	idle := s.idle
	s.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
}
