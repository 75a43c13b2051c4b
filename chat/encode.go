package chat

import (
	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// writer appends the JSON of this package's types to a buffer.
type writer struct {
	jprint.Writer
	// whole: messages are written with what providers do not want back, for
	// storing.
	whole bool
	// reply: messages are written as a provider's reply has them.
	reply bool
}

// done returns what was written, or why it could not be.
func (w *writer) done() ([]byte, error) {
	if w.Err == nil {
		return w.Buf, nil
	}
	return w.Buf, &FieldError{Field: w.Err.Field, Reason: reasonOf(w.Err.Err)}
}

// marshalExtra returns the JSON of a struct with the members of extra added, or
// put in place of its own.
func marshalExtra(v any, extra map[string]any) ([]byte, error) {
	var w writer
	w.Any("", v)
	if len(extra) == 0 || w.Err != nil {
		return w.done()
	}
	plain := w.Buf
	w.Buf = make([]byte, 0, len(plain)+64)
	f := jprint.Fields[any]{W: &w.Writer, Extra: extra}
	var c jscan.Cursor
	c.Reset(plain)
	w.Open('{')
	for c.Object(); ; {
		key, ok := c.Key()
		if !ok {
			break
		}
		if raw := c.Raw(); !has(extra, string(key)) {
			w.Key(string(key))
			w.Buf = append(w.Buf, raw...)
		}
	}
	f.Rest()
	w.Close('}')
	return w.done()
}
