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

// pick takes the next key for the model "m" and returns its secret, "" for none.
func pick(r *keyring.Ring, refused ...*keyring.Key) string {
	if k, _, _ := r.Pick(time.Now(), "m", refused); k != nil {
		return k.Secret()
	}
	return ""
}

// keys returns the keys of a ring that are free, in their order.
func keys(t *testing.T, r *keyring.Ring) (all []*keyring.Key) {
	t.Helper()
	for range r.Len() {
		k, _, _ := r.Pick(time.Now(), "m", nil)
		require.NotNil(t, k)
		all = append(all, k)
	}
	return all
}

// rests is how long the ring has no key for the model "m", and why.
func rests(r *keyring.Ring) (time.Duration, keyring.Reason) {
	k, soonest, reason := r.Pick(time.Now(), "m", nil)
	if k != nil {
		return 0, reason
	}
	return time.Until(soonest), reason
}

func TestAKeyIsItsOwnHeader(t *testing.T) {
	k := keys(t, keyring.New([]string{"sk-1"}, nil))[0]
	require.Equal(t, "sk-1", k.Secret())
	require.Equal(t, []string{"sk-1"}, k.Bare())
	require.Equal(t, []string{"Bearer sk-1"}, k.Bearer())
	require.Regexp(t, "^key-[0-9a-f]{8}$", k.Label())
	none := keys(t, keyring.New(nil, nil))[0]
	require.Empty(t, none.Secret())
	require.Empty(t, none.Label())
}

func TestTurnsAreFair(t *testing.T) {
	r := keyring.New([]string{"a", "b", "c"}, nil)
	var order string
	for range 6 {
		order += pick(r)
	}
	require.Equal(t, "abcabc", order)
}

// Who has refused a call is left out while there are others, and asked again rather
// than nobody.
func TestThoseWhoRefusedComeLast(t *testing.T) {
	r := keyring.New([]string{"a", "b"}, nil)
	all := keys(t, r)
	require.Equal(t, "b", pick(r, all[0]))
	require.Equal(t, "b", pick(r, all[0]))
	require.Equal(t, "a", pick(r, all...))
	now := time.Now()
	require.True(t, r.Another(now, "m", all[:1]))
	require.False(t, r.Another(now, "m", all))
	require.Equal(t, []string{all[1].Label()}, r.Beside(now, all[0], "m", nil))
	require.Empty(t, r.Beside(now, all[0], "m", all[1:]))
	r.Learn(now, all[1], "m", keyring.CoolRate, time.Minute)
	require.Empty(t, r.Beside(now, all[0], "m", nil))
	require.NotEmpty(t, r.Beside(now, all[0], "another model", nil))
}

