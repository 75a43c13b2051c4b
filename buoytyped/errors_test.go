package buoytyped_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

// reading decodes a text as T, without a client.
func reading[T any](text string) error {
	_, err := buoytyped.Decode[T](&buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant(text), FinishReason: buoy.FinishStop}}})
	return err
}

func TestMismatchesSayWhereAndWhy(t *testing.T) {
	for _, c := range []struct {
		decode func(string) error
		text   string
		want   string // "path: reason", or the reason alone
	}{
		{reading[recipe], ``, "it has no text"},
		{reading[recipe], `Soup.`, "it is not JSON"},
		{reading[recipe], `{"name":"Soup",`, "it is not JSON"},
		{reading[recipe], `null`, "is null where an object is due"},
		{reading[recipe], `[]`, "is an array where an object is due"},
		{reading[recipe], `{"minutes":1,"vegan":true,"ingredients":[]}`, "name: is missing"},
		{reading[recipe], `{"name":null,"minutes":1,"vegan":true,"ingredients":[]}`, "name: is null where a string is due"},
		{reading[recipe], `{"name":"a","minutes":1.5,"vegan":true,"ingredients":[]}`, "minutes: is a number where an integer is due"},
		{reading[recipe], `{"name":"a","minutes":"1","vegan":true,"ingredients":[]}`, "minutes: is a string where an integer is due"},
		{reading[recipe], `{"name":"a","minutes":1,"vegan":true,"ingredients":null}`, "ingredients: is null where an array is due"},
		{reading[recipe], `{"name":"a","minutes":1,"vegan":true,"ingredients":[{"what":"b"},{"what":7}]}`, "ingredients[1].what: is an integer where a string is due"},
		{reading[recipe], `{"name":"a","minutes":1,"vegan":true,"ingredients":[],"wine":{"name":true}}`, "wine.name: is a boolean where a string is due"},
		{reading[recipe], `{"name":"a","minutes":1,"vegan":true,"ingredients":[],"note":3}`, "note: is an integer where a string or null is due"},
		{reading[recipe], `{"name":"a","minutes":1,"vegan":true,"ingredients":[],"secret":3}`, "has a property that the schema does not know"},
		{reading[recipe], `{"NAME":"a","minutes":1,"vegan":true,"ingredients":[]}`, "name: is missing; has a property that the schema does not know"},
		{reading[recipe], `{"minutes":2.5,"vegan":1,"ingredients":[{"what":7},{"secret":1,"secrets":2}],"wine":{}}`, "name: is missing; minutes: is a number where an integer is due; " +
			"vegan: is an integer where a boolean is due; ingredients[0].what: is an integer where a string is due; ingredients[1].what: is missing; " +
			"ingredients[1]: has 2 properties that the schema does not know; wine.name: is missing"},
		{reading[[]int], `{"value":["1",2,"3","4","5","6","7","8","9"]}`, "value[0]: is a string where an integer is due; " +
			"value[2]: is a string where an integer is due; value[3]: is a string where an integer is due; value[4]: is a string where an integer is due; " +
			"value[5]: is a string where an integer is due; value[6]: is a string where an integer is due; value[7]: is a string where an integer is due; " +
			"value[8]: is a string where an integer is due"},
		{reading[recipe], `{"name":"a","minutes":99999999999999999999,"vegan":true,"ingredients":[]}`, "minutes: is outside of the range -9223372036854775808 to 9223372036854775807"},
		{reading[recipe], `{"name":"a","minutes":1e999,"vegan":true,"ingredients":[]}`, "minutes: is outside of the range -9223372036854775808 to 9223372036854775807"},
		{reading[recipe], `{"name":"a","minutes":9223372036854775808.0,"vegan":true,"ingredients":[]}`, "minutes: is outside of the range -9223372036854775808 to 9223372036854775807"},
		{reading[recipe], `{"name":"a","minutes":2.00000000000000000001,"vegan":true,"ingredients":[]}`, "minutes: is a number where an integer is due"},
		{reading[recipe], `{"name":"a","minutes":2e-99999999999,"vegan":true,"ingredients":[]}`, "minutes: is a number where an integer is due"},
		{reading[recipe], `{"name":"a","minutes":1,"vegan":true,"ingredients":[{"what":"b","grams":-1e400000000}]}`, "ingredients[0].grams: is outside of the range -1.7976931348623157e+308 to 1.7976931348623157e+308"},
		{reading[map[string]any], `{"secret":1e999}`, "*: is outside of the range -1.7976931348623157e+308 to 1.7976931348623157e+308"},
		{reading[map[string]any], `{"secret":[1e999]}`, "it has a number that is out of range"},
		{reading[float32], `{"value":1e39}`, "value: is outside of the range -3.4028235e+38 to 3.4028235e+38"},
		{reading[time.Duration], `{"value":1e20}`, "value: is outside of the range -9223372036854775808 to 9223372036854775807"},
		{reading[review], `{"mood":"good","level":2.5,"history":[]}`, "level: is none of the allowed values: 1, 2, 3"},
		{reading[map[string]int8], `{"secret":128,"secrets":-129}`, "*: is outside of the range -128 to 127"},
		{reading[review], `{"mood":"secret","history":[]}`, "mood: is none of the allowed values: \"good\", \"bad\", \"mixed\""},
		{reading[review], `{"mood":"good","second":"secret","history":[]}`, "second: is none of the allowed values: \"good\", \"bad\", \"mixed\""},
		{reading[review], `{"mood":"good","level":4,"history":[]}`, "level: is none of the allowed values: 1, 2, 3"},
		{reading[review], `{"mood":"good","history":[null]}`, "history[0]: is null where a string is due"},
		{reading[bounded], `{"small":128,"byte":0,"count":0,"wide":0,"pair":[1,2],"nested":[],"percent":1,"code":"ab"}`, "small: is outside of the range -128 to 127"},
		{reading[bounded], `{"small":0,"byte":-1,"count":0,"wide":0,"pair":[1,2],"nested":[],"percent":1,"code":"ab"}`, "byte: is outside of the range 0 to 255"},
		{reading[bounded], `{"small":-1.29e2,"byte":2.56E2,"count":-1,"wide":4294967296.0,"pair":[1,1e19],"nested":["AA=="],"percent":-1,"code":"ab"}`, "small: is outside of the range -128 to 127; " +
			"byte: is outside of the range 0 to 255; count: is outside of the range 0 to 18446744073709551615; wide: is outside of the range 0 to 4294967295; " +
			"pair[1]: is outside of the range -9223372036854775808 to 9223372036854775807; percent: is less than 0"},
		{reading[bounded], `{"small":0,"byte":0,"count":0,"wide":0,"pair":[1],"nested":[],"percent":1,"code":"ab"}`, "pair: has 1 items where exactly 2 items are due"},
		{reading[bounded], `{"small":0,"byte":0,"count":0,"wide":0,"pair":[1,2],"nested":[],"percent":1,"code":"secret"}`, "code: has 6 characters where 2 to 4 characters are due"},
		{reading[bounded], `{"small":0,"byte":0,"count":0,"wide":0,"pair":[1,2],"nested":[],"percent":0.3,"code":"ab"}`, "does not follow the schema"},
		{reading[map[string]int], `{"secret":"x"}`, "*: is a string where an integer is due"},
		{reading[[]int], `[1,2]`, "is an array where an object is due"},
		{reading[[]int], `{"value":[1,"2"]}`, "value[1]: is a string where an integer is due"},
		{reading[handmade], `{"b":["x"],"c":1,"f":{"n":7}}`, "does not follow the schema"}, // behind a $ref
		{reading[map[string]any], `{"secret":[]}x`, "it is not JSON"},
		{reading[library], `{"at":"secret","took":1,"exact":1,"address":"::1","blob":"","number":1}`, "at: follows the schema, but its type refuses it"},
		{reading[library], `{"at":"secret","took":1,"exact":1.5,"ratio":"secret","address":"secret","blob":"secret","number":1}`, "at: follows the schema, but its type refuses it; " +
			"exact: is a number where an integer is due; ratio: follows the schema, but its type refuses it; address: follows the schema, but its type refuses it; " +
			"blob: follows the schema, but its type refuses it"},
		{reading[library], `{"at":"2026-05-22T10:00:00Z","took":1,"exact":1e999999999,"address":"::1","blob":"","number":1}`, "exact: is outside of the range -1.7976931348623157e+308 to 1.7976931348623157e+308"},
		{reading[open], `{"scores":{},"any":1,"own":"secret"}`, "own: follows the schema, but its type refuses it"},
		{reading[delegating], `{"at":{"n":2.5}}`, "at.n: is a number where an integer from -128 to 127 is due"},
		{reading[delegating], `{"at":{"n":"secret"}}`, "at.n: is a string where an integer from -128 to 127 is due"},
		{reading[narrow], `{"share":101,"rank":0,"digit":5}`, "share: is outside of the range 0 to 100; rank: is outside of the range 1 to 9223372036854775807; " +
			"digit: is none of the allowed values: \"5\", \"6\""},
		{reading[delegating], `{"at":{"n":7}}`, "at: follows the schema, but its type refuses it"},
		{reading[panicky], `{"own":"secret","silly":1}`, "city: is missing; silly: follows the schema, but its type refuses it"},
		{reading[delegating], `{"at":["secret"]}`, "at: is an array where an object is due"},
	} {
		err := c.decode(c.text)
		bad, ok := errors.AsType[*buoytyped.MismatchError](err)
		require.True(t, ok, "%s: %v", c.text, err)
		require.Equal(t, "the answer is no "+bad.Type+": "+c.want, err.Error(), c.text)
		require.Equal(t, buoy.ErrMalformed, buoy.KindOf(err))
		require.Equal(t, c.text, bad.Text)
		require.NotRegexp(t, `\b(Go|u?int\d+|float\d+|struct|json)\b`, strings.TrimPrefix(err.Error(), "the answer is no "+bad.Type))
		if bad.Mistakes != nil {
			require.Equal(t, []string{bad.Path, bad.Reason}, []string{bad.Mistakes[0].Path, bad.Mistakes[0].Reason})
			require.NotContains(t, fmt.Sprintf("%v %+v %#v %q", bad.Mistakes, bad.Mistakes, bad.Mistakes, bad.Mistakes), "secret")
		}
		require.NotNil(t, bad.Response)
		discreet(t, err)
	}
}

