// Package buoytest is a fake provider for tests: a chat-completions server that follows
// a script. It can answer, refuse, cut off, stall and send nonsense. It records every
// request.
//
//	srv := buoytest.NewServer(t,
//		buoytest.RetryAfter(time.Second, buoytest.Fail(429)),
//		buoytest.Cut(3),
//		buoytest.Reply("Hello!"),
//	)
//	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
//
// # Scripts
//
// A script is a list of [Step]. Each chat request uses up the first step that applies
// to it. When the script is used up, every request gets a good answer. [Times],
// [Always] and [For] repeat steps. [ForModel] and [ForKey] limit steps to some
// requests. [Headers], [RetryAfter], [Delay], [Dribble], [Split] and [Gzip] change how
// a step answers.
//
// Most steps answer whole or as a stream, as the request asks. Use [Raw] or [Func] for
// anything that has no step of its own.
//
// A chat request is a POST of JSON to a path that ends in /chat/completions. The server
// refuses all others, and they use up no step.
//
// # Networks
//
// [NewServer] listens on a loopback socket. [NewMemServer] uses a network in memory. It
// works inside testing/synctest bubbles, where a minute of waiting takes no time.
// [Server.RoundTripper] needs no network at all.
//
// A step that waits ends when its client leaves or the server closes. It leaves no
// goroutine behind.
//
// # Recordings
//
// [Record] writes down what a real provider was asked and answered. [Replay] answers
// from that file, without a network or a key, with the pauses of its streams.
//
// # Chaos
//
// [Chaos] fails at random, but in the same way for the same seed. Its good answers
// carry a checksum. A client under test may return errors, but every answer that it
// returns must be [Intact].
//
// # Middleware
//
// [TestMiddleware] checks a middleware of your own.
package buoytest
