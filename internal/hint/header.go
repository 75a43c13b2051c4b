package hint

import (
	"net/http"
	"strings"
	"time"
)

// FromHeader returns the largest explicit wait that the headers name: retry-after-ms, x-ms-retry-after-ms and
// Retry-After, in any case. What x-ratelimit-* says is no explicit wait: see [RateLimit.Wait].
func FromHeader(h http.Header, now time.Time) (d time.Duration, ok bool) {
	for key, values := range h {
		if v, said := waitIn(key, values, now); said {
			d, ok = max(d, v), true
		}
	}
	return d, ok
}

// waitIn reads one header.
func waitIn(key string, values []string, now time.Time) (d time.Duration, ok bool) {
	// The shortest and the longest of the names below, and how they end; most headers of a reply end here.
	if len(key) < len("retry-after") || len(key) > len("x-ratelimit-retry-after") {
		return 0, false
	}
	if end := key[len(key)-1] | 0x20; end != 'r' && end != 's' {
		return 0, false
	}
	parse := Parse
	switch {
	case strings.EqualFold(key, "retry-after-ms"), strings.EqualFold(key, "x-ms-retry-after-ms"):
		parse = ParseMillis
	case strings.EqualFold(key, "retry-after"), strings.EqualFold(key, "x-retry-after"),
		strings.EqualFold(key, "x-ratelimit-retry-after"):
	default:
		return 0, false
	}
	for _, value := range values {
		if v, said := parse(value, now); said {
			d, ok = max(d, v), true
		}
	}
	return d, ok
}

// FromRefusal is [FromHeader] and [ParseRateLimit] in one pass over the headers.
func FromRefusal(h http.Header, now time.Time) (wait time.Duration, limits RateLimit) {
	known, others := false, false
	for key, values := range h {
		if d, ok := waitIn(key, values, now); ok {
			wait = max(wait, d)
		}
		is, other := limits.add(key, values, now)
		known, others = known || is, others || other
	}
	if others {
		limits, _ = parseWindows(limits, known, h, now)
	}
	return wait, limits
}
