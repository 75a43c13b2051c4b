package buoytyped

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// This file makes a schema fit for OpenAI's strict mode, and with it for the
// narrower subsets of others: Azure refuses lengths, patterns, formats and bounds,
// Anthropic's models behind a gateway refuse "minimum" with a 400. What they
// refuse goes into the description, and the answer is checked here all the same.

// tightened returns the schema to send and whether it can be strict.
func tightened(s *jsonschema.Schema) (sent *jsonschema.Schema, strict bool) {
	t := tightener{strict: true}
	sent = s.CloneSchemas()
	t.schema(sent)
	return sent, t.strict
}

type tightener struct{ strict bool }

func (t *tightener) schema(s *jsonschema.Schema) {
	if unrestricted(s) && s.Description == "" {
		s.Description = "any JSON value" // some servers refuse the schema true, which {} is written as
	}
	if unrestricted(s) || beyondStrict(s) {
		t.strict = false
	}
	if s.Type == "" && s.Types == nil && (s.Enum != nil || s.Const != nil) {
		values := s.Enum
		if s.Const != nil {
			values = []any{*s.Const}
		}
		if s.Type = typeOf(values); s.Type == "" { // strict mode wants one
			t.strict = false
		}
	}
	if s.Type == "object" || slices.Contains(s.Types, "object") {
		t.object(s)
	}
	if s.Items != nil {
		t.schema(s.Items)
	} else if s.Type == "array" {
		t.strict = false
	}
	for _, alternative := range s.AnyOf {
		t.schema(alternative)
	}
	for _, def := range s.Defs {
		t.schema(def)
	}
	for _, def := range s.Definitions {
		t.schema(def)
	}
	describe(s)
}

// typeOf is the type that all values of an enumeration have, or "".
func typeOf(values []any) (t string) {
	for _, v := range values {
		kind := ""
		switch reflect.ValueOf(v).Kind() {
		case reflect.String:
			kind = "string"
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			kind = "integer"
		case reflect.Float32, reflect.Float64:
			kind = "number"
		}
		if kind == "" || t != "" && t != kind {
			return ""
		}
		t = kind
	}
	return t
}

// object requires all properties and forbids others. Those that were optional
// admit null already.
func (t *tightener) object(s *jsonschema.Schema) {
	if s.AdditionalProperties == nil && s.Properties != nil {
		s.AdditionalProperties = nothing()
	}
	if s.Properties == nil && isNothing(s.AdditionalProperties) {
		s.Properties = map[string]*jsonschema.Schema{} // strict mode wants the keyword
	}
	if !isNothing(s.AdditionalProperties) {
		t.strict = false
	}
	if s.AdditionalProperties != nil && !isNothing(s.AdditionalProperties) {
		t.schema(s.AdditionalProperties)
	}
	for _, p := range s.Properties {
		t.schema(p)
	}
	if len(s.Properties) > 0 {
		s.Required = ordered(s)
	}
}

// ordered is the properties in the order in which they are to be generated.
func ordered(s *jsonschema.Schema) []string {
	var names, rest []string
	for _, name := range s.PropertyOrder {
		if s.Properties[name] != nil {
			names = append(names, name)
		}
	}
	for name := range s.Properties {
		if !slices.Contains(names, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(names, rest...)
}

// beyondStrict reports keywords that strict mode has no words for. They are left
// as they are.
func beyondStrict(s *jsonschema.Schema) bool {
	return s.OneOf != nil || s.AllOf != nil || s.Not != nil || s.If != nil || s.DynamicRef != "" ||
		s.PrefixItems != nil || s.ItemsArray != nil || s.AdditionalItems != nil || s.Contains != nil || s.UnevaluatedItems != nil ||
		s.PatternProperties != nil || s.PropertyNames != nil || s.UnevaluatedProperties != nil ||
		s.MinProperties != nil || s.MaxProperties != nil ||
		s.DependentRequired != nil || s.DependentSchemas != nil || s.DependencySchemas != nil || s.DependencyStrings != nil ||
		len(s.Extra) > 0
}

// describe moves bounds into the description.
func describe(s *jsonschema.Schema) {
	var words []string
	say := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }

	low, high := worthSaying(s.Minimum), worthSaying(s.Maximum)
	switch {
	case low != "" && high != "":
		say("%s to %s", low, high)
	case low != "":
		say("at least %s", low)
	case high != "":
		say("at most %s", high)
	}
	if bound := worthSaying(s.ExclusiveMinimum); bound != "" {
		say("more than %s", bound)
	}
	if bound := worthSaying(s.ExclusiveMaximum); bound != "" {
		say("less than %s", bound)
	}
	if s.MultipleOf != nil {
		say("a multiple of %s", number(*s.MultipleOf))
	}
	if c := counted(s.MinItems, s.MaxItems, "items"); c != "" {
		say("%s", c)
	}
	if s.UniqueItems {
		say("no item twice")
	}
	if c := counted(s.MinLength, s.MaxLength, "characters"); c != "" {
		say("%s", c)
	}
	if s.Pattern != "" {
		say("matches the regular expression %s", s.Pattern)
	}
	if s.Format != "" {
		say("format %s", s.Format)
	}
	if s.ContentEncoding != "" {
		say("encoded in %s", s.ContentEncoding)
	}
	s.Minimum, s.Maximum, s.ExclusiveMinimum, s.ExclusiveMaximum, s.MultipleOf = nil, nil, nil, nil, nil
	s.MinItems, s.MaxItems, s.UniqueItems = nil, nil, false
	s.MinLength, s.MaxLength, s.Pattern, s.Format = nil, nil, "", ""
	s.ContentEncoding, s.ContentMediaType, s.ContentSchema = "", "", nil
	s.Default, s.Examples, s.ReadOnly, s.WriteOnly, s.Deprecated = nil, nil, false, false, false

	text := strings.Join(words, ", ")
	switch {
	case text == "":
	case s.Description == "":
		s.Description = text
	default:
		s.Description += " (" + text + ")"
	}
}

// worthSaying is a bound in words; "" for none, and for those of 32-bit types,
// which no model comes near.
func worthSaying(bound *float64) string {
	if bound == nil || math.Abs(*bound) >= math.MaxInt32 {
		return ""
	}
	return number(*bound)
}

func counted(low, high *int, what string) string {
	switch {
	case low != nil && high != nil && *low == *high:
		return fmt.Sprintf("exactly %d %s", *low, what)
	case low != nil && high != nil:
		return fmt.Sprintf("%d to %d %s", *low, *high, what)
	case low != nil:
		return fmt.Sprintf("at least %d %s", *low, what)
	case high != nil:
		return fmt.Sprintf("at most %d %s", *high, what)
	}
	return ""
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
