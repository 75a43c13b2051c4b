package buoytyped_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"
)

const wrong = `{"name":"Soup","minutes":"twenty","vegan":true,"ingredients":[]}`

func TestRepairShowsTheModelItsMistake(t *testing.T) {
	usage := func(n int) buoytest.Usage {
		return buoytest.Usage{
			PromptTokens: n, CompletionTokens: 10 * n, TotalTokens: 11 * n, CachedTokens: n, ReasoningTokens: 2 * n,
			CostRUB: new(float64(n)), Balance: new(100 - float64(n)),
		}
	}
	srv, client := provider(t,
		buoytest.ReplyWith(buoytest.Answer{Text: wrong, Usage: usage(1)}),
		buoytest.Fail(503), // the repair is retried like any other call
		buoytest.ReplyWith(buoytest.Answer{Text: dinner, Usage: usage(2)}),
	)
	req := question()
	got, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, req, buoytyped.WithRepair())
	require.NoError(t, err)
	require.Equal(t, soup(), got)
	require.Len(t, req.Messages, 2)

	require.Len(t, resp.Info.Attempts, 3)
	require.Equal(t, 3, resp.Usage.PromptTokens)
	require.Equal(t, 30, resp.Usage.CompletionTokens)
	require.Equal(t, 33, resp.Usage.TotalTokens)
	require.Equal(t, 3, resp.Usage.PromptTokensDetails.CachedTokens)
	require.Equal(t, 6, resp.Usage.CompletionTokensDetails.ReasoningTokens)
	require.Equal(t, new(3.0), resp.Usage.CostRUB)
	require.Equal(t, new(98.0), resp.Usage.Balance)

	sent := bodyOf(t, srv.Requests()[2])
	require.Equal(t, "json_schema", sent.ResponseFormat.Type)
	require.Len(t, sent.Messages, 4)
	require.Equal(t, "assistant", sent.Messages[2].Role)
	require.Equal(t, wrong, sent.Messages[2].Content)
	require.Equal(t, "user", sent.Messages[3].Role)
	require.Equal(t, "Your answer does not follow the JSON Schema: minutes: is a string where an integer is due.\n"+
		"Answer again, completely, with the corrected JSON and nothing else.", sent.Messages[3].Content)
}

// What the decoder says may quote the answer. That is for the model, and for
// nobody else.
func TestRepairTellsTheDecodersReason(t *testing.T) {
	srv, client := provider(t, buoytest.Reply(`{"scores":{},"any":1,"own":"x"}`), buoytest.Reply(`{"scores":{},"any":1,"own":1}`))
	_, _, err := buoytyped.ChatAs[open](t.Context(), client, question(), buoytyped.WithRepair())
	require.NoError(t, err)
	require.Contains(t, bodyOf(t, srv.Requests()[1]).Messages[3].Content, `its type refuses it (secret "x")`)
}

