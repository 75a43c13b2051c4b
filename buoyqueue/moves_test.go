package buoyqueue_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// A Retry-After lets the job wait without using up its only attempt.
func TestRetryAfterIsWaitedForByTheQueue(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		var heard buoytest.Recorder
		srv, client := desk(t,
			buoytest.RetryAfter(time.Second, buoytest.Error(429, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)),
			buoytest.Reply("at last"))
		q := b.open(t, client, once(buoyqueue.Options{MaxAttempts: 1, Observer: &heard, CallOptions: []buoy.CallOption{
			buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}),
		}}))
		running(t, q)
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		eventually(t, func() bool {
			j, err := q.Job(t.Context(), ticket.ID)
			return err == nil && j.Waits == 1 && j.State == buoyqueue.StateWaiting && j.Attempts == 0 &&
				j.Failure != nil && j.Failure.Kind == buoy.ErrRateLimit && j.Failure.Message == "slow down"
		}, "it waits, with the reason")
		if testing.Short() {
			return // it waits for some seconds now
		}
		resp, err := q.Wait(within(t), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, "at last", resp.Text())
		require.Len(t, srv.Requests(), 2)
		var moves []event.QueueMove
		for _, e := range buoytest.Events[event.Queue](&heard) {
			moves = append(moves, e.Move)
			require.Equal(t, ticket.ID, e.Job)
			require.Equal(t, "m", e.Model)
			if e.Move == event.QueueSnoozed {
				require.GreaterOrEqual(t, e.Wait, time.Second)
				require.ErrorIs(t, e.Err, buoy.ErrRateLimit)
			}
		}
		require.Equal(t, []event.QueueMove{event.QueueEnqueued, event.QueueStarted, event.QueueSnoozed, event.QueueStarted, event.QueueDone}, moves)
		j, err := q.Job(t.Context(), ticket.ID)
		require.NoError(t, err)
		require.Nil(t, j.Failure, "what has passed is forgotten")
		require.Equal(t, 1, j.Attempts)
	})
}

// What will pass is tried again, at most MaxAttempts times; then the job is dead, with its
// error, and can be requeued.
func TestDeadLetters(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t,
			buoytest.Error(500, `{"error":{"message":"boom"}}`), buoytest.Error(500, `{"error":{"message":"boom again"}}`),
			buoytest.Reply("fine"))
		q := b.open(t, client, once(buoyqueue.Options{MaxAttempts: 2}))
		running(t, q)
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		require.NoError(t, func() error {
			_, err = q.Wait(within(t), ticket.ID)
			return nil
		}())
		job, ok := errors.AsType[*buoyqueue.JobError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, buoyqueue.StateDead, job.State)
		require.Equal(t, buoy.ErrServer, buoy.KindOf(err))
		require.Equal(t, 500, job.Err.Status)
		require.Contains(t, job.Err.Message, "boom again")
		require.Len(t, srv.Requests(), 2)

		dead := list(t, q, buoyqueue.Filter{States: []buoyqueue.State{buoyqueue.StateDead}})
		require.Len(t, dead, 1)
		require.Equal(t, ticket.ID, dead[0].ID)
		require.Equal(t, 2, dead[0].Attempts)
		require.Empty(t, list(t, q, buoyqueue.Filter{States: []buoyqueue.State{buoyqueue.StateCanceled, buoyqueue.StateDone}}))

		require.NoError(t, q.Requeue(t.Context(), ticket.ID))
		resp, err := q.Wait(within(t), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, "fine", resp.Text())
		require.ErrorIs(t, q.Requeue(t.Context(), ticket.ID), buoyqueue.ErrNotEnded, "a done job is not paid for again")
		require.ErrorIs(t, q.Requeue(t.Context(), 12345), buoyqueue.ErrNotFound)
	})
}

