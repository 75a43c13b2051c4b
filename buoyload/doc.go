// Package buoyload limits the number of concurrent calls to what a provider can serve.
// It learns that number by itself. Further calls wait here, for a limited time, or are
// refused at once. In the provider's queue they would slow each other down, and time
// out after they have been paid for.
//
//	limiter, err := buoyload.New(buoyload.Policy{})
//	parts := buoy.StandardParts()
//	parts.Breaker = buoy.Chain(limiter.Middleware(), parts.Breaker) // in front of the breaker
//	client, err := buoy.New(endpoint, buoy.WithChain(parts.List()...))
//
// There is one limit for each endpoint and model. The keys of a client share it.
//
// # How it learns
//
// It learns from the time to the first token. The time to the last token depends on the
// length of the answer, so a limit based on that would shrink whenever somebody asks
// for long answers. Streams have a first token, and so do whole answers that travel as
// streams ([buoy.WithStreamedChat]). Other whole answers show only that they arrived.
// If there are no others, the limit grows as long as it is reached, until the provider
// is overloaded.
//
// Signs of overload are status 429, 503 and 529, and silence: a timer of an attempt,
// status 408 or 504. If these come from a tenth of the limit, or from two calls if that
// is more, the limit drops to 0.7 of the number of calls in flight. Other errors,
// cancellations and the caller's own deadline have no effect.
//
// It also learns the normal time to the first token, without load. If the time is more
// than [Policy].Tolerance times the normal time, the limit goes down. If that does not
// help, the load is from other customers, and the limit goes back up. If the limit is
// reached all the time, it is halved for a short while to measure the normal time
// again. That happens every two minutes, or every twenty times the duration of a call
// if that is longer.
//
// # How calls wait
//
// Calls go in the order in which they came. If a call would have to wait longer than
// [Policy].MaxWait or its deadline, it is refused at once with a [buoy.LimitError],
// which has the expected wait ([buoy.RetryAfter]). A fallback target is then tried.
//
// Put the middleware in front of the breaker, as above. The wait then counts neither
// for the timers of the attempt, nor for the breaker, nor as an attempt. It also works
// as a [buoy.WithAttemptMiddleware], but there the timers of the attempt run during the
// wait. Use MaxWait: -1 in that case.
//
// A permit is held until the answer has ended: read to its end, failed, closed,
// cancelled or abandoned.
package buoyload
