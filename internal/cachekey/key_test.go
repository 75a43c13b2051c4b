package cachekey_test

import (
	"encoding/json"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/cachekey"
	"github.com/stretchr/testify/require"
)

func keyOf(t testing.TB, r *chat.Request, p cachekey.Place) string {
	key, err := cachekey.Of(r, &p)
	require.NoError(t, err)
	require.Len(t, key, 64)
	return key
}

func question() *chat.Request {
	return &chat.Request{Model: "gpt-4o-mini", Messages: []chat.Message{chat.System("Be brief."), chat.User("Why is the sky blue?")}}
}

// aside are the fields of a request that change no answer, and why.
var aside = map[string]string{
	"StreamOptions": "only a stream has them, and a stored answer serves both",
}

// Every field of a request changes the key. A field that is added to chat.Request and
// is not sent, or not considered here, fails this test.
func TestEveryFieldIsInTheKey(t *testing.T) {
	var empty chat.Request
	bare := keyOf(t, &empty, cachekey.Place{})
	typ := reflect.TypeFor[chat.Request]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		if !f.IsExported() {
			continue
		}
		var r chat.Request
		reflect.ValueOf(&r).Elem().Field(i).Set(filled(f.Type, 0))
		key, err := cachekey.Of(&r, &cachekey.Place{Model: r.Model})
		require.NoError(t, err, f.Name)
		if _, ok := aside[f.Name]; ok {
			require.Equal(t, bare, key, f.Name)
			continue
		}
		require.NotEqual(t, bare, key, f.Name)
	}
}

// filled is a value of a type in which nothing is zero.
func filled(typ reflect.Type, depth int) reflect.Value {
	v := reflect.New(typ).Elem()
	switch {
	case depth > 6:
		return v
	case typ == reflect.TypeFor[json.RawMessage]():
		v.SetBytes([]byte(`{"x":1}`))
		return v
	}
	switch typ.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Interface:
		v.Set(reflect.ValueOf("x"))
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(filled(typ.Elem(), depth+1))
	case reflect.Slice:
		v.Set(reflect.Append(v, filled(typ.Elem(), depth+1)))
	case reflect.Map:
		v.Set(reflect.MakeMap(typ))
		v.SetMapIndex(reflect.ValueOf("x").Convert(typ.Key()), filled(typ.Elem(), depth+1))
	case reflect.Struct:
		for i := range typ.NumField() {
			if typ.Field(i).IsExported() {
				v.Field(i).Set(filled(typ.Field(i).Type, depth+1))
			}
		}
	default:
		panic("no value for " + typ.String())
	}
	return v
}

