// Package hint reads how long a provider asks its caller to wait, in every disguise that such a wish was seen in:
// headers, fields of an error body, clear text, and the x-ratelimit-* families.
//
// All functions are pure, take the present as an argument, never panic, and never return a negative wait. They may be
// called concurrently.
package hint

import (
	"math"
	"net/http"
	"strings"
	"time"
)

// TooLong is the wait of a hint that does not fit into a [time.Duration], such as 1e309 seconds. It means "longer than
// anybody waits", and is never the same as no hint at all.
const TooLong = time.Duration(math.MaxInt64)

const (
	// earliestEpoch is the lowest number that can be an instant. Waits above it (16 years) are nobody's.
	earliestEpoch = 5e8
	// epochSlack is how old a recorded instant may be and still be told from a number of seconds. Ten years before
	// any present leaves 999999999 what it is today: 31 years of waiting, rather than an instant of 2001.
	epochSlack = 10 * 365 * 24 * 3600
	// epochSecondsEnd is past the year 5000 in seconds, and before 1974 in milliseconds.
	epochSecondsEnd = 1e11
	epochMillisEnd  = 1e14
)

// Parse reads one value: a Go duration ("1m0.36s"), a number of seconds ("20", "0.25"), an instant in epoch seconds or
// milliseconds, told by its magnitude, an HTTP date, an RFC 3339 time, or a duration of ISO 8601 ("PT30S"). Units may
// be spelled out ("33 seconds").
//
// Nothing to wait for is ok == false: zero, a negative number, NaN, infinity, an instant that has passed, and whatever
// cannot be read. What is too large is [TooLong].
func Parse(s string, now time.Time) (d time.Duration, ok bool) {
	s = trim(s)
	if s == "" {
		return 0, false
	}
	if d, ok := short(s); ok {
		return positive(d)
	}
	if !isDigit(s[len(s)-1]) { // a plain number, which many resets are, is spared the try
		if d, ok := goDuration(s); ok {
			return positive(d)
		}
	}
	if v, numeric := number(s); numeric {
		return positive(magnitude(v, now))
	}
	if c := s[0]; c >= '0' && c <= '9' || c == '.' || c == '+' {
		if v, n := span(strings.TrimPrefix(s, "+"), false); n > 0 && n == len(strings.TrimPrefix(s, "+")) {
			return positive(seconds(v))
		}
	}
	if v, ok := period(s); ok {
		return positive(seconds(v))
	}
	if t, ok := instant(s); ok {
		return positive(t.Sub(now))
	}
	return 0, false
}

// short reads "120ms" and "6s", which OpenAI's headers bring with every answer: the general way costs ten times as much.
func short(s string) (d time.Duration, ok bool) {
	unit := time.Second
	digits, ok := strings.CutSuffix(s, "s")
	if whole, millis := strings.CutSuffix(digits, "m"); millis {
		digits, unit = whole, time.Millisecond
	}
	if !ok || digits == "" || len(digits) > 9 {
		return 0, false
	}
	n := 0
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return 0, false
		}
		n = n*10 + int(digits[i]-'0')
	}
	return time.Duration(n) * unit, true
}

// longestExact is how much is counted in nanoseconds. The general way adds up seconds as floats, whose errors stay far
// below half a nanosecond up to here: both ways come to the same.
const longestExact = 24 * time.Hour

// goDuration reads what Go writes for a duration of some seconds and more ("8.64s", "6m0s", "2m59.56s"), which OpenAI's and
// Groq's headers bring with many answers: the general way costs four times as much. It gives up on all that is not of
// that form, which may well be a duration.
func goDuration(s string) (sum time.Duration, ok bool) {
	for above := longestExact; s != ""; { // above: the unit before, as units get smaller
		whole, width := few(s)
		if width == 0 {
			return 0, false
		}
		s = s[width:]
		var fraction, parts time.Duration = 0, 1
		if strings.HasPrefix(s, ".") {
			if fraction, width = few(s[1:]); width == 0 {
				return 0, false
			}
			for range width {
				parts *= 10
			}
			s = s[1+width:]
		}
		var unit time.Duration
		switch {
		case strings.HasPrefix(s, "s"):
			unit, s = time.Second, s[1:]
		case strings.HasPrefix(s, "ms"):
			unit, s = time.Millisecond, s[2:]
		case strings.HasPrefix(s, "m"):
			unit, s = time.Minute, s[1:]
		case strings.HasPrefix(s, "h"):
			unit, s = time.Hour, s[1:]
		default:
			return 0, false
		}
		sum += whole*unit + fraction*(unit/parts)
		if unit >= above || sum > longestExact {
			return 0, false
		}
		above = unit
	}
	return sum, true
}

// few reads up to six digits: a million hours fit into a Duration, and a millionth of a millisecond is whole.
func few(s string) (n time.Duration, width int) {
	for width < min(len(s), 6) && isDigit(s[width]) {
		n = n*10 + time.Duration(s[width]-'0')
		width++
	}
	return n, width
}

// ParseMillis is [Parse] for a field whose name says that a bare number counts milliseconds.
func ParseMillis(s string, now time.Time) (d time.Duration, ok bool) {
	v, numeric := number(trim(s))
	if !numeric {
		return Parse(s, now)
	}
	if v >= epochFloor(now)*1000 && v < epochMillisEnd {
		return positive(magnitude(v, now))
	}
	return positive(seconds(v / 1000))
}

// magnitude turns a bare number into a wait: seconds, or the time until an instant.
func magnitude(v float64, now time.Time) time.Duration {
	floor := epochFloor(now)
	switch {
	case v < floor:
		return seconds(v)
	case v < epochSecondsEnd:
		whole, fraction := math.Modf(v)
		return time.Unix(int64(whole), int64(fraction*1e9)).Sub(now)
	case v >= floor*1000 && v < epochMillisEnd:
		return time.UnixMilli(int64(v)).Sub(now)
	default:
		return TooLong
	}
}

func epochFloor(now time.Time) float64 {
	return max(float64(now.Unix())-epochSlack, earliestEpoch)
}

// seconds saturates where a float cannot become a Duration; a plain conversion would be undefined there.
func seconds(v float64) time.Duration {
	switch ns := math.Round(v * 1e9); {
	case ns >= math.MaxInt64:
		return TooLong
	case ns > 0:
		return time.Duration(ns)
	}
	return 0 // also for what is no number
}

func positive(d time.Duration) (time.Duration, bool) {
	if d <= 0 {
		return 0, false
	}
	return d, true
}

func trim(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// layouts are the dates seen beside the three of [http.ParseTime]. A time without a zone is not among them: servers
// of three continents write their own there, and a guess would be wrong by hours.
var layouts = [...]string{
	time.RFC1123Z,
	time.RFC1123,
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 Z07:00",
	"2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05 MST",
}

func instant(s string) (time.Time, bool) {
	// A date has at least 20 and at most some 40 characters; the check keeps garbage from costing nine parses.
	if len(s) < 20 || len(s) > 48 {
		return time.Time{}, false
	}
	if s[4] == '-' {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t, true
		}
	} else if t, err := http.ParseTime(s); err == nil {
		return t, true
	}
	for _, layout := range layouts {
		// Only the zones that mean the same everywhere: for any other name time.Parse would invent an offset of zero.
		t, err := time.Parse(layout, s)
		if name, offset := t.Zone(); err == nil && (offset != 0 || name == "" || name == "UTC" || name == "GMT") {
			return t, true
		}
	}
	return time.Time{}, false
}
