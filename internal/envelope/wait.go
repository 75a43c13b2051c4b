package envelope

import (
	"net/http"
	"strings"
	"time"

	"github.com/buoy-go/buoy/internal/hint"
)

// waitMember reads a field that names a wait: a number, a text, or Google's {"seconds":34,"nanos":400000000}.
func (e *evidence) waitMember(t *tree, c *node, millis bool) {
	s := t.str(c)
	if c.kind == object {
		s = t.protoDuration(c)
	}
	parse := hint.Parse
	if millis {
		parse = hint.ParseMillis
	}
	if d, ok := parse(s, e.now); ok {
		e.wait = max(e.wait, d)
	}
}

func (t *tree) protoDuration(n *node) string {
	seconds, nanos := "", ""
	for f := t.first(n); f != nil; f = t.after(f) {
		switch string(t.src[f.keyStart:f.keyEnd]) {
		case "seconds":
			seconds = t.str(f)
		case "nanos":
			nanos = t.str(f)
		}
	}
	if len(nanos) > 9 || !numeric(nanos) {
		return seconds
	}
	return seconds + "." + strings.Repeat("0", 9-len(nanos)) + nanos
}

// headerOf reads the headers that a gateway forwards in its metadata.
func headerOf(t *tree, n *node) http.Header {
	h := http.Header{}
	for c := t.first(n); c != nil && len(h) < 64; c = t.after(c) {
		value := c
		if c.kind == array {
			value = t.first(c)
		}
		if value != nil {
			h.Set(string(t.src[c.keyStart:c.keyEnd]), t.str(value))
		}
	}
	return h
}

// retryAfter is the largest explicit wait; the text counts where it is the only evidence, a reset only where nothing is.
func (e *evidence) retryAfter(said string) time.Duration {
	if e.wait > 0 {
		return e.wait
	}
	switch e.r.Kind {
	case KindInvalidRequest, KindContextLength, KindTooLarge, KindModeration, KindAuth, KindPermission:
		// "after 60 seconds" in such a sentence describes the request.
		return 0
	}
	if wait := max(e.waitIn(said), e.waitIn(e.rawText)); wait > 0 {
		return wait
	}
	switch e.r.Kind {
	case KindRateLimit, KindQuota, KindOverloaded:
		wait, _ := e.r.RateLimit.Wait()
		limits, _ := hint.ParseRateLimit(e.headers, e.now)
		if d, ok := limits.Wait(); ok {
			wait = max(wait, d)
		}
		return wait
	}
	return 0
}

// waitIn is the wait that a sentence names, unless a name of the request does.
func (e *evidence) waitIn(s string) time.Duration {
	wait, ok := hint.FromText(s, e.now)
	if ok && e.asked != nil {
		wait, _ = hint.FromText(e.named(s), e.now)
	}
	return wait
}
