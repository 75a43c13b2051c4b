package buoytyped

import (
	"maps"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// normalise makes what jsonschema-go inferred follow this package's rules: null
// only where a field is optional or a pointer, and such fields not required. It
// reports whether s admitted null for being a pointer.
func normalise(s *jsonschema.Schema) (pointer bool) {
	if own, ok := s.Extra[original].(*jsonschema.Schema); ok {
		pointer = slices.Contains(s.Types, "null") && !slices.Contains(own.Types, "null")
		description := s.Description // of the field, else the type's
		*s = *own.CloneSchemas()
		s.Description = description
		admitNull(s)
		return pointer
	}
	pointer = slices.Contains(s.Types, "null")
	slice := slices.Contains(s.Types, "array") // inferred as nullable always
	if rest := slices.DeleteFunc(slices.Clone(s.Types), isNull); len(rest) == 1 {
		s.Type, s.Types = rest[0], nil
	}
	if s.Items != nil {
		normalise(s.Items)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil {
		normalise(s.AdditionalProperties)
	}
	for name, p := range s.Properties {
		nullable := normalise(p)
		required := slices.Contains(s.Required, name)
		if required && !nullable {
			continue
		}
		s.Required = slices.DeleteFunc(s.Required, func(r string) bool { return r == name })
		s.Properties[name] = orNull(p)
	}
	return pointer && !slice
}

// admitNull does for a schema that came with a type what normalise does for an
// inferred one: strict mode will make the model give its optional properties, too.
func admitNull(s *jsonschema.Schema) {
	for name, p := range s.Properties {
		admitNull(p)
		if !slices.Contains(s.Required, name) {
			s.Properties[name] = orNull(p)
		}
	}
	for _, inner := range slices.Concat(s.AnyOf, slices.Collect(maps.Values(s.Defs)), slices.Collect(maps.Values(s.Definitions))) {
		admitNull(inner)
	}
	for _, inner := range []*jsonschema.Schema{s.Items, s.AdditionalProperties} {
		if inner != nil {
			admitNull(inner)
		}
	}
}

func isNull(t string) bool { return t == "null" }

func onlyNull(s *jsonschema.Schema) bool { return s.Type == "null" }

// orNull returns a schema that admits null as well. What is more than a plain
// type becomes an alternative: providers take a list of types for scalars only.
func orNull(s *jsonschema.Schema) *jsonschema.Schema {
	switch {
	case unrestricted(s), slices.Contains(s.Types, "null"), slices.ContainsFunc(s.AnyOf, onlyNull):
		return s
	case s.Type == "string", s.Type == "integer", s.Type == "number", s.Type == "boolean":
		if s.Enum == nil && s.Const == nil {
			s.Types, s.Type = []string{s.Type, "null"}, ""
			return s
		}
	}
	outer := &jsonschema.Schema{Description: s.Description, AnyOf: []*jsonschema.Schema{s, {Type: "null"}}}
	s.Description = ""
	return outer
}

// nothing is the schema false.
func nothing() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

// isNothing reports whether s is the schema false.
func isNothing(s *jsonschema.Schema) bool { return s != nil && s.Not != nil && unrestricted(s.Not) }

// unrestricted reports whether s says nothing of what it admits.
func unrestricted(s *jsonschema.Schema) bool {
	return s.Type == "" && s.Types == nil && s.Enum == nil && s.Const == nil && s.Ref == "" && s.DynamicRef == "" &&
		s.AnyOf == nil && s.AllOf == nil && s.OneOf == nil && s.Not == nil && s.If == nil && s.Properties == nil
}
