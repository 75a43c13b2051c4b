// Package jscan walks over JSON text without building a tree of it. The caller
// asks for what it expects next and takes values out as it goes; everything
// else is skipped, and checked while it is skipped.
//
// A [Cursor] accepts what encoding/json accepts and reads strings as it does,
// except that nesting is bounded by [MaxDepth] instead of 10000.
package jscan

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// MaxDepth is how deep values may be nested. Replies of providers have a dozen
// levels; tool schemas that were seen have less than fifty.
const MaxDepth = 512

// Errors of a [Cursor].
var (
	ErrSyntax = errors.New("jscan: not JSON")
	ErrDepth  = errors.New("jscan: nested too deep")
)

// Kind is the type of the next value.
type Kind uint8

// The kinds. Invalid also stands for the end of the text.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// Cursor stands somewhere in a JSON text, before or after a value. Its first
// error sticks: afterwards every method reports the end, so that a caller checks
// once, with [Cursor.End].
//
// The zero value stands at the end of an empty text; call Reset. A Cursor must not
// be used from several goroutines at once.
type Cursor struct {
	data  []byte
	pos   int
	end   int // of data; a field, or peek is one node too many to be inlined
	depth int
	first bool // just inside a container, where no comma is due
	err   error
	keep  bool   // halves of characters, see KeepHalves
	half  bool   // there was one
	buf   []byte // what the last string with escapes or broken UTF-8 reads as
}

// Reset puts the cursor at the beginning of data. Slices that earlier calls
// returned may change afterwards.
func (c *Cursor) Reset(data []byte) {
	c.data, c.pos, c.end, c.depth, c.first, c.err = data, 0, len(data), 0, false, nil
	c.half = false
}

// Scratch returns the size of the memory that the cursor keeps for strings with
// escapes, so that a pool can let go of a large one.
func (c *Cursor) Scratch() int { return cap(c.buf) }

// Err returns the first error.
func (c *Cursor) Err() error { return c.err }

// End returns the first error, or ErrSyntax when the text goes on.
func (c *Cursor) End() error {
	if c.err == nil && c.peek() != 0 {
		c.fail(ErrSyntax)
	}
	return c.err
}

// Kind returns the kind of the next value and stays before it.
func (c *Cursor) Kind() Kind {
	switch b := c.peek(); b {
	case '"':
		return String
	case '{':
		return Object
	case '[':
		return Array
	case 'n':
		return Null
	case 't', 'f':
		return Bool
	default:
		if b == '-' || b-'0' <= 9 {
			return Number
		}
		return Invalid
	}
}

// Object enters the object that comes next. Where something else comes it
// returns false and stays. After true, call Key until it returns false.
func (c *Cursor) Object() bool { return c.enter('{') }

// Array enters the array that comes next. Where something else comes it
// returns false and stays. After true, call More until it returns false.
func (c *Cursor) Array() bool { return c.enter('[') }

// Key returns the next key of the object that was entered, and false behind its
// last value, when it leaves the object. The value of each key must be read or
// skipped. The slice stays valid, and must not be changed.
func (c *Cursor) Key() ([]byte, bool) {
	// Every field of every chunk comes this way. What most are like is read with the place
	// in a register, which is a third faster than with the cursor's.
	d, i := c.data, c.pos
	due := c.first
	if !due && i < len(d) && d[i] == ',' {
		i, due = i+1, true
	}
	if due && i < len(d) && d[i] <= ' ' {
		i = past(d, i)
	}
	if due && i < len(d) && d[i] == '"' {
		end, seen := run(d, i+1)
		if end+2 < len(d) && d[end] == '"' && d[end+1] == ':' && seen&signs == 0 {
			c.pos, c.first = end+2, false
			if d[end+2] == ' ' {
				c.pos++ // the one space of indented JSON
			}
			return d[i+1 : end], true
		}
	}
	return c.anyKey()
}

// past is where the white space at i ends. Providers indent their whole answers: a third of
// a small one is spaces, so they are passed over eight at a time.
func past(d []byte, i int) int {
	for i < len(d) && (d[i] == ' ' || d[i] == '\n' || d[i] == '\r' || d[i] == '\t') {
		i++
		for len(d)-i >= 8 {
			other := binary.LittleEndian.Uint64(d[i:]) ^ ' '*ones
			if other != 0 {
				i += bits.TrailingZeros64(other) / 8
				break
			}
			i += 8
		}
	}
	return i
}

