package buoytyped_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

// provider is a scripted server and a client for it.
func provider(t *testing.T, steps ...buoytest.Step) (*buoytest.Server, *buoy.Client) {
	t.Helper()
	srv := buoytest.NewMemServer(t, steps...)
	client, err := buoy.New(srv.Endpoint(),
		buoy.WithHTTPClient(&http.Client{Transport: srv.RoundTripper()}),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Millisecond}))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return srv, client
}

func question() buoy.Request {
	return buoy.Request{Model: "m", Messages: []buoy.Message{buoy.System("Be exact."), buoy.User("What is for dinner?")}}
}

// body is a request as it arrived.
type body struct {
	Messages []struct {
		Role    string `json:"role"`
		Content any    `json:"content"`
	} `json:"messages"`
	ResponseFormat struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Name   string          `json:"name"`
			Strict *bool           `json:"strict"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

func bodyOf(t *testing.T, r buoytest.Received) (b body) {
	t.Helper()
	require.NoError(t, json.Unmarshal(r.Body, &b))
	return b
}

const dinner = `{"name":"Soup","minutes":20,"vegan":true,"ingredients":[{"what":"leek","grams":250.5},{"what":"salt","grams":null}],"note":null,"wine":null}`

func soup() recipe {
	return recipe{Name: "Soup", Minutes: 20, Vegan: true, Ingredients: []ingredient{{What: "leek", Grams: new(250.5)}, {What: "salt"}}}
}

func TestChatAsAsksChecksAndDecodes(t *testing.T) {
	srv, client := provider(t, buoytest.Reply(dinner))
	got, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question())
	require.NoError(t, err)
	require.Equal(t, soup(), got)
	require.Equal(t, dinner, resp.Text())
	require.Len(t, resp.Info.Attempts, 1)

	sent := bodyOf(t, srv.Requests()[0])
	require.Equal(t, "json_schema", sent.ResponseFormat.Type)
	require.Equal(t, "recipe", sent.ResponseFormat.JSONSchema.Name)
	require.True(t, *sent.ResponseFormat.JSONSchema.Strict)
	want, err := buoytyped.Format[recipe]()
	require.NoError(t, err)
	require.JSONEq(t, string(want.JSONSchema.Schema.(json.RawMessage)), string(sent.ResponseFormat.JSONSchema.Schema))
	require.Len(t, sent.Messages, 2)
}

// asks checks that an answer becomes the value.
func asks[T any](name, answer string, want T) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		_, client := provider(t, buoytest.Reply(answer))
		got, _, err := buoytyped.ChatAs[T](t.Context(), client, question())
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestRoundTrips(t *testing.T) {
	t.Run(asks("a pointer", dinner, new(soup())))
	t.Run(asks("absent optional fields", `{"name":"Soup","minutes":20,"vegan":true,"ingredients":[]}`,
		recipe{Name: "Soup", Minutes: 20, Vegan: true, Ingredients: []ingredient{}}))
	t.Run(asks("a list", `{"value":["a","b"]}`, []string{"a", "b"}))
	t.Run(asks("a number", `{"value":7}`, 7))
	t.Run(asks("a whole number as a float", `{"value":7.0}`, 7.0))
	t.Run(asks("a bool", `{"value":true}`, true))
	t.Run(asks("a fixed array", `{"value":[1,2]}`, [2]int{1, 2}))
	t.Run(asks("a map", `{"value":1,"b":2}`, map[string]int{"value": 1, "b": 2}))
	t.Run(asks("anything", `{"value":[1,"b",null]}`, any([]any{1.0, "b", nil})))
	t.Run(asks("an enumeration", `{"value":"bad"}`, mood("bad")))
	t.Run(asks("enumerations", `{"mood":"good","second":null,"third":"bad","level":3,"history":["good","mixed"]}`,
		review{Mood: "good", Third: "bad", Level: new(level(3)), History: []*mood{new(mood("good")), new(mood("mixed"))}}))
	t.Run(asks("embedded fields", `{"id":"7","name":"Riesling","year":null,"city":"Trier","extra":"x"}`,
		embedding{base: base{"7"}, wine: wine{Name: "Riesling"}, Place: &Place{"Trier"}, Extra: "x"}))
	t.Run(asks("a generic type", `{"items":[1,2],"next":3}`, page[int]{[]int{1, 2}, 3}))
	t.Run(asks("types of the standard library",
		`{"at":"2026-05-22T10:00:00Z","until":null,"took":1500,"exact":123456789012345678901234567890,"ratio":"1/3","address":"::1","blob":"aGk=","number":1.50}`,
		library{
			At: time.Date(2026, 5, 22, 10, 0, 0, 0, time.UTC), Took: 1500, Exact: *integer("123456789012345678901234567890"),
			Ratio: big.NewRat(1, 3), Address: netip.MustParseAddr("::1"), Blob: []byte("hi"), Number: "1.50",
		}))
	t.Run(asks("a schema by hand, with null for what is optional",
		`{"a":null,"b":["x"],"c":1,"d":null,"e":null,"f":{"n":null},"maybe":null}`, handmade{}))
	t.Run(asks("a schema by hand, without what is optional", `{"b":["x"],"c":1,"f":{}}`, handmade{}))
	t.Run(asks("open types", `{"scores":{"a":1},"any":{"b":[]},"own":5}`,
		open{Scores: map[string]int{"a": 1}, Any: map[string]any{"b": []any{}}, Own: ownJSON{5}}))
}

// What is there twice is read as encoding/json reads it; docs/typed.md says so.
func TestMembersThatAreThereTwice(t *testing.T) {
	t.Run(asks("a text", `{"name":"a","name":"b","year":1}`, wine{"b", 1}))
	t.Run(asks("an object", `{"name":"Soup","minutes":1,"vegan":true,"ingredients":[],"wine":{"name":"a","year":1},"wine":{"name":"b"}}`,
		recipe{Name: "Soup", Minutes: 1, Vegan: true, Ingredients: []ingredient{}, Wine: &wine{"b", 1}}))
	t.Run(asks("beside a whole number", `{"name":"Soup","minutes":1.0,"minutes":2.0,"vegan":true,"ingredients":[],"wine":{"name":"a","year":1.0},"wine":{"name":"b"}}`,
		recipe{Name: "Soup", Minutes: 2, Vegan: true, Ingredients: []ingredient{}, Wine: &wine{"b", 1}}))
}

// JSON Schema calls 2.0 an integer, and so does an answer: as long as no digit is lost.
func TestWholeNumbers(t *testing.T) {
	t.Run(asks("with a fraction of zero", `{"value":2.0}`, 2))
	t.Run(asks("with an exponent", `{"value":1e2}`, 100))
	t.Run(asks("with both", `{"value":-1.50E+2}`, -150))
	t.Run(asks("zero", `{"value":-0.0}`, 0))
	t.Run(asks("zero with a huge exponent", `{"value":0e999}`, 0))
	t.Run(asks("the largest", `{"value":9223372036854775807.0}`, int64(9223372036854775807)))
	t.Run(asks("the smallest", `{"value":-9223372036854775808.00}`, int64(-9223372036854775808)))
	t.Run(asks("the largest without a sign", `{"value":1.8446744073709551615e19}`, uint64(18446744073709551615)))
	t.Run(asks("a small one", `{"value":-1.28e2}`, int8(-128)))
	t.Run(asks("a byte", `{"value":25.5e1}`, uint8(255)))
	t.Run(asks("a span of time", `{"value":1.5e9}`, 1500*time.Millisecond))
	t.Run(asks("a list", `{"value":[1,2.0,3e0]}`, []int{1, 2, 3}))
	t.Run(asks("a map", `{"a":1.0,"b":2}`, map[string]int{"a": 1, "b": 2}))
	t.Run(asks("an optional one", `{"name":"a","year":1999.0}`, wine{"a", 1999}))
	t.Run(asks("of an enumeration without a type", `{"mood":"good","second":null,"level":3.0,"history":[]}`, review{Mood: "good", Level: new(level(3)), History: []*mood{}}))
	t.Run(asks("beside what is kept as it is", `{"scores":{"a":1.0},"any":{"b":2.0},"raw":{"z": 2.0,"a":"<1e2>"},"own":5}`,
		open{Scores: map[string]int{"a": 1}, Any: map[string]any{"b": 2.0}, Raw: json.RawMessage(`{"z": 2.0,"a":"<1e2>"}`), Own: ownJSON{5}}))
	t.Run(asks("beside a type that adds", `{"sum":1,"count":2.0}`, sums{Sum: adding{1}, Count: 2}))
	t.Run(asks("a very large one", `{"value":1.5e30}`, integer("1500000000000000000000000000000")))
	t.Run(asks("a number that is no integer's", `{"value":1.50}`, json.Number("1.50")))
}

func integer(s string) *big.Int {
	i, _ := new(big.Int).SetString(s, 10)
	return i
}

func TestWithCallOptionsReachesTheCall(t *testing.T) {
	srv, client := provider(t, buoytest.Reply("no"), buoytest.Reply(dinner))
	_, _, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), nil,
		buoytyped.WithRepair(), buoytyped.WithCallOptions(buoy.WithHeader("X-Trace", "7")))
	require.NoError(t, err)
	for _, r := range srv.Requests() {
		require.Equal(t, "7", r.Header.Get("X-Trace"))
	}
}

func TestErrorsOfTheClientPass(t *testing.T) {
	_, client := provider(t, buoytest.Fail(401))
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
	require.ErrorIs(t, err, buoy.ErrAuth)
	require.Nil(t, resp)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = buoytyped.ChatAs[recipe](ctx, client, question())
	require.ErrorIs(t, err, context.Canceled)

	_, _, err = buoytyped.ChatAs[tree](t.Context(), client, question())
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
}

func TestResponseFormatIsRefused(t *testing.T) {
	srv, client := provider(t)
	for _, req := range []buoy.Request{
		{ResponseFormat: buoy.JSONObject()},
		{Extra: map[string]any{"response_format": nil}},
	} {
		req.Model, req.Messages = "m", question().Messages
		_, _, err := buoytyped.ChatAs[recipe](t.Context(), client, req)
		require.EqualError(t, err, "invalid request: response_format: is set, but it is ChatAs's to set")
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	}
	require.Empty(t, srv.Requests())
}

func TestFormatAndDecodeServeAStream(t *testing.T) {
	_, client := provider(t, buoytest.Reply(dinner))
	req := question()
	var err error
	req.ResponseFormat, err = buoytyped.Format[recipe]()
	require.NoError(t, err)
	stream, err := client.Stream(t.Context(), req)
	require.NoError(t, err)
	for stream.Next() {
	}
	require.NoError(t, stream.Err())
	got, err := buoytyped.Decode[recipe](stream.Response())
	require.NoError(t, err)
	require.Equal(t, soup(), got)

	_, err = buoytyped.Decode[recipe](nil)
	require.ErrorIs(t, err, buoy.ErrMalformed)
	_, err = buoytyped.Decode[tree](stream.Response())
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
}

func TestJSONModePutsTheSchemaIntoTheSystemMessage(t *testing.T) {
	format, err := buoytyped.Format[[]string]()
	require.NoError(t, err)
	schema := string(format.JSONSchema.Schema.(json.RawMessage))
	for name, c := range map[string]struct {
		messages []buoy.Message
		want     []any // contents
	}{
		"a system message": {question().Messages, []any{"Be exact.\n\nAnswer with one JSON object and nothing else. It must follow this JSON Schema:\n" + schema, "What is for dinner?"}},
		"none":             {[]buoy.Message{buoy.User("Hi")}, []any{"Answer with one JSON object and nothing else. It must follow this JSON Schema:\n" + schema, "Hi"}},
		"a developer message in parts": {
			[]buoy.Message{{Role: buoy.RoleDeveloper, Parts: []buoy.Part{buoy.Text("Be exact.")}}, buoy.User("Hi")},
			[]any{[]any{
				map[string]any{"type": "text", "text": "Be exact."},
				map[string]any{"type": "text", "text": "Answer with one JSON object and nothing else. It must follow this JSON Schema:\n" + schema},
			}, "Hi"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv, client := provider(t, buoytest.Reply(`{"value":["a"]}`))
			req := buoy.Request{Model: "m", Messages: c.messages}
			before, err := json.Marshal(req)
			require.NoError(t, err)
			got, _, err := buoytyped.ChatAs[[]string](t.Context(), client, req, buoytyped.WithJSONMode())
			require.NoError(t, err)
			require.Equal(t, []string{"a"}, got)
			sent := bodyOf(t, srv.Requests()[0])
			require.Equal(t, "json_object", sent.ResponseFormat.Type)
			var contents []any
			for _, m := range sent.Messages {
				contents = append(contents, m.Content)
			}
			require.Equal(t, c.want, contents)
			after, err := json.Marshal(req)
			require.NoError(t, err)
			require.JSONEq(t, string(before), string(after), "the caller's messages were changed")
		})
	}
}

// Everything that takes a client says the same of none.
func TestNoClient(t *testing.T) {
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), nil, question(), buoytyped.WithRepair())
	require.EqualError(t, err, noClient)
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	require.Nil(t, resp)
	_, results := batched[recipe](t, nil, questions("a"), buoybatch.Options{})
	bad, ok := errors.AsType[*buoy.RequestError](results[0].Err)
	require.True(t, ok)
	require.EqualError(t, bad, noClient)
}