// discreet checks that no way to print an error shows the answer, which has the
// word "secret" wherever it could get out.
func discreet(t *testing.T, err error) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("x", "err", err)
	slog.New(slog.NewTextHandler(&log, nil)).Error("x", "err", err)
	encoded, failed := json.Marshal(err)
	require.NoError(t, failed)
	for _, s := range []string{
		err.Error(), log.String(), string(encoded), fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err),
		fmt.Sprintf("%q", err), fmt.Sprintf("%s", err), fmt.Sprintf("%d", err), fmt.Sprintf("%x", err),
	} {
		require.NotContains(t, strings.ToLower(s), "secret")
	}
}

func TestFences(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // reason; "" for a good answer
	}{
		{"```json\n{\"value\":1}\n```", ""},
		{"```\n{\"value\":1}\n```", ""},
		{"```JSON5 \r\n{\"value\":1}\r\n```\r\n", ""},
		{"```json{\"value\":1}```", ""},
		{"\ufeff  {\"value\":1}\n", ""},
		{"Here it is:\n\n```json\n{\"value\":1}\n```\nAnything else?", ""},
		{"```json\n{\"value\":1}", ""}, // never closed, but whole
		{"Here it is: {\"value\":1}", "it is not JSON"},
		{"{\"value\":1} and {\"value\":2}", "it is not JSON"},
		{"```json\n{\"value\":1}\n```\nor\n```json\n{\"value\":2}\n```", "it has more than one fence"},
		{"```json\n{\"value\":1}\n{\"value\":2}\n```", "there is more than one JSON value in its fence"},
		{"```json\n{\"value\":\n```", "there is no JSON in its fence"},
		{"```\n```", "there is no JSON in its fence"},
		{"{\"code\": \"```json {\\\"value\\\":1} ```\",", "it has JSON outside of its fence"}, // cut off in the middle
	} {
		err := reading[int](c.text)
		if c.want == "" {
			require.NoError(t, err, "%q", c.text)
			continue
		}
		require.EqualError(t, err, "the answer is no int: "+c.want, "%q", c.text)
	}
	// A fence inside of a string is the string's.
	got, err := buoytyped.Decode[string](&buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("```json\n{\"value\":\"a ```go\\nx``` b\"}\n```")}}})
	require.NoError(t, err)
	require.Equal(t, "a ```go\nx``` b", got)
}

