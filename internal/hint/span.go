package hint

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// units are whole words, in lower case, with their seconds.
var units = map[string]float64{
	"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6,
	"ms": 1e-3, "msec": 1e-3, "msecs": 1e-3, "millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
	"s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
	"m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
	"h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
	"d": 86400, "day": 86400, "days": 86400,
	"w": 604800, "week": 604800, "weeks": 604800,
	"мс": 1e-3, "с": 1, "сек": 1, "секунда": 1, "секунду": 1, "секунды": 1, "секунд": 1,
	"м": 60, "мин": 60, "минута": 60, "минуту": 60, "минуты": 60, "минут": 60,
	"ч": 3600, "час": 3600, "часа": 3600, "часов": 3600,
	"д": 86400, "дн": 86400, "день": 86400, "дня": 86400, "дней": 86400, "сутки": 86400, "суток": 86400,
}

// hanUnits stand in running text without a space behind them, so they are prefixes, the longer first.
var hanUnits = [...]struct {
	word    string
	seconds float64
}{
	{"毫秒", 1e-3}, {"秒钟", 1}, {"秒", 1}, {"分钟", 60}, {"分", 60}, {"个小时", 3600}, {"小时", 3600}, {"天", 86400},
}

// maxNumber bounds a number's digits: one with more is no wait that somebody wrote.
const maxNumber = 400

// number reads s as one decimal number with nothing around it. Infinity stands for what is too large.
func number(s string) (v float64, ok bool) {
	digits := false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits = true
		case c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, false
		}
	}
	if !digits {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	// The only other error is a range error, whose value is the infinity of the right sign.
	if err != nil && err.(*strconv.NumError).Err == strconv.ErrSyntax {
		return 0, false
	}
	return v, true
}

// span reads the duration that s begins with, as numbers each with its unit ("1m0.36s", "2 minutes and 30 seconds"),
// and returns its seconds and its length, which is 0 where there is none. s must be in lower case if lower is set.
func span(s string, lower bool) (sec float64, n int) {
	for at := 0; ; {
		digits := digitsAt(s[at:])
		if digits == 0 {
			return sec, n
		}
		v, ok := quantity(s[at : at+digits])
		if !ok {
			return sec, n
		}
		gap := at + digits
		for gap < len(s) && (s[gap] == ' ' || s[gap] == '-' && gap == at+digits) {
			gap++
		}
		unit, width := unitAt(s[gap:], lower)
		if width == 0 {
			return sec, n
		}
		sec += v * unit
		n = gap + width
		at = n + joint(s[n:])
	}
}

// quantity reads what digitsAt has measured.
func quantity(s string) (v float64, ok bool) {
	if len(s) > 15 || strings.ContainsAny(s, ".,") {
		return number(strings.ReplaceAll(s, ",", ""))
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return float64(n), true
}

// digitsAt measures "17", "17.359" and "86,400" at the start of s.
func digitsAt(s string) int {
	n, point := 0, false
	for n < len(s) && n < maxNumber {
		switch c := s[n]; {
		case c >= '0' && c <= '9':
		case c == '.' && !point && n+1 < len(s) && isDigit(s[n+1]):
			point = true
		case c == ',' && !point && n > 0 && n+3 < len(s) && isDigit(s[n+1]) && isDigit(s[n+2]) && isDigit(s[n+3]):
		default:
			return n
		}
		n++
	}
	return n
}

func unitAt(s string, lower bool) (seconds float64, width int) {
	// The units of Go durations, which most resets are, without a look into the table.
	if len(s) > 0 && s[0] < utf8.RuneSelf && (len(s) == 1 || s[1] < 'A') {
		switch s[0] {
		case 's':
			return 1, 1
		case 'm':
			return 60, 1
		case 'h':
			return 3600, 1
		}
	}
	if s == "ms" {
		return 1e-3, 2
	}
	for width < len(s) && width < 32 {
		r, size := utf8.DecodeRuneInString(s[width:])
		if !unicode.IsLetter(r) && r != 'µ' || unicode.Is(unicode.Han, r) {
			break
		}
		width += size
	}
	if width == 0 {
		for _, u := range hanUnits {
			if strings.HasPrefix(s, u.word) {
				return u.seconds, len(u.word)
			}
		}
		return 0, 0
	}
	word := s[:width]
	if !lower {
		word = strings.ToLower(word)
	}
	seconds, known := units[word]
	if !known {
		return 0, 0
	}
	return seconds, width
}

// joint measures what may stand between two parts of one duration. It is only used where another part follows.
func joint(s string) int {
	n := 0
	for n < len(s) && (s[n] == ' ' || s[n] == ',') {
		n++
	}
	for _, and := range [...]string{"and ", "и "} {
		if n > 0 && strings.HasPrefix(s[n:], and) {
			return n + len(and)
		}
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
