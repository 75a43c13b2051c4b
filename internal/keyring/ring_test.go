package keyring_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/stretchr/testify/require"
)

func ring(secrets ...string) *keyring.Ring { return keyring.New(secrets, nil, keyring.Spread) }

// use is that of an attempt for the model "m" that begins now.
func use(k *keyring.Key) keyring.Use { return keyring.Use{Key: k, Model: "m", Begun: time.Now()} }

// learn is a failure of an attempt that takes no time at all.
func learn(r *keyring.Ring, k *keyring.Key, l keyring.Lesson, wait time.Duration) {
	r.Learn(time.Now(), use(k), l, wait)
}

// pick takes the next key for the model "m" and returns its secret, "" for none.
func pick(r *keyring.Ring, refused ...*keyring.Key) string {
	if k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m", Refused: refused}); k != nil {
		return k.Secret()
	}
	return ""
}

// keys returns the keys of a ring that are free, in their order.
func keys(t *testing.T, r *keyring.Ring) (all []*keyring.Key) {
	t.Helper()
	for range r.Len() {
		k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m"})
		require.NotNil(t, k)
		all = append(all, k)
	}
	return all
}

// rests is how long the ring has no key for the model "m", and why.
func rests(r *keyring.Ring) (time.Duration, keyring.Reason) {
	rest := r.Rest(time.Now(), "m")
	if rest == (keyring.Rest{}) {
		return 0, keyring.None
	}
	return time.Until(rest.At), rest.Reason
}

func TestAKeyIsItsOwnHeader(t *testing.T) {
	k := keys(t, ring("sk-1"))[0]
	require.Equal(t, "sk-1", k.Secret())
	require.Equal(t, []string{"sk-1"}, k.Bare())
	require.Equal(t, []string{"Bearer sk-1"}, k.Bearer())
	require.Regexp(t, "^key-[0-9a-f]{8}$", k.Label())
	none := keys(t, ring())[0]
	require.Empty(t, none.Secret())
	require.Empty(t, none.Label())
}

func TestOrders(t *testing.T) {
	for order, want := range map[keyring.Order]string{keyring.Spread: "abcabc", keyring.InOrder: "aaaaaa"} {
		r := keyring.New([]string{"a", "b", "c"}, nil, order)
		var got string
		for range 6 {
			got += pick(r)
		}
		require.Equal(t, want, got)
	}
}

// The others are there for when the first may not go, and it comes first again.
func TestBackups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keyring.New([]string{"a", "b", "c"}, nil, keyring.InOrder)
		a, _ := r.Pick(time.Now(), keyring.Ask{Model: "m"})
		require.Equal(t, "b", pick(r, a), "it has refused this call")
		learn(r, a, keyring.CoolRate, time.Minute)
		b, _ := r.Pick(time.Now(), keyring.Ask{Model: "m"})
		require.Equal(t, "b", b.Secret())
		r.Answered(use(b), 0)
		require.Equal(t, "b", pick(r))
		require.Equal(t, "b", pick(r))
		time.Sleep(time.Minute)
		require.Equal(t, "a", pick(r))
	})
}

// Who has refused a call is left out while there are others, and asked again rather
// than nobody.
func TestThoseWhoRefusedComeLast(t *testing.T) {
	r := ring("a", "b")
	all := keys(t, r)
	require.Equal(t, "b", pick(r, all[0]))
	require.Equal(t, "b", pick(r, all[0]))
	require.Equal(t, "a", pick(r, all...))
	now := time.Now()
	require.True(t, r.Another(now, "m", all[:1]))
	require.False(t, r.Another(now, "m", all))
	require.Equal(t, []string{all[1].Label()}, r.Beside(now, all[0], "m", nil))
	require.Empty(t, r.Beside(now, all[0], "m", all[1:]))
	learn(r, all[1], keyring.CoolRate, time.Minute)
	require.Empty(t, r.Beside(time.Now(), all[0], "m", nil))
	require.NotEmpty(t, r.Beside(time.Now(), all[0], "another model", nil))
}

