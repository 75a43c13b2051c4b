// Package buoycache keeps a client's answers: in memory, in a file, or both.
//
//	disk, err := buoycache.Disk("/var/cache/myservice/answers", buoycache.WithKeys(key))
//	defer disk.Close()
//	cache := buoycache.Tiered(buoycache.Memory(64<<20), disk)
//	client, err := buoy.New(endpoint, buoy.WithCache(cache, buoy.CachePolicy{TTL: time.Hour}))
//
// [Memory] is the fastest level and ends with the process. [Disk] outlives it, for one
// process at a time. [Tiered] asks levels in their order, the fastest first; each may be
// any cache with Get and Set, such as one on Redis. [Packed] compresses and encrypts what
// such a one is given.
//
// # What can go wrong
//
// Nothing here makes a call fail or wait. A value that is damaged, of another version or
// under another key is a miss. A level that cannot be used misses and drops. What happened
// is counted in [Stats], and what somebody should know is said once in the log.
//
// # Clocks
//
// Memory counts by a clock that nobody can set. A file has times of the wall clock: if that
// jumps ahead, entries expire early, and if it is set back, each lives at most as long again
// as it was stored for.
package buoycache
