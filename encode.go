package buoy

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/buoy-go/buoy/internal/jscan"
)

// writer appends the JSON of this package's types to a buffer. The first error
// sticks; it is a *RequestError.
type writer struct {
	buf []byte
	err error
	// whole: messages are written with what providers do not want back, for
	// storing.
	whole bool
	// reply: messages are written as a provider's reply has them.
	reply bool
}

func (w *writer) open(bracket byte) { w.buf = append(w.buf, bracket) }

func (w *writer) close(bracket byte) { w.buf = append(w.buf, bracket) }

// comma separates from the value before. No value ends with one of the bytes
// after which none is due.
func (w *writer) comma() {
	if n := len(w.buf); n > 0 {
		switch w.buf[n-1] {
		case '{', '[', ':':
		default:
			w.buf = append(w.buf, ',')
		}
	}
}

// key begins a member with a name that needs no escape, as all documented ones do.
func (w *writer) key(name string) {
	w.comma()
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
}

func (w *writer) string(s string) { w.buf = appendString(w.buf, s) }

func (w *writer) strings(list []string) {
	w.open('[')
	for _, s := range list {
		w.comma()
		w.string(s)
	}
	w.close(']')
}

func (w *writer) int(n int64) { w.buf = strconv.AppendInt(w.buf, n, 10) }

func (w *writer) bool(b bool) { w.buf = strconv.AppendBool(w.buf, b) }

func (w *writer) null() { w.buf = append(w.buf, "null"...) }

// float writes the shortest number that reads as f, as encoding/json does.
func (w *writer) float(field string, f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		w.fail(field, reasonNotFinite)
		w.null()
		return
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	w.buf = strconv.AppendFloat(w.buf, f, format, -1, 64)
}

// raw writes JSON that somebody else made, unchanged.
func (w *writer) raw(field string, raw json.RawMessage) {
	switch {
	case len(raw) == 0:
		w.null()
	case !jscan.Valid(raw):
		w.fail(field, reasonNotJSON)
		w.null()
	default:
		w.buf = append(w.buf, raw...)
	}
}

// any writes a value of a type that this package does not know.
func (w *writer) any(field string, v any) {
	switch v := v.(type) {
	case nil:
		w.null()
	case string:
		w.string(v)
	case bool:
		w.bool(v)
	case int:
		w.int(int64(v))
	case float64:
		w.float(field, v)
	case json.RawMessage:
		w.raw(field, v)
	default:
		b := bytes.NewBuffer(w.buf)
		enc := json.NewEncoder(b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			w.fail(field, reasonOf(err))
			w.null()
			return
		}
		w.buf = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	}
}

func (w *writer) fail(field, reason string) {
	if w.err == nil {
		w.err = &RequestError{Field: field, Reason: reason}
	}
}

// fields writes the members of an object, each unless it is empty or extra has
// it too.
type fields[V any] struct {
	w     *writer
	extra map[string]V
}

// key begins a member and reports whether its value is wanted.
func (f fields[V]) key(name string) bool {
	if len(f.extra) > 0 {
		if _, ok := f.extra[name]; ok {
			return false
		}
	}
	f.w.comma()
	f.w.buf = append(f.w.buf, '"')
	f.w.buf = append(f.w.buf, name...) // the name of a field needs no escapes
	f.w.buf = append(f.w.buf, '"', ':')
	return true
}

// The methods below are small enough to be inlined: a request has sixty fields, of
// which five are set.

func (f fields[V]) str(name, s string) {
	if s != "" {
		f.putStr(name, s)
	}
}

func (f fields[V]) strs(name string, list []string) {
	if len(list) > 0 && f.key(name) {
		f.w.strings(list)
	}
}

func (f fields[V]) count(name string, n int) {
	if n != 0 {
		f.putInt(name, n)
	}
}

func (f fields[V]) int(name string, n *int) {
	if n != nil {
		f.putInt(name, *n)
	}
}

func (f fields[V]) float(name string, n *float64) {
	if n != nil {
		f.putFloat(name, *n)
	}
}

func (f fields[V]) bool(name string, b *bool) {
	if b != nil && f.key(name) {
		f.w.bool(*b)
	}
}

// raw writes JSON that came as it is. A null says as much as nothing.
func (f fields[V]) raw(name string, raw json.RawMessage) {
	if len(raw) > 0 {
		f.putRaw(name, raw)
	}
}

// any writes v, which is not empty if set.
func (f fields[V]) any(name string, v any, set bool) {
	if set {
		f.putAny(name, v)
	}
}

func (f fields[V]) putStr(name, s string) {
	if f.key(name) {
		f.w.string(s)
	}
}

func (f fields[V]) putInt(name string, n int) {
	if f.key(name) {
		f.w.int(int64(n))
	}
}

func (f fields[V]) putFloat(name string, n float64) {
	if f.key(name) {
		f.w.float(name, n)
	}
}

func (f fields[V]) putRaw(name string, raw json.RawMessage) {
	if string(bytes.Trim(raw, " \t\r\n")) != "null" && f.key(name) {
		f.w.raw(name, raw)
	}
}

func (f fields[V]) putAny(name string, v any) {
	if f.key(name) {
		f.w.any(name, v)
	}
}

// rest writes extra, in alphabetical order: the same request gives the same
// bytes, which caches count on.
func (f fields[V]) rest() {
	if len(f.extra) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(f.extra)) {
		f.w.comma()
		f.w.string(name)
		f.w.buf = append(f.w.buf, ':')
		f.w.any(name, any(f.extra[name]))
	}
}

// marshalExtra returns the JSON of a struct with the members of extra added, or
// put in place of its own.
func marshalExtra(v any, extra map[string]any) ([]byte, error) {
	var w writer
	w.any("", v)
	if len(extra) == 0 || w.err != nil {
		return w.buf, w.err
	}
	plain := w.buf
	w.buf = make([]byte, 0, len(plain)+64)
	f := fields[any]{&w, extra}
	var c jscan.Cursor
	c.Reset(plain)
	w.open('{')
	for c.Object(); ; {
		key, ok := c.Key()
		if !ok {
			break
		}
		if raw := c.Raw(); !has(extra, string(key)) {
			w.key(string(key))
			w.buf = append(w.buf, raw...)
		}
	}
	f.rest()
	w.close('}')
	return w.buf, w.err
}