func TestLessons(t *testing.T) {
	const hint = 30 * time.Second
	for _, tc := range []struct {
		name    string
		lesson  keyring.Lesson
		wait    time.Duration
		among   time.Duration // how long one of two keys rests
		alone   time.Duration // the same for the only key
		reason  keyring.Reason
		anyName bool // for all models
	}{
		{"nothing", keyring.Nothing, hint, 0, 0, keyring.None, false},
		{"a wrong key", keyring.Disable, 0, 5 * time.Minute, 0, keyring.Auth, true},
		{"a wrong key, with a wait", keyring.Disable, hint, 5 * time.Minute, 0, keyring.Auth, true},
		{"perhaps a wrong key", keyring.Doubt, 0, time.Second, 0, keyring.Auth, false},
		{"no money", keyring.CoolQuota, 0, 5 * time.Minute, 0, keyring.Quota, true},
		{"no money, with a wait", keyring.CoolQuota, hint, hint, 0, keyring.Quota, true},
		{"no money, with a wait that is too long", keyring.CoolQuota, 1000 * time.Hour, 5 * time.Minute, 0, keyring.Quota, true},
		{"too fast", keyring.CoolRate, 0, time.Second, time.Second, keyring.Rate, false},
		{"too fast, with a wait", keyring.CoolRate, hint, hint, hint, keyring.Rate, false},
		{"too fast, with a wait that is too long", keyring.CoolRate, 1000 * time.Hour, 24 * time.Hour, 24 * time.Hour, keyring.Rate, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				alone := ring("a")
				learn(alone, keys(t, alone)[0], tc.lesson, tc.wait)
				d, reason := rests(alone)
				require.Equal(t, tc.alone, d)
				if d > 0 {
					require.Equal(t, tc.reason, reason)
				}

				r := ring("a", "b")
				all := keys(t, r)
				learn(r, all[0], tc.lesson, tc.wait)
				free := func(model string) bool { return r.Another(time.Now(), model, all[1:]) }
				require.Equal(t, tc.among == 0, free("m"))
				require.Equal(t, !tc.anyName, free("another model"))
				status := r.Status(time.Now())
				require.Equal(t, all[1].Label(), status[1].Label)
				require.Equal(t, tc.reason, status[0].Reason)
				require.Equal(t, map[keyring.Lesson]keyring.State{
					keyring.Nothing: keyring.Ready, keyring.Disable: keyring.Disabled, keyring.Doubt: keyring.Refused, keyring.CoolQuota: keyring.Cooled, keyring.CoolRate: keyring.Limited,
				}[tc.lesson], status[0].State)
				if tc.lesson != keyring.Nothing && tc.lesson != keyring.Doubt {
					require.Equal(t, tc.among, time.Until(status[0].Until))
				}
				if tc.among > 0 && !tc.anyName {
					require.Equal(t, []keyring.ModelRest{{Model: "m", Until: time.Now().Add(tc.among), Reason: tc.reason}}, status[0].Models)
				}
				left := alone.Status(time.Now())[0]
				require.Equal(t, tc.alone > 0, left.State == keyring.Limited)
				require.Equal(t, tc.reason != keyring.None && tc.alone == 0, left.State == keyring.Refused, "the last one is asked on")
				require.Equal(t, tc.reason, left.Reason)
				if tc.among > 0 {
					time.Sleep(tc.among - 1)
					require.False(t, free("m"))
					time.Sleep(time.Nanosecond)
					require.True(t, free("m"))
				}
			})
		})
	}
}

// The last key that may go is never disabled, however many there are, and one that
// is out of money may not go.
func TestTheLastThatMayGoIsNeverDisabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b", "c")
		all := keys(t, r)
		for _, k := range all {
			learn(r, k, keyring.Disable, 0)
		}
		require.Equal(t, "c", pick(r))
		learn(r, all[2], keyring.CoolQuota, 0)
		require.Equal(t, "c", pick(r), "nor does it rest: the others are out")

		require.True(t, enable(r, all[0].Label()))
		learn(r, all[0], keyring.CoolQuota, 0)
		learn(r, all[2], keyring.Disable, 0)
		require.Equal(t, "c", pick(r))
	})
}

// A key that is out comes back for one probe, at first after five minutes.
func TestADisabledKeyIsProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b")
		all := keys(t, r)
		free := func() bool { return r.Another(time.Now(), "m", all[1:]) }
		learn(r, all[0], keyring.Disable, 0)
		for _, want := range []time.Duration{5, 10, 20, 40, 60, 60} {
			begun := time.Now()
			for !free() {
				time.Sleep(time.Minute)
			}
			require.Equal(t, want*time.Minute, time.Since(begun))
			k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m", Refused: all[1:]})
			require.Equal(t, all[0], k)
			require.False(t, free(), "one at a time")
			require.Equal(t, keyring.Disabled, r.Status(time.Now())[0].State)
			learn(r, k, keyring.Disable, 0)
		}
		time.Sleep(time.Hour)
		k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m", Refused: all[1:]})
		learn(r, k, keyring.Nothing, 0)
		require.True(t, free(), "that probe has shown nothing")
		_, _ = r.Pick(time.Now(), keyring.Ask{Model: "m", Refused: all[1:]})
		require.False(t, free())
		time.Sleep(time.Minute)
		require.True(t, free(), "nobody has heard of that one")
		k, _ = r.Pick(time.Now(), keyring.Ask{Model: "m", Refused: all[1:]})
		r.Answered(use(k), 0)
		require.True(t, free())
		require.Equal(t, keyring.Ready, r.Status(time.Now())[0].State)
	})
}

// Where all rest, the first to come back is waited for.
func TestTheFirstToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b", "c")
		all := keys(t, r)
		learn(r, all[0], keyring.CoolQuota, 0)
		learn(r, all[1], keyring.CoolRate, 2*time.Minute)
		learn(r, all[2], keyring.CoolRate, 3*time.Minute)
		d, reason := rests(r)
		require.Equal(t, 2*time.Minute, d)
		require.Equal(t, keyring.Rate, reason)
		learn(r, all[0], keyring.CoolRate, 30*time.Second)
		learn(r, all[1], keyring.CoolRate, time.Hour)
		learn(r, all[2], keyring.CoolRate, time.Hour)
		d, reason = rests(r)
		require.Equal(t, 5*time.Minute, d, "the longer rest of a key counts")
		require.Equal(t, keyring.Quota, reason)
		k, rest := r.Pick(time.Now(), keyring.Ask{Model: "m"})
		require.Nil(t, k)
		require.Equal(t, r.Rest(time.Now(), "m"), rest)
	})
}

