// Package clone copies what must not share memory with its source: raw JSON, maps
// of it, and what a pointer points to.
package clone

import (
	"bytes"
	"encoding/json"
	"maps"
)

// Ptr returns a pointer to a copy of what p points to, nil for nil.
func Ptr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// Raw returns a copy of raw, nil for nil.
func Raw(raw json.RawMessage) json.RawMessage { return bytes.Clone(raw) }

// Extra returns a copy of a map of raw JSON and of its values. It is nil where
// there are none.
func Extra(extra map[string]json.RawMessage) map[string]json.RawMessage {
	if len(extra) == 0 {
		return nil
	}
	c := maps.Clone(extra)
	for key, raw := range c {
		c[key] = Raw(raw)
	}
	return c
}
