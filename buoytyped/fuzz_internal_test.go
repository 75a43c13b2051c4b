package buoytyped

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

var answers = []string{
	`{"name":"a","steps":[{"text":"b","minutes":1.5}],"note":null}`,
	`{"name":"a","steps":[],"note":"c"}`,
	`{"name":"a","steps":[{"text":3}]}`,
	`{"name":"a","steps":null}`,
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
var discreetText = regexp.MustCompile(`^the answer is no dish: ((name|note|steps)(\[\d+\])?(\.(text|minutes))?: )?` +
	`(it has no text|it is not JSON|it has JSON outside of its fence|there is no JSON in its fence|` +
	`there is more than one JSON value in its fence|it has more than one fence|it has a number that is out of range|` +
	`has a property that the schema does not know|is missing|` +
	`is (null|an? (boolean|string|array|object|integer|number)) where an? (string|string or null|array|object|number or null) is due)$`)

func FuzzDecode(f *testing.F) {
	for _, a := range answers {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Decode[dish](answering(text))
		if err != nil {
			if bad, ok := errors.AsType[*MismatchError](err); !ok || bad.Text != text {
				t.Fatalf("%q: %v is no mismatch of it", text, err)
			}
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
		if _, reason := find(sh.held, v, ""); refused != (reason != "") {
			t.Fatalf("%s: refused %v, located %q", text, refused, reason)
		}
	})
}
