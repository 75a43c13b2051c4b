// Package cachekey makes the key under which an answer is remembered. Everything that
// may change an answer is in it: it is made of the body that would be sent, so a field
// that is added to the request is in the key from its first day.
package cachekey

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"

	"github.com/buoy-go/buoy/chat"
)

// schema is hashed first. Raise its number when the same request shall have another key.
const schema = "buoy cache key 1"

// Place is what a key is made of beside the request.
type Place struct {
	Endpoint  string      // where the request goes, with what is sent along to all calls
	Model     string      // the endpoint's name for the model
	Namespace string      // what must not share answers with others, such as a tenant
	Header    http.Header // of the call; what only traces it does not count
}

// tracing are headers that differ from call to call and change no answer.
var tracing = []string{"Baggage", "B3", "Idempotency-Key", "Traceparent", "Tracestate", "X-Client-Request-Id", "X-Correlation-Id", "X-Request-Id"}

// Of returns the key of a request: 64 hexadecimal digits. Two requests have the same key
// where their bodies are the same JSON, in whatever spelling and order; whether the
// answer is to be streamed does not count. An error is a request that cannot be written,
// or whose nesting is out of all proportion.
//
// The request is not changed. Of is safe for concurrent use.
func Of(r *chat.Request, p *Place) (string, error) {
	m := makers.Get().(*maker)
	defer m.putBack()
	if err := m.write(r, p); err != nil {
		return "", err
	}
	return m.key()
}

// maker is the memory of one key.
type maker struct {
	text []byte // all that the key is made of: the place, and the request's body as it is spelled
	body int    // where in text the body begins
	form form
}

// write fills text.
func (m *maker) write(r *chat.Request, p *Place) (err error) {
	f := &m.form
	f.buf = f.buf[:0]
	for _, s := range [...]string{schema, p.Endpoint, p.Model, p.Namespace} {
		f.text(s)
	}
	if len(p.Header) > 0 {
		f.header(p.Header)
	}
	m.text, m.body = append(m.text[:0], f.buf...), len(f.buf)
	m.text, err = r.AppendBody(m.text, p.Model, false)
	return err
}

// key makes the key of what write has written.
func (m *maker) key() (string, error) {
	if err := m.form.body(m.text[m.body:]); err != nil {
		return "", err
	}
	sum := sha256.Sum256(m.form.buf)
	var digits [2 * sha256.Size]byte
	hex.Encode(digits[:], sum[:])
	return string(digits[:]), nil
}

var makers = sync.Pool{New: func() any { return new(maker) }}

// maxKept bounds the memory that is kept for the next key.
const maxKept = 256 << 10

func (m *maker) putBack() {
	if cap(m.text)+cap(m.form.buf)+cap(m.form.scratch) <= maxKept && cap(m.form.members) <= maxKept/64 && m.form.cursor.Scratch() <= maxKept {
		m.form.cursor.Reset(nil)
		makers.Put(m)
	}
}

// header adds the headers of a call in a fixed order.
func (f *form) header(h http.Header) {
	names := make([]string, 0, len(h))
	for name := range h {
		if canonical := http.CanonicalHeaderKey(name); !slices.Contains(tracing, canonical) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(http.CanonicalHeaderKey(a), http.CanonicalHeaderKey(b)), cmp.Compare(a, b))
	})
	for _, name := range names {
		for _, value := range h[name] {
			f.buf = append(f.buf, 'h')
			f.text(http.CanonicalHeaderKey(name))
			f.text(value)
		}
	}
}
