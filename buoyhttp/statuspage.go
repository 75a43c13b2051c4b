package buoyhttp

import (
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/status"
)

// This file is how the status page puts things into words and pictures.

//go:embed status.html
var statusHTML string

var statusPage = template.Must(template.New("status").Funcs(template.FuncMap{
	"spark": spark, "free": free, "count": count[int], "count64": count[int64], "grouped": grouped, "until": until, "ago": ago, "spent": spent, "breakerClass": breakerClass, "breakerWords": breakerWords,
	"stamp":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"clock":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"day":     func(t time.Time) string { return t.Format("2006-01-02 15:04 MST") },
	"seconds": seconds, "keyRows": keyRows, "usedUp": usedUp,
	"half": func(x float64) float64 { return x / 2 },
}).Parse(statusHTML))

// sparkline is an endpoint and the picture of its last hour.
type sparkline struct {
	status.Endpoint
	Requests, Failed, Most int
	Mean                   float64 // seconds
	Bars                   []bar
}

// bar is a rectangle of the picture, which is 240 wide and 40 high.
type bar struct {
	Class        string
	X, Y, Height string
}

const (
	sparkHeight = 40
	barStep     = 4
)

func spark(e status.Endpoint) sparkline {
	s := sparkline{Endpoint: e}
	var time float64
	for _, m := range e.Minutes {
		s.Requests += m.Requests
		s.Failed += m.Failed
		s.Most = max(s.Most, m.Requests)
		time += m.MeanSeconds * float64(m.Requests)
	}
	if s.Requests > 0 {
		s.Mean = time / float64(s.Requests)
	}
	place := func(class string, minute, from, n int) {
		if n > 0 {
			unit := float64(sparkHeight) / float64(s.Most)
			decimal := func(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }
			s.Bars = append(s.Bars, bar{class, strconv.Itoa(minute * barStep), decimal(sparkHeight - unit*float64(from+n)), decimal(unit * float64(n))})
		}
	}
	for i, m := range e.Minutes {
		place("failed", i, 0, m.Failed)
		place("done", i, m.Failed, m.Requests-m.Failed)
	}
	return s
}

// count is a number of things in words.
func count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return grouped(int64(n)) + " " + thing + "s"
}

// free is what may go now, of each limit that there is.
func free(l status.Limit) (words []string) {
	if l.RequestsPerMinute > 0 {
		words = append(words, count(l.Requests, "request"))
	}
	if l.TokensPerMinute > 0 {
		words = append(words, count(l.Tokens, "token"))
	}
	if l.Concurrent > 0 {
		words = append(words, count(max(l.Concurrent-l.Running, 0), "call"))
	}
	return words
}

// seconds is how long requests took on average.
func seconds(s float64) string {
	switch {
	case s >= 1:
		return strconv.FormatFloat(s, 'f', 1, 64) + " s"
	case s < 0.001:
		return "less than 1 ms"
	}
	return strconv.FormatFloat(s*1000, 'f', 0, 64) + " ms"
}

// grouped is a number with a comma before each three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func breakerClass(s status.BreakerState) string {
	switch s {
	case buoy.BreakerOpen:
		return "bad"
	case buoy.BreakerHalfOpen:
		return "warn"
	}
	return "well"
}

func breakerWords(s status.BreakerState) string {
	if s == buoy.BreakerHalfOpen {
		return "half open"
	}
	return string(s)
}

// until is how long something lasts yet, "" for what does not.
func until(t, now time.Time) string {
	if t.IsZero() || !t.After(now) {
		return ""
	}
	return " for " + roughly(t.Sub(now))
}

func ago(t, now time.Time) string { return roughly(max(now.Sub(t), 0)) + " ago" }

// roughly is a duration as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d.Round(time.Second)/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Round(time.Minute)/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Round(time.Hour)/time.Hour)) + " h"
	}
	return count(int(d/(24*time.Hour)), "day")
}

// spent is how much of a quota is gone.
func spent(q status.Quota) string {
	var tokens, cost string
	if q.TokenLimit > 0 {
		tokens = grouped(q.Tokens) + " of " + grouped(q.TokenLimit) + " tokens"
	}
	if q.CostLimit > 0 {
		cost = fmt.Sprintf("%.2f of %.2f %s", q.Cost, q.CostLimit, q.Currency)
	}
	if tokens != "" && cost != "" {
		return tokens + ", " + cost
	}
	return tokens + cost
}
