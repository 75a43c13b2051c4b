package keyring_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/queue"
	"github.com/stretchr/testify/require"
)

// 1 s without a wait, doubling to 16 s, for an only key as well.
func TestRestsOfARowDouble(t *testing.T) {
	for _, secrets := range [][]string{{"a"}, {"a", "b"}} {
		synctest.Test(t, func(t *testing.T) {
			r := ring(secrets...)
			all := keys(t, r)
			rest := func() time.Duration {
				time.Sleep(time.Nanosecond) // the attempt is later than what is known
				learn(r, all[0], keyring.CoolRate, 0)
				begun := time.Now()
				for !r.Another(time.Now(), "m", all[1:]) {
					time.Sleep(time.Second)
				}
				return time.Since(begun)
			}
			for _, want := range []time.Duration{1, 2, 4, 8, 16, 16} {
				require.Equal(t, want*time.Second, rest())
			}
			for range 100 { // a row without end does not overflow
				require.Equal(t, 16*time.Second, rest())
			}
			r.Answered(use(all[0]), 0)
			require.Equal(t, time.Second, rest(), "a good answer ends a row")
			r.Answered(use(all[0]), 7*time.Second)
			require.False(t, r.Another(time.Now().Add(7*time.Second-1), "m", all[1:]))
			require.True(t, r.Another(time.Now().Add(7*time.Second), "m", all[1:]))
			time.Sleep(7 * time.Second)
			require.Equal(t, time.Second, rest(), "so does one that uses up an allowance")
		})
	}
}

// Ten refusals of one burst are one event: a minute's rest came of them.
func TestABurstIsOneStrike(t *testing.T) {
	for _, lesson := range []keyring.Lesson{keyring.CoolRate, keyring.Disable, keyring.CoolQuota, keyring.Doubt} {
		synctest.Test(t, func(t *testing.T) {
			r := ring("a", "b")
			all := keys(t, r)
			u := use(all[0])
			time.Sleep(time.Millisecond)
			r.Learn(time.Now(), u, lesson, 0)
			at := r.Rest(time.Now().Add(-time.Hour), "m").At
			free := time.Now()
			for !r.Another(free, "m", all[1:]) {
				free = free.Add(100 * time.Millisecond)
			}
			for range 10 {
				time.Sleep(10 * time.Millisecond)
				r.Learn(time.Now(), u, lesson, 0)
			}
			require.False(t, r.Another(free.Add(-200*time.Millisecond), "m", all[1:]))
			require.True(t, r.Another(free, "m", all[1:]), at)
		})
	}
}

// Whatever comes last, a pause is not shorter for it, but for a success that was sent
// after it began.
func TestAPauseIsNeverShortened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a")
		k := keys(t, r)[0]
		early := use(k)
		time.Sleep(time.Millisecond)
		learn(r, k, keyring.CoolRate, 30*time.Second)
		until := time.Now().Add(30 * time.Second)
		same := func() { t.Helper(); require.Equal(t, until, r.Rest(time.Now(), "m").At) }
		time.Sleep(100 * time.Millisecond)
		learn(r, k, keyring.CoolRate, 0)
		same()
		learn(r, k, keyring.CoolRate, time.Second)
		same()
		learn(r, k, keyring.Nothing, 0)
		same()
		r.Answered(early, 0)
		same()
		r.Answered(early, time.Second)
		same()
		time.Sleep(time.Nanosecond)
		r.Answered(use(k), 0)
		d, _ := rests(r)
		require.Zero(t, d)
	})
}

