package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// This file reads the configuration. A mistake of its form is told with the line and the
// name, in the words of JSON and not of Go.

// maxFile bounds what is read: nobody writes so much.
const maxFile = 16 << 20

// readConfig reads gateway.json. What is odd is refused: a typo or a nonsense
// would be a default in silence.
func readConfig(r io.Reader) (*config, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors write it
	switch {
	case len(text) > maxFile:
		return nil, fmt.Errorf("config: the file is longer than %d MiB: is it the right one?", maxFile>>20)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, errors.New("config: the file is empty: README.md has a sample")
	}
	c := &config{}
	if err := strict(bytes.NewReader(text), c); err != nil {
		return nil, fmt.Errorf("config: %w", inWords(text, err))
	}
	if err := noneTwice(text); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return c, c.check()
}

func strict(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is something after the end of the JSON object")
	}
	return nil
}

// inWords says of an error of encoding/json where it is, and what should stand there.
func inWords(text []byte, err error) error {
	line := func(offset int64) int {
		return 1 + bytes.Count(text[:min(max(offset-1, 0), int64(len(text)))], []byte("\n"))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends in the middle: is a } or ] missing?")
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("line %d: %w (JSON has no comments, and no comma after the last entry)", line(syntax.Offset), err)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		what, _, _ := strings.Cut(wrong.Value, " ") // the rest is the number itself
		name := wrong.Field
		if name == "" {
			name = "the file"
		}
		found, want := kinds[what], wanted(wrong.Type)
		if found == want {
			found = "out of range"
		}
		return fmt.Errorf("%s is %s: it must be %s", name, found, want)
	}
	return err
}

// kinds are the words of encoding/json for what it found.
var kinds = map[string]string{"string": "a string", "number": "a number", "bool": "true or false", "array": "a list", "object": "an object"}

// wanted is what a field takes.
func wanted(t reflect.Type) string {
	if t == reflect.TypeFor[fallback]() || t == reflect.TypeFor[plainFallback]() {
		return `a model's name, or an object such as {"model": "large"}`
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Float64, reflect.Pointer:
		return "a number"
	}
	return "a string"
}

// freeNames are the objects whose names are the user's own: there "A" and "a" are two.
var freeNames = []string{"models", "header", "query", "fallbacks"}

// noneTwice refuses a name that stands twice in one object: encoding/json would
// take the last in silence. It does not care for the case of a setting's name, as
// encoding/json does not.
func noneTwice(text []byte) error {
	type object struct {
		names map[string]bool // nil for an array
		free  bool
	}
	d := json.NewDecoder(bytes.NewReader(text))
	var in []object // those we are in
	var last string // the latest name
	for name := false; ; {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch v := token.(type) {
		case json.Delim:
			switch v {
			case '{':
				in = append(in, object{map[string]bool{}, slices.Contains(freeNames, strings.ToLower(last))})
			case '[':
				in = append(in, object{})
			default:
				in = in[:len(in)-1]
			}
			last = ""
		case string:
			if name {
				o, key := in[len(in)-1], v
				if !o.free {
					key = strings.ToLower(v)
				}
				if o.names[key] {
					return fmt.Errorf("%q stands twice in one object: keep one of them", v)
				}
				o.names[key], last, name = true, v, false
				continue
			}
		}
		name = len(in) > 0 && in[len(in)-1].names != nil
	}
}