// sent are requests that the providers would be asked differently.
var sent = map[string]func(r *chat.Request){
	"the model":           func(r *chat.Request) { r.Model = "gpt-4o" },
	"the question":        func(r *chat.Request) { r.Messages[1].Content = "Why is the sky blue" },
	"the order":           func(r *chat.Request) { r.Messages[0], r.Messages[1] = r.Messages[1], r.Messages[0] },
	"a role":              func(r *chat.Request) { r.Messages[0].Role = chat.RoleDeveloper },
	"temperature 0":       func(r *chat.Request) { r.Temperature = new(0.0) },
	"temperature 1":       func(r *chat.Request) { r.Temperature = new(1.0) },
	"max_tokens":          func(r *chat.Request) { r.MaxTokens = new(10) },
	"top_p":               func(r *chat.Request) { r.TopP = new(0.9) },
	"stop":                func(r *chat.Request) { r.Stop = []string{"."} },
	"no tools":            func(r *chat.Request) { r.ToolChoice = &chat.ToolChoice{Mode: "none"} },
	"n":                   func(r *chat.Request) { r.N = new(2) },
	"the user":            func(r *chat.Request) { r.User = "a" },
	"Extra":               func(r *chat.Request) { r.Extra = map[string]any{"x": 1} },
	"Extra's value":       func(r *chat.Request) { r.Extra = map[string]any{"x": 2} },
	"Extra's text":        func(r *chat.Request) { r.Extra = map[string]any{"x": "1"} },
	"Extra's null":        func(r *chat.Request) { r.Extra = map[string]any{"x": nil} },
	"Extra's big number":  func(r *chat.Request) { r.Extra = map[string]any{"x": json.Number("9007199254740993")} },
	"Extra's bigger one":  func(r *chat.Request) { r.Extra = map[string]any{"x": json.Number("9007199254740992")} },
	"Extra's half":        func(r *chat.Request) { r.Extra = map[string]any{"x": json.RawMessage(`"\ud800"`)} },
	"Extra's other half":  func(r *chat.Request) { r.Extra = map[string]any{"x": json.RawMessage(`"\ud801"`)} },
	"Extra's half name":   func(r *chat.Request) { r.Extra = map[string]any{"x": json.RawMessage(`{"\ud800":1}`)} },
	"Extra's other name":  func(r *chat.Request) { r.Extra = map[string]any{"x": json.RawMessage(`{"\ud801":1}`)} },
	"Extra's broken name": func(r *chat.Request) { r.Extra = map[string]any{"x": json.RawMessage(`{"�":1}`)} },
	"Extra's list":        func(r *chat.Request) { r.Extra = map[string]any{"x": []any{1, 2}} },
	"Extra's other list":  func(r *chat.Request) { r.Extra = map[string]any{"x": []any{2, 1}} },
	"Extra's two lists":   func(r *chat.Request) { r.Extra = map[string]any{"x": []any{[]any{1}, 2}} },
	"a nested stream":     func(r *chat.Request) { r.Extra = map[string]any{"x": map[string]any{"stream": true}} },
}

func TestRequestsThatDiffer(t *testing.T) {
	seen := map[string]string{keyOf(t, question(), cachekey.Place{Model: "gpt-4o-mini"}): "the question itself"}
	for name, change := range sent {
		r := question()
		change(r)
		key := keyOf(t, r, cachekey.Place{Model: r.Model})
		require.Empty(t, seen[key], "%s has the key of", name)
		seen[key] = name
	}
	for name, p := range map[string]cachekey.Place{
		"another endpoint":  {Model: "gpt-4o-mini", Endpoint: "https://x/v1"},
		"a namespace":       {Model: "gpt-4o-mini", Namespace: "a"},
		"another namespace": {Model: "gpt-4o-mini", Namespace: "b"},
		"a header":          {Model: "gpt-4o-mini", Header: http.Header{"Openai-Beta": {"x"}}},
		"two headers":       {Model: "gpt-4o-mini", Header: http.Header{"Openai-Beta": {"x", "y"}}},
		// Nothing may slide from one part of the key into the next.
		"endpoint and namespace": {Model: "gpt-4o-mini", Endpoint: "https://x/v1", Namespace: "a"},
		"the two in one":         {Model: "gpt-4o-mini", Endpoint: "https://x/v1a"},
	} {
		key := keyOf(t, question(), p)
		require.Empty(t, seen[key], "%s has the key of", name)
		seen[key] = name
	}
}

