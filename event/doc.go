// Package event has what a client tells of its work while it goes on: that a call or an
// attempt begins, that a stream brings its first token, that a breaker opens or a key
// goes out, that a call waits, falls back, is hedged or recovered, that a cache answers,
// that a quota reaches a threshold. What has ended is told through buoy.Observer alone. A
// durable queue tells of its jobs.
//
// A listener is an observer (buoy.WithObserver) that has one or more of the methods of
// the interfaces here besides:
//
//	type watcher struct{ metrics }
//
//	func (w watcher) ObserveAttempt(context.Context, buoy.AttemptEvent) {}
//	func (w watcher) ObserveCall(context.Context, buoy.CallEvent)       {}
//	func (w watcher) ObserveBreaker(e event.Breaker)                    { w.gauge(e.Endpoint, e.Model, e.To) }
//
// New interfaces may come, and fields may be added to the structs: write their literals
// with keys.
//
// # Rules
//
// Listeners must be safe for concurrent use. They must be quick, because they run on
// the goroutine of a call. They run outside any lock and may call any method of buoy's but
// Next of the stream that they are told of. A panic of a listener ends in the log, and
// neither the call nor the other listeners notice.
//
// No event holds a key. Keys have labels, which stand in buoy.Attempt, too. The only
// event that holds the prompt is [CallStart], in its Request.
package event
