package buoyload

import (
	"errors"

	"github.com/buoy-go/buoy"
)

// outcomeOf says whether an error means that the provider has too much to do: it
// says so (429, 503, 529), or it does not answer in time, which is said by one of
// the attempt's timers or by the provider (408, 504). The caller's own deadline
// and cancellation, the call's timer and all other errors tell nothing of load.
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
