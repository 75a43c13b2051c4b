package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
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
	if v.takes > 0 {
		select {
		case <-time.After(v.takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return v.secrets, v.err
}

func TestASourceIsAskedWhenItIsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{err: errSealed}
		r := keyring.New(nil, v.source, keyring.Spread)
		refresh := func() error {
			defer synctest.Wait()
			return r.Refresh(t.Context(), time.Now())
		}
		require.Zero(t, r.Len())
		require.Equal(t, errSealed, refresh())
		begun := time.Now()
		time.Sleep(time.Second)
		require.Equal(t, errSealed, refresh(), "it is asked on, while there are no keys")
		require.Equal(t, begun, r.Failing(time.Now()), "since then")
		v.secrets, v.err = []string{"a", "b"}, nil
		require.NoError(t, refresh())
		require.NoError(t, refresh())
		require.Equal(t, 3, v.asked, "not for every call")
		require.Zero(t, r.Failing(time.Now()))

		v.secrets = []string{"b", "c"}
		time.Sleep(time.Minute - 1)
		require.NoError(t, refresh())
		require.Equal(t, 3, v.asked)
		time.Sleep(time.Nanosecond)
		require.NoError(t, refresh())
		require.Equal(t, 4, v.asked)

		all := keys(t, r)
		require.Equal(t, "b", all[0].Secret())
		learn(r, all[0], keyring.Disable, 0)
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
		require.Equal(t, time.Now(), r.Failing(time.Now()))
	})
}

// One asks, and the others wait for what it is told, as long as they may.
func TestOneCallAsksForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{takes: 5 * time.Second, secrets: []string{"a"}}
		r := keyring.New(nil, v.source, keyring.Spread)
		begun := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				require.NoError(t, r.Refresh(t.Context(), time.Now()))
				require.Equal(t, 5*time.Second, time.Since(begun))
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
	require.NoError(t, ring("a").Refresh(t.Context(), time.Now()))
}

// A source that hangs holds up nobody while there are keys, and nobody for longer
// than 10 s while there are none.
func TestASourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{takes: time.Hour}
		r := keyring.New(nil, v.source, keyring.Spread)
		begun := time.Now()
		require.Error(t, r.Refresh(t.Context(), begun))
		require.Equal(t, 10*time.Second, time.Since(begun))
		synctest.Wait()

		v.takes, v.secrets = 0, []string{"a"}
		require.NoError(t, r.Refresh(t.Context(), time.Now()))
		synctest.Wait()
		v.takes = time.Hour
		time.Sleep(time.Minute)
		begun = time.Now()
		for range 3 {
			require.NoError(t, r.Refresh(t.Context(), begun))
			require.Equal(t, "a", pick(r))
		}
		require.Zero(t, time.Since(begun))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Equal(t, 3, v.asked)
	})
	synctest.Test(t, func(t *testing.T) {
		let := make(chan struct{})
		var asked atomic.Int32
		r := keyring.New(nil, func(context.Context) ([]string, error) {
			asked.Add(1)
			<-let // whatever its context says
			return []string{"a"}, nil
		}, keyring.Spread)
		begun := time.Now()
		for range 3 {
			require.ErrorContains(t, r.Refresh(t.Context(), time.Now()), "did not answer within 10 s")
			require.Equal(t, begun, r.Failing(time.Now()))
			time.Sleep(time.Hour)
		}
		require.EqualValues(t, 1, asked.Load(), "one goroutine hangs, and not one for each call")
		close(let)
		synctest.Wait()
		require.Equal(t, "a", pick(r))
	})
}

func TestASourceThatPanics(t *testing.T) {
	r := keyring.New(nil, func(context.Context) ([]string, error) { panic("no vault") }, keyring.Spread)
	require.ErrorContains(t, r.Refresh(t.Context(), time.Now()), "no vault")
}

// A source that ends its goroutine, as by a failed assertion, is asked again.
func TestASourceThatEndsItsGoroutine(t *testing.T) {
	ends := true
	r := keyring.New(nil, func(context.Context) ([]string, error) {
		if ends {
			runtime.Goexit()
		}
		return []string{"sk-1"}, nil
	}, keyring.Spread)
	require.ErrorContains(t, r.Refresh(t.Context(), time.Now()), "ended its goroutine")
	ends = false
	require.NoError(t, r.Refresh(t.Context(), time.Now()))
	require.Equal(t, "sk-1", pick(r))
}

// A refusal asks at once and is waited for, once a second at most, and not where the
// key is gone already.
func TestRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vault{secrets: []string{"old"}}
		r := keyring.New(nil, v.source, keyring.Spread)
		require.NoError(t, r.Refresh(t.Context(), time.Now()))
		k := keys(t, r)[0]
		v.takes = time.Second
		r.Renew(t.Context(), time.Now(), k)
		require.Equal(t, 2, v.asked)
		require.Equal(t, "old", pick(r))
		time.Sleep(time.Second)
		v.secrets = []string{"new"}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				r.Renew(t.Context(), time.Now(), k)
				require.Equal(t, "new", pick(r))
			})
		}
		wg.Wait()
		r.Renew(t.Context(), time.Now(), k)
		require.Equal(t, 3, v.asked)
		ring("a").Renew(t.Context(), time.Now(), k)
	})
}

// The latest keys that were withdrawn are masked on, since an answer may come late.
func TestWithdrawnKeysStaySecret(t *testing.T) {
	r := keyring.New([]string{"k0"}, nil, keyring.Spread)
	for i := range 20 {
		r.Replace([]string{fmt.Sprint("k", i+1), "stays"})
	}
	var secrets []string
	r.Secrets(nil, func(s string) { secrets = append(secrets, s) })
	require.Equal(t, []string{"k20", "stays", "k12", "k13", "k14", "k15", "k16", "k17", "k18", "k19"}, secrets)
}