func TestLessons(t *testing.T) {
	const hint = 30 * time.Second
	for _, tc := range []struct {
		name    string
		lesson  keyring.Lesson
		wait    time.Duration
		among   time.Duration // how long one of two keys rests; below 0 for ever
		alone   time.Duration // the same for the only key
		reason  keyring.Reason
		anyName bool // for all models
	}{
		{"nothing", keyring.Nothing, hint, 0, 0, keyring.None, false},
		{"a wrong key", keyring.Disable, 0, -1, 0, keyring.Auth, true},
		{"a wrong key, with a wait", keyring.Disable, hint, -1, 0, keyring.Auth, true},
		{"no money", keyring.CoolQuota, 0, time.Hour, 0, keyring.Quota, true},
		{"no money, with a wait", keyring.CoolQuota, hint, hint, 0, keyring.Quota, true},
		{"no money, with a wait that is too long", keyring.CoolQuota, 1000 * time.Hour, 24 * time.Hour, 0, keyring.Quota, true},
		{"too fast", keyring.CoolRate, 0, 5 * time.Second, 0, keyring.Rate, false},
		{"too fast, with a wait", keyring.CoolRate, hint, hint, hint, keyring.Rate, false},
		{"too fast, with a wait that is too long", keyring.CoolRate, 1000 * time.Hour, 24 * time.Hour, 24 * time.Hour, keyring.Rate, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				alone := keyring.New([]string{"a"}, nil)
				alone.Learn(time.Now(), keys(t, alone)[0], "m", tc.lesson, tc.wait)
				d, reason := rests(alone)
				require.Equal(t, tc.alone, d)
				if d > 0 {
					require.Equal(t, tc.reason, reason)
				}

				r := keyring.New([]string{"a", "b"}, nil)
				all := keys(t, r)
				r.Learn(time.Now(), all[0], "m", tc.lesson, tc.wait)
				free := func(model string) bool { return r.Another(time.Now(), model, all[1:]) }
				require.Equal(t, tc.among == 0, free("m"))
				require.Equal(t, !tc.anyName, free("another model"))
				status := r.Status(time.Now())
				require.Equal(t, all[1].Label(), status[1].Label)
				require.Zero(t, status[1].Reason)
				require.Equal(t, tc.lesson == keyring.Disable, status[0].Disabled)
				if tc.anyName {
					require.Equal(t, tc.reason, status[0].Reason)
				} else {
					require.Equal(t, keyring.Status{Label: all[0].Label()}, status[0], "it tells of all models only")
				}
				if tc.among > 0 {
					time.Sleep(tc.among - 1)
					require.False(t, free("m"))
					time.Sleep(time.Nanosecond)
					require.True(t, free("m"))
					require.Zero(t, r.Status(time.Now())[0].Reason)
				}
				if tc.among < 0 {
					time.Sleep(10000 * time.Hour)
					require.False(t, free("m"))
				}
			})
		})
	}
}

// Where all rest, the first to come back is waited for.
func TestTheFirstToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keyring.New([]string{"a", "b", "c"}, nil)
		all := keys(t, r)
		now := time.Now()
		r.Learn(now, all[0], "m", keyring.CoolQuota, 0)
		r.Learn(now, all[1], "m", keyring.CoolRate, time.Minute)
		r.Learn(now, all[2], "m", keyring.Disable, 0)
		d, reason := rests(r)
		require.Equal(t, time.Minute, d)
		require.Equal(t, keyring.Rate, reason)
		r.Learn(now, all[0], "m", keyring.CoolRate, 30*time.Second)
		d, reason = rests(r)
		require.Equal(t, time.Minute, d, "the longer rest of a key counts")
		require.Equal(t, keyring.Rate, reason)

		for _, k := range all {
			r.Learn(now, k, "m", keyring.Disable, 0)
		}
		_, soonest, reason := r.Pick(now, "m", nil)
		require.Zero(t, soonest, "none comes back")
		require.Equal(t, keyring.Auth, reason)
	})
}

// 5 s without a hint, doubling to a minute.
func TestRestsOfARowDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keyring.New([]string{"a", "b"}, nil)
		all := keys(t, r)
		rest := func() time.Duration {
			r.Learn(time.Now(), all[0], "m", keyring.CoolRate, 0)
			begun := time.Now()
			for !r.Another(time.Now(), "m", all[1:]) {
				time.Sleep(time.Second)
			}
			return time.Since(begun)
		}
		for _, want := range []time.Duration{5, 10, 20, 40, 60, 60} {
			require.Equal(t, want*time.Second, rest())
		}
		for range 100 { // a row without end does not overflow
			require.Equal(t, time.Minute, rest())
		}
		r.Answered(all[0], "m", 0)
		require.Equal(t, 5*time.Second, rest(), "a good answer ends a row")
		r.Answered(all[0], "m", 7*time.Second)
		require.False(t, r.Another(time.Now().Add(7*time.Second-1), "m", all[1:]))
		require.True(t, r.Another(time.Now().Add(7*time.Second), "m", all[1:]))
		time.Sleep(7 * time.Second)
		require.Equal(t, 5*time.Second, rest(), "so does one that uses up an allowance")
	})
}

