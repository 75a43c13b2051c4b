// Package conformance checks buoy against OpenAI's published schemas: the bodies
// that it sends, the replies that it stores, and the replies and chunks of
// buoytest. It is a module of its own so that the schema's validator stays out of
// everybody's dependencies; it has tests only.
package conformance
