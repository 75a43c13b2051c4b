// Package buoytyped turns an answer into a Go value. [ChatAs] makes a JSON
// Schema from a type, asks for an answer that follows it, checks that it does and
// decodes it:
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
// [Format] and [Decode] are its two halves, for streams and batches.
//
// # From a type to a schema
//
// The schema comes from google/jsonschema-go and follows encoding/json: names
// and order of the fields, no other properties. A tag `jsonschema:"..."` describes
// a field to the model. It is sent in the form that OpenAI's strict mode demands:
//
//   - All properties are required. A field that is a pointer, or has omitempty or
//     omitzero, may be null. Elements of a list may not, even if they are pointers.
//   - Bounds (of an int8, say, or of an array) are told in the description, since
//     several providers refuse a schema that has them as keywords.
//   - What is no object at the top, such as a []string, stands in the property
//     "value" of one.
//   - A time is a string in RFC 3339, a []byte is base64, a type with MarshalText
//     and UnmarshalText is a string. A [Schemer] speaks for itself, for example
//     with the values of an enumeration.
//
// Maps, any, json.RawMessage and types with an UnmarshalJSON of their own cannot
// be described exactly. Types that contain them are sent with strict: false, and
// the check happens here alone. Types that contain themselves, channels, functions
// and other things that JSON cannot fill are refused before anything is sent.
//
// # From an answer to a value
//
// The text must be one JSON value. A Markdown fence around it, with prose before
// and after, is tolerated if there is one fence only; JSON amid prose without a
// fence is not. The value is held against the schema and then decoded. Absent
// optional fields are fine, unknown ones are not.
//
//   - [MismatchError], an ErrMalformed: the answer is something else. With
//     [WithRepair] the model is told so once and asked again.
//   - [RefusalError], an ErrModeration: the model declined, or a filter withheld
//     the text.
//   - [TruncatedError], an ErrInvalidRequest: the token limit came first.
//
// All others are those of [buoy.Client.Chat]. No error shows the answer in its
// text, whatever the formatting verb: the answer is in the fields.
//
// Everything here is safe for concurrent use. What is worked out for a type is
// kept for the life of the program.
package buoytyped
