// Package calendar says when periods begin and end: days and months in a time zone,
// and spans of a fixed length.
package calendar

import "time"

// Period is what is counted over. The zero value is a month in UTC.
type Period struct {
	unit  unit
	every time.Duration
	zone  *time.Location
}

type unit uint8

const (
	perMonth unit = iota
	perDay
	perSpan
)

// Daily begins at each midnight in a time zone; nil is UTC.
func Daily(zone *time.Location) Period { return Period{unit: perDay, zone: zone} }

// Monthly begins at midnight of each month's first day in a time zone; nil is UTC.
func Monthly(zone *time.Location) Period { return Period{unit: perMonth, zone: zone} }

// Every begins after each d, counted from a fixed moment in the past. d must be at
// least [Shortest].
func Every(d time.Duration) Period { return Period{unit: perSpan, every: d} }

// Shortest is the shortest length of a span.
const Shortest = time.Second

// TooShort reports a span that is shorter than that.
func (p Period) TooShort() bool { return p.unit == perSpan && p.every < Shortest }

// String names the period: "day", "month", "1h0m0s".
func (p Period) String() string {
	switch p.unit {
	case perDay:
		return "day"
	case perSpan:
		return p.every.String()
	}
	return "month"
}

// Turn is one turn of a period.
type Turn struct {
	Label string // the same for every moment of it, in every process
	From  time.Time
	Until time.Time
}

// At returns the turn that now belongs to.
func (p Period) At(now time.Time) Turn {
	if p.unit == perSpan {
		from := now.UTC().Truncate(p.every)
		return Turn{Label: from.Format("20060102T150405.999999999"), From: from, Until: from.Add(p.every)}
	}
	zone := p.zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	if p.unit == perDay {
		t := Turn{From: midnight(y, m, d, zone), Until: midnight(y, m, d+1, zone)}
		t.Label = now.In(zone).Format("20060102")
		return t
	}
	t := Turn{From: midnight(y, m, 1, zone), Until: midnight(y, m+1, 1, zone)}
	t.Label = now.In(zone).Format("200601")
	return t
}

// midnight is the first moment of a date. Where the clocks skip it time.Date may
// answer with the evening before, and whole days have been skipped, too (Samoa,
// 30 December 2011).
func midnight(y int, m time.Month, d int, zone *time.Location) time.Time {
	date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for day(t).Before(date) {
		t = t.Add(15 * time.Minute)
	}
	return t
}

// day is a moment's date as a time that can be compared.
func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
