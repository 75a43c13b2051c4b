// Package buoytyped turns an answer into a Go value. [ChatAs] makes a JSON Schema from
// a type, asks for an answer that follows it, checks the answer and decodes it:
//
//	type Event struct {
//		Name   string   `json:"name"`
//		Date   string   `json:"date" jsonschema:"as YYYY-MM-DD"`
//		People []string `json:"people,omitempty"`
//	}
//
//	event, resp, err := buoytyped.ChatAs[Event](ctx, client, buoy.Request{
//		Model:    "gpt-4o-mini",
//		Messages: []buoy.Message{buoy.User("Alice and Bob go to the fair on 22 May 2026.")},
//	})
//
// [BatchAs] does the same for a batch. For streams, use the two halves of ChatAs:
// [Format] and [Decode].
//
// It also turns a Go function into a tool that a model can call. [RunTools] runs the
// tools that the model calls, until it answers without a call:
//
//	weather := buoytyped.Tool("get_weather", "The weather in a city.",
//		func(ctx context.Context, p Place) (Report, error) { ... })
//	conv, err := buoytyped.RunTools(ctx, client, req, weather)
//
// # From a type to a schema
//
// The schema is made by google/jsonschema-go and follows encoding/json: it has the
// names and the order of the fields, and allows no other properties. A tag
// `jsonschema:"..."` describes a field to the model. The schema is sent in the form
// that OpenAI's strict mode requires:
//
//   - All properties are required. A field may be null if it is a pointer or has
//     omitempty or omitzero. Elements of a list may not be null, even if they are
//     pointers.
//   - Limits, of an int8 or an array for example, are written into the description.
//     Several providers refuse a schema that has them as keywords.
//   - If the type is not an object, such as a []string, the schema is an object with
//     that type in the property "value".
//   - A tag `enum:"low,high"` lists the values of a string or a number, or of the
//     elements of a list.
//   - A time is a string in RFC 3339, a []byte is base64, and a type with MarshalText
//     and UnmarshalText is a string. A [Schemer] gives its own schema, for example with
//     the values of an enumeration.
//
// Maps, any, json.RawMessage and types with their own UnmarshalJSON cannot be described
// exactly. Types that contain them are sent with strict: false, and only this package
// checks the answer. Some types are refused before anything is sent: recursive types,
// channels, functions and others that JSON cannot fill.
//
// # From an answer to a value
//
// The text must be one JSON value. It may be in a Markdown fence with prose before and
// after, if there is only one fence. JSON amid prose without a fence is not accepted.
// The value is checked against the schema and then decoded. Optional fields may be
// absent. Unknown fields are errors. A whole number may be written as 2.0 or 1e2. If a
// member is there twice the last one counts, as in encoding/json, which merges two
// objects.
//
//   - [MismatchError], an ErrMalformed: the answer does not follow the schema. With
//     [WithRepair] the model sees all that is wrong and is asked once more.
//   - [RefusalError], an ErrModeration: the model declined, or a filter withheld the
//     text.
//   - [TruncatedError], an ErrIncomplete: the answer reached the token limit.
//
// All other errors of ChatAs are those of [buoy.Client.Chat]. The text of an error never shows
// the answer, whatever the formatting verb. The answer is in the fields.
//
// # Tools
//
// A tool is a [Function], made by [Tool]. Its arguments are checked against the schema
// of their type. If they do not follow it, they are repaired where they can mean only
// one thing; docs/typed.md has the list. Otherwise the model sees what is left and is
// asked once more, and then the error is an [ArgumentsError]. The error or the panic of a
// tool, and the call of a tool that does not exist, are results that the model reads.
// [Loop] has the number of rounds and of parallel calls, and streams the answers.
//
// # Concurrency
//
// Everything here is safe for concurrent use. The schema of a type is made once and
// kept for the life of the program.
package buoytyped