func TestRefusals(t *testing.T) {
	_, client := provider(t,
		buoytest.ReplyWith(buoytest.Answer{Refusal: "I keep that secret."}),
		buoytest.ReplyWith(buoytest.Answer{Text: `{"name":"secret`, FinishReason: "content_filter"}),
	)
	for _, want := range []struct{ text, words string }{
		{"the model declined to answer", "I keep that secret."},
		{"a content filter withheld the answer", ""},
	} {
		_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
		refused, ok := errors.AsType[*buoytyped.RefusalError](err)
		require.True(t, ok, "%v", err)
		require.EqualError(t, err, want.text)
		require.Equal(t, want.words, refused.Refusal)
		require.Equal(t, buoy.ErrModeration, buoy.KindOf(err))
		require.Same(t, resp, refused.Response)
		discreet(t, err)
	}
}

func TestTruncated(t *testing.T) {
	srv, client := provider(t,
		buoytest.ReplyWith(buoytest.Answer{Text: `{"name":"secret`, FinishReason: "length"}),
		buoytest.ReplyWith(buoytest.Answer{Text: dinner, FinishReason: "length"}),
	)
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
	cut, ok := errors.AsType[*buoytyped.TruncatedError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, `{"name":"secret`, cut.Text)
	require.Same(t, resp, cut.Response)
	require.Equal(t, buoy.ErrIncomplete, buoy.KindOf(err))
	require.Equal(t, buoy.KindOf(resp.Check()), buoy.KindOf(err), "one word for one thing")
	require.False(t, buoy.IsRetryable(err))
	discreet(t, err)
	require.Len(t, srv.Requests(), 1, "a longer conversation is no help")

	// The limit may fall on the last brace.
	got, _, err := buoytyped.ChatAs[recipe](t.Context(), client, question())
	require.NoError(t, err)
	require.Equal(t, soup(), got)
}

func TestARefusalInParts(t *testing.T) {
	_, err := buoytyped.Decode[recipe](&buoy.Response{Choices: []buoy.Choice{{Message: buoy.Message{
		Role: buoy.RoleAssistant, Parts: []buoy.Part{{Type: buoy.PartRefusal, Refusal: "I keep that secret."}},
	}}}})
	refused, ok := errors.AsType[*buoytyped.RefusalError](err)
	require.True(t, ok)
	require.Equal(t, "I keep that secret.", refused.Refusal)
}

func TestNilErrorsSaySo(t *testing.T) {
	for _, err := range []error{(*buoytyped.MismatchError)(nil), (*buoytyped.RefusalError)(nil), (*buoytyped.TruncatedError)(nil)} {
		require.Equal(t, "<nil>", err.Error())
		require.NotPanics(t, func() {
			buoy.KindOf(err)
			slog.New(slog.DiscardHandler).Error("x", "err", err)
		})
	}
}
