//go:build unix

package turns

import (
	"syscall"
	"time"
)

// ProcessTime is the processor time that the process has used, 0 where that is not known.
// Where other programs need the cores as well, it tells more than the clock does.
func ProcessTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
