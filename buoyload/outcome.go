package buoyload

import (
	"errors"

	"github.com/buoy-go/buoy"
)

// outcomeOf reports whether an error means that the provider is overloaded. Either it
// says so (429, 503, 529), or it does not answer in time: a timer of the attempt fired,
// or the provider sent 408 or 504. The caller's own deadline and cancellation, the timer
// of the call and all other errors say nothing about load.
func outcomeOf(err error) outcome {
	switch buoy.KindOf(err) {
	case buoy.ErrRateLimit, buoy.ErrOverloaded:
		return overload
	case buoy.ErrTimeout:
		if te, ok := errors.AsType[*buoy.TransportError](err); ok {
			switch te.Timer {
			case "first_token", "attempt", "idle":
				return overload
			}
			return nothing
		}
		if _, ok := errors.AsType[*buoy.APIError](err); ok {
			return overload
		}
	}
	return nothing
}