// All mistakes are told at once, for there is one repair. Names of the model's are told to
// nobody else.
func TestRepairTellsAllMistakes(t *testing.T) {
	long := strings.Repeat("secret", 1000)
	for name, c := range map[string]struct {
		decode func(*buoy.Client) error
		answer string
		want   string // of what the model reads
		error  string
	}{
		"two":            {asking[recipe], `{"minutes":2.5,"vegan":true,"ingredients":[]}`, "name: is missing; minutes: is a number where an integer is due", "="},
		"one of a type":  {asking[library], `{"took":1,"at":"secret","exact":1,"address":"::1","blob":"","number":1}`, `at: follows the schema, but its type refuses it (parsing time "secret" as "2006-01-02T15:04:05Z07:00": cannot parse "secret" as "2006")`, "at: follows the schema, but its type refuses it"},
		"and a schema's": {asking[library], `{"at":"secret","exact":1,"address":"::1","blob":"","number":1}`, `took: is missing; at: follows the schema, but its type refuses it (parsing time "secret" as "2006-01-02T15:04:05Z07:00": cannot parse "secret" as "2006")`, "took: is missing; at: follows the schema, but its type refuses it"},
		"words of Go":    {asking[library], `{"at":"2026-05-22T10:00:00Z","took":1e19,"exact":1,"ratio":"secret","address":"::1","blob":"","number":1}`, `took: is outside of the range -9223372036854775808 to 9223372036854775807; ratio: follows the schema, but its type refuses it`, "="},
		"more of them":   {asking[delegating], `{"at":{"n":7}}`, `at: follows the schema, but its type refuses it`, "="},
		"a type's field": {asking[delegating], `{"at":{"n":2.5}}`, `at.n: is a number where an integer from -128 to 127 is due`, "="},
		"an unknown one": {asking[wine], `{"name":"a","secret":1}`, `has a property that the schema does not know: "secret"`, "has a property that the schema does not know"},
		"unknown ones": {asking[recipe], `{"name":"a","minutes":1,"vegan":true,"ingredients":[{"what":"b","secret\n2":1,"secret \"1\"\u2028\ud800":1}]}`,
			`ingredients[0]: has 2 properties that the schema does not know: "secret\n2", "secret \"1\"\u2028�"`, "ingredients[0]: has 2 properties that the schema does not know"},
		"a long one": {asking[wine], `{"name":"a","` + long + `":1}`, `has a property that the schema does not know: "` + long[:64] + `..."`, "has a property that the schema does not know"},
		"many": {asking[wine], `{"name":"a","j":1,"i":1,"h":1,"g":1,"f":1,"e":1,"d":1,"c":1,"b":1,"a":1}`,
			`has 10 properties that the schema does not know: "a", "b", "c", "d", "e", "f", "g", "h" and 2 more`, "has 10 properties that the schema does not know"},
		"keys of a map": {asking[map[string]int], `{"secret b":"x","secret a":2.5,"c":1}`, `"secret a": is a number where an integer is due; "secret b": is a string where an integer is due`,
			"*: is a number where an integer is due; *: is a string where an integer is due"},
		"more than are told": {asking[map[string]int], `{"a":"x","b":"x","c":"x","d":"x","e":"x","f":"x","g":"x","h":"x","i":"x"}`,
			`"a": is a string where an integer is due; "b": is a string where an integer is due; "c": is a string where an integer is due; "d": is a string where an integer is due; ` +
				`"e": is a string where an integer is due; "f": is a string where an integer is due; "g": is a string where an integer is due; "h": is a string where an integer is due; and more`,
			"*: is a string where an integer is due; and more"},
	} {
		t.Run(name, func(t *testing.T) {
			srv, client := provider(t, buoytest.Times(2, buoytest.Reply(c.answer)))
			err := c.decode(client)
			bad, ok := errors.AsType[*buoytyped.MismatchError](err)
			require.True(t, ok, "%v", err)
			if c.error == "=" {
				c.error = c.want
			}
			require.EqualError(t, err, "the answer is no "+bad.Type+": "+c.error)
			sent := bodyOf(t, srv.Requests()[1]).Messages[3].Content
			require.Equal(t, "Your answer does not follow the JSON Schema: "+c.want+".\nAnswer again, completely, with the corrected JSON and nothing else.", sent)
			discreet(t, err)
		})
	}
}

func asking[T any](client *buoy.Client) error {
	_, _, err := buoytyped.ChatAs[T](context.Background(), client, question(), buoytyped.WithRepair())
	return err
}

// Each mistake keeps its place, however much there is to say of the others.
func TestRepairIsShort(t *testing.T) {
	srv, client := provider(t, buoytest.Times(2, buoytest.Reply(`{"value":["1","2","3","4","5","6","7","8","9"]}`)))
	_, _, err := buoytyped.ChatAs[[]wordy](t.Context(), client, question(), buoytyped.WithRepair())
	require.ErrorIs(t, err, buoy.ErrMalformed)
	for _, text := range []string{err.Error(), bodyOf(t, srv.Requests()[1]).Messages[3].Content.(string)} {
		require.Less(t, len(text), 1000)
		for i := range 8 {
			require.Contains(t, text, fmt.Sprintf("value[%d]: is none of the allowed values: ", i))
		}
		require.Contains(t, text, "; and more")
		require.NotContains(t, text, "value[8]")
	}
}