// Those who wait come back as 1, 2, 4 ..., each number over a step of its own, and the
// first of them alone until it is answered or a second has passed.
func TestWaitersComeBackSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a")
		k := keys(t, r)[0]
		learn(r, k, keyring.CoolRate, time.Second)
		begun := time.Now()
		var at []time.Duration
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				p := r.Join("m", queue.Who{})
				defer p.Leave()
				for {
					k, rest, first := p.Pick(time.Now(), keyring.Ask{Model: "m"})
					if k != nil {
						at = append(at, time.Since(begun)) // one at a time, by the queue
						if len(at) > 3 {
							time.AfterFunc(time.Millisecond, func() { r.Answered(use(k), 0) })
						}
						return
					}
					wait := time.Hour
					if first {
						wait = time.Until(rest.At)
					}
					select {
					case <-time.After(wait):
					case <-p.Moved():
					}
				}
			})
			synctest.Wait()
		}
		k, _ = r.Pick(time.Now().Add(time.Second), keyring.Ask{Model: "m"})
		require.Nil(t, k, "nobody goes past those who wait")
		wg.Wait()
		require.Len(t, at, 40)
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 2500 * time.Millisecond}, at[:3], "nobody knows yet")
		most := 0
		for i := range at {
			n := 0
			for _, b := range at[i:] {
				if b < at[i]+100*time.Millisecond {
					n++
				}
			}
			most = max(most, n)
		}
		require.LessOrEqual(t, most, 16)
		require.Less(t, at[39], 5*time.Second)
	})
}

// Random lessons, successes and times.
func TestWhateverHappensToARing(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			secrets := []string{"a", "b", "c", "d", "e"}[:1+rnd.IntN(5)]
			r := ring(secrets...)
			all := keys(t, r)
			model := []string{"m", "n"}
			var under []keyring.Use
			raised := map[*keyring.Key]time.Time{} // when a pause of a key began last
			for range 150 {
				time.Sleep(time.Duration(rnd.Int64N(int64([]time.Duration{time.Second, time.Minute, 20 * time.Minute}[rnd.IntN(3)]))))
				if k, _ := r.Pick(time.Now(), keyring.Ask{Model: model[rnd.IntN(2)]}); k != nil {
					under = append(under, keyring.Use{Key: k, Model: model[rnd.IntN(2)], Begun: time.Now()})
				}
				if len(under) == 0 {
					continue
				}
				i := rnd.IntN(len(under))
				u := under[i]
				under = append(under[:i], under[i+1:]...)
				time.Sleep(time.Duration(rnd.Int64N(int64(time.Second))))
				wait := time.Duration(0)
				if rnd.IntN(2) == 0 {
					wait = time.Duration(rnd.Int64N(int64(time.Hour)))
				}
				before, since := r.Until(u.Key, u.Model), u.Begun
				switch l := keyring.Lesson(rnd.IntN(6)); {
				case l == 5 && rnd.IntN(4) == 0:
					require.True(t, enable(r, u.Key.Label()))
					require.Zero(t, r.Until(u.Key, u.Model))
				case l == 5:
					r.Answered(u, 0)
					if since.Before(raised[u.Key]) {
						require.Equal(t, before, r.Until(u.Key, u.Model), "seed %d: it was sent before the pause began", seed)
					}
				default:
					r.Learn(time.Now(), u, l, wait)
					last := len(all) == 1 || l == keyring.Disable || l == keyring.CoolQuota // one that is the last to go is let go
					if l != keyring.Nothing && !last {
						require.False(t, r.Until(u.Key, u.Model).Before(before), "seed %d: a lesson shortened a pause", seed)
					}
					if r.Until(u.Key, u.Model).After(before) {
						raised[u.Key] = time.Now()
					}
				}
				disabled := 0
				for _, s := range r.Status(time.Now()) {
					if s.State == keyring.Disabled {
						disabled++
					}
				}
				require.Less(t, disabled, len(all), "seed %d", seed)
			}
		})
	}
}

// A provider that says "tomorrow" to an empty account is asked again after five minutes,
// doubling to an hour: it may have been topped up. What it names sooner counts.
func TestAnEmptyAccountIsProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b")
		a := keys(t, r)[0]
		until := func(wait time.Duration) time.Duration {
			time.Sleep(time.Second)
			learn(r, a, keyring.CoolQuota, wait)
			d := time.Until(r.Until(a, "m"))
			time.Sleep(d)
			return d
		}
		for _, want := range []time.Duration{5, 10, 20, 40, 60, 60} {
			require.Equal(t, want*time.Minute, until(24*time.Hour))
		}
		require.Equal(t, 7*time.Minute, until(7*time.Minute))
		require.Equal(t, time.Hour, until(0))
		time.Sleep(time.Second)
		r.Answered(use(a), 0)
		require.Equal(t, 5*time.Minute, until(24*time.Hour))
	})
}
