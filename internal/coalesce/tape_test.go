package coalesce_test

import (
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/coalesce"
	"github.com/stretchr/testify/require"
)

// Each reader gets everything, whenever it comes and however slow it is.
func TestTape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tape coalesce.Tape[int]
		broken := errors.New("broken")
		var readers sync.WaitGroup
		for i := range 5 {
			readers.Go(func() {
				time.Sleep(time.Duration(i) * 30 * time.Millisecond)
				r := tape.Reader()
				for place := range 10 {
					got, err := r.Next()
					require.NoError(t, err)
					require.Equal(t, place, got)
					time.Sleep(time.Duration(i) * time.Millisecond)
				}
				_, err := r.Next()
				require.Equal(t, broken, err)
			})
		}
		for i := range 10 {
			time.Sleep(10 * time.Millisecond)
			tape.Add(i)
		}
		tape.End(broken)
		tape.End(nil)
		tape.Add(11)
		readers.Wait()
	})
}

func TestTapeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tape coalesce.Tape[int]
		tape.Add(1)
		waits := 0
		r := tape.Reader()
		r.OnWait(func() { waits++ })
		_, err := r.Next()
		require.NoError(t, err)
		require.Zero(t, waits, "it was there")
		go func() { time.Sleep(time.Second); r.Stop(); r.Stop() }()
		_, err = r.Next()
		require.ErrorIs(t, err, coalesce.ErrLeft)
		require.Equal(t, 1, waits)
		tape.End(nil)
		for range 2 {
			_, err = r.Next()
			require.ErrorIs(t, err, io.EOF)
		}
	})
}
