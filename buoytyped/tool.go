package buoytyped

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"runtime/debug"

	"github.com/buoy-go/buoy"
)

// Function is a function of yours that a model may call. Make it with [Tool] and give it
// to [RunTools]. It never changes, and may be used by several goroutines at once.
type Function struct {
	name, description string
	shape             *shape // of the arguments
	err               error  // why it cannot be a tool
	// bind decodes the arguments, and returns the call with them, and how they were read.
	bind func(raw []byte) (call func(context.Context) (string, error), used []byte, bad *MismatchError)
}

// legalName is what OpenAI demands of a function's name.
var legalName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// Tool makes a tool of a function. The schema of its arguments is made from A, in the
// same way as [ChatAs] makes that of an answer: a struct gives each argument a name, and
// tags describe it to the model (`jsonschema:"..."`) or list its values
// (`enum:"celsius,fahrenheit"`). Use struct{} for no arguments. The name has up to 64
// letters, digits, "_" and "-".
//
// The result goes to the model as JSON, and as it is if R is string, []byte or
// json.RawMessage. An error goes to the model, too, which can then try something else:
// its text should say what to do, and no secrets. The model sees at most 1000 bytes of
// it.
//
// f may be called by several goroutines at once. Its context ends with that of RunTools;
// f should return then. A name or an A that no tool can have is an error of RunTools and
// of [Function.Definition].
func Tool[A, R any](name, description string, f func(ctx context.Context, arguments A) (R, error)) Function {
	t := reflect.TypeFor[A]()
	sh, err := shapeOf(t)
	switch {
	case !legalName.MatchString(name):
		err = fmt.Errorf("the name %.80q is not one that models can call: use up to 64 letters, digits, _ and -", name)
	case f == nil:
		err = fmt.Errorf("%s has no function: it is nil", name)
	case err != nil:
		err = fmt.Errorf("%v cannot be the arguments of %s: %w", t, name, err)
	}
	return Function{name: name, description: description, shape: sh, err: err,
		bind: func(raw []byte) (func(context.Context) (string, error), []byte, *MismatchError) {
			var arguments A
			used, bad := sh.decode(raw, &arguments)
			if bad != nil {
				return nil, nil, bad
			}
			return func(ctx context.Context) (string, error) {
				result, err := f(ctx, arguments)
				if err != nil {
					return "", err
				}
				return encode(result)
			}, used, nil
		}}
}

// Name returns the name that the model calls.
func (f Function) Name() string { return f.name }

// Definition returns the tool for a request of your own. The error is a
// [buoy.RequestError].
func (f Function) Definition() (buoy.Tool, error) {
	if f.bind == nil {
		return buoy.Tool{}, &buoy.RequestError{Field: "tools", Reason: "has a Function that is empty: make it with buoytyped.Tool"}
	}
	if f.err != nil {
		return buoy.Tool{}, &buoy.RequestError{Field: "tools", Reason: f.err.Error()}
	}
	tool := buoy.FunctionTool(f.name, f.description, f.shape.sent)
	if f.shape.strict {
		tool.Function.Strict = new(true)
	}
	return tool, nil
}

// Call calls the function as [RunTools] does: with arguments as a model writes them, which
// are repaired where only one thing can be meant. Use it in tests and in loops of your own.
// The error is an [ArgumentsError], a [PanicError], or the function's own.
func (f Function) Call(ctx context.Context, arguments string) (result string, err error) {
	if _, err := f.Definition(); err != nil {
		return "", err
	}
	call, _, bad := f.prepare(arguments)
	if bad != nil {
		return "", bad
	}
	return guarded(func() (string, error) { return call(ctx) })
}

// prepare reads a model's arguments. used is what they are taken for.
func (f Function) prepare(arguments string) (call func(context.Context) (string, error), used string, bad error) {
	_, err := guarded(func() (string, error) { // an UnmarshalJSON may panic
		var mismatch *MismatchError
		var raw []byte
		if call, raw, mismatch = f.read(arguments); mismatch != nil {
			return "", &ArgumentsError{Tool: f.name, Path: mismatch.Path, Reason: mismatch.Reason, Mistakes: mismatch.Mistakes, Arguments: arguments, Cause: mismatch.Cause}
		}
		used = string(raw)
		return "", nil
	})
	return call, used, err
}

// read finds the arguments that are meant, and binds them.
func (f Function) read(text string) (call func(context.Context) (string, error), raw []byte, bad *MismatchError) {
	raw, ok := mend(text)
	if !ok {
		return nil, nil, &MismatchError{Reason: "they are not valid JSON"}
	}
	if string(raw) == "null" {
		raw = []byte("{}")
	}
	var used []byte
	if call, used, bad = f.bind(raw); bad == nil {
		return call, used, nil
	}
	v, _ := parse(string(raw))
	forms, meant := f.shape.forms(v, f.name)
	for i, form := range forms {
		fitted, err := inJSON(fit(f.shape.held, form))
		if err != nil {
			continue
		}
		call, used, still := f.bind([]byte(fitted))
		if still == nil {
			return call, used, nil
		}
		if i == meant {
			bad = still // what could be repaired is no mistake
		}
	}
	return nil, nil, bad
}

// envelopes are the properties in which models put the arguments of a call once more.
var envelopes = []string{"arguments", "args", "parameters", "params", "input"}

// forms are the values that may be meant by one that does not follow the schema, and
// which of them it is whose mistakes are told.
func (sh *shape) forms(v any, tool string) (all []any, meant int) {
	all = []any{v}
	object, isObject := v.(map[string]any)
	if sh.wrapped && (!isObject || object[wrapper] == nil) {
		all = append(all, map[string]any{wrapper: v})
		if !isObject {
			meant = 1
		}
	}
	named := object["name"] == tool && sh.held.Properties["name"] == nil
	if len(object) == 1 || len(object) == 2 && named {
		for _, name := range envelopes {
			inner, ok := object[name]
			if !ok || sh.held.Properties[name] != nil {
				continue
			}
			all = append(all, inner)
			if _, arguments := fit(sh.held, inner).(map[string]any); arguments {
				meant = len(all) - 1
			}
		}
	}
	return all, meant
}

// encode writes a result for a model.
func encode(result any) (string, error) {
	switch r := result.(type) {
	case string:
		return r, nil
	case []byte:
		return string(r), nil
	case json.RawMessage:
		return string(r), nil
	}
	return inJSON(result)
}

// inJSON writes a value without the escapes that JSON needs in HTML only.
func inJSON(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("the result cannot be encoded as JSON: %w", err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte{'\n'})), nil
}

// guarded turns a panic into an error, so that a tool that fails does not take the program
// with it.
func guarded(f func() (string, error)) (result string, err error) {
	defer func() {
		if v := recover(); v != nil {
			result, err = "", &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}
