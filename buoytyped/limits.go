package buoytyped

import (
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"strconv"

	"github.com/google/jsonschema-go/jsonschema"
)

// kinds are the types of the numbers of a schema, and of what decodes itself: of both a
// value can follow the schema and still be refused. It is made before normalise, which
// keeps the schemas where they are.
type kinds map[*jsonschema.Schema]reflect.Type

// note walks over a type and what was inferred from it.
func (k kinds) note(t reflect.Type, s *jsonschema.Schema, known map[reflect.Type]*jsonschema.Schema) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s == nil {
		return
	}
	if known[t] != nil || limitsOf(t) != nil {
		k[s] = t
		return
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		k.note(t.Elem(), s.Items, known)
	case reflect.Map:
		k.note(t.Elem(), s.AdditionalProperties, known)
	case reflect.Struct:
		for f, p := range properties(t, s) {
			k.note(f.Type, p, known)
		}
	}
}

// limits are the numbers that a type holds.
type limits struct {
	low, high *big.Int // nil for a float
	bits      int
}

// limitsOf is nil for what is no number, and for what decodes itself.
func limitsOf(t reflect.Type) *limits {
	p := reflect.PointerTo(t)
	if p.Implements(jsonUnmarshalerType) || p.Implements(textUnmarshalerType) {
		return nil
	}
	one := big.NewInt(1)
	power := func(n int) *big.Int { return new(big.Int).Lsh(one, uint(n)) }
	switch k := t.Kind(); {
	case reflect.Int <= k && k <= reflect.Int64:
		return &limits{low: new(big.Int).Neg(power(t.Bits() - 1)), high: new(big.Int).Sub(power(t.Bits()-1), one)}
	case reflect.Uint <= k && k <= reflect.Uintptr:
		return &limits{low: new(big.Int), high: new(big.Int).Sub(power(t.Bits()), one)}
	case k == reflect.Float32 || k == reflect.Float64:
		return &limits{bits: t.Bits()}
	}
	return nil
}

// integers reports that a type holds whole numbers only.
func (l *limits) integers() bool { return l != nil && l.low != nil }

func (l *limits) String() string {
	if l.integers() {
		return "an integer from " + l.low.String() + " to " + l.high.String()
	}
	return "a number from " + l.bound("-") + " to " + l.bound("")
}

// bound is the largest number of a float.
func (l *limits) bound(sign string) string {
	if l.bits == 32 {
		return sign + strconv.FormatFloat(math.MaxFloat32, 'g', -1, 32)
	}
	return sign + number(math.MaxFloat64)
}

// beyond says which bounds a number is outside of, those of its schema and those of its
// type; "" if it is within.
func beyond(s *jsonschema.Schema, l *limits, n json.Number) string {
	value := decimalOf(n).rat()
	var low, high *big.Rat
	if l.integers() {
		low, high = new(big.Rat).SetInt(l.low), new(big.Rat).SetInt(l.high)
	} else if l != nil {
		if _, err := strconv.ParseFloat(string(n), l.bits); err != nil {
			return "is outside of the range " + l.bound("-") + " to " + l.bound("")
		}
	}
	if s.Minimum != nil {
		if own := new(big.Rat).SetFloat64(*s.Minimum); own != nil && (low == nil || own.Cmp(low) > 0) {
			low = own
		}
	}
	if s.Maximum != nil {
		if own := new(big.Rat).SetFloat64(*s.Maximum); own != nil && (high == nil || own.Cmp(high) < 0) {
			high = own
		}
	}
	less, more := low != nil && value.Cmp(low) < 0, high != nil && value.Cmp(high) > 0
	switch {
	case !less && !more:
		return ""
	case low != nil && high != nil:
		return "is outside of the range " + exactly(low) + " to " + exactly(high)
	case less:
		return "is less than " + exactly(low)
	}
	return "is more than " + exactly(high)
}

func exactly(r *big.Rat) string {
	if r.IsInt() && len(r.Num().String()) <= maxDigits {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return number(f)
}