func TestRequestsThatAreTheSame(t *testing.T) {
	at := cachekey.Place{Model: "m"}
	want := keyOf(t, read(t, `{"model":"m","messages":[{"role":"user","content":"Grüße"}],"temperature":0,"x":{"a":1,"b":[1.5,"/"]},"seed":100}`), at)
	for _, body := range []string{
		`{"seed":100,"x":{"a":1,"b":[1.5,"/"]},"temperature":0,"messages":[{"role":"user","content":"Grüße"}],"model":"m"}`,
		` { "model" : "m", "messages":[ {"content":"Gr\u00fc\u00DFe","role":"user"}], "temperature":0.0,"x":{"b":[15e-1,"\/"],"a":1.0},"seed":100}`,
		`{"model":"m","messages":[{"role":"user","content":"Grüße"}],"temperature":-0,"x":{"a":1e0,"b":[1.50,"\u002f"]},"seed":100,"stream":true,"stream_options":{"include_usage":true}}`,
	} {
		require.Equal(t, want, keyOf(t, read(t, body), at), body)
	}

	// Fields of the request and the same fields in Extra are one body.
	a, b := question(), question()
	a.TopK = new(3)
	b.Extra = map[string]any{"top_k": 3}
	require.Equal(t, keyOf(t, a, at), keyOf(t, b, at))

	traced := at
	traced.Header = http.Header{"traceparent": {"00-1"}, "X-Request-Id": {"2"}}
	require.Equal(t, keyOf(t, a, at), keyOf(t, a, traced))
	one, other := at, at
	one.Header = http.Header{"A": {"1"}, "b": {"2"}}
	other.Header = http.Header{"B": {"2"}, "A": {"1"}}
	require.Equal(t, keyOf(t, a, one), keyOf(t, a, other))
}

func read(t testing.TB, body string) *chat.Request {
	var r chat.Request
	_, err := r.ReadBody([]byte(body))
	require.NoError(t, err)
	return &r
}

// A request that cannot be written, and one that would take for ever to put in order,
// have no key.
func TestNoKey(t *testing.T) {
	r := question()
	r.Temperature = new(math.NaN())
	_, err := cachekey.Of(r, &cachekey.Place{})
	require.Error(t, err)

	// Each level has to be sorted, and has all of the levels below it.
	deep := strings.Repeat(`{"b":0,"a":`, 500) + `"` + strings.Repeat("x", 1<<20) + `"` + strings.Repeat("}", 500)
	r = question()
	r.Extra = map[string]any{"x": json.RawMessage(deep)}
	_, err = cachekey.Of(r, &cachekey.Place{})
	require.Error(t, err)

	r.Extra = map[string]any{"x": json.RawMessage(strings.Repeat("[", 2000) + strings.Repeat("]", 2000))}
	_, err = cachekey.Of(r, &cachekey.Place{})
	require.Error(t, err)
}

func TestFixed(t *testing.T) {
	for want, requests := range map[bool][]chat.Request{
		true: {
			{Temperature: new(0.0)}, {Seed: new(0)}, {Temperature: new(1.0), Seed: new(7)},
			{Extra: map[string]any{"temperature": 0}}, {Extra: map[string]any{"temperature": json.RawMessage("0.0")}}, {Extra: map[string]any{"seed": 7}},
		},
		false: {
			{}, {Temperature: new(0.1)}, {Extra: map[string]any{"temperature": 1}}, {Temperature: new(0.0), Extra: map[string]any{"temperature": nil}},
			{Temperature: new(0.0), Extra: map[string]any{"temperature": "0"}}, {Seed: new(1), Extra: map[string]any{"seed": nil}}, {Extra: map[string]any{"temperature": func() {}}},
		},
	} {
		for _, r := range requests {
			require.Equal(t, want, cachekey.Fixed(&r), "%+v", r)
		}
	}
}

// The schema is part of what is on disks and in servers: another key for the same
// request empties them all, so it must not happen by accident.
func TestKeyIsStable(t *testing.T) {
	require.Equal(t, "d694c4af4143695cb53191d5cc4d655652294bdaf61a510eb858a6b77e197318", keyOf(t, question(), cachekey.Place{Endpoint: "https://api.openai.com/v1", Model: "gpt-4o-mini", Namespace: "tenant"}))
}

func BenchmarkOf(b *testing.B) {
	r := question()
	r.Temperature = new(0.0)
	p := cachekey.Place{Endpoint: "https://api.openai.com/v1/chat/completions", Model: "gpt-4o-mini"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cachekey.Of(r, &p); err != nil {
			b.Fatal(err)
		}
	}
}
