package buoybatch

import (
	"cmp"
	"errors"
	"time"

	"github.com/buoy-go/buoy"
)

// Options sets up a [Run]. The zero value is ready for use: eight calls at a time,
// results as they come, no journal.
type Options struct {
	Concurrency int // calls at the same time; default 8
	// Ordered yields the results in the order of the requests. Without it they
	// come as they are ready, which keeps no answer in memory.
	Ordered bool
	// Window is, with Ordered, how many requests may have been taken and not
	// yielded; default four times Concurrency. Answers that wait for an
	// earlier one are held in memory.
	Window int
	// Journal remembers answers over a crash or an interruption; nil for none.
	Journal *Journal
	// Patience is how long a request waits in all for refusals that pass by
	// themselves: an open breaker, a rate limit, a pause of the keys. Without it
	// an outage of a minute would fail every request that is left, each in no
	// time. Default 10 minutes, negative for not at all. What is merely failing
	// is retried by the call itself.
	Patience time.Duration
	// StopOn says which errors of requests end the batch; nil means those that
	// all others would meet as well: [buoy.ErrAuth], and [buoy.ErrQuota] unless only its own
	// max_tokens caused that ([buoy.APIError.Reserved]). Calls under way are
	// then finished and yielded, and nothing new is begun. A client that was
	// closed ends the batch in any case.
	StopOn func(error) bool
	// Progress is told after each request that has ended, before its result is
	// yielded. Like StopOn it runs on the goroutine of the loop.
	Progress func(Progress)
	Total    int // how many requests there are, for Progress; 0 for not known
	// CallOptions go to each call.
	CallOptions []buoy.CallOption
}

func (o *Options) concurrency() int { return cmp.Or(o.Concurrency, 8) }
func (o *Options) window() int      { return max(cmp.Or(o.Window, 4*o.concurrency()), 1) }

func (o *Options) patience() time.Duration {
	return max(cmp.Or(o.Patience, 10*time.Minute), 0)
}

func (o *Options) check() error {
	if o.Concurrency < 0 || o.Window < 0 || o.Total < 0 {
		return &buoy.RequestError{Field: "batch options", Reason: "a number is negative: leave it at 0 for the default"}
	}
	return nil
}

func (o *Options) stopOn(err error) bool {
	if errors.Is(err, buoy.ErrClosed) {
		return true
	}
	if o.StopOn != nil {
		return o.StopOn(err)
	}
	if api, ok := errors.AsType[*buoy.APIError](err); ok && api.Reserved() {
		return false // a request that asks for less may fit the balance
	}
	kind := buoy.KindOf(err)
	return kind == buoy.ErrAuth || kind == buoy.ErrQuota
}
