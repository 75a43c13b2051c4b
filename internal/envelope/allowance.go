package envelope

import "strings"

// This file tells whose allowance is used up, and for how long.

// throttles tells whether a sentence beside a code that says that there is no money left counts a minute, or calls at once.
// What a dearer plan would allow is no reason.
func throttles(s string) bool {
	return strings.HasPrefix(s, "allocated quota exceeded") || has(s, throttled)
}

// mayThrottle tells at a glance that throttles need not look: OpenAI's refusal for want of money is the most frequent of
// these, and to look would cost a quarter of what its decoding does.
func mayThrottle(said string) bool {
	for _, part := range [...]string{"oncurren", " per ", "llocated quota", "ONCURREN", " PER ", "LLOCATED QUOTA"} {
		if strings.Contains(said, part) {
			return true
		}
	}
	return false
}

var throttled = []string{
	"limit of concurrent", "limit of requests per", "limit of tokens per", "limit of calls per", "too many requests per", "too many tokens per", "too many concurrent",
	"exceeded your concurrency", "exceeded the concurrency", "concurrency limit exceeded", "concurrency limit reached",
}

// allocated are DashScope's allowances for long, whose code is that of a minute's.
var allocated = []string{"month allocated quota", "week allocated quota", "monthly allocated quota", "weekly allocated quota"}

// keySpent are what is said of a good key that has used up its own allowance.
var keySpent = []string{"key reached its usage limit", "key has reached its usage limit", "key exceeded its usage limit", "key has exceeded its usage limit", "key reached its spending limit", "key has reached its spending limit"}

// allFailed is said where several upstreams were tried. What each of them said of money or of a key is not about the
// caller's. It begins the sentence: behind other words it may be the caller's.
func allFailed(said string) bool {
	s := lower(said[:min(len(said), 64)])
	return begins(strings.TrimPrefix(s, "error: "), []string{
		"all variants failed", "all upstreams failed", "all upstream providers failed", "all providers failed", "all models failed", "all fallbacks failed", "all deployments failed",
		"all targets failed", "all endpoints failed", "all backends failed", "all candidates failed", "all providers have failed", "all channels failed", "every provider failed",
	})
}

// noneAtAll tells whether a sentence of Google's lists allowances all of which are nothing. Such a one is never filled
// again, whatever wait stands behind it.
func noneAtAll(s string) bool {
	const limit = "limit: "
	if !strings.Contains(s, "quota exceeded for metric") {
		return false
	}
	_, rest, found := strings.Cut(s, limit)
	for ok := found; ok; _, rest, ok = strings.Cut(rest, limit) {
		if !strings.HasPrefix(rest, "0") || len(rest) > 1 && (rest[1] == '.' || rest[1] >= '0' && rest[1] <= '9') {
			return false
		}
	}
	return found
}
