package buoytyped_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

// Whatever a tool does, the model is told, and nothing else happens.
func TestToolsThatFail(t *testing.T) {
	for name, tc := range map[string]struct {
		f    func(context.Context, struct{}) (any, error)
		want string // what the model is told
		err  func(error) bool
	}{
		"an error": {func(context.Context, struct{}) (any, error) { return "half", errNoCity }, `{"error":"no such city: try Paris or Oslo"}`,
			func(err error) bool { return errors.Is(err, errNoCity) }},
		"a panic": {func(context.Context, struct{}) (any, error) { panic("boom <&>") }, `{"error":"the tool panicked: boom <&>"}`,
			func(err error) bool {
				p, ok := errors.AsType[*buoytyped.PanicError](err)
				return ok && p.Value == "boom <&>" && strings.Contains(string(p.Stack), "tool_test.go")
			}},
		"a panic with an error": {func(context.Context, struct{}) (any, error) { panic(errNoCity) }, `{"error":"the tool panicked: no such city: try Paris or Oslo"}`,
			func(err error) bool { return errors.Is(err, errNoCity) }},
		"a nil pointer":        {func(context.Context, struct{}) (any, error) { var p *place; return p.City, nil }, "nil pointer dereference", nil},
		"an error that panics": {func(context.Context, struct{}) (any, error) { var e *badError; return nil, e }, `{"error":"the tool failed"}`, nil},
		"an empty error":       {func(context.Context, struct{}) (any, error) { return nil, errors.New("") }, `{"error":"the tool failed"}`, nil},
		"a long error": {func(context.Context, struct{}) (any, error) { return nil, errors.New(strings.Repeat("я", 5000)) },
			`{"error":"` + strings.Repeat("я", 500) + `..."}`, nil},
		"bytes that are no text": {func(context.Context, struct{}) (any, error) { return nil, errors.New("a\xff\x00b") }, "{\"error\":\"a\ufffd\\u0000b\"}", nil},
		"no JSON":                {func(context.Context, struct{}) (any, error) { return make(chan int), nil }, "the result cannot be encoded as JSON", nil},
		"a result that panics":   {func(context.Context, struct{}) (any, error) { return panics{}, nil }, "the tool panicked: no JSON today", nil},
		"the end of its goroutine": {func(context.Context, struct{}) (any, error) { runtime.Goexit(); return nil, nil },
			`{"error":"the tool ended without a result"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			srv, client := provider(t, turn(call("f", "{}"), call("get_weather", `{"city":"Paris"}`)), buoytest.Reply("done"))
			conv, err := buoytyped.RunTools(t.Context(), client, question(), buoytyped.Tool("f", "", tc.f), weatherTool())
			require.NoError(t, err)
			require.Equal(t, "done", conv.Text())
			told := *sentTo(t, srv)[1].Messages[3].Content
			require.Contains(t, told, tc.want)
			require.NotContains(t, told, "goroutine")
			require.NotContains(t, told, ".go:")
			require.Error(t, conv.Runs[0].Err)
			require.Equal(t, told, conv.Runs[0].Result)
			require.True(t, tc.err == nil || tc.err(conv.Runs[0].Err), "%v", conv.Runs[0].Err)
			require.NoError(t, conv.Runs[1].Err)
			answered(t, conv.Messages)
		})
	}
}

type badError struct{ text string }

func (e *badError) Error() string { return e.text }

type panics struct{}

func (panics) MarshalJSON() ([]byte, error) { panic("no JSON today") }

// What a function returns is what the model reads.
func TestResults(t *testing.T) {
	for _, tc := range []struct {
		result any
		want   string
	}{
		{"plain <text>", "plain <text>"}, {json.RawMessage(`{"a": 1}`), `{"a": 1}`}, {[]byte("bytes"), "bytes"},
		{report{"<Oslo>", 1}, `{"city":"<Oslo>","degrees":1}`}, {nil, "null"}, {7, "7"}, {[]string{}, "[]"}, {"", ""},
	} {
		f := buoytyped.Tool("f", "", func(context.Context, struct{}) (any, error) { return tc.result, nil })
		got, err := f.Call(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, tc.want, got)
	}
}

type trip struct {
	City   string   `json:"city"`
	Nights int      `json:"nights"`
	Rate   float64  `json:"rate,omitempty"`
	Pets   *bool    `json:"pets"`
	Class  string   `json:"room_class" enum:"Single,Double"`
	Tags   []string `json:"tags,omitempty"`
	Stops  []place  `json:"stops,omitempty"`
	Zip    string   `json:"zip,omitempty"`
	Days   []int    `json:"days,omitempty"`
	Owner  *place   `json:"owner,omitempty"`
}

const good = `{"city":"Oslo","nights":2,"pets":true,"room_class":"Single"}`

// Arguments are repaired where one thing can be meant.
func TestArgumentsThatAreRepaired(t *testing.T) {
	stops := func(inner string) string { return strings.TrimSuffix(good, "}") + "," + inner + "}" }
	var got trip
	f := buoytyped.Tool("book", "", func(_ context.Context, in trip) (string, error) { got = in; return "", nil })
	base := trip{City: "Oslo", Nights: 2, Pets: new(true), Class: "Single"}
	with := func(change func(*trip)) trip { own := base; change(&own); return own }
	for name, tc := range map[string]struct {
		arguments string
		want      trip
	}{
		"as they should be":         {good, base},
		"a fence":                   {"```json\n" + good + "\n```", base},
		"prose and a fence":         {"Sure:\n```\n" + good + "\n```\nDone.", base},
		"a byte order mark":         {"\ufeff " + good, base},
		"in quotes":                 {quoted(good), base},
		"twice":                     {good + good, base},
		"twice on two lines":        {good + "\n" + good, base},
		"a bracket too many":        {good + "}", base},
		"several too many":          {good + "\n}]}", base},
		"a comma at the end":        {stops(`"tags":["a", ],`), with(func(t *trip) { t.Tags = []string{"a"} })},
		"a line break in a string":  {strings.Replace(good, "Oslo", "Os\nlo\t", 1), with(func(t *trip) { t.City = "Os\nlo\t" })},
		"an escaped apostrophe":     {strings.Replace(good, "Oslo", `L\'Aquila`, 1), with(func(t *trip) { t.City = "L'Aquila" })},
		"words of Python":           {strings.Replace(good, "true", "True", 1), base},
		"None of Python":            {strings.Replace(good, "true", "None", 1), with(func(t *trip) { t.Pets = nil })},
		"a number in quotes":        {strings.Replace(good, "2", `"2"`, 1), base},
		"a boolean in quotes":       {strings.Replace(good, "true", `"true"`, 1), base},
		"a boolean of Python":       {strings.Replace(good, "true", `"False"`, 1), with(func(t *trip) { t.Pets = new(false) })},
		"a whole number as a float": {strings.Replace(good, "2", "2.0", 1), base},
		"with an exponent":          {strings.Replace(good, "2", "2e0", 1), base},
		"a float in quotes":         {stops(`"rate":"0.5"`), with(func(t *trip) { t.Rate = 0.5 })},
		"a text as a number":        {stops(`"zip":10115`), with(func(t *trip) { t.Zip = "10115" })},
		"another case":              {strings.Replace(good, "Single", "single", 1), base},
		"names in another case":     {strings.NewReplacer("room_class", "roomClass", "nights", "Nights").Replace(good), base},
		"one of a list":             {stops(`"tags":"sea view"`), with(func(t *trip) { t.Tags = []string{"sea view"} })},
		"a list in quotes":          {stops(`"tags":"[\"a\",\"b\"]"`), with(func(t *trip) { t.Tags = []string{"a", "b"} })},
		"numbers in quotes":         {stops(`"days":["1","2.0"]`), with(func(t *trip) { t.Days = []int{1, 2} })},
		"one number of a list":      {stops(`"days":7`), with(func(t *trip) { t.Days = []int{7} })},
		"one object of a list":      {stops(`"stops":{"city":"Bergen"}`), with(func(t *trip) { t.Stops = []place{{City: "Bergen"}} })},
		"objects in quotes":         {stops(`"stops":["{\"city\":\"Bergen\",\"unit\":\"Celsius\"}"]`), with(func(t *trip) { t.Stops = []place{{City: "Bergen", Unit: "celsius"}} })},
		"an object in quotes":       {stops(`"owner":"{\"city\":\"Bergen\"}"`), with(func(t *trip) { t.Owner = &place{City: "Bergen"} })},
		"an object in a list":       {stops(`"owner":[{"city":"Bergen"}]`), with(func(t *trip) { t.Owner = &place{City: "Bergen"} })},
		"nothing where null may be": {stops(`"rate":"","owner":"null"`), base},
		"in an envelope":            {`{"arguments":` + good + `}`, base},
		"in quotes in an envelope":  {`{"parameters":` + quoted(good) + `}`, base},
		"with the name of the tool": {`{"name":"book","arguments":` + good + `}`, base},
		"in a list of one":          {`[` + good + `]`, base},
		"all at once":               {"```\n" + `{"name":"book","input":{"City":"Oslo","nights":"2.0","pets":"true","room-class":"SINGLE"}}` + "\n```", base},
	} {
		t.Run(name, func(t *testing.T) {
			got = trip{}
			_, err := f.Call(t.Context(), tc.arguments)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// Where more than one thing can be meant, nothing is repaired.
func TestArgumentsThatAreNotRepaired(t *testing.T) {
	f := buoytyped.Tool("book", "", func(context.Context, trip) (string, error) {
		t.Error("it was called")
		return "", nil
	})
	stops := func(inner string) string { return strings.TrimSuffix(good, "}") + "," + inner + "}" }
	for name, tc := range map[string]struct{ arguments, want string }{
		"cut off in a string":         {`{"city":"Os`, "they are not valid JSON"},
		"cut off behind a value":      {`{"city":"Oslo","nights":2`, "they are not valid JSON"},
		"two values":                  {good + strings.Replace(good, "Oslo", "Bergen", 1), "they are not valid JSON"},
		"apostrophes":                 {strings.ReplaceAll(good, `"`, `'`), "they are not valid JSON"},
		"names without quotes":        {`{city:"Oslo"}`, "they are not valid JSON"},
		"prose":                       {"I would book Oslo.", "they are not valid JSON"},
		"a value amid prose":          {"Book " + good, "they are not valid JSON"},
		"text behind it":              {good + " for two", "they are not valid JSON"},
		"nothing":                     {"", "city: is missing; nights: is missing; room_class: is missing"},
		"null":                        {"null", "city: is missing; nights: is missing; room_class: is missing"},
		"a fraction":                  {strings.Replace(good, "2", "2.5", 1), "nights: is a number where an integer is due"},
		"a fraction in quotes":        {strings.Replace(good, "2", `"2.5"`, 1), "nights: is a number where an integer is due"},
		"a number in words":           {strings.Replace(good, "2", `"two"`, 1), "nights: is a string where an integer is due"},
		"a huge exponent":             {strings.Replace(good, "2", "2e400000000", 1), "nights: is outside of the range -9223372036854775808 to 9223372036854775807"},
		"a huge number":               {strings.Replace(good, "2", "2e99", 1), "nights: is outside of the range -9223372036854775808 to 9223372036854775807"},
		"yes":                         {strings.Replace(good, "true", `"yes"`, 1), "pets: is a string where a boolean or null is due"},
		"one":                         {strings.Replace(good, "true", "1", 1), "pets: is an integer where a boolean or null is due"},
		"null where it may not be":    {strings.Replace(good, "2", "null", 1), "nights: is null where an integer is due"},
		"another value":               {strings.Replace(good, "Single", "Suite", 1), "room_class: is none of the allowed values: \"Single\", \"Double\""},
		"an unknown property":         {stops(`"breakfast":true`), "has a property that the schema does not know"},
		"the same name in two ways":   {stops(`"CITY":"Bergen"`), "has a property that the schema does not know"},
		"two names in another way":    {strings.Replace(good, `"city"`, `"CITY":"Bergen","City"`, 1), "city: is missing; has 2 properties that the schema does not know"},
		"a list in a form of its own": {stops(`"tags":"a, b"`), "tags: is a string where an array is due"},
		"two objects where one is":    {stops(`"owner":[{"city":"a"},{"city":"b"}]`), "owner: is an array where an object is due"},
		"another tool's envelope":     {`{"name":"cancel","arguments":` + good + `}`, "city: is missing; nights: is missing; room_class: is missing; has 2 properties that the schema does not know"},
		"an envelope with more":       {`{"arguments":` + good + `,"a":1,"b":2}`, "city: is missing; nights: is missing; room_class: is missing; has 3 properties that the schema does not know"},
		"a deep one":                  {strings.Repeat(`{"arguments":`, 20) + good + strings.Repeat("}", 20), "city: is missing; nights: is missing; room_class: is missing; has a property that the schema does not know"},
		"a text":                      {`"Oslo"`, "is a string where an object is due"},
		"several things":              {`{"nights":2.5,"room_class":"Suite","pets":"yes"}`, "city: is missing; nights: is a number where an integer is due; pets: is a string where a boolean or null is due; room_class: is none of the allowed values: \"Single\", \"Double\""},
		// What can be repaired is no mistake: only what is left is told.
		"beside a number as a text": {`{"city":5,"nights":2.5,"room_class":"Single"}`, "nights: is a number where an integer is due"},
		"beside another name":       {`{"City":5,"Nights":"two","roomClass":"single"}`, "nights: is a string where an integer is due"},
		"beside quotes in a list":   {stops(`"days":["1","2.5","x"]`), "days[1]: is a number where an integer is due; days[2]: is a string where an integer is due"},
		"in an envelope":            {`{"arguments":{"city":5,"nights":"two","room_class":"single"}}`, "nights: is a string where an integer is due"},
		"in quotes in an envelope":  {`{"name":"book","input":` + quoted(`{"city":5,"nights":"two","room_class":"single"}`) + `}`, "nights: is a string where an integer is due"},
		"in a list of one":          {`[{"city":5,"nights":2.5,"room_class":"Single"}]`, "nights: is a number where an integer is due"},
		"brackets without an end":   {strings.Repeat("[", 100000), "they are not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.Call(t.Context(), tc.arguments)
			require.EqualError(t, err, "the model's arguments for book are wrong: "+tc.want)
			bad, ok := errors.AsType[*buoytyped.ArgumentsError](err)
			require.True(t, ok)
			require.Equal(t, tc.arguments, bad.Arguments)
			require.Zero(t, bad.Round)
		})
	}
}

// Values that differ in case alone are told apart, and one that is like both is neither.
func TestValuesThatDifferInCaseAlone(t *testing.T) {
	f := buoytyped.Tool("f", "", func(_ context.Context, in struct {
		Unit string `json:"unit" enum:"mb,MB"`
	}) (string, error) {
		return in.Unit, nil
	})
	for _, unit := range []string{"mb", "MB"} {
		got, err := f.Call(t.Context(), `{"unit":"`+unit+`"}`)
		require.NoError(t, err)
		require.Equal(t, unit, got)
	}
	_, err := f.Call(t.Context(), `{"unit":"Mb"}`)
	require.ErrorContains(t, err, "unit: is none of the allowed values: ")
}

// Arguments that are no struct have one name, and may come without it.
func TestArgumentsThatAreNoObject(t *testing.T) {
	one := buoytyped.Tool("one", "", func(_ context.Context, n int) (int, error) { return n, nil })
	list := buoytyped.Tool("list", "", func(_ context.Context, all []string) ([]string, error) { return all, nil })
	scores := buoytyped.Tool("map", "", func(_ context.Context, m map[string]int) (map[string]int, error) { return m, nil })
	pointer := buoytyped.Tool("pointer", "", func(_ context.Context, p *place) (*place, error) { return p, nil })
	for _, tc := range []struct {
		f               buoytyped.Function
		arguments, want string
	}{
		{one, `{"value":7}`, "7"}, {one, `7`, "7"}, {one, `"7"`, "7"}, {one, `{"value":"7"}`, "7"}, {one, `{"Value":7}`, "7"},
		{one, `{"arguments":{"value":7}}`, "7"}, {one, `9007199254740993`, "9007199254740993"},
		{list, `["a"]`, `["a"]`}, {list, `{"value":["a"]}`, `["a"]`}, {list, `{"value":"a"}`, `["a"]`},
		{scores, `{"a":1,"b":"2"}`, `{"a":1,"b":2}`}, {scores, ``, `{}`},
		{pointer, `{"city":"Oslo"}`, `{"city":"Oslo"}`},
	} {
		got, err := tc.f.Call(t.Context(), tc.arguments)
		require.NoError(t, err, tc.arguments)
		require.Equal(t, tc.want, got)
	}
	for bad, want := range map[string]string{
		`{"n":7}`: "value: is missing; has a property that the schema does not know", `[7]`: "value: is an array where an integer is due",
		`{"value":7,"more":1}`: "has a property that the schema does not know", `"x"`: "value: is a string where an integer is due", `2.5`: "value: is a number where an integer is due",
	} {
		_, err := one.Call(t.Context(), bad)
		require.EqualError(t, err, "the model's arguments for one are wrong: "+want)
	}
}

func TestFunctionAlone(t *testing.T) {
	f := weatherTool()
	require.Equal(t, "get_weather", f.Name())
	tool, err := f.Definition()
	require.NoError(t, err)
	require.Equal(t, "get_weather", tool.Function.Name)
	got, err := f.Call(t.Context(), `{"city":"Paris"}`)
	require.NoError(t, err)
	require.Equal(t, `{"city":"Paris","degrees":21}`, got)
	_, err = f.Call(t.Context(), `{"city":"Rome"}`)
	require.ErrorIs(t, err, errNoCity)
	_, err = buoytyped.Tool("f", "", func(context.Context, struct{}) (string, error) { panic("boom") }).Call(t.Context(), "")
	require.EqualError(t, err, "the tool panicked: boom")
	_, err = buoytyped.Function{}.Call(t.Context(), "")
	require.ErrorContains(t, err, "make it with buoytyped.Tool")

	// Types that cannot be described exactly are not held to strict mode.
	open := buoytyped.Tool("open", "", func(_ context.Context, in open) (string, error) { return "", nil })
	tool, err = open.Definition()
	require.NoError(t, err)
	require.Nil(t, tool.Function.Strict)
	nothing := buoytyped.Tool("nothing", "", func(context.Context, struct{}) (string, error) { return "", nil })
	tool, err = nothing.Definition()
	require.NoError(t, err)
	require.JSONEq(t, `{"type":"object","properties":{},"additionalProperties":false}`, string(tool.Function.Parameters.(json.RawMessage)))
}
