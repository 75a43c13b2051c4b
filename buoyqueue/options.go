package buoyqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/event"
)

// Options configures a queue. The zero value is ready to use. Processes that share a
// database should have the same options.
type Options struct {
	// Concurrency is how many jobs this process works on at the same time. The default
	// is 8, the most 10,000.
	Concurrency int
	// TenantConcurrency is how many calls of one tenant ([Item].Tenant) run at the same time
	// in all processes together; 0 means no limit. Jobs beyond it wait aside, so that the
	// jobs of other tenants go past them. Each process goes by its own number, so give all
	// the same; one without a number does not count its calls for the others. The jobs of a
	// process that died count until they are given back. Jobs without a tenant have no such
	// limit.
	TenantConcurrency int
	// Timeout bounds one try of a job, with the client's own retries in it. It replaces
	// the client's Timeouts.Call. The default is 15 minutes. From it follow River's
	// settings: JobTimeout is a tenth more, between 1 s and a minute, and
	// RescueStuckJobsAfter again as much more.
	Timeout time.Duration
	// MaxAttempts is how often a job is tried, waits for limits and breakers not
	// counted. The default is 5. A try ends with the client's own retries.
	MaxAttempts int
	// Backoff is how long a job waits after its nth failure, from 1. The default is 2 s,
	// doubling to 5 minutes, of which a random part between half and all. It must be
	// safe for concurrent use. If it panics, the wait is the default and the logger gets
	// an Error.
	Backoff func(failures int) time.Duration
	// Patience is how long a job may wait in all for limits and breakers. After that
	// it is a dead letter with the last refusal. The default is 24 hours; negative means
	// for ever. A provider's wait that would exceed it makes the job a dead letter at
	// once.
	Patience time.Duration
	// Grace is how long Run waits for the running calls after its context has ended.
	// Then it cancels them, and they are paid for again by whoever does them next. The
	// default is Timeout; negative means no wait. Kubernetes sends SIGKILL after 30 s
	// by default: the jobs survive that, too.
	Grace time.Duration
	// KeepAnswers is how long a job that is done is kept with its answer. So long, an
	// equal request is answered by it. The default is 7 days; negative means for ever.
	KeepAnswers time.Duration
	// KeepDead is how long dead and canceled jobs are kept. The default is 30 days;
	// negative means for ever.
	KeepDead time.Duration
	// MaxRequest is the size of a request's JSON, in bytes. The default is 16 MiB. A
	// larger one is an error of Enqueue.
	MaxRequest int
	// CallOptions apply to each call, after those of the queue itself: two attempts,
	// waits of at most 5 s, Timeout. Open refuses those that no client takes. If the
	// client refuses them together with its own, Run ends with its error.
	CallOptions []buoy.CallOption
	// Observer is told of each job that this process moves. nil means nobody.
	Observer event.QueueObserver
	// Logger gets what neither an error nor the observer tells: answers that came twice,
	// jobs taken over from dead workers, trouble with the database. River writes to it,
	// too. It never gets a request, an answer or a key. nil means no log.
	Logger *slog.Logger
}

func (o *Options) concurrency() int           { return cmp.Or(o.Concurrency, 8) }
func (o *Options) timeout() time.Duration     { return cmp.Or(o.Timeout, 15*time.Minute) }
func (o *Options) maxAttempts() int           { return cmp.Or(o.MaxAttempts, 5) }
func (o *Options) patience() time.Duration    { return cmp.Or(o.Patience, 24*time.Hour) }
func (o *Options) keepAnswers() time.Duration { return kept(cmp.Or(o.KeepAnswers, 7*24*time.Hour)) }
func (o *Options) keepDead() time.Duration    { return kept(cmp.Or(o.KeepDead, 30*24*time.Hour)) }
func (o *Options) maxRequest() int            { return cmp.Or(o.MaxRequest, 16<<20) }
func (o *Options) grace() time.Duration       { return max(cmp.Or(o.Grace, o.timeout()), 0) }

// margin is what River's timers have over that within.
func (o *Options) margin() time.Duration {
	return min(max(o.timeout()/10, time.Second), time.Minute)
}

func (o *Options) jobTimeout() time.Duration  { return o.timeout() + o.margin() }
func (o *Options) rescueAfter() time.Duration { return o.jobTimeout() + o.margin() }

func (o *Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}

// backoff is the wait after a failure. River asks for it where a panic would end the
// program.
func (o *Options) backoff(failures int) (wait time.Duration, panicked any) {
	wait = growing(2*time.Second, failures-1)
	if o.Backoff == nil {
		return wait, nil
	}
	defer func() { panicked = recover() }()
	wait = max(o.Backoff(failures), 0)
	return wait, nil
}

// longest is the longest wait of the queue's own.
const longest = 5 * time.Minute

// growing is first, doubled n times up to the longest wait, of which a random part
// between half and all.
func growing(first time.Duration, n int) time.Duration {
	full := longest
	if n < 16 {
		full = min(first<<max(n, 0), longest)
	}
	return full/2 + rand.N(full/2+1)
}

// kept is River's spelling of a retention.
func kept(d time.Duration) time.Duration {
	if d < 0 {
		return -1
	}
	return d
}

func (o *Options) check() error {
	switch {
	case o.Concurrency < 0 || o.Concurrency > 10_000:
		return errors.New("buoyqueue: Options.Concurrency must be from 1 to 10,000, or 0 for the default")
	case o.TenantConcurrency < 0 || o.MaxAttempts < 0 || o.MaxRequest < 0 || o.Timeout < 0:
		return errors.New("buoyqueue: a number in Options is negative: leave it at 0 for the default")
	case o.MaxAttempts > 1000:
		return errors.New("buoyqueue: Options.MaxAttempts is over 1,000: what fails so often will fail again")
	}
	return o.checkCalls()
}

// callOptions are those of each call.
func (o *Options) callOptions() []buoy.CallOption {
	return append([]buoy.CallOption{
		buoy.WithTimeouts(buoy.Timeouts{Call: o.timeout()}),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2, MaxDelay: 5 * time.Second, MaxServerDelay: 5 * time.Second}),
	}, o.CallOptions...)
}

// checkCalls refuses call options that no client takes. A client looks at them before it
// says that it is closed, so one that is closed says so and sends nothing. What depends on
// the settings of the client itself (a MaxDelay below its BaseDelay) is found by Run.
func (o *Options) checkCalls() error {
	client, err := buoy.New(buoy.Endpoint{BaseURL: "http://127.0.0.1", Keys: []string{"none"}}, buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 1}))
	if err != nil {
		return fmt.Errorf("buoyqueue: %w", err)
	}
	_ = client.Close()
	_, err = client.Chat(context.Background(), buoy.Request{}, o.callOptions()...)
	if wrong := optionError(err); wrong != nil {
		return fmt.Errorf("buoyqueue: Options.CallOptions: %w", wrong)
	}
	return nil
}

// optionError is the error of a client about the options of a call, nil for any other.
func optionError(err error) error {
	if e, ok := errors.AsType[*buoy.RequestError](err); ok && e.Field == "option" {
		return e
	}
	return nil
}
