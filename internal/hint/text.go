package hint

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxText bounds the work: messages are shorter, and a longer text is a page rather than a sentence.
	maxText = 4 << 10
	// reach is how far before a number the words that make it a wait may stand.
	reach = 120
)

// FromText returns the longest wait that a sentence names, in English, Russian or Chinese: "Please try again in
// 17.359s", "retry after 40 seconds", "resets in 3 days", "повторите через 5 минут", "请在 30 秒后重试". Other
// durations, such as "timed out after 60 seconds" or "10 requests in 60 seconds", are none.
func FromText(s string, now time.Time) (d time.Duration, ok bool) {
	s = s[:min(len(s), maxText)]
	if !hasDigit(s) {
		return 0, false
	}
	s = strings.ToLower(s)
	for at := 0; at < len(s); {
		if !isDigit(s[at]) || at > 0 && insideWord(s[:at]) {
			at++
			continue
		}
		if t, n := date(s[at:]); n > 0 {
			if wait := t.Sub(now); wait > 0 && announcesInstant(sentence(s[:at])) {
				d, ok = max(d, wait), true
			}
			at += n
			continue
		}
		sec, n := clock(s[at:])
		if n == 0 {
			sec, n = span(s[at:], true)
		}
		switch {
		case n > 0 && announces(sentence(s[:at]), s[at+n:]):
			if wait := seconds(sec); wait > 0 {
				d, ok = max(d, wait), true
			}
		case n == 0:
			n = digitsAt(s[at:])
			if wait, said := bare(sentence(s[:at]), s[at:at+n], s[at+n:], now); said {
				d, ok = max(d, wait), true
			}
		}
		at += max(n, 1)
	}
	return d, ok
}

// hasDigit reads eight bytes at once: most sentences have no number.
func hasDigit(s string) bool {
	const (
		each = 0x0101010101010101
		high = 0x80 * each
	)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		w ^= '0' * each // a digit is less than ten now
		if (w-10*each)&^w&high != 0 {
			return true
		}
	}
	for ; i < len(s); i++ {
		if isDigit(s[i]) {
			return true
		}
	}
	return false
}

// insideWord keeps "gpt-4s" and "v1.5s" from being waits.
func insideWord(left string) bool {
	r, _ := utf8.DecodeLastRuneInString(left)
	return r == '.' || r == '_' || r == '/' || r == '-' && len(left) > 1 ||
		(unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Han, r)
}

// sentence returns the end of left that belongs to the same sentence.
func sentence(left string) string {
	left = left[max(0, len(left)-reach):]
	for _, end := range [...]string{". ", "! ", "? ", "; ", "\n", "。", "；", "！"} {
		if i := strings.LastIndex(left, end); i >= 0 {
			left = left[i+len(end):]
		}
	}
	return left
}

var (
	// promises are the words of a sentence that speaks of a later attempt.
	promises = [...]string{
		"try", "retry", "retri", "again", "wait", "reset", "renew", "available", "resume", "replenish", "refresh",
		"come back", "cool", "unlock", "refill", "restore", "regain", "повтор", "попроб", "попыт", "подожд", "сброс", "обнов",
		"重试", "再试", "重置", "恢复",
	}
	// measures are the words of a sentence that speaks of what has happened, or of a rate.
	measures = [...]string{
		"timed out", "timeout", "time out", "failed", "took", "elapsed", "aborted", "expired", "deadline", "closed",
		"exceeded the", "waited", "cancel", "taking", "idle",
		"тайм-аут", "таймаут", "истек", "время ожидания", "超时",
	}
	// counted are the nouns before "in 60 seconds" that make it a rate.
	counted = [...]string{
		"requests", "request", "calls", "tokens", "messages", "times", "attempts", "retries", "queries", "images",
		"запросов", "запроса", "токенов", "попыток", "раз",
	}
	// fillers may stand between the preposition and the number.
	fillers = [...]string{
		"at least", "about", "approximately", "approx.", "around", "another", "for", "the next", "up to", "~", "≈", ":", "=", "`", "\"", "'", "(",
		"еще", "ещё", "примерно", "около", "约", "大约",
	}
)

