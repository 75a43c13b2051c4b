package keyring_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/stretchr/testify/require"
)

var errSealed = errors.New("the vault is sealed")

// vault is a source that a test steers.
type vault struct {
	mu      sync.Mutex // guards the fields below
	asked   int
	takes   time.Duration
	secrets []string
	err     error
}

func (v *vault) source(ctx context.Context) ([]string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked++
	time.Sleep(v.takes)
	return v.secrets, v.err
}

func TestASourceIsAskedWhenItIsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{err: errSealed}
		r := keyring.New(nil, v.source)
		refresh := func() error { return r.Refresh(t.Context(), time.Now()) }
		require.Zero(t, r.Len())
		require.Equal(t, errSealed, refresh())
		require.Equal(t, errSealed, refresh(), "it is asked on, while there are no keys")
		v.secrets, v.err = []string{"a", "b"}, nil
		require.NoError(t, refresh())
		require.NoError(t, refresh())
		require.Equal(t, 3, v.asked, "not for every call")

		v.secrets = []string{"b", "c"}
		time.Sleep(time.Minute - 1)
		require.NoError(t, refresh())
		require.Equal(t, 3, v.asked)
		time.Sleep(time.Nanosecond)
		require.NoError(t, refresh())
		require.Equal(t, 4, v.asked)

		all := keys(t, r)
		require.Equal(t, "b", all[0].Secret())
		r.Learn(time.Now(), all[0], "m", keyring.Disable, 0)
		require.NoError(t, refresh())
		require.Equal(t, 4, v.asked, "a refusal does not make it ask at once")
		time.Sleep(time.Second)
		require.NoError(t, refresh())
		require.NoError(t, refresh())
		require.Equal(t, 5, v.asked)
		time.Sleep(time.Second)
		require.NoError(t, refresh())
		require.Equal(t, 5, v.asked, "once for a refusal")
		require.Equal(t, "c", pick(r), "the refused key came again, and is known")

		v.err = errSealed
		time.Sleep(time.Hour)
		require.NoError(t, refresh(), "old keys stay in use while the source fails")
		require.NoError(t, refresh())
		require.Equal(t, 6, v.asked)
		require.Equal(t, 2, r.Len())
	})
}

// One asks, and the others wait for what it is told, as long as they may.
func TestOneCallAsksForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{takes: 10 * time.Second, secrets: []string{"a"}}
		r := keyring.New(nil, v.source)
		begun := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				require.NoError(t, r.Refresh(t.Context(), time.Now()))
				require.Equal(t, 10*time.Second, time.Since(begun))
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, r.Refresh(ctx, time.Now()), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(begun))
		wg.Wait()
		require.Equal(t, 1, v.asked)
	})
}

func TestAFixedRingHasNobodyToAsk(t *testing.T) {
	require.NoError(t, keyring.New([]string{"a"}, nil).Refresh(t.Context(), time.Now()))
}