// The answer of a call that began before says nothing against a pause that the
// provider asked for meanwhile.
func TestAGoodAnswerDoesNotEndAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keyring.New([]string{"a"}, nil)
		k := keys(t, r)[0]
		r.Learn(time.Now(), k, "m", keyring.CoolRate, 30*time.Second)
		time.Sleep(10 * time.Second)
		r.Answered(k, "m", 0)
		d, _ := rests(r)
		require.Equal(t, 20*time.Second, d)
	})
}

func TestAnAllowanceThatIsUsedUpIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keyring.New([]string{"a"}, nil)
		k := keys(t, r)[0]
		r.Answered(k, "m", 7*time.Second)
		d, reason := rests(r)
		require.Equal(t, 7*time.Second, d)
		require.Equal(t, keyring.Rate, reason)
		r.Answered(k, "m", 1000*time.Hour)
		d, _ = rests(r)
		require.Equal(t, 24*time.Hour, d)
	})
}

func TestEnable(t *testing.T) {
	for name, lesson := range map[string]keyring.Lesson{"disabled": keyring.Disable, "out of money": keyring.CoolQuota, "too fast": keyring.CoolRate} {
		r := keyring.New([]string{"a", "b"}, nil)
		all := keys(t, r)
		r.Learn(time.Now(), all[0], "m", lesson, time.Hour)
		require.False(t, r.Another(time.Now(), "m", all[1:]), name)
		require.False(t, r.Enable("key-unknown"))
		require.True(t, r.Enable(all[0].Label()))
		require.True(t, r.Another(time.Now(), "m", all[1:]), name)
		require.Equal(t, keyring.Status{Label: all[0].Label()}, r.Status(time.Now())[0])
	}
}

// Keys that stay keep what is known of them.
func TestReplace(t *testing.T) {
	r := keyring.New([]string{"a", "b"}, nil)
	all := keys(t, r)
	r.Learn(time.Now(), all[1], "m", keyring.Disable, 0)
	r.Replace([]string{"b", "c", "b", "c"})
	require.Equal(t, 2, r.Len())
	labels := r.Labels()
	require.Equal(t, all[1].Label(), labels[0])
	require.Equal(t, "c", pick(r))
	require.Equal(t, "c", pick(r), "b is still known as bad")
}

func TestSame(t *testing.T) {
	r := keyring.New([]string{"a", "b"}, nil)
	require.True(t, r.Same(keyring.New([]string{"a", "b"}, nil)))
	require.False(t, r.Same(keyring.New([]string{"a"}, nil)))
	require.False(t, r.Same(keyring.New([]string{"a", "c"}, nil)))
	require.True(t, r.Same(r))
}

// What a key remembers of models is bounded: pauses that are over go first.
func TestPausesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := keyring.New([]string{"a"}, nil)
		k := keys(t, r)[0]
		pause := func(model string, d time.Duration) { r.Learn(time.Now(), k, model, keyring.CoolRate, d) }
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
	r := keyring.New([]string{"a", "b"}, nil)
	refused := keys(t, r)[:1]
	require.Zero(t, testing.AllocsPerRun(100, func() {
		now := time.Now()
		_ = r.Refresh(t.Context(), now)
		k, _, _ := r.Pick(now, "m", refused)
		_, _ = k.Bare(), k.Bearer()
		_ = r.Another(now, "m", refused)
		r.Answered(k, "m", 0)
	}))
}

func TestManyCallersShareTheTurns(t *testing.T) {
	r := keyring.New([]string{"a", "b", "c"}, nil)
	var mu sync.Mutex
	n := map[string]int{}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for range 50 {
				k, _, _ := r.Pick(time.Now(), "m", nil)
				r.Learn(time.Now(), k, "another model", keyring.CoolRate, 0)
				r.Answered(k, "another model", 0)
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
