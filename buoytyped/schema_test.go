package buoytyped_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// schemas is every type whose schema is pinned in testdata/schemas.
var schemas = []struct {
	file   string
	name   string
	strict bool
	format func() (*buoy.ResponseFormat, error)
}{
	{"recipe", "recipe", true, buoytyped.Format[recipe]},
	{"pointer", "recipe", true, buoytyped.Format[*recipe]},
	{"enumerations", "review", true, buoytyped.Format[review]},
	{"bounds", "bounded", true, buoytyped.Format[bounded]},
	{"library", "library", true, buoytyped.Format[library]},
	{"embedding", "embedding", true, buoytyped.Format[embedding]},
	{"generic", "page_ingredient", true, buoytyped.Format[page[ingredient]]},
	{"empty", "answer", true, buoytyped.Format[struct{}]},
	{"anonymous", "answer", true, buoytyped.Format[struct{ A, B int }]},

	{"list", "recipe_list", true, buoytyped.Format[[]recipe]},
	{"strings", "string_list", true, buoytyped.Format[[]string]},
	{"matrix", "float64_list_list", true, buoytyped.Format[[][]float64]},
	{"bool", "bool", true, buoytyped.Format[bool]},
	{"enumeration", "mood", true, buoytyped.Format[mood]},

	{"handmade", "handmade", false, buoytyped.Format[handmade]}, // for its mixed enumeration
	{"mixture", "mixture", false, buoytyped.Format[mixture]},
	{"open", "open", false, buoytyped.Format[open]},
	{"map", "answer", false, buoytyped.Format[map[string]ingredient]},
	{"any", "answer", false, buoytyped.Format[any]},
}

func TestGoldenSchemas(t *testing.T) {
	for _, c := range schemas {
		t.Run(c.file, func(t *testing.T) {
			f, err := c.format()
			require.NoError(t, err)
			require.Equal(t, c.name, f.JSONSchema.Name)
			require.Equal(t, c.strict, *f.JSONSchema.Strict)
			var got bytes.Buffer
			require.NoError(t, json.Indent(&got, f.JSONSchema.Schema.(json.RawMessage), "", "  "))
			got.WriteByte('\n')
			file := filepath.Join("testdata", "schemas", c.file+".json")
			if *update {
				require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), got.String())
		})
	}
}

