package chat

import (
	"math"
	"strconv"
	"strings"
	"time"
)

func (d *decoder) int64(dst *int64) bool {
	n, ok := d.Int()
	if !ok && !d.Null() {
		return false
	}
	*dst = n
	return true
}

// int reads a number, a number in quotes (gateways that keep counts as text), or a null.
func (d *decoder) int(dst *int) bool {
	mark := d.Mark()
	if n, ok := d.Int(); ok {
		if int64(int(n)) != n { // on 32 bits
			d.Rewind(mark)
			return false
		}
		*dst = int(n)
		return true
	}
	if text, quoted := d.Text(); quoted {
		n, ok := number(string(text))
		if !ok || n != math.Trunc(n) || math.Abs(n) >= 1<<53 || float64(int(n)) != n {
			d.Rewind(mark)
			return false
		}
		*dst = int(n)
		return true
	}
	if !d.Null() {
		return false
	}
	*dst = 0
	return true
}

// float reads a number, a number in quotes (amounts of money), or a null.
func (d *decoder) float(dst **float64) bool {
	if d.Null() {
		*dst = nil
		return true
	}
	var f float64
	if !d.real(&f) {
		return false
	}
	*dst = &f
	return true
}

// real reads a number, or one in quotes.
func (d *decoder) real(dst *float64) bool {
	f, ok := d.Float()
	if !ok {
		mark := d.Mark()
		text, quoted := d.Text()
		if !quoted {
			return false
		}
		if f, ok = number(string(text)); !ok {
			d.Rewind(mark)
			return false
		}
	}
	*dst = f
	return true
}

// number is the number that a text is, written as JSON writes one.
func number(text string) (float64, bool) {
	if text == "" || strings.Trim(text, "+-.0123456789eE") != "" {
		return 0, false // Go also takes 0x1p-2, 1_000, Inf
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// moment reads a time in Unix seconds, or a null. Servers also send it in quotes, in
// milliseconds and less, and as a date.
func (d *decoder) moment(dst *int64) bool {
	mark := d.Mark()
	text, quoted := d.Text()
	if !quoted {
		if !d.int64(dst) {
			return false
		}
		*dst = seconds(*dst)
		return true
	}
	if f, ok := number(string(text)); ok && math.Abs(f) < math.MaxInt64 {
		*dst = seconds(int64(f))
		return true
	}
	if t, err := time.Parse(time.RFC3339, string(text)); err == nil {
		*dst = t.Unix()
		return true
	}
	d.Rewind(mark)
	return false
}

// mostSeconds is in the year 5138, and in milliseconds in 1973.
const mostSeconds = 100_000_000_000

// seconds makes Unix seconds of milli-, micro- and nanoseconds.
func seconds(n int64) int64 {
	for n >= mostSeconds {
		n /= 1000
	}
	return n
}