// announces tells whether a duration between left and right is a wait for the caller.
func announces(left, right string) bool {
	right = strings.TrimLeft(right, " `\"'")
	for _, after := range [...]string{"后", "之后", "以后"} {
		if strings.HasPrefix(right, after) {
			return !containsAny(left, measures[:]) && !containsAny(right[:min(len(right), 24)], []string{"超时", "断开", "过期"})
		}
	}
	left = stripFillers(left)
	switch {
	case endsInWord(left, "wait"), endsInWord(left, "подождите"), endsInWord(left, "ожидайте"), endsInWord(left, "подождать"),
		strings.HasSuffix(left, "等待"), strings.HasSuffix(left, "请等"), strings.HasSuffix(left, "稍等"),
		endsInRetryAfter(left):
		return true
	case endsInWord(left, "in"), endsInWord(left, "after"), endsInWord(left, "within"), endsInWord(left, "через"), endsInWord(left, "delay"):
	default:
		return false
	}
	before := strings.TrimRight(left[:strings.LastIndexFunc(left, unicode.IsSpace)+1], " ")
	for _, noun := range counted {
		if endsInWord(before, noun) {
			return false
		}
	}
	// The words of a later attempt have to stand after those of what happened: "timed out after 60 seconds, try
	// again" names no wait, "timed out, try again in 60 seconds" does.
	return lastOfAny(left, measures[:]) < 0 || lastOfAny(left, promises[:]) > lastOfAny(left, measures[:])
}

// bare reads a number without a unit, which is a wait only directly behind "retry after".
func bare(left, digits, right string, now time.Time) (time.Duration, bool) {
	if !endsInRetryAfter(stripFillers(left)) {
		return 0, false
	}
	if word := strings.TrimLeft(right, " "); word != right && word != "" {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(r) {
			return 0, false
		}
	}
	return Parse(digits, now)
}

func endsInRetryAfter(left string) bool {
	for _, s := range [...]string{"retry after", "retry-after", "retry_after", "retryafter", "retry_after_seconds", "retry in"} {
		if endsInWord(left, s) {
			return true
		}
	}
	return false
}

func announcesInstant(left string) bool {
	return containsAny(left, promises[:]) || containsAny(left, []string{"until", "до "})
}

func stripFillers(left string) string {
	for {
		left = strings.TrimRight(left, " ")
		short := left
		for _, f := range fillers {
			short = strings.TrimSuffix(short, f)
		}
		if short == left {
			return left
		}
		left = short
	}
}

func endsInWord(s, word string) bool {
	before, found := strings.CutSuffix(s, word)
	r, _ := utf8.DecodeLastRuneInString(before)
	return found && (before == "" || !unicode.IsLetter(r) || unicode.Is(unicode.Han, r))
}

func containsAny(s string, words []string) bool {
	return lastOfAny(s, words) >= 0
}

func lastOfAny(s string, words []string) int {
	last := -1
	for _, w := range words {
		last = max(last, strings.LastIndex(s, w))
	}
	return last
}

// clock reads the "05:24:33" of Azure API Management.
func clock(s string) (sec float64, n int) {
	parts := [3]float64{}
	for i := range parts {
		digits := 0
		for digits < 3 && n+digits < len(s) && isDigit(s[n+digits]) {
			parts[i] = parts[i]*10 + float64(s[n+digits]-'0')
			digits++
		}
		if n += digits; digits == 0 || i > 0 && digits != 2 {
			return 0, 0
		}
		if i < 2 {
			if n == len(s) || s[n] != ':' {
				return 0, 0
			}
			n++
		}
	}
	return parts[0]*3600 + parts[1]*60 + parts[2], n
}

// date reads the instant that s begins with, where its zone is stated. s is in lower case.
func date(s string) (t time.Time, n int) {
	if len(s) < len("2006-01-02 15:04z") || s[4] != '-' || s[7] != '-' {
		return t, 0
	}
	day := s[:10]
	rest := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s[10:], "t"), " "), "at ")
	clock := 0
	for clock < len(rest) && (isDigit(rest[clock]) || rest[clock] == ':' || rest[clock] == '.') {
		clock++
	}
	zone := strings.TrimLeft(rest[clock:], " ")
	offset := ""
	switch {
	case strings.HasPrefix(zone, "utc"), strings.HasPrefix(zone, "gmt"), strings.HasPrefix(zone, "z"):
		offset = "Z"
	case len(zone) >= 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':':
		offset = zone[:6]
	default:
		return t, 0
	}
	for _, layout := range [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, day+"T"+strings.TrimRight(rest[:clock], ".")+offset); err == nil {
			return t, len(s) - len(rest) + clock
		}
	}
	return t, 0
}