// What is final kills the job at once, keeps the typed error, and hides what it must.
func TestFinalKinds(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		const prompt = "my very private question about the merger of Alpha and Beta"
		srv, client := desk(t)
		key := srv.Endpoint().Keys[0]
		refusal := buoytest.Error(401, `{"error":{"message":"Incorrect key `+key+` for `+prompt+`\u0000","code":"invalid_api_key"}}`, "X-Request-Id: req_1")
		srv.Script(refusal, refusal, refusal)
		q := b.open(t, client, once(buoyqueue.Options{}))
		running(t, q)
		item := ask(prompt)
		ticket, err := q.Enqueue(t.Context(), item)
		require.NoError(t, err)
		_, err = q.Wait(within(t), ticket.ID)
		require.Equal(t, buoy.ErrAuth, buoy.KindOf(err))
		job, err := q.Job(t.Context(), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, buoyqueue.StateDead, job.State)
		require.Equal(t, 401, job.Failure.Status)
		require.Equal(t, "invalid_api_key", job.Failure.Code)
		require.Equal(t, "req_1", job.Failure.RequestID)
		require.NotContains(t, job.Failure.Error(), key)
		require.NotContains(t, job.Failure.Error(), "merger")
		require.Len(t, srv.Requests(), 1)

		fresh, err := q.Enqueue(t.Context(), item) // a dead job is no duplicate
		require.NoError(t, err)
		require.False(t, fresh.Duplicate)
		require.NotEqual(t, ticket.ID, fresh.ID)
		require.ErrorIs(t, ignore(q.Wait(within(t), fresh.ID)), buoy.ErrAuth)
		require.NoError(t, q.Requeue(t.Context(), fresh.ID))
		require.ErrorIs(t, ignore(q.Wait(within(t), fresh.ID)), buoy.ErrAuth)
		require.NoError(t, q.Delete(t.Context(), fresh.ID))
		require.ErrorIs(t, ignore(q.Result(t.Context(), fresh.ID)), buoyqueue.ErrNotFound)
	})
}

// A dead job whose request is in the queue again cannot come back beside it.
func TestRequeueOfWhatWasEnqueuedAgain(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		_, client := desk(t, buoytest.Error(400, `{"error":{"message":"no"}}`))
		q := b.open(t, client, once(buoyqueue.Options{}))
		stop := running(t, q)
		first, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		require.ErrorIs(t, ignore(q.Wait(within(t), first.ID)), buoy.ErrInvalidRequest)
		stop()
		second, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		require.ErrorIs(t, q.Requeue(t.Context(), first.ID), buoyqueue.ErrSuperseded)
		require.NoError(t, q.Cancel(t.Context(), second.ID))
		job, err := q.Job(t.Context(), second.ID)
		require.NoError(t, err)
		require.Equal(t, buoyqueue.StateCanceled, job.State)
		require.Equal(t, buoy.ErrCanceled, job.Failure.Kind)
		require.NoError(t, q.Requeue(t.Context(), first.ID))
		require.Len(t, list(t, q, buoyqueue.Filter{States: []buoyqueue.State{buoyqueue.StateWaiting}}), 1)
	})
}

// A running job is taken back, and its call is cancelled.
func TestCancelOfARunningJob(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t, buoytest.Hang(time.Hour))
		var heard buoytest.Recorder
		q := b.open(t, client, once(buoyqueue.Options{Observer: &heard}))
		running(t, q)
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		eventually(t, func() bool { return len(srv.Requests()) == 1 }, "it runs")
		require.NoError(t, q.Cancel(t.Context(), ticket.ID))
		_, err = q.Wait(within(t), ticket.ID)
		job, ok := errors.AsType[*buoyqueue.JobError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, buoyqueue.StateCanceled, job.State)
		require.Equal(t, buoy.ErrCanceled, buoy.KindOf(err))
		events := buoytest.Events[event.Queue](&heard)
		require.Equal(t, event.QueueCanceled, events[len(events)-1].Move)
		require.NoError(t, q.Requeue(t.Context(), ticket.ID))
		eventually(t, func() bool { return len(srv.Requests()) == 2 }, "it runs again")
		require.NoError(t, q.Cancel(t.Context(), ticket.ID))
	})
}

