package cachekey

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/buoy-go/buoy/internal/jscan"
)

// errNesting is a body whose objects would have to be sorted again and again.
var errNesting = errors.New("cachekey: nested out of proportion")

// form is JSON in its one spelling: each value begins with a letter for its kind,
// texts and names with their length, numbers are digits and a power of ten, and members
// stand in the order of their names. Different values never have the same form.
type form struct {
	buf     []byte
	scratch []byte
	members []member // of the objects that are being read
	cursor  jscan.Cursor
	depth   int
	budget  int // bytes that may be moved for sorting
}

// member is where a member of an object stands in the form.
type member struct{ start, value, end int }

// body adds a request's body, without the fields that only a stream has.
func (f *form) body(data []byte) error {
	f.members, f.depth = f.members[:0], 0
	f.budget = 32*len(data) + 64<<10
	c := &f.cursor
	c.Reset(data)
	c.KeepHalves() // each broken text is a text of its own
	f.value()
	if f.budget < 0 {
		return errNesting
	}
	return c.End()
}

func (f *form) text(s string) {
	f.buf = binary.AppendUvarint(f.buf, uint64(len(s)))
	f.buf = append(f.buf, s...)
}

func (f *form) bytes(b []byte) {
	f.buf = binary.AppendUvarint(f.buf, uint64(len(b)))
	f.buf = append(f.buf, b...)
}

// value adds the next value. It recurs, as deep as a cursor goes.
func (f *form) value() {
	c := &f.cursor
	switch c.Kind() {
	case jscan.Object:
		f.object()
	case jscan.Array:
		f.buf = append(f.buf, '[')
		f.depth++
		for c.Array(); c.More(); {
			f.value()
		}
		f.depth--
		f.buf = append(f.buf, ']')
	case jscan.String:
		f.buf = append(f.buf, 's')
		text, _ := c.Text()
		f.bytes(text)
	case jscan.Number:
		f.number(c.Raw())
	default: // null, true and false have one spelling; anything else is an error that sticks
		f.buf = append(f.buf, 'w')
		f.bytes(c.Raw())
	}
}

func (f *form) object() {
	c := &f.cursor
	f.buf = append(f.buf, '{')
	f.depth++
	first := len(f.members)
	for c.Object(); f.budget >= 0; {
		from := len(c.Passed())
		key, ok := c.Key()
		if !ok {
			break
		}
		if f.depth == 1 && (string(key) == "stream" || string(key) == "stream_options") {
			c.Skip()
			continue
		}
		m := member{start: len(f.buf)}
		f.bytes(key)
		if bytes.Contains(key, replacement) { // several broken names read as the same one
			f.buf = append(f.buf, '!')
			f.bytes(nameIn(c.Passed()[from:]))
		}
		m.value = len(f.buf)
		f.value()
		m.end = len(f.buf)
		f.members = append(f.members, m)
	}
	f.sort(f.members[first:])
	f.members = f.members[:first]
	f.depth--
	f.buf = append(f.buf, '}')
}

// replacement is what broken text reads as.
var replacement = []byte("\uFFFD")

// nameIn is the name as it is spelled, without the comma before it and the colon
// after it.
func nameIn(text []byte) []byte {
	return text[bytes.IndexByte(text, '"') : bytes.LastIndexByte(text, '"')+1]
}

// sort puts members in the order of their names. Of those with the same name the order
// stays: servers do not agree on which of them counts.
func (f *form) sort(members []member) {
	byName := func(a, b member) int { return bytes.Compare(f.buf[a.start:a.value], f.buf[b.start:b.value]) }
	if f.budget < 0 || slices.IsSortedFunc(members, byName) {
		return
	}
	start, end := members[0].start, members[len(members)-1].end
	if f.budget -= end - start; f.budget < 0 {
		return
	}
	slices.SortStableFunc(members, byName)
	f.scratch = f.scratch[:0]
	for _, m := range members {
		f.scratch = append(f.scratch, f.buf[m.start:m.end]...)
	}
	copy(f.buf[start:end], f.scratch)
}

// number adds a number: 1, 1.0, 10e-1 and 1E0 are the same one. It is exact, however
// long it is.
func (f *form) number(text []byte) {
	mantissa, power, exponent := text, 0, []byte(nil)
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i+1:]
	}
	if len(exponent) > 9 {
		f.buf = append(f.buf, 'x') // no number that a request has
		f.bytes(text)
		return
	}
	negative := len(mantissa) > 0 && mantissa[0] == '-'
	if negative {
		mantissa = mantissa[1:]
	}
	start := len(f.buf)
	f.buf = append(f.buf, 'd', '+')
	if negative {
		f.buf[start+1] = '-'
	}
	digits := len(f.buf)
	for i, b := range mantissa {
		switch {
		case b == '.':
			power = -(len(mantissa) - i - 1)
		case b != '0' || len(f.buf) > digits:
			f.buf = append(f.buf, b)
		}
	}
	for len(f.buf) > digits && f.buf[len(f.buf)-1] == '0' {
		f.buf = f.buf[:len(f.buf)-1]
		power++
	}
	if len(f.buf) == digits {
		f.buf = append(f.buf[:start], 'd', '0', ';')
		return
	}
	f.buf = append(f.buf, 'e')
	f.buf = binary.AppendVarint(f.buf, int64(power+integer(exponent)))
}

// integer reads an exponent, which is short.
func integer(text []byte) int {
	n, sign := 0, 1
	for _, b := range text {
		switch b {
		case '-':
			sign = -1
		case '+':
		default:
			n = 10*n + int(b-'0')
		}
	}
	return sign * n
}
