// Package buoytest is a provider for tests: a chat-completions server that answers, refuses, cuts, stalls and lies
// as a script tells it, and remembers what it was asked.
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
// Each chat request takes the first [Step] of the script that still has something for it; when none is left, every
// request is answered well. [Times], [Always] and [For] repeat steps, [ForModel] and [ForKey] keep them for some
// requests, [Headers], [RetryAfter], [Delay], [Dribble], [Split] and [Gzip] change how a step answers. A step answers
// whole or as a stream, whichever the request asks for. What is missing is made with [Raw] or [Func].
//
// What is not a POST of JSON to a path that ends in /chat/completions is refused and takes no step.
//
// # Networks
//
// [NewServer] listens on a loopback socket. [NewMemServer] has a network in memory and works inside testing/synctest
// bubbles, where a minute of waiting takes no time. [Server.RoundTripper] goes past the network altogether.
//
// A step that waits ends when its client leaves or the server closes, and leaves no goroutine behind.
//
// # Chaos
//
// [Chaos] fails at random, reproducibly, and gives good answers a checksum: a client under test may return errors,
// but nothing that is not [Intact].
package buoytest
