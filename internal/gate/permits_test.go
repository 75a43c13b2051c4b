package gate_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/gate"
	"github.com/buoy-go/buoy/internal/queue"
	"github.com/stretchr/testify/require"
)

func TestPermitsGoInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := gate.NewPermits(2)
		begun := time.Now()
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				permit := p.Try()
				if permit == nil {
					var err error
					permit, err = p.Acquire(t.Context(), queue.Who{}, never())
					require.NoError(t, err)
				}
				require.Equal(t, time.Duration(i/2)*time.Second, time.Since(begun))
				time.Sleep(time.Second)
				permit.Release(true)
				permit.Release(true) // counts once
			})
			synctest.Wait()
		}
		held, waiting := p.Status()
		require.Equal(t, []int{2, 4}, []int{held, waiting})
		wg.Wait()
		held, waiting = p.Status()
		require.Equal(t, []int{0, 0}, []int{held, waiting})
	})
}

// The wait in a refusal goes by how long permits were held of late.
func TestPermitsEstimateTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := gate.NewPermits(1)
		for _, hold := range []time.Duration{2, 10, 30} {
			permit := p.Try()
			time.Sleep(hold * time.Second)
			permit.Release(true)
		}
		for range 5 { // calls that a gate below has refused
			p.Try().Release(false)
		}
		require.True(t, p.Free())
		held := p.Try()
		require.False(t, p.Free())
		require.Equal(t, 10*time.Second, p.Wait(queue.Who{}))

		begun := time.Now()
		_, err := p.Acquire(t.Context(), queue.Who{}, begun.Add(5*time.Second))
		late, ok := errors.AsType[*gate.TooLate](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, 10*time.Second, late.Wait)
		require.Equal(t, 5*time.Second, time.Since(begun), "it might have come free")

		_, err = p.Acquire(t.Context(), queue.Who{}, time.Now().Add(40*time.Second))
		late, _ = errors.AsType[*gate.TooLate](err)
		require.Equal(t, 40*time.Second, late.Wait, "at least as long as it has waited")
		held.Release(true)
	})
}

// With three ahead and no call ever shorter than 2 s the fourth cannot have its
// turn within 6 s.
func TestPermitsRefuseAtOnceWhatIsHopeless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := gate.NewPermits(1)
		permit := p.Try()
		time.Sleep(2 * time.Second)
		permit.Release(true)
		held := p.Try()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				permit, err := p.Acquire(t.Context(), queue.Who{}, never())
				require.NoError(t, err)
				permit.Release(true)
			})
			synctest.Wait()
		}
		begun := time.Now()
		_, err := p.Acquire(t.Context(), queue.Who{}, begun.Add(6*time.Second))
		late, ok := errors.AsType[*gate.TooLate](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, 8*time.Second, late.Wait)
		require.Zero(t, time.Since(begun))

		wg.Go(func() {
			permit, err := p.Acquire(t.Context(), queue.Who{}, begun.Add(6*time.Second+1))
			require.NoError(t, err)
			permit.Release(true)
		})
		synctest.Wait()
		held.Release(true)
		wg.Wait()
	})
}

func TestAWaiterThatLeavesTakesNoPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := gate.NewPermits(1)
		held := p.Try()
		for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if cause == context.Canceled {
				time.AfterFunc(time.Second, cancel)
			}
			// The context's own deadline is its error, also where that is the
			// latest time.
			_, err := p.Acquire(ctx, queue.Who{}, time.Now().Add(time.Minute))
			require.ErrorIs(t, err, cause)
			cancel()
		}
		held.Release(true)
		require.NotNil(t, p.Try())
		require.Nil(t, p.Try())
	})
}
