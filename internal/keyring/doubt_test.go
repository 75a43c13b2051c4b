package keyring_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/stretchr/testify/require"
)

// After one key was told to go slower, one call each goes on to the others until a
// second has passed, or until the key has answered something.
func TestATrickleGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b", "c")
		all := keys(t, r)
		early := use(all[1])
		time.Sleep(time.Millisecond)
		learn(r, all[0], keyring.CoolRate, time.Minute)
		require.Equal(t, "b", pick(r))
		require.Equal(t, "c", pick(r))
		require.Empty(t, pick(r))
		require.NotNil(t, first(r.Pick(time.Now(), keyring.Ask{Model: "another model"})))
		d, reason := rests(r)
		require.Equal(t, time.Second, d)
		require.Equal(t, keyring.Rate, reason)
		require.True(t, r.Another(time.Now(), "m", all[:1]), "it is worth waiting for")
		require.Empty(t, r.Beside(time.Now(), all[0], "m", nil), "for no hedge")

		require.Equal(t, keyring.Change{}, r.Answered(early, 0), "that is no news of a key")
		require.Equal(t, "b", pick(r), "it has answered, though what came before")
		require.Equal(t, "b", pick(r))
		require.Equal(t, keyring.Change{Reason: keyring.Rate, Model: "m", Until: time.Now().Add(time.Second)}, r.Learn(time.Now(), use(all[2]), keyring.CoolRate, 0), "a doubt is no rest")
	})
}

func first(k *keyring.Key, _ keyring.Rest) *keyring.Key { return k }

// What has answered lately is trusted with twelve calls in all, but not if it was told
// to go slower itself.
func TestHeadway(t *testing.T) {
	for name, tc := range map[string]struct {
		age  time.Duration
		also keyring.Lesson
		want int // calls that go at once
	}{
		"lately":                {50 * time.Second, keyring.Nothing, 14},
		"long ago":              {2 * time.Minute, keyring.Nothing, 2},
		"and was refused since": {30 * time.Second, keyring.CoolRate, 7},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := ring("a", "b", "c")
				all := keys(t, r)
				for _, k := range all {
					r.Answered(use(k), 0)
				}
				time.Sleep(tc.age)
				learn(r, all[1], tc.also, time.Hour)
				learn(r, all[0], keyring.CoolRate, time.Hour)
				got := 0
				for got < 100 && pick(r) != "" {
					got++
				}
				require.Equal(t, tc.want, got)
			})
		})
	}
}

// A doubt that nobody has looked into passes.
func TestAnOldDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b")
		all := keys(t, r)
		learn(r, all[0], keyring.CoolRate, time.Minute)
		time.Sleep(17 * time.Second)
		for range 20 {
			require.Equal(t, "b", pick(r))
		}
	})
}

// Who cannot wait goes past a doubt, and past nothing else.
func TestDare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b", "c")
		all := keys(t, r)
		learn(r, all[0], keyring.CoolRate, time.Minute)
		dare := func() string {
			if k := r.Dare(time.Now(), keyring.Ask{Model: "m"}); k != nil {
				return k.Secret()
			}
			return ""
		}
		for range 20 {
			require.NotEqual(t, "a", dare())
		}
		d, _ := rests(r)
		require.Zero(t, d, "the trickle is as it was")
		learn(r, all[1], keyring.Disable, 0)
		require.Equal(t, "c", dare())
		learn(r, all[2], keyring.CoolRate, 0)
		require.Empty(t, dare())
	})
}

// In any order of picks, answers and refusals, no key that has told nothing since
// another one was refused gets more than its headway and the trickle, and whoever asks
// again has a key within seconds of the end of the pauses.
func TestWhateverHappensInDoubt(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 11))
			secrets := []string{"a", "b", "c", "d", "e"}[:2+rnd.IntN(4)]
			order := []keyring.Order{keyring.Spread, keyring.InOrder, keyring.Sticky}[rnd.IntN(3)]
			r := keyring.New(secrets, nil, order)
			type doubt struct {
				since time.Time
				sent  int
			}
			doubts := map[string]*doubt{} // what the model knows, by secret
			limited := map[string]bool{}  // has a pause of its own
			var under []keyring.Use
			for range 400 {
				time.Sleep(time.Duration(rnd.Int64N(int64([]time.Duration{1, 50 * time.Millisecond, 2 * time.Second}[rnd.IntN(3)]))))
				now := time.Now()
				for range rnd.IntN(30) {
					k, _ := r.Pick(now, keyring.Ask{Model: "m", Affinity: rnd.Uint64()})
					if k == nil {
						break
					}
					u := keyring.Use{Key: k, Model: "m", Begun: now}
					under = append(under, u)
					if d := doubts[k.Secret()]; d != nil && now.Sub(d.since) <= 16*time.Second {
						d.sent++
						e := now.Sub(d.since)
						require.LessOrEqual(t, d.sent, 12+(2<<int(e/time.Second)), "seed %d: %s after %v", seed, k.Secret(), e)
					}
				}
				if len(under) == 0 || rnd.IntN(3) == 0 {
					continue
				}
				i := rnd.IntN(len(under))
				u := under[i]
				under = append(under[:i], under[i+1:]...)
				r.Done(u.Key, 0)
				secret := u.Key.Secret()
				switch rnd.IntN(4) {
				case 0:
					r.Learn(now, u, keyring.Nothing, 0)
				case 1:
					fresh := !limited[secret]
					r.Learn(now, u, keyring.CoolRate, time.Duration(rnd.IntN(2))*time.Second)
					limited[secret] = true
					delete(doubts, secret)
					for _, s := range secrets {
						if d := doubts[s]; fresh && s != secret && !limited[s] && (d == nil || now.Sub(d.since) > 16*time.Second) {
							doubts[s] = &doubt{since: now}
						}
					}
				default:
					r.Answered(u, 0)
					delete(doubts, secret)
					for _, k := range secrets { // a rest is over once a later call was answered
						if r.Until(u.Key, "m").IsZero() && k == secret {
							limited[k] = false
						}
					}
				}
			}
			begun := time.Now()
			for pick(r) == "" {
				time.Sleep(100 * time.Millisecond)
			}
			require.LessOrEqual(t, time.Since(begun), 17*time.Second, "seed %d", seed)
		})
	}
}
