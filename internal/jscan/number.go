package jscan

import (
	"math"
	"strconv"
)

// Float reads the number that comes next. Where something else comes, or a
// number beyond float64, it returns false and stays.
func (c *Cursor) Float() (float64, bool) {
	start := c.pos
	text := c.numberText()
	if text == nil {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		c.pos = start
		return 0, false
	}
	return f, true
}

// Int reads the number that comes next, without what follows the decimal point.
// Where something else comes, or a number beyond int64, it returns false and
// stays.
func (c *Cursor) Int() (int64, bool) {
	if n, ok := c.plainInt(); ok {
		return n, true
	}
	start := c.pos
	text := c.numberText()
	if text == nil {
		return 0, false
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return n, true
	}
	// 2^63 is exact as a float64, and the first one that does not fit.
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || f >= math.MaxInt64 || f < math.MinInt64 {
		c.pos = start
		return 0, false
	}
	return int64(f), true
}

// plainInt reads what nearly every number is: up to 18 digits and nothing else,
// which cannot overflow. Where something else comes it returns false and stays.
func (c *Cursor) plainInt() (n int64, ok bool) {
	first := c.peek()
	d, i := c.data, c.pos
	for i < len(d) && d[i]-'0' <= 9 {
		n = n*10 + int64(d[i]-'0')
		i++
	}
	if length := i - c.pos; length == 0 || length > 18 || first == '0' && length > 1 {
		return 0, false
	}
	if i < len(d) && (d[i] == '.' || d[i]|0x20 == 'e') {
		return 0, false
	}
	c.pos = i
	return n, true
}

// Bool reads the true or false that comes next. Where something else comes it
// returns false as the second value and stays.
func (c *Cursor) Bool() (value, ok bool) {
	switch c.peek() {
	case 't':
		return true, c.literal("true")
	case 'f':
		return false, c.literal("false")
	}
	return false, false
}

// numberText passes over the number that comes next, nil if something else comes.
func (c *Cursor) numberText() []byte {
	if c.Kind() != Number {
		return nil
	}
	start := c.pos
	c.number()
	if c.err != nil {
		return nil
	}
	return c.data[start:c.pos]
}

// number passes over a number: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (c *Cursor) number() {
	d, i := c.data, c.pos
	if i < len(d) && d[i] == '-' {
		i++
	}
	switch {
	case i < len(d) && d[i] == '0':
		i++
	default:
		n := digits(d, i)
		if n == i {
			c.fail(ErrSyntax)
			return
		}
		i = n
	}
	if i < len(d) && d[i] == '.' {
		n := digits(d, i+1)
		if n == i+1 {
			c.fail(ErrSyntax)
			return
		}
		i = n
	}
	if i < len(d) && d[i]|0x20 == 'e' {
		i++
		if i < len(d) && (d[i] == '+' || d[i] == '-') {
			i++
		}
		n := digits(d, i)
		if n == i {
			c.fail(ErrSyntax)
			return
		}
		i = n
	}
	c.pos = i
}

// digits returns the index behind the digits that begin at i.
func digits(d []byte, i int) int {
	for i < len(d) && d[i]-'0' <= 9 {
		i++
	}
	return i
}
