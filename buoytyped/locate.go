package buoytyped

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"
)

// finder says where a value leaves its schema and how, in words that quote only the
// schema: the validator's own errors quote the value. It knows what census, normalise and
// common enumerations make. Numbers are json.Numbers.
type finder struct {
	kinds kinds
	found []Mistake
	cause error // what the first type said that refused its value
}

// place is where in a value: for a developer, and for the model, which wrote some of the
// names in it.
type place struct{ said, told string }

func (p place) property(name string) place {
	return place{strings.TrimPrefix(p.said+"."+name, "."), strings.TrimPrefix(p.told+"."+name, ".")}
}

func (p place) item(i int) place {
	index := "[" + strconv.Itoa(i) + "]"
	return place{p.said + index, p.told + index}
}

// key is the place of a name that is the model's.
func (p place) key(name string) place {
	return place{strings.TrimPrefix(p.said+".*", "."), strings.TrimPrefix(p.told+"."+cleaned(name), ".")}
}

func (f *finder) add(at place, reason, more string) {
	if len(f.found) == maxMistakes {
		f.found[maxMistakes-1].more = true
		return
	}
	f.found = append(f.found, Mistake{Path: at.said, Reason: reason, told: placed(at.told, reason) + more})
}

func (f *finder) full() bool { return len(f.found) == maxMistakes && f.found[maxMistakes-1].more }

func (f *finder) find(s *jsonschema.Schema, v any, at place) {
	if f.full() {
		return
	}
	if alternatives := slices.DeleteFunc(slices.Clone(s.AnyOf), onlyNull); len(alternatives) == 1 && v != nil {
		f.find(alternatives[0], v, at)
		return
	}
	if want := types(s); len(want) > 0 && !slices.ContainsFunc(want, func(t string) bool { return is(v, t) }) {
		f.add(at, "is "+article(typeName(v))+" where "+article(strings.Join(want, " or "))+" is due", "")
		return
	}
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(e any) bool { return equal(e, v) }) {
		f.add(at, "is none of the allowed values: "+listed(s.Enum), "")
		return
	}
	if s.Const != nil && !equal(*s.Const, v) {
		f.add(at, "is not the only allowed value: "+listed([]any{*s.Const}), "")
		return
	}
	before := len(f.found)
	switch v := v.(type) {
	case map[string]any:
		f.findIn(s, v, at)
	case []any:
		if n := len(v); s.MinItems != nil && n < *s.MinItems || s.MaxItems != nil && n > *s.MaxItems {
			f.add(at, fmt.Sprintf("has %d items where %s are due", n, counted(s.MinItems, s.MaxItems, "items")), "")
		}
		if s.Items != nil {
			for i, item := range v {
				f.find(s.Items, item, at.item(i))
			}
		}
	case string:
		if n := utf8.RuneCountInString(v); s.MinLength != nil && n < *s.MinLength || s.MaxLength != nil && n > *s.MaxLength {
			f.add(at, fmt.Sprintf("has %d characters where %s are due", n, counted(s.MinLength, s.MaxLength, "characters")), "")
		}
	case json.Number:
		f.findNumber(s, v, at)
	}
	if len(f.found) == before && v != nil {
		f.try(s, v, at)
	}
}

func (f *finder) findNumber(s *jsonschema.Schema, n json.Number, at place) {
	var l *limits
	if t := f.kinds[s]; t != nil {
		l = limitsOf(t)
	}
	if l.integers() && !decimalOf(n).whole() { // of a schema that does not say so
		f.add(at, "is a number where "+l.String()+" is due", "")
		return
	}
	if l == nil {
		l = &limits{bits: 64} // what the validator holds, whatever the type does
	}
	if reason := beyond(s, l, n); reason != "" {
		f.add(at, reason, "")
	}
}

// try has a type decode a value that follows the schema.
func (f *finder) try(s *jsonschema.Schema, v any, at place) {
	t := f.kinds[s]
	if t == nil || limitsOf(t) != nil {
		return
	}
	raw, err := inJSON(v)
	if err != nil {
		return
	}
	_, err = guarded(func() (string, error) { return "", json.Unmarshal([]byte(raw), reflect.New(t).Interface()) })
	if _, panicked := errors.AsType[*PanicError](err); err == nil || panicked { // the value's own decoding shows it
		return
	}
	field, reason := refusedBy(err)
	if field != "" {
		at = at.property(field)
	}
	if f.cause == nil {
		f.cause = err
	}
	f.add(at, reason, explained(err))
}

// equal compares a value of a schema with one of an answer.
func equal(of, v any) bool {
	if n, ok := v.(json.Number); ok {
		if _, text := of.(string); text {
			return false // to reflect both are strings
		}
		d := decimalOf(n)
		if len(d.digits) > maxDigits || d.exp > 4*maxDigits || d.exp < -4*maxDigits {
			return false // to compare it could fill the memory
		}
	}
	return jsonschema.Equal(of, v)
}

// longestList bounds in bytes how much of a schema's values an error says, which a model
// reads as well.
const longestList = 400

// listed are the values of a schema as JSON.
func listed(values []any) string {
	var b strings.Builder
	for i, v := range values {
		text, err := json.Marshal(v)
		if err != nil { // a schema that was made by hand
			text = []byte("?")
		}
		if i > 0 && b.Len()+len(text) > longestList {
			return b.String() + fmt.Sprintf(" and %d more", len(values)-i)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(cutShort(text))
	}
	return b.String()
}

// cutShort cuts a value that is longer than a list may be.
func cutShort(text []byte) string {
	if len(text) > longestList {
		return strings.ToValidUTF8(string(text[:longestList]), "") + "..."
	}
	return string(text)
}

// findIn looks into an object, in the schema's order.
func (f *finder) findIn(s *jsonschema.Schema, v map[string]any, at place) {
	for _, name := range s.Required {
		if _, ok := v[name]; !ok && !f.full() {
			f.add(at.property(name), "is missing", "")
		}
	}
	for _, name := range ordered(s) {
		if value, ok := v[name]; ok {
			f.find(s.Properties[name], value, at.property(name))
		}
	}
	if s.AdditionalProperties == nil || f.full() {
		return
	}
	var others []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if s.Properties[name] == nil {
			others = append(others, name)
		}
	}
	if !isNothing(s.AdditionalProperties) {
		for _, name := range others {
			f.find(s.AdditionalProperties, v[name], at.key(name))
		}
		return
	}
	if n := len(others); n > 0 {
		reason := "has a property that the schema does not know"
		if n > 1 {
			reason = fmt.Sprintf("has %d properties that the schema does not know", n)
		}
		others = others[:min(n, maxMistakes)]
		if f.add(at, reason, ": "+unknownNames(others, n)); !f.full() {
			f.found[len(f.found)-1].Unknown = others
		}
	}
}

func types(s *jsonschema.Schema) []string {
	if s.Type != "" {
		return []string{s.Type}
	}
	return s.Types
}

// is reports whether a decoded value is of a JSON Schema type.
func is(v any, t string) bool {
	got := typeName(v)
	return got == t || got == "integer" && t == "number"
}

func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case json.Number:
		if decimalOf(v).whole() {
			return "integer"
		}
		return "number"
	}
	return "object"
}

func article(t string) string {
	switch {
	case strings.HasPrefix(t, "null"):
		return t
	case strings.HasPrefix(t, "i"), strings.HasPrefix(t, "o"), strings.HasPrefix(t, "a"):
		return "an " + t
	}
	return "a " + t
}
