package hint

import (
	"math"
	"net/http"
	"strings"
	"time"
)

// A Window is one allowance and what is left of it.
//
// The zero value says that nothing is known.
type Window struct {
	Known     bool          // Remaining was stated, and not as Azure's -1
	Limit     int           // 0: not stated
	Remaining int           // valid if Known
	Reset     time.Duration // until the window is full again; 0: not stated, or past
}

// A RateLimit is what the x-ratelimit-* headers of a reply say. Where a provider keeps several windows of a kind, by
// minute and by day or for input and output, each field holds the tightest.
//
// The zero value says that nothing is known.
type RateLimit struct {
	Requests, Tokens Window
}

// Wait returns the longest reset of a window in which nothing remains. It is the wait of a refusal that names none.
func (r RateLimit) Wait() (d time.Duration, ok bool) {
	for _, w := range [...]Window{r.Requests, r.Tokens} {
		if w.Known && w.Remaining == 0 {
			d = max(d, w.Reset)
		}
	}
	return d, d > 0
}

// ParseRateLimit reads the families x-ratelimit-*, anthropic-ratelimit-*, ratelimit-* and x-tokenlimit-*, in any case;
// ok tells whether there was one. It does not allocate, and costs a look at each header's name where there is none.
func ParseRateLimit(h http.Header, now time.Time) (r RateLimit, ok bool) {
	others := false
	for key, values := range h {
		is, other := r.add(key, values, now)
		ok, others = ok || is, others || other
	}
	if others {
		return parseWindows(r, ok, h, now)
	}
	return r, ok
}

// add reads a header that has one of OpenAI's names; other tells one that may be of another family. OpenAI's come with
// every answer of most providers, one window of each kind; others cost four times as much.
func (r *RateLimit) add(key string, values []string, now time.Time) (ok, other bool) {
	if len(key) < len("ratelimit") || len(key) > len(lowered{}) || len(values) == 0 {
		return false, false
	}
	switch key {
	case "X-Ratelimit-Limit-Requests":
		r.Requests.set(limit, values[0], now)
	case "X-Ratelimit-Limit-Tokens":
		r.Tokens.set(limit, values[0], now)
	case "X-Ratelimit-Remaining-Requests":
		r.Requests.set(remaining, values[0], now)
	case "X-Ratelimit-Remaining-Tokens":
		r.Tokens.set(remaining, values[0], now)
	case "X-Ratelimit-Reset-Requests":
		r.Requests.set(reset, values[0], now)
	case "X-Ratelimit-Reset-Tokens":
		r.Tokens.set(reset, values[0], now)
	default:
		return false, mayLimit(key)
	}
	return true, false
}

// mayLimit tells by its beginning that a header may be of one of the families.
func mayLimit(key string) bool {
	switch key[0] | 0x20 {
	case 'x':
		return key[2]|0x20 == 'r' && key[3]|0x20 == 'a' || key[2]|0x20 == 't' && key[3]|0x20 == 'o'
	case 'a':
		return key[1]|0x20 == 'n'
	case 'r':
		return key[1]|0x20 == 'a'
	}
	return false
}

// parseWindows reads the other families beside what OpenAI's names said.
func parseWindows(plainly RateLimit, ok bool, h http.Header, now time.Time) (RateLimit, bool) {
	var w windows
	w[requests][plain], w[tokens][plain] = plainly.Requests, plainly.Tokens
	for key, values := range h {
		if len(key) >= len("ratelimit") && len(key) <= len(lowered{}) && len(values) > 0 && mayLimit(key) {
			ok = w.add(key, values[0], now) || ok
		}
	}
	if !ok {
		return RateLimit{}, false
	}
	return RateLimit{Requests: w.tightest(requests), Tokens: w.tightest(tokens)}, true
}

const (
	requests = iota
	tokens
	resources
)

const (
	limit = iota
	remaining
	reset
)

// periods and kinds of tokens get a slot each, so that a day's remaining never meets a minute's reset.
const (
	plain = iota
	second
	minute
	hour
	day
	month
	input
	output
	slots
)

// words are the parts that a header's name may have. A name with any other part ("x-ratelimit-type") means something else.
var words = [...]struct {
	word string
	part part
	as   int8
}{
	{"requests", resource, requests}, {"request", resource, requests}, {"req", resource, requests},
	{"tokens", resource, tokens}, {"token", resource, tokens},
	{"limit", field, limit}, {"remaining", field, remaining}, {"reset", field, reset},
	{"after", filler, 0}, {"time", filler, 0}, {"per", filler, 0},
	{"second", slot, second}, {"minute", slot, minute}, {"min", slot, minute}, {"1m", slot, minute},
	{"hour", slot, hour}, {"1h", slot, hour}, {"day", slot, day}, {"1d", slot, day}, {"month", slot, month},
	{"input", slot, input}, {"prompt", slot, input}, {"output", slot, output}, {"generated", slot, output},
}