type wordy string

func (wordy) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: []any{strings.Repeat("a", 500), strings.Repeat("b", 500)}}
}

// A property that the schema does not know is a field of the error, as the model wrote it.
func TestUnknownPropertiesAreKept(t *testing.T) {
	bad, ok := errors.AsType[*buoytyped.MismatchError](reading[wine](`{"secret\n":1,"year":"x","z":2}`))
	require.True(t, ok)
	require.Len(t, bad.Mistakes, 3)
	require.Equal(t, "name: is missing", bad.Mistakes[0].String())
	require.Equal(t, "year: is a string where an integer or null is due", bad.Mistakes[1].String())
	require.Equal(t, []string{"secret\n", "z"}, bad.Mistakes[2].Unknown)
	require.Nil(t, bad.Mistakes[0].Unknown)
}

func TestRepairIsTriedOnce(t *testing.T) {
	srv, client := provider(t, buoytest.Always(buoytest.Reply(wrong)))
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair(), buoytyped.WithJSONMode())
	bad, ok := errors.AsType[*buoytyped.MismatchError](err)
	require.True(t, ok)
	require.NoError(t, bad.Repair)
	require.Same(t, resp, bad.Response)
	require.Len(t, resp.Info.Attempts, 2)
	require.Len(t, srv.Requests(), 2)
}

func TestWithoutRepairOneCallIsMade(t *testing.T) {
	srv, client := provider(t, buoytest.Always(buoytest.Reply(wrong)))
	_, _, err := buoytyped.ChatAs[recipe](t.Context(), client, question())
	require.ErrorIs(t, err, buoy.ErrMalformed)
	require.Len(t, srv.Requests(), 1)
}

func TestRepairThatFails(t *testing.T) {
	_, client := provider(t, buoytest.Reply(wrong), buoytest.Fail(402))
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
	bad, ok := errors.AsType[*buoytyped.MismatchError](err)
	require.True(t, ok)
	require.Equal(t, wrong, bad.Text)
	require.Same(t, resp, bad.Response)
	require.ErrorIs(t, err, buoy.ErrMalformed)
	require.ErrorIs(t, err, buoy.ErrQuota)
	require.Equal(t, buoy.ErrQuota, buoy.KindOf(err))
	require.ErrorContains(t, err, "minutes: is a string where an integer is due; the repair failed: buoy: chat m: ")

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, client = provider(t, buoytest.Reply(wrong), buoytest.Func(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
	_, _, err = buoytyped.ChatAs[recipe](ctx, client, question(), buoytyped.WithRepair())
	require.ErrorIs(t, err, context.Canceled)
}

func TestToolCallsAreNotRepaired(t *testing.T) {
	srv, client := provider(t, buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{{Name: "f", Arguments: "{}"}}}))
	_, resp, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
	require.EqualError(t, err, "the answer is no recipe: it calls a tool")
	require.Len(t, resp.ToolCalls(), 1)
	require.Len(t, srv.Requests(), 1)
}

// A reasoning model wants back what it thought, in the form in which it came.
func TestRepairSendsTheWholeMessageBack(t *testing.T) {
	srv, client := provider(t,
		buoytest.ReplyWith(buoytest.Answer{Text: wrong, Message: map[string]any{"reasoning_details": []any{map[string]any{"type": "x", "data": "signed"}}}}),
		buoytest.Reply(dinner))
	_, _, err := buoytyped.ChatAs[recipe](t.Context(), client, question(), buoytyped.WithRepair())
	require.NoError(t, err)
	var sent struct {
		Messages []map[string]json.RawMessage `json:"messages"`
	}
	require.NoError(t, json.Unmarshal(srv.Requests()[1].Body, &sent))
	require.JSONEq(t, `[{"type":"x","data":"signed"}]`, string(sent.Messages[2]["reasoning_details"]))
}
