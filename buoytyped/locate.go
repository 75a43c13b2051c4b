package buoytyped

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"
)

// locate says where a value leaves its schema and how, in words that quote only
// the schema: the validator's own errors quote the value. It knows what census,
// normalise and common enumerations make; for the rest it names the place that it
// came to.
func locate(s *jsonschema.Schema, v any) (path, reason string) {
	if path, reason = find(s, v, ""); reason == "" {
		return "", "does not follow the schema"
	}
	return path, reason
}

func find(s *jsonschema.Schema, v any, path string) (string, string) {
	if alternatives := slices.DeleteFunc(slices.Clone(s.AnyOf), onlyNull); len(alternatives) == 1 && v != nil {
		return find(alternatives[0], v, path)
	}
	if want := types(s); len(want) > 0 && !slices.ContainsFunc(want, func(t string) bool { return is(v, t) }) {
		return path, "is " + article(typeName(v)) + " where " + article(strings.Join(want, " or ")) + " is due"
	}
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(e any) bool { return jsonschema.Equal(e, v) }) {
		return path, "is none of the allowed values: " + listed(s.Enum)
	}
	if s.Const != nil && !jsonschema.Equal(*s.Const, v) {
		return path, "is not the only allowed value: " + listed([]any{*s.Const})
	}
	switch v := v.(type) {
	case map[string]any:
		return findIn(s, v, path)
	case []any:
		if n := len(v); s.MinItems != nil && n < *s.MinItems || s.MaxItems != nil && n > *s.MaxItems {
			return path, fmt.Sprintf("has %d items where %s are due", n, counted(s.MinItems, s.MaxItems, "items"))
		}
		if s.Items != nil {
			for i, item := range v {
				if p, r := find(s.Items, item, path+"["+strconv.Itoa(i)+"]"); r != "" {
					return p, r
				}
			}
		}
	case string:
		if n := utf8.RuneCountInString(v); s.MinLength != nil && n < *s.MinLength || s.MaxLength != nil && n > *s.MaxLength {
			return path, fmt.Sprintf("has %d characters where %s are due", n, counted(s.MinLength, s.MaxLength, "characters"))
		}
	case float64:
		switch {
		case s.Minimum != nil && v < *s.Minimum:
			return path, "is less than " + number(*s.Minimum)
		case s.Maximum != nil && v > *s.Maximum:
			return path, "is more than " + number(*s.Maximum)
		}
	}
	return "", ""
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
func findIn(s *jsonschema.Schema, v map[string]any, path string) (string, string) {
	inner := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return inner(name), "is missing"
		}
	}
	for _, name := range ordered(s) {
		if value, ok := v[name]; ok {
			if p, r := find(s.Properties[name], value, inner(name)); r != "" {
				return p, r
			}
		}
	}
	if s.AdditionalProperties == nil {
		return "", ""
	}
	for name, value := range v {
		if s.Properties[name] != nil {
			continue
		}
		if isNothing(s.AdditionalProperties) {
			return path, "has a property that the schema does not know"
		}
		if p, r := find(s.AdditionalProperties, value, inner("*")); r != "" { // the name is the model's
			return p, r
		}
	}
	return "", ""
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
	case float64:
		if v == math.Trunc(v) {
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
