package buoytyped

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

var answers = []string{
	`{"name":"a","steps":[{"text":"b","minutes":1.5}],"note":null}`,
	`{"name":"a","steps":[],"note":"c"}`,
	`{"name":"a","steps":[{"text":3}]}`,
	`{"name":"a","steps":null}`, `{"name":1,"steps":[{"text":2,"minutes":1e999},{"text":3},{"text":4},{"text":5},{"text":6},{"text":7},{"text":8},{"text":9}]}`,
	`{"steps":[{"minutes":2.0e0,"a\nb":1,"":2}],"name":null}`,
	`{"name":"a","steps":[],"steps":[{}]}`,
	"```json\n{\"name\":\"a\",\"steps\":[]}\n```",
	"Sure:\n```\n{\"name\":\"a ``` b\",\"steps\":[]}\n```\nbye",
	"```json\n{\"name\":\"a\"",
	"{\"name\": \"```json {} ```",
	"``````", "```", "```{}``` ```", "\ufeff{}", "[]", "", "nul", "1e999", `"\ud800"`, strings.Repeat("[", 20000),
}

func FuzzExtract(f *testing.F) {
	for _, a := range answers {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, reason := extract(text)
		if (reason == "") != (value != nil) {
			t.Fatalf("%q: value %q and reason %q", text, value, reason)
		}
		if reason != "" {
			return
		}
		if !json.Valid(value) || !strings.Contains(text, string(value)) {
			t.Fatalf("%q: %q is no JSON of it", text, value)
		}
		if again, _ := extract(string(value)); string(again) != string(value) {
			t.Fatalf("%q: the second time %q became %q", text, value, again)
		}
		if json.Valid([]byte(text)) && string(value) != strings.TrimSpace(text) {
			t.Fatalf("%q is JSON, but %q was taken", text, value)
		}
	})
}

type dish struct {
	Name  string  `json:"name"`
	Steps []step  `json:"steps"`
	Note  *string `json:"note"`
}

type step struct {
	Text    string  `json:"text"`
	Minutes float64 `json:"minutes,omitempty"`
}

// discreetText is what an error may say: names from the schema and our own words.
var discreetText = regexp.MustCompile(`^the answer is no dish: (it has no text|it is not JSON|it has JSON outside of its fence|there is no JSON in its fence|` +
	`there is more than one JSON value in its fence|it has more than one fence|it has a number that is out of range|` + mistakesOf(`((name|note|steps)(\[\d+\])?(\.(text|minutes))?: )?`+
	`(has (a property|\d+ properties) that the schema does not know|is missing|is outside of the range -1\.\d+e\+308 to 1\.\d+e\+308|`+
	`is (null|an? (boolean|string|array|object|integer|number)) where an? (string|string or null|array|object|number or null) is due)`) + `)$`)

// mistakesOf matches up to eight of one.
func mistakesOf(one string) string { return one + `(; ` + one + `){0,7}(; and more)?` }

// orderly checks that what a model is told is one short line.
func orderly(t *testing.T, told string) {
	if len(told) > maxMistakesText+64 || !utf8.ValidString(told) || strings.ContainsFunc(told, unicode.IsControl) {
		t.Fatalf("the model is told %q", told)
	}
}

func FuzzDecode(f *testing.F) {
	for _, a := range answers {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Decode[dish](answering(text))
		if err != nil {
			bad, ok := errors.AsType[*MismatchError](err)
			if !ok || bad.Text != text {
				t.Fatalf("%q: %v is no mismatch of it", text, err)
			}
			orderly(t, toldOf(bad.Mistakes, bad.Path, bad.Reason))
			if !discreetText.MatchString(err.Error()) {
				t.Fatalf("%q: the error says %q", text, err)
			}
			return
		}
		b, err := json.Marshal(v)
		require.NoError(t, err)
		again, err := Decode[dish](answering(string(b)))
		if err != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("%q: %s became %+v, %v", text, b, again, err)
		}
	})
}

func answering(text string) *buoy.Response {
	return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant(text)}}}
}

// FuzzLocate: for shapes that census makes, what the
// validator refuses can be located, and what it takes cannot.
func FuzzLocate(f *testing.F) {
	sh, err := shapeOf(reflect.TypeFor[dish]())
	require.NoError(f, err)
	for _, a := range answers {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		refused := sh.check.Validate(v) != nil
		exact, ok := parse(text)
		require.True(t, ok)
		finder := finder{kinds: sh.kinds}
		if finder.find(sh.held, exact, place{}); refused != (len(finder.found) > 0) {
			t.Fatalf("%s: refused %v, located %q", text, refused, finder.found)
		}
	})
}

// FuzzWholes: a whole number is written otherwise, and nothing else is.
func FuzzWholes(f *testing.F) {
	sh, err := shapeOf(reflect.TypeFor[errand]())
	require.NoError(f, err)
	for _, a := range append(written, answers...) {
		f.Add(a)
	}
	f.Add(`{"count": 2.0,"count":3e1 , "map":{"a":-0.0,"b":1e400000000,"":[4.0]},"rate":5.0,"steps":[{"minutes":6.0}],"other":7.0}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		out := sh.wholes([]byte(text))
		if out == nil {
			return
		}
		if again := sh.wholes(out); again != nil {
			t.Fatalf("%s became %s, and that %s", text, out, again)
		}
		was, is := json.NewDecoder(strings.NewReader(text)), json.NewDecoder(strings.NewReader(string(out)))
		was.UseNumber()
		is.UseNumber()
		for {
			a, err := was.Token()
			b, failed := is.Token()
			require.Equal(t, err, failed)
			if err != nil {
				return
			}
			n, number := a.(json.Number)
			if m, ok := b.(json.Number); a != b && (!number || !ok || decimalOf(n) != decimalOf(m)) {
				t.Fatalf("%s became %s: %v is %v", text, out, a, b)
			}
		}
	})
}
