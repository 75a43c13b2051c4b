package buoybatch

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// panicError says that a function of the caller's has panicked. What it panicked with may
// hold anything, a prompt for instance, so only its type is told, and the place.
type panicError struct{ what, how, place string }

func (e *panicError) Error() string {
	s := "buoy: " + e.what + " " + e.how
	if e.place != "" {
		s += " in " + e.place
	}
	return s
}

// guard calls f and sets failed if it does not return: on a goroutine of the batch nobody
// could recover a panic, and the loop would wait for ever for one that runtime.Goexit has
// ended. That still ends the goroutine.
func guard(what string, failed *error, f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		e := &panicError{what: what, how: "has ended its goroutine", place: whence()}
		if v := recover(); v != nil {
			e.how = fmt.Sprintf("panicked with a %T", v)
		}
		*failed = e
	}()
	f()
	returned = true
}

// whence is where the goroutine panicked or ended, for a function that is deferred.
func whence() string {
	var counters [64]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(1, counters[:])])
	for found := false; ; {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic", f.Function == "runtime.Goexit":
			found = true
		case found && !strings.HasPrefix(f.Function, "runtime."):
			return fmt.Sprintf("%s (%s:%d)", f.Function, filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}