// A queue that is closed in mid-call gives the job back without using up an attempt.
func TestShutdownInMidCall(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t, buoytest.Hang(time.Hour), buoytest.Reply("fine"))
		q := b.open(t, client, once(buoyqueue.Options{MaxAttempts: 1, Grace: -1}))
		stop := running(t, q)
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		eventually(t, func() bool { return len(srv.Requests()) == 1 }, "it runs")
		stop()
		job, err := q.Job(t.Context(), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, buoyqueue.StateWaiting, job.State)
		require.Equal(t, 0, job.Attempts)

		q = b.open(t, client, once(buoyqueue.Options{MaxAttempts: 1}))
		running(t, q)
		resp, err := q.Wait(within(t), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, "fine", resp.Text())
	})
}

// Within the grace, running calls come to their end.
func TestShutdownWaitsForAnswers(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		begun, goOn := make(chan struct{}), make(chan struct{})
		_, client := deskOf(t, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			close(begun)
			<-goOn
			return next.RoundTrip(r)
		}, buoytest.Reply("fine"))
		q := b.open(t, client, once(buoyqueue.Options{}))
		ticket, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- q.Run(ctx) }()
		<-begun
		cancel()
		require.Empty(t, done)
		close(goOn)
		require.NoError(t, <-done)
		resp, err := q.Result(t.Context(), ticket.ID)
		require.NoError(t, err)
		require.Equal(t, "fine", resp.Text())
	})
}

// High goes before normal, and normal before low.
func TestPriorities(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t, buoytest.Reply("fine"))
		q := b.open(t, client, once(buoyqueue.Options{Concurrency: 1}))
		var items []buoyqueue.Item
		for _, p := range []buoyqueue.Priority{buoyqueue.Low, buoyqueue.Normal, buoyqueue.High} {
			item := ask(map[buoyqueue.Priority]string{buoyqueue.Low: "low", buoyqueue.Normal: "normal", buoyqueue.High: "high"}[p])
			item.Priority = p
			items = append(items, item)
		}
		tickets, err := q.EnqueueMany(t.Context(), items)
		require.NoError(t, err)
		running(t, q)
		for _, ticket := range tickets {
			require.NoError(t, ignore(q.Wait(within(t), ticket.ID)))
		}
		var order []string
		for _, r := range srv.Requests() {
			for _, word := range []string{"high", "normal", "low"} {
				if strings.Contains(string(r.Body), `"`+word+`"`) {
					order = append(order, word)
				}
			}
		}
		require.Equal(t, []string{"high", "normal", "low"}, order)
		jobs := list(t, q, buoyqueue.Filter{})
		require.Equal(t, buoyqueue.Low, jobs[0].Priority)
		require.Equal(t, buoyqueue.High, jobs[2].Priority)
	})
}

func list(t *testing.T, q queue, f buoyqueue.Filter) (jobs []buoyqueue.Job) {
	t.Helper()
	for j, err := range q.Jobs(t.Context(), f) {
		require.NoError(t, err)
		jobs = append(jobs, j)
	}
	require.True(t, slices.IsSortedFunc(jobs, func(a, b buoyqueue.Job) int { return int(a.ID - b.ID) }))
	return jobs
}

func ignore(_ *buoy.Response, err error) error { return err }

// roundTripper is a function between the client and the provider.
type roundTripper struct {
	next http.RoundTripper
	f    func(next http.RoundTripper, r *http.Request) (*http.Response, error)
}

func (rt roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return rt.f(rt.next, r) }

// deskOf is a desk with a function before it.
func deskOf(t *testing.T, f func(http.RoundTripper, *http.Request) (*http.Response, error), steps ...buoytest.Step) (*buoytest.Server, *buoy.Client) {
	t.Helper()
	srv := buoytest.NewServer(t, steps...)
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(&http.Client{Transport: roundTripper{srv.Client().Transport, f}}), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return srv, client
}
