// Package buoyotel reports a client's calls to OpenTelemetry, as traces and metrics.
//
//	telemetry, err := buoyotel.New(buoyotel.WithEndpoint(endpoint))
//	client, err := buoy.New(endpoint,
//		buoy.WithObserver(telemetry),
//		buoy.WithMiddleware(telemetry.Middleware())) // response ids, finish reasons, content
//	defer telemetry.Watch(client)()                      // gauges of breakers, keys, limits and quotas
//
// # Traces
//
// A call is a client span "chat MODEL" as the semantic conventions for generative AI,
// v0.1.0, have it. It ends when the answer ends: for a stream, when it was read to its
// end, failed or was closed. Each request sent for it is a child span "buoy attempt" of
// kind INTERNAL without an attribute in gen_ai, so that no backend counts it as a call.
// Retries, fallbacks, hedges, recoveries, waits and changes of keys are events of the
// call's span.
//
// A span of a failed call has the [buoy.Kind] as its error.type, and the status Error.
// The kind "canceled" leaves the status unset, since the caller wanted it so.
//
// # Metrics
//
// Those of the conventions, and some of buoy's own, whose names begin with "buoy". The
// counters of tokens and cost count every attempt, also failed ones and the losers of a
// race, as far as the provider reported their usage. The README lists all.
//
// # What is never reported
//
// No attribute holds a key or its label, a tenant, a header, a URL's path or query, or
// the text of an error. Prompts and answers are reported only with [WithContent].
package buoyotel