type part int8

const (
	filler part = iota
	resource
	field
	slot
)

type lowered [64]byte

// windows collects one reply's headers, whose order is random.
type windows [resources][slots]Window

func (w *windows) add(key, value string, now time.Time) bool {
	var buf lowered
	for i := range len(key) {
		c := key[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		buf[i] = c
	}
	name := buf[:len(key)]
	res, rest := requests, []byte(nil)
	switch {
	case hasPrefix(name, "x-ratelimit-"):
		rest = name[len("x-ratelimit-"):]
	case hasPrefix(name, "anthropic-ratelimit-"):
		rest = name[len("anthropic-ratelimit-"):]
	case hasPrefix(name, "x-rate-limit-"):
		rest = name[len("x-rate-limit-"):]
	case hasPrefix(name, "ratelimit-"):
		rest = name[len("ratelimit-"):]
	case hasPrefix(name, "x-tokenlimit-"):
		rest, res = name[len("x-tokenlimit-"):], tokens
	case string(name) == "ratelimit":
		return w.structured(value, now)
	default:
		return false
	}
	at, what, seen := plain, 0, false
	for len(rest) > 0 {
		end := 0
		for end < len(rest) && rest[end] != '-' {
			end++
		}
		kind, as, known := lookup(rest[:end])
		if !known {
			return false
		}
		switch kind {
		case resource:
			res = as
		case field:
			what, seen = as, true
		case slot:
			at = as
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return seen && w.set(res, at, what, value, now)
}

// structured reads the single header of the IETF draft in both spellings: "limit=10, remaining=0, reset=5" and
// `"default";r=0;t=5`.
func (w *windows) structured(value string, now time.Time) (ok bool) {
	for rest := value; rest != ""; {
		var item string
		if i := strings.IndexAny(rest, ",;"); i >= 0 {
			item, rest = rest[:i], rest[i+1:]
		} else {
			item, rest = rest, ""
		}
		name, v, _ := strings.Cut(strings.TrimSpace(item), "=")
		switch name {
		case "limit", "q":
			ok = w.set(requests, plain, limit, v, now) || ok
		case "remaining", "r":
			ok = w.set(requests, plain, remaining, v, now) || ok
		case "reset", "t":
			ok = w.set(requests, plain, reset, v, now) || ok
		}
	}
	return ok
}

func (w *windows) set(res, at, what int, value string, now time.Time) bool {
	w[res][at].set(what, value, now)
	return true
}

func (win *Window) set(what int, value string, now time.Time) {
	switch what {
	case limit:
		win.Limit, _ = count(value)
	case remaining:
		win.Remaining, win.Known = count(value)
	case reset:
		win.Reset, _ = Parse(value, now)
	}
}

// tightest picks the window that will bind first: the one with least left; of equals, the one that is shut longest.
func (w *windows) tightest(res int) Window {
	var best Window
	for i := range w[res] {
		win := w[res][i]
		switch {
		case win == Window{}:
		case best == Window{}, win.Known && !best.Known:
			best = win
		case win.Known != best.Known:
		case win.Remaining < best.Remaining, win.Remaining == best.Remaining && win.Reset > best.Reset:
			best = win
		}
	}
	return best
}

// maxCount is where a count stops growing, a digit before it would overflow.
const maxCount = math.MaxInt/10 - 1

// count reads the whole number that a value begins with: "10, 10;w=1" is ten, "-1" is none, 14999.7 is 14999.
func count(value string) (n int, ok bool) {
	for i := range len(value) {
		c := value[i]
		switch {
		case isDigit(c):
			ok = true
			if n = n*10 + int(c-'0'); n > maxCount {
				return maxCount, true
			}
		case ok, c != ' ' && c != '"' && c != '+':
			return n, ok
		}
	}
	return n, ok
}

func lookup(word []byte) (part, int, bool) {
	for i := range words {
		if string(word) == words[i].word {
			return words[i].part, int(words[i].as), true
		}
	}
	return 0, 0, false
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// longestPause bounds a pause that only the headers of a good answer ask for: reset of
// 24 h beside remaining 0 shut an only key for 23 h 59 m.
const longestPause = time.Minute

// Pause is how long an allowance that is used up needs until some of it is back: what
// the headers of a success say slows the next calls before a 429 does. OpenAI's reset
// is the time until all of it is back, so one request is after reset/limit. How many
// tokens a request needs is not known; a tenth of them is what a local limit lets go
// at once.
func (r RateLimit) Pause() time.Duration {
	back := func(w Window, parts int) time.Duration {
		switch {
		case !w.Known || w.Remaining > 0 || w.Reset <= 0:
			return 0
		case w.Limit > 0:
			return w.Reset / time.Duration(parts)
		}
		return w.Reset
	}
	return min(max(back(r.Requests, max(r.Requests.Limit, 1)), back(r.Tokens, 10)), longestPause)
}
