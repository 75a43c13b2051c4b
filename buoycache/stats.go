package buoycache

import "sync/atomic"

// Stats are the counts of a level since it was made, and its size now.
type Stats struct {
	// Level is its name: "memory", "disk".
	Level string
	// Hits and Misses are the answers to Get. A value that cannot be used is a miss.
	Hits, Misses uint64
	// Dropped are the values that were not stored: too large, too many at once, or the
	// level is not in use.
	Dropped uint64
	// Damaged are the values that were found and could not be used: damaged, of another
	// version, or encrypted with a key that is not among those given. Each is a miss, too.
	Damaged uint64
	// Errors are the failures: of a file, of a level.
	Errors uint64
	// Bytes and Entries are what is stored now, including what has just expired.
	Bytes, Entries int64
	// Off says why the level is not in use, such as a file that serves another process.
	// It is empty for one that is.
	Off string
}

// counters are the counts of a level.
type counters struct {
	hits, misses, dropped, damaged, errors atomic.Uint64
}

func (c *counters) stats(level string) Stats {
	return Stats{
		Level:   level,
		Hits:    c.hits.Load(),
		Misses:  c.misses.Load(),
		Dropped: c.dropped.Load(),
		Damaged: c.damaged.Load(),
		Errors:  c.errors.Load(),
	}
}
