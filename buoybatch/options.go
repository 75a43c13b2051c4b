package buoybatch

import (
	"cmp"
	"errors"
	"time"

	"github.com/buoy-go/buoy"
)

// Options configures a [Run]. The zero value is ready to use: eight calls at a time,
// results as they arrive, no journal.
type Options struct {
	Concurrency int // calls at the same time; default 8
	// Ordered yields the results in the order of the requests. By default they are
	// yielded as they arrive, and no answer is held in memory.
	Ordered bool
	// Window is the number of requests that may be taken but not yet yielded, if
	// Ordered is set. Answers that wait for an earlier one are held in memory. The
	// default is four times Concurrency.
	Window int
	// Journal keeps the answers, so that the batch can resume after a crash. nil means
	// none.
	Journal *Journal
	// Patience is how long a request may wait in all for refusals that will pass: an
	// open breaker, a rate limit, a pause of the keys. Without it an outage of a minute
	// would fail all remaining requests at once. The default is 10 minutes; negative
	// means no wait. All other failures are retried by the client, without this wait.
	Patience time.Duration
	// StopOn reports whether the error of a request ends the batch. nil means the
	// errors that all other requests would meet, too: [buoy.ErrAuth] and
	// [buoy.ErrQuota]. A quota error does not count if only the max_tokens of its own
	// request caused it ([buoy.APIError.Reserved]). Running calls are finished and
	// yielded, and no new call starts. A closed client always ends the batch.
	StopOn func(error) bool
	// Progress is called after each request that has ended, before its result is
	// yielded. It and StopOn run on the goroutine of the loop.
	Progress func(Progress)
	Total    int // number of requests, for Progress; 0 means unknown
	// CallOptions apply to each call.
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
