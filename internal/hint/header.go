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
		// The shortest and the longest of the names below, and how they end; most headers of a reply end here.
		if len(key) < len("retry-after") || len(key) > len("x-ratelimit-retry-after") {
			continue
		}
		if end := key[len(key)-1] | 0x20; end != 'r' && end != 's' {
			continue
		}
		parse := Parse
		switch {
		case strings.EqualFold(key, "retry-after-ms"), strings.EqualFold(key, "x-ms-retry-after-ms"):
			parse = ParseMillis
		case strings.EqualFold(key, "retry-after"), strings.EqualFold(key, "x-retry-after"),
			strings.EqualFold(key, "x-ratelimit-retry-after"):
		default:
			continue
		}
		for _, value := range values {
			if v, said := parse(value, now); said {
				d, ok = max(d, v), true
			}
		}
	}
	return d, ok
}