// A refused key whose probe is due before the pause of a good one ends does not make
// all of them refused.
func TestAPauseGoesBeforeAProbe(t *testing.T) {
	for _, lesson := range []keyring.Lesson{keyring.Disable, keyring.Doubt} {
		synctest.Test(t, func(t *testing.T) {
			r := ring("bad", "good")
			all := keys(t, r)
			learn(r, all[0], lesson, 0)
			d := time.Second
			if lesson == keyring.Disable {
				d = 5 * time.Minute
			}
			time.Sleep(d - time.Millisecond)
			learn(r, all[1], keyring.CoolRate, 10*time.Second)
			d, reason := rests(r)
			require.Equal(t, 10*time.Second, d)
			require.Equal(t, keyring.Rate, reason)
			time.Sleep(time.Millisecond)
			require.Equal(t, "bad", pick(r), "its probe may go now")
		})
	}
}

func TestEnable(t *testing.T) {
	for name, lesson := range map[string]keyring.Lesson{"disabled": keyring.Disable, "out of money": keyring.CoolQuota, "too fast": keyring.CoolRate} {
		r := ring("a", "b")
		all := keys(t, r)
		learn(r, all[0], lesson, time.Hour)
		require.False(t, r.Another(time.Now(), "m", all[1:]), name)
		require.False(t, enable(r, "key-unknown"))
		require.True(t, enable(r, all[0].Label()))
		require.True(t, r.Another(time.Now(), "m", all[1:]), name)
		require.Equal(t, keyring.Status{Label: all[0].Label(), State: keyring.Ready}, r.Status(time.Now())[0])
	}
}

// Keys that stay keep what is known of them, but one of them has to go.
func TestReplace(t *testing.T) {
	r := ring("a", "b")
	all := keys(t, r)
	learn(r, all[1], keyring.Disable, 0)
	r.Replace([]string{"b", "c", "b", "c"})
	require.Equal(t, 2, r.Len())
	labels := r.Labels()
	require.Equal(t, all[1].Label(), labels[0])
	require.Equal(t, "c", pick(r))
	require.Equal(t, "c", pick(r), "b is still known as bad")
	r.Replace([]string{"b"})
	require.Equal(t, "b", pick(r))
}

func TestSame(t *testing.T) {
	r := ring("a", "b")
	require.True(t, r.Same(ring("a", "b")))
	require.False(t, r.Same(ring("a")))
	require.False(t, r.Same(ring("a", "c")))
	require.False(t, r.Same(keyring.New([]string{"a", "b"}, nil, keyring.InOrder)))
	require.True(t, r.Same(r))
}

// What a key remembers of models is bounded: pauses that are over go first.
func TestPausesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a")
		k := keys(t, r)[0]
		pause := func(model string, d time.Duration) {
			r.Learn(time.Now(), keyring.Use{Key: k, Model: model, Begun: time.Now()}, keyring.CoolRate, d)
		}
		free := func(model string) bool { return r.Another(time.Now(), model, nil) }
		pause("m", time.Hour)
		for i := range 255 {
			pause(fmt.Sprint("short ", i), time.Second)
		}
		time.Sleep(time.Second)
		pause("n", time.Hour)
		require.False(t, free("m"), "it is not over")
		for i := range 255 {
			pause(fmt.Sprint("long ", i), time.Hour)
		}
		require.False(t, free("long 254"))
		require.True(t, free("m"), "all were in use, and were forgotten")
	})
}

// A call takes nothing from the heap here.
func TestACallAllocatesNothing(t *testing.T) {
	r := ring("a", "b")
	refused := keys(t, r)[:1]
	require.Zero(t, testing.AllocsPerRun(100, func() {
		now := time.Now()
		_ = r.Refresh(t.Context(), now)
		k, _ := r.Pick(now, keyring.Ask{Model: "m", Refused: refused})
		_, _ = k.Bare(), k.Bearer()
		_ = r.Another(now, "m", refused)
		r.Answered(keyring.Use{Key: k, Model: "m", Begun: now}, 0)
	}))
}

func TestManyCallersShareTheTurns(t *testing.T) {
	r := ring("a", "b", "c")
	var mu sync.Mutex
	n := map[string]int{}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for range 50 {
				k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m"})
				other := keyring.Use{Key: k, Model: "another model", Begun: time.Now()}
				r.Learn(time.Now(), other, keyring.CoolRate, 0)
				r.Answered(other, 0)
				_ = r.Status(time.Now())
				mu.Lock()
				n[k.Secret()]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Equal(t, map[string]int{"a": 100, "b": 100, "c": 100}, n)
}

func enable(r *keyring.Ring, label string) bool {
	_, ok := r.Enable(label)
	return ok
}
