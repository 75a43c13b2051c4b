package buoy

import (
	"errors"
	"time"

	"github.com/buoy-go/buoy/internal/calendar"
)

// Period says when the count of a [Quota] starts over. Use [Daily], [Monthly] or
// [Every]. The zero value is Monthly(time.UTC). That is the longest and therefore the
// strictest, so a forgotten field never spends more than was meant.
//
// A Period is a plain value and safe for concurrent use.
type Period struct{ turns calendar.Period }

// Daily starts over at midnight in a time zone; nil is UTC. Where the clocks skip
// midnight, it is the first moment of the new date.
func Daily(zone *time.Location) Period { return Period{calendar.Daily(zone)} }

// Monthly starts over at midnight of each month's first day in a time zone; nil
// is UTC.
func Monthly(zone *time.Location) Period { return Period{calendar.Monthly(zone)} }

// Every starts over after each d, counted from a fixed moment in the past, so
// that all instances of a service agree: Every(time.Hour) at each full hour in
// UTC. d must be at least a second.
func Every(d time.Duration) Period { return Period{calendar.Every(d)} }

// String names the period: "day", "month", "1h0m0s".
func (p Period) String() string { return p.turns.String() }

func (p Period) check() error {
	if p.turns.TooShort() {
		return errors.New("the Period of a Quota is shorter than a second: use a rate limit")
	}
	return nil
}
