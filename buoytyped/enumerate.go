package buoytyped

import (
	"fmt"
	"iter"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// The struct tag enum lists the values of a field: `enum:"low,normal,high"`. The tag
// jsonschema of jsonschema-go v0.4.3 has room for a description only.
const enumTag = "enum"

// enumValues are the values of a field's tag, as its schema has them. They are those of
// its elements where it is a list.
func enumValues(f reflect.StructField) ([]any, error) {
	tag, ok := f.Tag.Lookup(enumTag)
	if !ok {
		return nil, nil
	}
	t := f.Type
	for {
		if ownSchema(t) != nil {
			return nil, fmt.Errorf("the tag enum is for strings and numbers, and %v has a form of its own: give it a JSONSchema method that lists the values", t)
		}
		if t.Kind() != reflect.Pointer && t.Kind() != reflect.Slice && t.Kind() != reflect.Array {
			break
		}
		t = t.Elem()
	}
	var values []any
	for text := range strings.SplitSeq(tag, ",") {
		v, err := enumValue(t, strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		if slices.Contains(values, v) {
			return nil, fmt.Errorf("the tag enum has %v twice: leave one out", v)
		}
		values = append(values, v)
	}
	return values, nil
}

func enumValue(t reflect.Type, text string) (v any, err error) {
	if text == "" {
		return nil, fmt.Errorf(`the tag enum has an empty value: write enum:"a,b"`)
	}
	switch k := t.Kind(); {
	case k == reflect.String:
		return text, nil
	case reflect.Int <= k && k <= reflect.Int64:
		v, err = strconv.ParseInt(text, 10, t.Bits())
	case reflect.Uint <= k && k <= reflect.Uint64:
		v, err = strconv.ParseUint(text, 10, t.Bits())
	case k == reflect.Float32 || k == reflect.Float64:
		v, err = strconv.ParseFloat(text, 64)
	default:
		return nil, fmt.Errorf("the tag enum is for strings and numbers, not for %v: leave it out", t)
	}
	if err != nil {
		return nil, fmt.Errorf("the tag enum has %q, which is no %v", text, t)
	}
	return v, nil
}

// foreign is how tags of other libraries begin, such as invopop's "enum=a,enum=b".
var foreign = regexp.MustCompile(`^[^ \t\n]*=`)

// describes refuses a tag jsonschema that jsonschema-go would refuse, and names the fix.
func describes(f reflect.StructField) error {
	tag, ok := f.Tag.Lookup("jsonschema")
	switch {
	case !ok:
		return nil
	case tag == "":
		return fmt.Errorf("its tag jsonschema is empty: write a description, or leave the tag out")
	case !foreign.MatchString(tag):
		return nil
	}
	var values []string
	for part := range strings.SplitSeq(tag, ",") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(part), "enum="); ok {
			values = append(values, v)
		}
	}
	if len(values) > 0 {
		return fmt.Errorf("its tag jsonschema is taken for a description: write enum:%q instead", strings.Join(values, ","))
	}
	return fmt.Errorf(`its tag jsonschema is the description and nothing else: write jsonschema:"..." without %q, and values as enum:"a,b"`, strings.SplitAfter(tag, "=")[0])
}

// enumerate gives an inferred schema the values of the tags. The tags are good: census
// has seen them.
func enumerate(t reflect.Type, s *jsonschema.Schema, known map[reflect.Type]*jsonschema.Schema) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if known[t] != nil {
		return
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		enumerate(t.Elem(), s.Items, known)
	case reflect.Map:
		enumerate(t.Elem(), s.AdditionalProperties, known)
	case reflect.Struct:
		for f, p := range properties(t, s) {
			enumerate(f.Type, p, known)
			if values, err := enumValues(f); err == nil && values != nil {
				for p.Items != nil {
					p = p.Items
				}
				p.Enum = values
			}
		}
	}
}

// properties are the fields of a struct beside the schemas that were inferred of them.
func properties(t reflect.Type, s *jsonschema.Schema) iter.Seq2[reflect.StructField, *jsonschema.Schema] {
	return func(yield func(reflect.StructField, *jsonschema.Schema) bool) {
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = f.Name
			}
			p := s.Properties[name]
			if f.Anonymous || !f.IsExported() || f.Tag.Get("json") == "-" || p == nil {
				continue
			}
			if !yield(f, p) {
				return
			}
		}
	}
}
