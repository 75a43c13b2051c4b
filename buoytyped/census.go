package buoytyped

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schemer is a type that gives its own JSON Schema, for example an enumeration:
//
//	type Mood string
//
//	func (Mood) JSONSchema() *jsonschema.Schema {
//		return &jsonschema.Schema{Type: "string", Enum: []any{"good", "bad"}}
//	}
//
// JSONSchema is called once, on a zero value. Give it a value receiver; with a pointer
// receiver it is not called.
type Schemer interface {
	JSONSchema() *jsonschema.Schema
}

// standard are types of the standard library that do not look in JSON as their
// Go kind does, or whose schema jsonschema-go v0.4.3 gets wrong: it says
// that a big.Int is a string, which UnmarshalJSON refuses.
var standard = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[time.Time]():       {Type: "string", Description: "RFC 3339 date and time"},
	reflect.TypeFor[time.Duration]():   {Type: "integer", Description: "nanoseconds"},
	reflect.TypeFor[big.Int]():         {Type: "integer"},
	reflect.TypeFor[json.Number]():     {Type: "number"},
	reflect.TypeFor[json.RawMessage](): {},
}

var (
	schemerType         = reflect.TypeFor[Schemer]()
	textMarshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonUnmarshalerType = reflect.TypeFor[json.Unmarshaler]()
)

// census walks over a type. It returns the schemas of all types in it that do not
// look in JSON as their Go kind does, and refuses what would be a schema that
// encoding/json does not follow.
func census(t reflect.Type) (map[reflect.Type]*jsonschema.Schema, error) {
	w := walk{known: map[reflect.Type]*jsonschema.Schema{}, inside: map[reflect.Type]bool{}}
	err := w.visit(t)
	return w.known, err
}

type walk struct {
	known  map[reflect.Type]*jsonschema.Schema
	inside map[reflect.Type]bool // named types that the walk is in
}

func (w *walk) visit(t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if w.known[t] != nil {
		return nil
	}
	if s := ownSchema(t); s != nil {
		w.known[t] = marked(s)
		return nil
	}
	if t.Name() != "" {
		if w.inside[t] {
			return fmt.Errorf("%v contains itself: give it a JSONSchema method", t)
		}
		w.inside[t] = true
		defer delete(w.inside, t)
	}
	switch t.Kind() {
	case reflect.Struct:
		return w.fields(t)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("the keys of %v are no strings, as those of an object are: use map[string]%v", t, t.Elem())
		}
		return w.visit(t.Elem())
	case reflect.Slice, reflect.Array:
		return w.visit(t.Elem())
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return fmt.Errorf("nothing can be decoded into the interface %v", t)
		}
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("there is no JSON for %v", t)
	}
	return nil
}

func (w *walk) fields(t reflect.Type) error {
	used, hidden := 0, 0
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		name, rest, _ := strings.Cut(tag, ",")
		if tag == "-" {
			continue
		}
		if !f.IsExported() && !f.Anonymous {
			if f.Name != "_" {
				hidden++
			}
			continue
		}
		used++
		if err := w.field(f, name, rest); err != nil {
			return fmt.Errorf("%s.%s: %w", t, f.Name, err)
		}
	}
	if used == 0 && hidden > 0 {
		return fmt.Errorf("%v has no exported field, and encoding/json sets no other: begin their names with a capital letter, or leave it out", t)
	}
	return distinctNames(t)
}

// field refuses, beside what its type refuses, what jsonschema-go v0.4.3
// describes otherwise than encoding/json carries it out.
func (w *walk) field(f reflect.StructField, name, rest string) error {
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if f.Anonymous {
		switch {
		case name != "":
			return errors.New("an embedded field with a name in JSON is not supported: do not embed it")
		case !f.IsExported() && f.Type.Kind() == reflect.Pointer:
			return errors.New("encoding/json cannot set an embedded pointer to an unexported struct: embed the struct")
		case t.Kind() != reflect.Struct || ownSchema(t) != nil:
			return fmt.Errorf("embedding %v is not supported: make it a named field", t)
		}
	}
	if !validName(name) {
		return fmt.Errorf("encoding/json takes no such name as %q: use letters, digits, \"_\" and \"-\"", name)
	}
	if err := describes(f); err != nil {
		return err
	}
	if _, err := enumValues(f); err != nil {
		return err
	}
	for option := range strings.SplitSeq(rest, ",") {
		if option == "string" {
			return errors.New("the option \"string\" is not supported: leave it out")
		}
	}
	return w.visit(f.Type)
}

// ownSchema is the schema of a type that does not look in JSON as its Go kind
// does; nil for all others.
func ownSchema(t reflect.Type) *jsonschema.Schema {
	if t.Implements(schemerType) && t.Kind() != reflect.Interface {
		if s := reflect.Zero(t).Interface().(Schemer).JSONSchema(); s != nil {
			return s
		}
	}
	if s := standard[t]; s != nil {
		return s
	}
	p := reflect.PointerTo(t)
	switch {
	case p.Implements(textUnmarshalerType) && p.Implements(textMarshalerType):
		return &jsonschema.Schema{Type: "string"}
	case p.Implements(jsonUnmarshalerType):
		return &jsonschema.Schema{} // only its UnmarshalJSON knows
	case p.Implements(textUnmarshalerType):
		return &jsonschema.Schema{Type: "string"}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && ownSchema(t.Elem()) == nil:
		return &jsonschema.Schema{Type: "string", Description: "base64"}
	}
	return nil
}

// original is the key under which a schema of ours keeps what it was before
// jsonschema-go worked on it: for a pointer to a type without "type" it makes one
// that admits null and nothing else (v0.4.3).
const original = "buoytyped"

func marked(s *jsonschema.Schema) *jsonschema.Schema {
	own := *s
	own.Extra = map[string]any{original: s}
	return &own
}
