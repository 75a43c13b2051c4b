// Package jprint appends JSON to a buffer, member by member. It is the counterpart
// of jscan: what it writes costs no reflection and, into a buffer that is large
// enough, no memory.
package jprint

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"github.com/buoy-go/buoy/internal/jscan"
)

// What JSON cannot hold.
var (
	ErrNotFinite = errors.New("is not a finite number")
	ErrNotJSON   = errors.New("is not valid JSON")
)

// Error says which field could not be written.
type Error struct {
	Field string
	Err   error
}

// Error names the field and what is wrong with it.
func (e *Error) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns what is wrong with the field.
func (e *Error) Unwrap() error { return e.Err }

// Writer appends JSON to Buf. The first error sticks in Err; what is written after
// nothing more is written. The zero value is ready for use, by one goroutine at a time.
type Writer struct {
	Buf []byte
	Err *Error
}

// Open begins an object or an array with its bracket.
func (w *Writer) Open(bracket byte) { w.Buf = append(w.Buf, bracket) }

// Close ends it.
func (w *Writer) Close(bracket byte) { w.Buf = append(w.Buf, bracket) }

// Comma separates from the value before. No value ends with one of the bytes
// after which none is due.
func (w *Writer) Comma() {
	if n := len(w.Buf); n > 0 {
		switch w.Buf[n-1] {
		case '{', '[', ':':
		default:
			w.Buf = append(w.Buf, ',')
		}
	}
}

// Key begins a member with a name that needs no escape, as all documented ones do.
func (w *Writer) Key(name string) {
	w.Comma()
	w.Buf = append(w.Buf, '"')
	w.Buf = append(w.Buf, name...)
	w.Buf = append(w.Buf, '"', ':')
}

// String writes a string; see AppendString.
func (w *Writer) String(s string) { w.Buf = AppendString(w.Buf, s) }

// Strings writes an array of strings.
func (w *Writer) Strings(list []string) {
	w.Open('[')
	for _, s := range list {
		w.Comma()
		w.String(s)
	}
	w.Close(']')
}

// Int writes an integer.
func (w *Writer) Int(n int64) { w.Buf = strconv.AppendInt(w.Buf, n, 10) }

// Bool writes true or false.
func (w *Writer) Bool(b bool) { w.Buf = strconv.AppendBool(w.Buf, b) }

// Null writes null.
func (w *Writer) Null() { w.Buf = append(w.Buf, "null"...) }

// Float writes the shortest number that reads as f, as encoding/json does.
func (w *Writer) Float(field string, f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		w.Fail(field, ErrNotFinite)
		w.Null()
		return
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	w.Buf = strconv.AppendFloat(w.Buf, f, format, -1, 64)
}

// Raw writes JSON that somebody else made, unchanged.
func (w *Writer) Raw(field string, raw json.RawMessage) {
	switch {
	case len(raw) == 0:
		w.Null()
	case !jscan.Valid(raw):
		w.Fail(field, ErrNotJSON)
		w.Null()
	default:
		w.Buf = append(w.Buf, raw...)
	}
}

// Any writes a value of a type that this package does not know.
func (w *Writer) Any(field string, v any) {
	switch v := v.(type) {
	case nil:
		w.Null()
	case string:
		w.String(v)
	case bool:
		w.Bool(v)
	case int:
		w.Int(int64(v))
	case float64:
		w.Float(field, v)
	case json.RawMessage:
		w.Raw(field, v)
	default:
		b := bytes.NewBuffer(w.Buf)
		enc := json.NewEncoder(b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			w.Fail(field, err)
			w.Null()
			return
		}
		w.Buf = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	}
}

// Fail keeps the first error.
func (w *Writer) Fail(field string, err error) {
	if w.Err == nil {
		w.Err = &Error{Field: field, Err: err}
	}
}