// anyKey is Key, for what is written in another way.
func (c *Cursor) anyKey() ([]byte, bool) {
	if !c.next('}') {
		return nil, false
	}
	if c.peek() != '"' {
		c.fail(ErrSyntax)
		return nil, false
	}
	key := c.key()
	if c.peek() != ':' {
		c.fail(ErrSyntax)
		return nil, false
	}
	c.pos++
	return key, true
}

// More reports whether the array that was entered has another value, and leaves
// the array when not. Each value must be read or skipped.
func (c *Cursor) More() bool { return c.next(']') }

// Skip passes over the next value.
func (c *Cursor) Skip() { c.Raw() }

// Raw passes over the next value and returns its text, without the white space
// around it; nil after an error. The slice is part of the data given to Reset.
func (c *Cursor) Raw() []byte {
	if c.peek() == 0 {
		c.fail(ErrSyntax)
	}
	start := c.pos
	c.skip()
	if c.err != nil {
		return nil
	}
	return c.data[start:c.pos]
}

// Null passes over a null and reports whether there was one.
func (c *Cursor) Null() bool {
	if c.peek() != 'n' {
		return false
	}
	return c.literal("null")
}

// Mark is a place to return to with [Cursor.Rewind].
type Mark struct{ pos, depth int }

// Mark returns the place before the next value.
func (c *Cursor) Mark() Mark { return Mark{c.pos, c.depth} }

// Rewind returns to a place before a value, unless there was an error.
func (c *Cursor) Rewind(m Mark) {
	if c.err == nil {
		c.pos, c.depth, c.first = m.pos, m.depth, false
	}
}

// Passed is the text before the next value. It must not be changed.
func (c *Cursor) Passed() []byte { return c.data[:c.pos] }

// Valid reports whether data is one JSON value.
func Valid(data []byte) bool {
	var c Cursor
	c.Reset(data)
	c.Skip()
	return c.End() == nil
}

// peek passes over white space and returns the next byte, 0 at the end and after
// an error.
func (c *Cursor) peek() byte {
	if c.pos < c.end && c.data[c.pos] > ' ' {
		return c.data[c.pos]
	}
	return c.space()
}

// space is peek where there is white space.
func (c *Cursor) space() byte {
	d, i := c.data, past(c.data, c.pos)
	if c.pos = i; i == len(d) {
		return 0
	}
	if d[i] < ' ' {
		c.fail(ErrSyntax)
		return 0
	}
	return d[i]
}

func (c *Cursor) enter(open byte) bool {
	if c.peek() != open {
		return false
	}
	if c.depth == MaxDepth {
		c.fail(ErrDepth)
		return false
	}
	c.depth++
	c.pos++
	c.first = true
	return true
}

// next stands before the next member of a container, or leaves it.
func (c *Cursor) next(closing byte) bool {
	b := c.peek()
	first := c.first
	c.first = false
	switch {
	case b == closing:
		c.pos++
		c.depth--
		return false
	case first && b != 0:
		return true
	case b == ',' && !first:
		c.pos++
		if b = c.peek(); b != 0 && b != closing {
			return true
		}
	}
	c.fail(ErrSyntax)
	return false
}

// skip passes over a value. It recurs, at most MaxDepth deep.
func (c *Cursor) skip() {
	switch b := c.peek(); b {
	case '"':
		c.scan()
	case '{':
		if !c.enter('{') {
			return
		}
		for c.next('}') {
			if c.peek() != '"' {
				c.fail(ErrSyntax)
				return
			}
			c.scan()
			if c.peek() != ':' {
				c.fail(ErrSyntax)
				return
			}
			c.pos++
			c.skip()
		}
	case '[':
		if !c.enter('[') {
			return
		}
		for c.next(']') {
			c.skip()
		}
	case 'n':
		c.literal("null")
	case 't':
		c.literal("true")
	case 'f':
		c.literal("false")
	default:
		c.number()
	}
}

func (c *Cursor) literal(word string) bool {
	if len(c.data)-c.pos < len(word) || string(c.data[c.pos:c.pos+len(word)]) != word {
		c.fail(ErrSyntax)
		return false
	}
	c.pos += len(word)
	return true
}

// Fail makes err the first error, unless there is one: of a text that its reader does
// not want to its end.
func (c *Cursor) Fail(err error) { c.fail(err) }

// fail keeps the first error and moves to the end, where every method stops.
func (c *Cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.pos = len(c.data)
}
