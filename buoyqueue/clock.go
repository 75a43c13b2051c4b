package buoyqueue

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// clock is the database's. When a job may begin is compared with that, and most of it is
// written by the processes: one whose clock is ahead would have its jobs begin late, one
// that is behind would not wait at all, and either would take jobs for stuck that run. It is
// River's source of the time, and safe for concurrent use. The zero value is this computer's.
type clock struct {
	ahead atomic.Int64 // this computer is, in nanoseconds; negative if it is behind
}

// Clocks that differ by less than this are the same: a question takes as long, now and then.
const sameClock = time.Second

// Now is the time of the database.
func (c *clock) Now() time.Time { return time.Now().Add(-c.lead()) }

// NowOrNil is nil where the database can be asked itself.
func (c *clock) NowOrNil() *time.Time {
	if c.lead() == 0 {
		return nil
	}
	now := c.Now()
	return &now
}

func (c *clock) lead() time.Duration { return time.Duration(c.ahead.Load()) }

// compare looks how far this computer's clock is from the database's. That of an SQLite file
// is the same one.
func (q *Queue[TTx]) compare(ctx context.Context) error {
	if q.tables.sqlite {
		return nil
	}
	var theirs time.Time
	begun := time.Now()
	if err := q.exec.QueryRow(ctx, "SELECT now()").Scan(&theirs); err != nil {
		return err
	}
	took := time.Since(begun)
	if took >= sameClock {
		return nil // nobody knows when in that time it was
	}
	ahead := begun.Add(took / 2).Sub(theirs)
	if ahead.Abs() < sameClock {
		ahead = 0
	}
	if was := q.clock.ahead.Swap(int64(ahead)); ahead != 0 && was == 0 {
		q.log.WarnContext(ctx, "buoyqueue: the clock of this computer differs from the database's, which is used", slog.Duration("ahead", ahead.Round(time.Millisecond)))
	}
	return nil
}
