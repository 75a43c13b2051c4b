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
	// Key names a request in the journal, for example after the document that it is
	// about. If it is nil or returns "", the request is recognised by its body alone.
	// With a key the journal gives a request only answers that were given under that
	// key, or under none. If a key was answered and now belongs to a request with
	// another body, the batch ends with [ErrMismatch]. A key has at most 1024 bytes.
	Key func(*buoy.Request) string
	// Accept checks an answer before it is written to the journal. nil accepts every
	// answer. If it returns an error, the request has failed: its [Result] has both the
	// answer and the error, and the next run sends the request again. Answers from the
	// journal are checked, too; one that is refused is asked for again. Several
	// goroutines call Accept at once. It must not change the answer. To refuse answers
	// that are incomplete or were withheld, use (*buoy.Response).Check.
	//
	// A panic is no verdict. The request has failed, and its Result has the answer and an
	// error that says where the panic was. The journal keeps the answer, so it is not paid
	// again: the next run asks Accept about it.
	Accept func(*buoy.Response) error
	// Repair is called once for an answer that Accept refused. If it returns true, the
	// request that it returns is sent. The answer to that one is checked in the same
	// way, and has the usage and the attempts of both calls. nil means no repair.
	// Several goroutines call Repair at once. It must not change its arguments. A panic
	// is part of the request's error, beside the refusal.
	Repair func(req *buoy.Request, resp *buoy.Response, refusal error) (buoy.Request, bool)
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
	// yielded. It, StopOn and Key run on the goroutine of the loop, which gets their
	// panics.
	Progress func(Progress)
	Total    int // number of requests, for Progress; 0 means unknown
	// CallOptions apply to each call. Without a [buoy.WithPriority] among them the calls
	// are [buoy.Background]: those for which somebody waits go first.
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
