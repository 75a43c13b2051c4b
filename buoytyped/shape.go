package buoytyped

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/buoy-go/buoy"
)

// shape is what is known of a type. It never changes.
type shape struct {
	name    string
	sent    json.RawMessage // the schema as the provider gets it
	strict  bool            // the provider may be held to it
	wrapped bool            // T is no object: the answer is one with T in it
	held    *jsonschema.Schema
	check   *jsonschema.Resolved // of held, what the answer is held against
	kinds   kinds                // of held
}

// wrapper is the property that holds a T which is no object.
const wrapper = "value"

// shapes keeps a *worked for each reflect.Type. A program has few types.
var shapes sync.Map

type worked struct {
	once  sync.Once
	shape *shape
	err   error
}

// shapeOf works out a type, once.
func shapeOf(t reflect.Type) (*shape, error) {
	entry, ok := shapes.Load(t)
	if !ok {
		entry, _ = shapes.LoadOrStore(t, new(worked))
	}
	w := entry.(*worked)
	w.once.Do(func() { w.shape, w.err = newShape(t) })
	return w.shape, w.err
}

// answerShape works out the type of an answer.
func answerShape[T any]() (*shape, error) {
	t := reflect.TypeFor[T]()
	sh, err := shapeOf(t)
	if err != nil {
		return nil, &buoy.RequestError{Field: "response_format", Reason: fmt.Sprintf("%v cannot be an answer: %v", t, err)}
	}
	return sh, nil
}

func newShape(t reflect.Type) (*shape, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	known, err := census(t)
	if err != nil {
		return nil, err
	}
	held, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		return nil, err
	}
	enumerate(t, held, known)
	sh := &shape{name: nameOf(t), held: held, kinds: kinds{}}
	sh.kinds.note(t, held, known)
	normalise(held)
	if held.Type != "object" {
		sh.wrapped = true
		sh.held = &jsonschema.Schema{
			Type:                 "object",
			Properties:           map[string]*jsonschema.Schema{wrapper: held},
			Required:             []string{wrapper},
			AdditionalProperties: nothing(),
		}
	}
	if sh.check, err = sh.held.Resolve(nil); err != nil {
		return nil, err
	}
	sent, strict := tightened(sh.held)
	sh.strict = strict
	sh.sent, err = json.Marshal(sent)
	return sh, err
}

// format makes a response format of the shape.
func (sh *shape) format() *buoy.ResponseFormat {
	return buoy.JSONSchema(sh.name, sh.sent, sh.strict)
}

// nameOf derives a schema's name from a type: letters, digits, "_" and "-", at
// most 64.
func nameOf(t reflect.Type) string {
	name := t.Name()
	switch {
	case name != "":
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		if elem := nameOf(t.Elem()); elem != "answer" {
			name = elem + "_list"
		}
	case t.Kind() == reflect.Pointer:
		return nameOf(t.Elem())
	}
	// A generic type's name has its arguments with their import paths.
	if base, args, generic := strings.Cut(name, "["); generic {
		name = base
		for arg := range strings.SplitSeq(strings.TrimSuffix(args, "]"), ",") {
			name += "_" + arg[strings.LastIndexAny(arg, "/.")+1:]
		}
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, name), "_")
	if name == "" {
		return "answer"
	}
	return name[:min(len(name), 64)]
}
