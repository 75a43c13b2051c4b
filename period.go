package buoy

import (
	"errors"
	"time"
)

// Period says when the count of a [Quota] starts over. Use [Daily], [Monthly] or
// [Every]. The zero value is Monthly(time.UTC). That is the longest and therefore the
// strictest, so a forgotten field never spends more than was meant.
//
// A Period is a plain value and safe for concurrent use.
type Period struct {
	unit  periodUnit
	every time.Duration
	zone  *time.Location
}

type periodUnit uint8

const (
	perMonth periodUnit = iota
	perDay
	perSpan
)

// Daily starts over at midnight in a time zone; nil is UTC. Where the clocks skip
// midnight, it is the first moment of the new date.
func Daily(zone *time.Location) Period { return Period{unit: perDay, zone: zone} }

// Monthly starts over at midnight of each month's first day in a time zone; nil
// is UTC.
func Monthly(zone *time.Location) Period { return Period{unit: perMonth, zone: zone} }

// Every starts over after each d, counted from a fixed moment in the past, so
// that all instances of a service agree: Every(time.Hour) at each full hour in
// UTC. d must be at least a second.
func Every(d time.Duration) Period { return Period{unit: perSpan, every: d} }

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

func (p Period) check() error {
	if p.unit == perSpan && p.every < time.Second {
		return errors.New("the Period of a Quota is shorter than a second: use a rate limit")
	}
	return nil
}

// span is one turn of a period.
type span struct {
	label string // the same for every moment of it, in every instance
	from  time.Time
	until time.Time
}

// at returns the turn that now belongs to.
func (p Period) at(now time.Time) span {
	if p.unit == perSpan {
		from := now.UTC().Truncate(p.every)
		return span{label: from.Format("20060102T150405.999999999"), from: from, until: from.Add(p.every)}
	}
	zone := p.zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	if p.unit == perDay {
		s := span{from: midnight(y, m, d, zone), until: midnight(y, m, d+1, zone)}
		s.label = now.In(zone).Format("20060102")
		return s
	}
	s := span{from: midnight(y, m, 1, zone), until: midnight(y, m+1, 1, zone)}
	s.label = now.In(zone).Format("200601")
	return s
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
