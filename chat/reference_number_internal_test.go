package chat

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"time"
)

func (r ref) int(dst *int64) bool {
	if r.null() {
		*dst = 0
		return true
	}
	var number json.Number
	if r.raw[0] == '"' || json.Unmarshal(r.raw, &number) != nil {
		return false
	}
	if n, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		*dst = n
		return true
	}
	f, err := strconv.ParseFloat(string(number), 64)
	if err != nil || f >= math.MaxInt64 || f < math.MinInt64 {
		return false
	}
	*dst = int64(f)
	return true
}

func (r ref) count(dst *int) bool {
	var quoted string
	if r.raw[0] == '"' && json.Unmarshal(r.raw, &quoted) == nil {
		n, ok := refNumber(quoted)
		ok = ok && n == math.Trunc(n) && math.Abs(n) < 1<<53
		if ok {
			*dst = int(n)
		}
		return ok
	}
	var n int64
	if !r.int(&n) {
		return false
	}
	*dst = int(n)
	return true
}

var inJSON = regexp.MustCompile(`^[-+.0-9eE]+$`)

func refNumber(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && inJSON.MatchString(text)
}

func (r ref) amount(dst **float64) bool {
	var quoted string
	if r.raw[0] == '"' && json.Unmarshal(r.raw, &quoted) == nil {
		n, ok := refNumber(quoted)
		if ok {
			*dst = &n
		}
		return ok
	}
	return refPointer(r, dst)
}

// moment is for times in seconds.
func (r ref) moment(dst *int64) bool {
	n, quoted := int64(0), ""
	switch {
	case r.raw[0] != '"' || json.Unmarshal(r.raw, &quoted) != nil:
		if !r.int(&n) {
			return false
		}
	default:
		t, err := time.Parse(time.RFC3339, quoted)
		f, ok := refNumber(quoted)
		switch {
		case ok && math.Abs(f) < math.MaxInt64:
			n = int64(f)
		case err == nil:
			*dst = t.Unix()
			return true
		default:
			return false
		}
	}
	for n >= 1e11 {
		n /= 1000
	}
	*dst = n
	return true
}
