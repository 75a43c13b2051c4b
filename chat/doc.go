// Package chat defines what a chat consists of: the request, the answer, the pieces of
// a streamed answer, and the JSON of all three. It knows nothing about HTTP, providers'
// errors or retries. Package buoy does that.
//
// Most names here are also names in package buoy. A program that only calls a client
// does not need to import this package.
//
//	req := buoy.Request{
//		Model:       "gpt-4o-mini",
//		Messages:    []buoy.Message{buoy.System("Be brief."), buoy.User("Why is the sky blue?")},
//		Temperature: new(0.2),
//	}
//
// # Requests
//
// A [Request] has every field that OpenAI, AITUNNEL and OpenRouter document for chat
// completions. Put any other field into Extra, which is merged into the body.
// [Request.Validate] finds mistakes that no provider would accept. A client calls it
// before it sends anything.
//
// A conversation is a list of [Message]. The content of a message is a text, or a list
// of [Part] made with [Text], [ImageURL], [ImageData], [InputAudio], [File] and so on.
// Make a [Tool] with [FunctionTool], and ask for a JSON answer with [JSONSchema].
//
// # Answers
//
// A whole answer is a [Response] with its [Choice] values and its [Usage].
// [Response.Check] finds one that was refused, withheld or cut short. A stream
// brings [Chunk] values instead. Each says, in a [Delta], what was added to a choice.
// The message of an answer can be appended to the next request unchanged: reasoning,
// signatures and unknown fields are sent back as they came.
//
// # JSON
//
// Every type reads what its MarshalJSON wrote, and what providers send. Two kinds of
// fields are kept in Extra: those that buoy does not know, and those whose value is not
// of the documented type. MarshalJSON of a Request or a Message is for storing and
// keeps everything. [Request.AppendBody] writes what is sent to a provider.
//
// [DecodeResponse] and [ChunkDecoder] are for programs with a transport of their own.
// They read the same JSON. They also report whether a reply looks like a refusal, and
// whether an event of a stream carries any content ([Signs]).
//
// # Concurrency
//
// All types are plain data. Several goroutines may read a value at the same time, as
// long as nobody changes it. A [ChunkDecoder] may be used by one goroutine at a time.
package chat
