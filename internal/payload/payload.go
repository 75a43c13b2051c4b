// Package payload holds what the attempts of one call send: the encoded request, and the
// Idempotency-Key that says which bodies are the same. It knows no HTTP.
package payload

import (
	"bytes"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/buoy-go/buoy/chat"
)

// Payload is what the attempts of a call send. Its zero value is ready, and it is safe
// for concurrent use.
type Payload struct {
	mu      sync.Mutex // guards the fields below
	idemKey *[1]string // the Idempotency-Key of the call, as a header's value; nil for none yet
	first   []byte     // the body that is sent under it
	body    []byte     // the encoded request ...
	bodyOf  bodyKey    // ... and what it was encoded from
}

// Room gives it memory for the value of a header, which a transport may keep. Without it
// there is an allocation more.
func (p *Payload) Room(memory *[1]string) { p.idemKey = memory }

// bodyKey says what an encoded body belongs to.
type bodyKey struct {
	request *chat.Request
	model   string
	stream  bool
}

// Encode returns the body of a request for a model, encoded once and replayed by later
// attempts. checked is the request whose fields are known to be sound; any other is
// checked first. The error is a *chat.FieldError.
func (p *Payload) Encode(r *chat.Request, model string, stream bool, checked *chat.Request) ([]byte, error) {
	key := bodyKey{r, model, stream}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.body != nil && p.bodyOf == key {
		return p.body, nil
	}
	if r != checked { // a middleware's own
		if err := r.Validate(); err != nil {
			return nil, err
		}
	}
	body, err := encode(r, model, stream)
	if err != nil {
		return nil, err
	}
	p.body, p.bodyOf = body, key
	return body, nil
}

// short is memory in which most bodies are encoded first: how long one will be is not
// known before, and a guess that is safe takes two or three times as much.
type short [2 << 10]byte

var shorts = sync.Pool{New: func() any { return new(short) }}

// encode returns the body in memory of its own, as long as it is.
func encode(r *chat.Request, model string, stream bool) ([]byte, error) {
	memory := shorts.Get().(*short)
	defer shorts.Put(memory)
	body, err := r.AppendBody(memory[:0], model, stream)
	if err == nil && len(body) > 0 && &body[0] == &memory[0] {
		body = bytes.Clone(body)
	}
	return body, err
}

// Latest is the body that was encoded last, nil before the first.
func (p *Payload) Latest() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.body
}

// KeyFor is the Idempotency-Key of a body: the call's, or the one that the caller has
// set. One key must mean one body, so every body but the first (a continuation, a
// target with another model) has its hash behind it, which is the same whenever the
// caller repeats the call.
func (p *Payload) KeyFor(own []string, body []byte) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(own) == 0 {
		own = p.keyLocked()
	}
	if p.first == nil {
		p.first = body
	}
	if bytes.Equal(p.first, body) {
		return own
	}
	hash := fnv.New64a()
	_, _ = hash.Write(body) // it never fails
	return []string{own[0] + "-" + strconv.FormatUint(hash.Sum64(), 32)}
}

// Key is the call's Idempotency-Key, as a header's value. Beside what a provider makes of
// it, net/http then replays a POST that met a kept-alive connection just closed, where
// that had not taken all of it; what had is the retry's. Of 300 calls to llama.cpp's
// server 36 failed without either.
func (p *Payload) Key() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keyLocked()
}

// keyLocked is Key. It needs mu.
func (p *Payload) keyLocked() []string {
	if p.idemKey == nil {
		p.idemKey = new([1]string)
	}
	if p.idemKey[0] == "" {
		// It must be unique and is no secret: 120 bits of the quick source do.
		const letters = "0123456789abcdefghijklmnopqrstuv"
		key := [...]byte{0: 'b', 1: 'u', 2: 'o', 3: 'y', 4: '-', 28: 0}
		high, low := rand.Uint64(), rand.Uint64()
		for i := 5; i < len(key); i += 2 {
			key[i], key[i+1] = letters[high%32], letters[low%32]
			high, low = high>>5, low>>5
		}
		p.idemKey[0] = string(key[:])
	}
	return p.idemKey[:]
}
