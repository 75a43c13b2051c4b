package jprint

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Fields writes the members of an object, each unless it is empty or Extra has it
// too.
type Fields[V any] struct {
	W     *Writer
	Extra map[string]V
}

// Key begins a member and reports whether its value is wanted.
func (f Fields[V]) Key(name string) bool {
	if len(f.Extra) > 0 {
		if _, ok := f.Extra[name]; ok {
			return false
		}
	}
	f.W.Comma()
	f.W.Buf = append(f.W.Buf, '"')
	f.W.Buf = append(f.W.Buf, name...) // the name of a field needs no escapes
	f.W.Buf = append(f.W.Buf, '"', ':')
	return true
}

// The methods below are small enough to be inlined: a request has sixty fields, of
// which five are set.

// Str writes a string unless it is empty.
func (f Fields[V]) Str(name, s string) {
	if s != "" {
		f.putStr(name, s)
	}
}

// Strs writes a list unless it is empty.
func (f Fields[V]) Strs(name string, list []string) {
	if len(list) > 0 {
		f.putStrs(name, list)
	}
}

// Count writes a number unless it is 0.
func (f Fields[V]) Count(name string, n int) {
	if n != 0 {
		f.putInt(name, n)
	}
}

// Int writes a number unless it is nil.
func (f Fields[V]) Int(name string, n *int) {
	if n != nil {
		f.putInt(name, *n)
	}
}

// Float writes a number unless it is nil.
func (f Fields[V]) Float(name string, n *float64) {
	if n != nil {
		f.putFloat(name, *n)
	}
}

// Bool writes true or false unless b is nil.
func (f Fields[V]) Bool(name string, b *bool) {
	if b != nil {
		f.putBool(name, *b)
	}
}

// Raw writes JSON that came as it is. A null says as much as nothing.
func (f Fields[V]) Raw(name string, raw json.RawMessage) {
	if len(raw) > 0 {
		f.putRaw(name, raw)
	}
}

// Any writes v, which is not empty if set.
func (f Fields[V]) Any(name string, v any, set bool) {
	if set {
		f.putAny(name, v)
	}
}

func (f Fields[V]) putStr(name, s string) {
	if f.Key(name) {
		f.W.String(s)
	}
}

func (f Fields[V]) putStrs(name string, list []string) {
	if f.Key(name) {
		f.W.Strings(list)
	}
}

func (f Fields[V]) putBool(name string, b bool) {
	if f.Key(name) {
		f.W.Bool(b)
	}
}

func (f Fields[V]) putInt(name string, n int) {
	if f.Key(name) {
		f.W.Int(int64(n))
	}
}

func (f Fields[V]) putFloat(name string, n float64) {
	if f.Key(name) {
		f.W.Float(name, n)
	}
}

func (f Fields[V]) putRaw(name string, raw json.RawMessage) {
	if string(bytes.Trim(raw, " \t\r\n")) != "null" && f.Key(name) {
		f.W.Raw(name, raw)
	}
}

func (f Fields[V]) putAny(name string, v any) {
	if f.Key(name) {
		f.W.Any(name, v)
	}
}

// Rest writes Extra, in alphabetical order: the same request gives the same
// bytes, which caches count on.
func (f Fields[V]) Rest() {
	if len(f.Extra) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(f.Extra)) {
		f.W.Comma()
		f.W.String(name)
		f.W.Buf = append(f.W.Buf, ':')
		f.W.Any(name, any(f.Extra[name]))
	}
}
