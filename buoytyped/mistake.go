package buoytyped

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Mistake is one place where an answer, or the arguments of a call, do not follow their
// schema. Every formatting verb shows the place and the reason, and nothing of the answer.
type Mistake struct {
	Path   string // place in the JSON, for example "steps[2].minutes"; "" means the whole
	Reason string // what is wrong there
	// Unknown has the properties that the schema does not know, as the model wrote them;
	// at most eight. It is nil for a mistake of another kind.
	Unknown []string `json:"-"`

	told string // the mistake in words for the model, which may quote it; "" for the same words
	more bool   // there are others, which are not named
}

// String returns the place and the reason.
func (m Mistake) String() string { return placed(m.Path, m.Reason) }

// Format writes the text of [Mistake.String] for every verb.
func (m Mistake) Format(s fmt.State, verb rune) { format(s, verb, m.String()) }

func placed(path, reason string) string {
	if path == "" {
		return reason
	}
	return path + ": " + reason
}

// maxMistakes is how many mistakes are named, and how many unknown properties of one
// object. A model that makes more makes the same one again and again.
const maxMistakes = 8

// maxMistakesText bounds in bytes what is said of all mistakes together.
const maxMistakesText = 800

// maxWritten bounds in bytes a name that the model wrote and is told.
const maxWritten = 64

// saidOf is what a developer reads. It has nothing of the model's.
func saidOf(mistakes []Mistake, path, reason string) string {
	texts := make([]string, len(mistakes))
	for i, m := range mistakes {
		texts[i] = m.String()
	}
	return together(texts, placed(path, reason)) + andMore(mistakes)
}

func andMore(mistakes []Mistake) string {
	if n := len(mistakes); n > 0 && mistakes[n-1].more {
		return "; and more"
	}
	return ""
}

// toldOf is what the model reads.
func toldOf(mistakes []Mistake, path, reason string) string {
	texts := make([]string, len(mistakes))
	for i, m := range mistakes {
		if texts[i] = m.told; m.told == "" {
			texts[i] = m.String()
		}
	}
	return together(texts, placed(path, reason)) + andMore(mistakes)
}

// together joins what is said of each mistake. Each keeps its place, however long the
// others are.
func together(texts []string, first string) string {
	if len(texts) == 0 {
		return first
	}
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	var b strings.Builder
	for i, text := range texts {
		if i > 0 && text == texts[i-1] {
			continue // two values of a map, whose names are the model's
		}
		if i > 0 {
			b.WriteString("; ")
		}
		if size > maxMistakesText {
			text = bounded(text, maxMistakesText/len(texts))
		}
		b.WriteString(text)
	}
	return b.String()
}

// cleaned is a name of the model's as it is told: without line breaks, and not long.
func cleaned(name string) string { return strconv.Quote(bounded(name, maxWritten)) }

// unknownNames are the properties that the model is told of.
func unknownNames(names []string, all int) string {
	var list []string
	for _, name := range names {
		list = append(list, cleaned(name))
	}
	text := strings.Join(list, ", ")
	if all > len(names) {
		text += fmt.Sprintf(" and %d more", all-len(names))
	}
	return text
}

// explained are a cause's words, if they are for a model: a type's own, and not those in
// which Go speaks of its types.
func explained(cause error) string {
	if cause == nil {
		return ""
	}
	text, err := guarded(func() (string, error) { return cause.Error(), nil })
	if err != nil { // somebody else's method, which panicked
		return ""
	}
	for _, words := range []string{" Go value of type ", " Go struct field ", "math/big: cannot unmarshal "} {
		if strings.Contains(text, words) {
			return ""
		}
	}
	return " (" + bounded(text, longestList) + ")"
}

// refusedBy is the reason of a value that follows the schema and still is none that its
// type takes, and where in the value that is.
func refusedBy(err error) (field, reason string) {
	reason = "follows the schema, but its type refuses it"
	e, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return "", reason
	}
	got, _, _ := strings.Cut(e.Value, " ") // "number 300"
	if got == "bool" {
		got = "boolean"
	}
	if due := due(e.Type); due != "" {
		reason = "is " + article(got) + " where " + due + " is due"
	}
	return e.Field, reason
}

// due is what JSON has for a type of Go.
func due(t reflect.Type) string {
	if l := limitsOf(t); l != nil {
		return l.String()
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Map, reflect.Struct:
		return "an object"
	}
	return ""
}
