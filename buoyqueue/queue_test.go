package buoyqueue_test

import (
	"testing"

	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func TestAnswers(t *testing.T) {
	each(t, func(t *testing.T, b bed) {
		srv, client := desk(t, buoytest.Reply("fine"))
		q := b.open(t, client, once(buoyqueue.Options{}))
		first, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		require.False(t, first.Duplicate)
		_, err = q.Result(t.Context(), first.ID)
		require.ErrorIs(t, err, buoyqueue.ErrPending)
		again, err := q.Enqueue(t.Context(), ask("hello"))
		require.NoError(t, err)
		require.Equal(t, buoyqueue.Ticket{ID: first.ID, Duplicate: true}, again)

		running(t, q)
		resp, err := q.Wait(within(t), first.ID)
		require.NoError(t, err)
		require.Equal(t, "fine", resp.Text())
		require.NotEmpty(t, resp.Info.Endpoint)

		again, err = q.Enqueue(t.Context(), ask("hello")) // an answer is kept, and answers equal requests
		require.NoError(t, err)
		require.Equal(t, buoyqueue.Ticket{ID: first.ID, Duplicate: true}, again)
		require.Len(t, srv.Requests(), 1)
		job, err := q.Job(t.Context(), first.ID)
		require.NoError(t, err)
		require.Equal(t, buoyqueue.StateDone, job.State)
		require.Equal(t, 1, job.Attempts)
		require.False(t, job.Ended.Before(job.Enqueued))
		require.NotZero(t, job.Enqueued)
		require.Nil(t, job.Failure)
		counts, err := q.Counts(t.Context())
		require.NoError(t, err)
		require.Equal(t, buoyqueue.Counts{Done: 1}, counts)
		_, err = q.Result(t.Context(), first.ID+1)
		require.ErrorIs(t, err, buoyqueue.ErrNotFound)
	})
}
