package buoy

import (
	"errors"
	"time"

	"github.com/buoy-go/buoy/internal/calendar"
)

// Period says when the count of a [Quota] starts over. Use [Daily], [Monthly] or
// [Every]. The zero value is Monthly(time.UTC), the longest and therefore strictest
// period, so that a forgotten field never allows more than was meant.
//
// A Period is a plain value and safe for concurrent use.
type Period struct{ turns calendar.Period }

// Daily starts over at midnight in a time zone; nil means UTC. If the clocks skip
// midnight, it is the first moment of the new date.
func Daily(zone *time.Location) Period { return Period{calendar.Daily(zone)} }

// Monthly starts over at midnight of the first day of each month in a time zone; nil
// means UTC.
func Monthly(zone *time.Location) Period { return Period{calendar.Monthly(zone)} }

// Every starts over after each d, counted from a fixed moment in the past, so that all
// instances of a service agree: Every(time.Hour) at each full hour in UTC. d must be at
// least a second, or New returns an error.
func Every(d time.Duration) Period { return Period{calendar.Every(d)} }

// String returns the name of the period: "day", "month", "1h0m0s".
func (p Period) String() string { return p.turns.String() }

func (p Period) check() error {
	if p.turns.TooShort() {
		return errors.New("the Period of a Quota is shorter than a second: use a rate limit")
	}
	return nil
}
