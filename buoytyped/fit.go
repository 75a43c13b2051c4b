package buoytyped

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// fit brings a value into the form that its schema wants, where only one can be meant,
// and leaves everything else as it is: whoever calls it holds the outcome against the
// schema. Numbers are json.Numbers, so that no digit is lost.
//
// What it takes, each seen from a model: a number, a boolean, a list or an object in
// quotes, a number where a text is due, 5.0 where 5 is, one thing where a list of such
// things is due, an enumeration's value or a property's name in another case, and an
// empty text where null is allowed.
func fit(s *jsonschema.Schema, v any) any {
	if rest := slices.DeleteFunc(slices.Clone(s.AnyOf), onlyNull); len(rest) == 1 {
		nullable := len(rest) < len(s.AnyOf)
		if text, ok := v.(string); ok && nullable && blank(text) && !slices.Contains(types(rest[0]), "string") {
			return nil
		}
		return fit(rest[0], v)
	}
	want := types(s)
	if len(want) == 0 {
		return v
	}
	wants := func(t string) bool { return slices.Contains(want, t) }
	switch v := v.(type) {
	case string:
		return fitText(s, v, wants)
	case json.Number:
		return fitNumber(s, v, wants)
	case map[string]any:
		switch {
		case wants("object"):
			return fitObject(s, v)
		case wants("array") && s.Items != nil && slices.Contains(types(s.Items), "object"):
			return []any{fit(s.Items, v)}
		}
	case []any:
		switch {
		case wants("array") && s.Items != nil:
			out := make([]any, len(v))
			for i := range v {
				out[i] = fit(s.Items, v[i])
			}
			return out
		case wants("object") && len(v) == 1:
			if only, ok := v[0].(map[string]any); ok {
				return fitObject(s, only)
			}
		}
	}
	return v
}

func blank(text string) bool { return text == "" || text == "null" }

func fitText(s *jsonschema.Schema, text string, wants func(string) bool) any {
	if wants("string") {
		return valueLike(s.Enum, text)
	}
	if wants("null") && blank(text) {
		return nil
	}
	if inner, ok := parse(text); ok {
		switch inner := inner.(type) {
		case json.Number:
			if wants("number") || wants("integer") {
				return fitNumber(s, inner, wants)
			}
		case bool:
			if wants("boolean") {
				return inner
			}
		case []any:
			if wants("array") {
				return fit(s, inner)
			}
		case map[string]any:
			if wants("object") || wants("array") {
				return fit(s, inner)
			}
		}
	}
	switch {
	case wants("boolean") && text == "True":
		return true
	case wants("boolean") && text == "False":
		return false
	case wants("array") && s.Items != nil && slices.Contains(types(s.Items), "string") && !strings.ContainsAny(text, ",;|\n[{"):
		return []any{valueLike(s.Items.Enum, text)} // not a list in a form of its own
	}
	return text
}

// valueLike is the only value of an enumeration that differs from the text in case alone.
func valueLike(enum []any, text string) string {
	found := text
	for _, e := range enum {
		switch value, ok := e.(string); {
		case !ok:
		case value == text:
			return text
		case strings.EqualFold(value, strings.TrimSpace(text)):
			if found != text {
				return text
			}
			found = value
		}
	}
	return found
}

func fitNumber(s *jsonschema.Schema, n json.Number, wants func(string) bool) any {
	switch {
	case wants("integer") && !wants("number"):
		return whole(n)
	case wants("number"), wants("integer"):
		return n
	case wants("string"):
		return string(n)
	case wants("array") && s.Items != nil && (slices.Contains(types(s.Items), "integer") || slices.Contains(types(s.Items), "number")):
		return []any{fit(s.Items, n)}
	}
	return n
}

func fitObject(s *jsonschema.Schema, v map[string]any) any {
	out := make(map[string]any, len(v))
	for name, value := range v {
		if s.Properties[name] == nil {
			if known := propertyLike(s, name, v); known != "" {
				name = known
			}
		}
		switch p := s.Properties[name]; {
		case p != nil:
			value = fit(p, value)
		case s.AdditionalProperties != nil && !isNothing(s.AdditionalProperties):
			value = fit(s.AdditionalProperties, value)
		}
		out[name] = value
	}
	return out
}

// propertyLike is the only property that differs from a name in case, "_" and "-" alone,
// if the object has no other name for it.
func propertyLike(s *jsonschema.Schema, name string, v map[string]any) (found string) {
	if s.AdditionalProperties != nil && !isNothing(s.AdditionalProperties) {
		return "" // the name may be meant as it is
	}
	for known := range s.Properties {
		if strings.EqualFold(plain(known), plain(name)) {
			if found != "" {
				return ""
			}
			found = known
		}
	}
	for other := range v {
		if other != name && found != "" && strings.EqualFold(plain(other), plain(name)) {
			return ""
		}
	}
	return found
}

var plain = strings.NewReplacer("_", "", "-", "").Replace

// parse reads a text that is one JSON value.
func parse(text string) (v any, ok bool) {
	if !json.Valid([]byte(text)) {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}
