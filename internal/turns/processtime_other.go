//go:build !unix

package turns

import "time"

// ProcessTime is the processor time that the process has used, 0 where that is not known.
func ProcessTime() time.Duration { return 0 }