// TestStrictSchemasKeepTheRules holds the schemas against OpenAI's rules for
// strict mode, written down here once more and independently.
func TestStrictSchemasKeepTheRules(t *testing.T) {
	for _, c := range schemas {
		f, err := c.format()
		require.NoError(t, err)
		require.Regexp(t, regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`), f.JSONSchema.Name)
		var s map[string]any
		require.NoError(t, json.Unmarshal(f.JSONSchema.Schema.(json.RawMessage), &s), c.file)
		require.Equal(t, "object", s["type"], c.file)
		if c.strict {
			require.NotContains(t, s, "anyOf", c.file)
			obeys(t, c.file, s)
		}
	}
}

func obeys(t *testing.T, at string, s map[string]any) {
	t.Helper()
	for keyword := range s {
		require.Contains(t, []string{"type", "description", "enum", "properties", "required", "additionalProperties", "items", "anyOf"}, keyword, at)
	}
	kind, _ := s["type"].(string)
	if kinds, ok := s["type"].([]any); ok {
		require.Len(t, kinds, 2, at)
		kind, _ = kinds[0].(string)
		require.Equal(t, "null", kinds[1], at)
		require.Contains(t, []string{"string", "integer", "number", "boolean"}, kind, at)
	}
	if kind == "" {
		require.NotNil(t, s["anyOf"], "%s has no type", at)
	}
	if kind == "object" {
		require.Equal(t, false, s["additionalProperties"], at)
		properties, _ := s["properties"].(map[string]any)
		var names, required []string
		for name, p := range properties {
			names = append(names, name)
			obeys(t, at+"."+name, p.(map[string]any))
		}
		for _, name := range asList(s["required"]) {
			required = append(required, name.(string))
		}
		slices.Sort(names)
		slices.Sort(required)
		require.Equal(t, names, required, at)
	}
	if kind == "array" {
		obeys(t, at+"[]", s["items"].(map[string]any))
	}
	for _, alternative := range asList(s["anyOf"]) {
		obeys(t, at+"|", alternative.(map[string]any))
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// Pointers are embedded where two fields have one name: vet refuses the same by value.
type (
	HasA struct {
		A string `json:"x"`
	}
	HasB struct {
		B string `json:"x"`
	}
	sameTags struct {
		*HasA
		*HasB
	}
	FirstID struct {
		ID string `json:"id"`
	}
	SecondID struct {
		ID string `json:"id"`
	}
	OtherID struct {
		ID string `json:"other"`
	}
	sameEmbedded struct {
		*FirstID
		*SecondID
	}
	hiddenByGo struct {
		FirstID
		OtherID
	}
	outerFirst struct {
		Number int `json:"id"`
		FirstID
	}
	outerLast struct {
		FirstID
		Number int `json:"id"`
	}
	taggedInt struct {
		A int `json:"B"`
		B string
	}
	noName struct {
		A string `json:"price€"`
	}
	unexported struct{ city string }

	// Here one field goes before the others.
	nearer struct {
		*FirstID
		*SecondID
		ID string `json:"id"`
	}
	tagGoesFirst struct {
		A string `json:"B"`
		B string
	}
	noArguments struct{ _ struct{} }
)

var _ = unexported{}.city // nobody else uses it

func TestFieldsOfOneNameOfWhichOneGoesFirst(t *testing.T) {
	v, err := buoytyped.Tool("f", "", func(_ context.Context, v nearer) (string, error) { return v.ID, nil }).Call(t.Context(), `{"id":"a"}`)
	require.NoError(t, err)
	require.Equal(t, "a", v)
	v, err = buoytyped.Tool("f", "", func(_ context.Context, v tagGoesFirst) (string, error) { return v.A + v.B, nil }).Call(t.Context(), `{"B":"a"}`)
	require.NoError(t, err)
	require.Equal(t, "a", v)
	_, err = buoytyped.Tool("f", "", func(_ context.Context, v outerLast) (int, error) { return v.Number, nil }).Call(t.Context(), `{"id":7}`)
	require.NoError(t, err)
	_, err = buoytyped.Format[noArguments]()
	require.NoError(t, err)
}

func TestTypesThatCannotBeAnswers(t *testing.T) {
	for _, c := range []struct {
		format func() (*buoy.ResponseFormat, error)
		why    string
	}{
		{buoytyped.Format[tree], "buoytyped_test.tree contains itself: give it a JSONSchema method"},
		{buoytyped.Format[namedEmbedding], "an embedded field with a name in JSON is not supported"},
		{buoytyped.Format[embedsString], "embedding buoytyped_test.EmbeddedString is not supported"},
		{buoytyped.Format[stringOption], `stringOption.N: the option "string" is not supported`},
		{buoytyped.Format[hiddenPointer], "hiddenPointer.wine: encoding/json cannot set an embedded pointer"},
		{buoytyped.Format[channel], "there is no JSON for chan int"},
		{buoytyped.Format[stringer], "nothing can be decoded into the interface"},
		{buoytyped.Format[badKey], "are no strings, as those of an object are: use map[string]"},
		{buoytyped.Format[map[int]string], "the keys of map[int]string are no strings, as those of an object are: use map[string]string"},
		{buoytyped.Format[sameTags], `sameTags has two fields that are "x" in JSON, A and B, and encoding/json sets neither: rename one`},
		{buoytyped.Format[sameEmbedded], `has two fields that are "id" in JSON`},
		{buoytyped.Format[hiddenByGo], "has several fields with the name ID in embedded structs: rename one"},
		{buoytyped.Format[outerFirst], `has two fields that are "id" in JSON, Number and ID, and jsonschema-go describes the one that encoding/json does not set: rename one`},
		{buoytyped.Format[taggedInt], `has two fields that are "B" in JSON, A and B, and jsonschema-go describes`},
		{buoytyped.Format[noName], `noName.A: encoding/json takes no such name as "price€": use letters, digits, "_" and "-"`},
		{buoytyped.Format[[]unexported], "unexported has no exported field, and encoding/json sets no other"},
		{buoytyped.Format[struct{ In unexported }], "unexported has no exported field"},
		{buoytyped.Format[badPattern], "missing closing"},
		{buoytyped.Format[func()], "there is no JSON for func()"},
		{buoytyped.Format[error], "nothing can be decoded into the interface error"},
	} {
		f, err := c.format()
		require.ErrorContains(t, err, c.why)
		require.Nil(t, f)
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	}
}

func TestFormatIsTheCallersOwn(t *testing.T) {
	one, err := buoytyped.Format[recipe]()
	require.NoError(t, err)
	one.JSONSchema.Name, one.Type = "other", "text"
	*one.JSONSchema.Strict = false
	two, err := buoytyped.Format[recipe]()
	require.NoError(t, err)
	require.Equal(t, "recipe", two.JSONSchema.Name)
	require.True(t, *two.JSONSchema.Strict)
}
