package buoytyped

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// decimal is a number of JSON, exactly: the digits, times ten to the power of exp. Neither
// end of digits is a zero, so that exp is below zero for what is not whole; zero has none.
type decimal struct {
	minus  bool
	digits string
	exp    int
}

// maxDigits bounds how many digits are written out for an exponent: 1e400000000 could fill
// the memory. The largest float64 has as many.
const maxDigits = 309

// farAway is an exponent that no number comes near.
const farAway = 1 << 30 // fits into an int of 32 bits

func decimalOf(n json.Number) decimal {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(string(n)), "e")
	mantissa, minus := strings.CutPrefix(mantissa, "-")
	before, behind, _ := strings.Cut(mantissa, ".")
	d := decimal{minus: minus, digits: strings.TrimLeft(before+behind, "0")}
	exp, err := strconv.Atoi(exponent)
	switch {
	case exponent == "":
	case err != nil && strings.HasPrefix(exponent, "-"), exp < -farAway:
		exp = -farAway
	case err != nil, exp > farAway:
		exp = farAway
	}
	trimmed := strings.TrimRight(d.digits, "0")
	if trimmed == "" {
		return decimal{}
	}
	d.exp = exp - len(behind) + len(d.digits) - len(trimmed)
	d.digits = trimmed
	return d
}

func (d decimal) whole() bool { return d.exp >= 0 }

// rat is the number, or one that is as far beyond every bound.
func (d decimal) rat() *big.Rat {
	digits, exp := d.digits, d.exp
	switch {
	case digits == "":
		return new(big.Rat)
	case len(digits)+exp > 4*maxDigits:
		digits, exp = "1", 4*maxDigits
	case len(digits)+exp < -4*maxDigits:
		digits, exp = "1", -4*maxDigits
	case len(digits) > 10*maxDigits:
		exp += len(digits) - 10*maxDigits
		digits = digits[:10*maxDigits]
	}
	r, _ := new(big.Rat).SetString(digits + "e" + strconv.Itoa(exp))
	if d.minus {
		r.Neg(r)
	}
	return r
}
