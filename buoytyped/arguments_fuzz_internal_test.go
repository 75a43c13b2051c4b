package buoytyped

import (
	"context"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type errand struct {
	City  string         `json:"city"`
	Count int            `json:"count,omitempty"`
	Rate  *float64       `json:"rate"`
	Sure  bool           `json:"sure,omitempty"`
	Unit  string         `json:"unit,omitempty" enum:"metric,imperial"`
	Tags  []string       `json:"tags,omitempty"`
	Steps []step         `json:"steps,omitempty"`
	Map   map[string]int `json:"map,omitempty"`
}

var written = []string{
	`{"city":"Oslo","count":"2.0","rate":"0.5","sure":"true","unit":"Metric","tags":"a","steps":{"text":"b"},"map":{"a":"1"}}`,
	`{"city":"Oslo"}{"city":"Oslo"}`, `{"city":"Oslo"}}`, `{"city":"Os`, `"{\"city\":\"Oslo\"}"`, "```json\n{\"city\":\"Oslo\"}\n```",
	`{"arguments":{"city":"Oslo"}}`, `{"name":"f","arguments":"{\"city\":\"Oslo\"}"}`, `[{"city":"Oslo"}]`, `{"CITY":"a","city":"b"}`,
	"{\"city\":\"a\nb\\'\",}", `{"city":"a","count":1e400000000}`, `{"city":"a","count":"9007199254740993"}`, `{"sure":True,"rate":None,"city":""}`,
	`{"city":"a","steps":"[{\"text\":\"x\",\"minutes\":\"\"}]"}`, ``, `null`, `7`, `"`, `{"`, `{"a":[,]}`, `[,]`, `{,}`, `{"city":"\u0000\ud800"}`, "{\"city\":\"\x80\"}",
}

// FuzzMend: what is mended is JSON, and stays as it is the second time; what was JSON is
// left alone; and nothing is made up: each letter and digit was there.
func FuzzMend(f *testing.F) {
	for _, w := range append(written, answers...) {
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value, ok := mend(text)
		if !ok {
			return
		}
		if !json.Valid(value) {
			t.Fatalf("%q: %q is no JSON", text, value)
		}
		trimmed := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "\ufeff"))
		if json.Valid([]byte(trimmed)) && string(value) != trimmed {
			t.Fatalf("%q is JSON, but it became %q", text, value)
		}
		if again, ok := mend(string(value)); !ok || string(again) != string(value) {
			t.Fatalf("%q: %q became %q", text, value, again)
		}
		if len(value) > 6*len(text)+2 {
			t.Fatalf("%d bytes became %d", len(text), len(value))
		}
	})
}

// saidOfArguments is what an error may say: names from the schema and words of this
// package's own.
var saidOfArguments = regexp.MustCompile(`^the model's arguments for f are wrong: (they are not valid JSON|it has a number that is out of range|` +
	mistakesOf(`((city|count|rate|sure|unit|tags|steps|map)(\[\d+\])?(\.(text|minutes|\*))?: )?`+
		`(is outside of the range [-+.e\d]+ to [+.e\d]+|has (a property|\d+ properties) that the schema does not know|is missing|is none of the allowed values: "metric", "imperial"|`+
		`is (null|an? (boolean|string|array|object|integer|number)) where an? (string|string or null|array|object|number or null|number|integer or null|integer|boolean|boolean or null) is due)`) + `)$`)

// FuzzArguments: whatever a model writes, it is taken for arguments that follow the
// schema, or the error says where it does not, in no words of the model's.
func FuzzArguments(f *testing.F) {
	for _, w := range append(written, answers...) {
		f.Add(w)
	}
	sh, err := shapeOf(reflect.TypeFor[errand]())
	require.NoError(f, err)
	var got errand
	tool := Tool("f", "", func(_ context.Context, in errand) (string, error) { got = in; return "", nil })
	f.Fuzz(func(t *testing.T, text string) {
		got = errand{}
		call, used, err := tool.prepare(text)
		if err != nil {
			if !saidOfArguments.MatchString(err.Error()) {
				t.Fatalf("%q: the error says %q", text, err)
			}
			bad := err.(*ArgumentsError)
			orderly(t, toldOf(bad.Mistakes, bad.Path, bad.Reason))
			return
		}
		_, err = call(t.Context())
		require.NoError(t, err)
		var v any
		require.NoError(t, json.Unmarshal([]byte(used), &v))
		require.NoError(t, sh.check.Validate(v))
		was := got
		call, again, err := tool.prepare(used)
		require.NoError(t, err)
		require.Equal(t, used, again)
		_, _ = call(t.Context())
		require.Equal(t, was, got)
		name, back := sendable("f", used)
		require.Equal(t, []string{"f", used}, []string{name, back})
	})
}

// FuzzSendable: whatever a model calls a tool, and with whatever, the call can be sent
// again.
func FuzzSendable(f *testing.F) {
	f.Add("get_weather", `{"city":"Oslo"}`)
	f.Add("", "")
	f.Add("a.b\xff", "[")
	f.Add(strings.Repeat("é", 64), "null")
	f.Fuzz(func(t *testing.T, name, arguments string) {
		gotName, gotArguments := sendable(name, arguments)
		if !legalName.MatchString(gotName) || legalName.MatchString(name) && gotName != name {
			t.Fatalf("%q became %q", name, gotName)
		}
		var object map[string]any
		if json.Unmarshal([]byte(gotArguments), &object) != nil && gotArguments != arguments || !json.Valid([]byte(gotArguments)) {
			t.Fatalf("%q became %q", arguments, gotArguments)
		}
	})
}
