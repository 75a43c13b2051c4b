// Package chat has the words of a chat: what is asked for, what comes back, and the
// JSON of both. It knows nothing of HTTP, of errors of providers, or of what happens
// to a call; that is package buoy. Most of its names are names of buoy, too, so a
// program that only calls a client needs no import of this package.
//
//	req := buoy.Request{
//		Model:       "gpt-4o-mini",
//		Messages:    []buoy.Message{buoy.System("Be brief."), buoy.User("Why is the sky blue?")},
//		Temperature: new(0.2),
//	}
//
// # What is asked for
//
// A [Request] has every field that OpenAI, AITUNNEL and OpenRouter document for
// chat completions. Fields that this package does not know go into Extra, which is
// merged into the body. [Request.Validate] finds what no provider could carry out; a
// client calls it before it sends anything.
//
// A conversation is a list of [Message]. Its content is a text, or [Part]s: [Text],
// [ImageURL], [ImageData], [InputAudio], [File] and so on. A [Tool] is made with
// [FunctionTool], the shape of the answer with [JSONSchema].
//
// # What comes back
//
// A whole answer is a [Response] with its [Choice]s and its [Usage]. A stream brings
// [Chunk]s, each with what the choices grew by (a [Delta]). The message of an answer
// can be appended to the next request as it is: reasoning, signatures and unknown
// fields go back as they came.
//
// # The JSON
//
// All types read what MarshalJSON wrote, and what providers send. One rule holds for
// all of them: what is not known, and what is known but not of the documented type,
// is kept in Extra. MarshalJSON of a Request or a Message is for storing and keeps
// everything; [Request.AppendBody] writes what is sent.
//
// [DecodeResponse] and [ChunkDecoder] are for those who write a transport: they read
// the same JSON, and say whether it looks like a refusal and whether an event has
// any meaning.
//
// # Concurrency
//
// All types are plain data. Several goroutines may read a value at once as long as
// nobody changes it. A ChunkDecoder belongs to one goroutine.
package chat
