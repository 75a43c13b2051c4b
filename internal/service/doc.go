// Package service runs real servers for tests and examples: redis-server, PostgreSQL,
// Prometheus and others like them. A server is found on this computer, listens on a
// free port of the loopback address, keeps its files in a temporary folder, can be
// killed, paused and started again, and leaves nothing behind.
//
//	r := service.Redis(t)        // skips where there is no redis-server
//	client := redis.NewClient(&redis.Options{Addr: r.Addr()})
//	r.Kill()                     // as a crash would
//	r.Restart()                  // on the same port
//
// Where a program is missing, a test is skipped and says how to install it. With
// BUOY_REQUIRE_SERVICES=1 in the environment it fails, so that no test of a server is
// skipped unnoticed on a machine that should have them all.
//
// Beside the standard library it needs nothing, and no testify: examples import it,
// too.
package service
