// Package buoyload keeps as many calls in flight as a provider can serve, and
// learns by itself how many that are. The calls beyond wait here, for a bounded
// time, or are refused at once; in the provider's queue they would make each
// other late, and time out after they have been paid for.
//
//	limiter, err := buoyload.New(buoyload.Policy{})
//	parts := buoy.Standard()
//	parts = slices.Insert(parts, len(parts)-2, limiter.Middleware()) // in front of the breaker
//	client, err := buoy.New(endpoint, buoy.WithChain(parts...))
//
// There is one limit for each endpoint and model, and a client's keys share it.
//
// # What it learns from
//
// From the time to the first token. The time to the last one is the length of
// the answer: a limit that went by it would shrink whenever somebody asks for long
// ones. So streams teach it, and whole answers that travel as streams
// ([buoy.WithStreamedChat]). Whole answers tell only that they came: with nothing
// else, the limit grows while it is reached, until the provider complains.
//
// Complaints are a 429, a 503 or 529, and silence: an attempt's timer, a 408 or a
// 504. As many of them at once as a tenth of the limit, at least two, bring it down to 0.7
// of what was in flight. Other errors, cancellations and the caller's own
// deadline say nothing.
//
// What the first token takes without load is learned, too. When it comes
// more than [Policy.Tolerance] times as late, the limit goes down; if that is no
// use, the load is other customers', and the limit goes back up. While the limit
// is reached all the time, it is halved for a window every two minutes, or every
// twenty times that a call takes if that is longer, to see what the time without
// load is now.
//
// # What a call gets
//
// Calls go in the order in which they came. One whose wait would be longer than
// [Policy.MaxWait] or its deadline is refused at once with a [buoy.LimitError]
// that says how long it would be ([buoy.RetryAfter]); a fallback target is then
// asked. In its place in front of the breaker the wait is on nobody's account:
// not the attempt's timers, not the breaker, not the number of attempts. As a
// [buoy.WithAttemptMiddleware] it works, too, but the attempt's timers run
// while a call waits; use MaxWait: -1 there.
//
// A permit is held until the answer has ended: read to its end, failed, closed,
// cancelled or abandoned.
package buoyload
