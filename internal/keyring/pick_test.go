package keyring_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/stretchr/testify/require"
)

func secrets(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint("secret", i))
	}
	return out
}

// homes are the keys that conversations get.
func homes(r *keyring.Ring, conversations int, busy func(string) bool) (out []string) {
	for c := range conversations {
		k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m", Affinity: uint64(c) * 0x9e3779b97f4a7c15, Busy: busy})
		r.Done(k, uint64(c)*0x9e3779b97f4a7c15)
		out = append(out, k.Label())
	}
	return out
}

func TestStickyKeysAreEvenAndStay(t *testing.T) {
	for _, n := range []int{1, 2, 4, 10, 32, 33, 100} {
		r := keyring.New(secrets(n), nil, keyring.Sticky)
		const conversations = 20000
		first := homes(r, conversations, nil)
		require.Equal(t, first, homes(r, conversations, nil), "a conversation stays where it is")
		require.Equal(t, first, homes(keyring.New(secrets(n), nil, keyring.Sticky), conversations, nil), "in every process")
		load := map[string]int{}
		for _, label := range first {
			load[label]++
		}
		require.Len(t, load, n)
		for label, got := range load {
			even := float64(conversations) / float64(n)
			require.InDelta(t, even, got, 0.2*even+5, "%d keys: %s", n, label)
		}
	}
}

// When a key comes or goes, few conversations move: those that it had, or gets.
func TestStickyKeysMoveFew(t *testing.T) {
	for _, n := range []int{4, 20, 200} {
		const conversations = 5000
		r := keyring.New(secrets(n), nil, keyring.Sticky)
		before := homes(r, conversations, nil)
		r.Replace(secrets(n + 1))
		added := keyring.New(secrets(n + 1)[n:], nil, keyring.Sticky).Labels()[0]
		moved := 0
		for i, label := range homes(r, conversations, nil) {
			if label != before[i] {
				moved++
				require.Equal(t, added, label)
			}
		}
		require.Less(t, moved, 2*conversations/(n+1)+20)
		r.Replace(secrets(n))
		require.Equal(t, before, homes(r, conversations, nil), "and back again")
	}
}

// Where its key rests, has refused the call or is busy, a conversation has a second
// one, always the same.
func TestStickyKeysGiveWay(t *testing.T) {
	for _, n := range []int{3, 50} {
		r := keyring.New(secrets(n), nil, keyring.Sticky)
		now := time.Now()
		ask := keyring.Ask{Model: "m", Affinity: 7}
		pick := func() *keyring.Key {
			k, _ := r.Pick(now, ask)
			r.Done(k, ask.Affinity)
			return k
		}
		home := pick()

		ask.Busy = func(label string) bool { return label == home.Label() }
		second := pick()
		require.NotEqual(t, home, second)
		ask.Busy = func(string) bool { return true }
		k := pick()
		require.Equal(t, home, k, "all are busy: the queue of its own is the best")

		ask.Busy, ask.Refused = nil, []*keyring.Key{home}
		k = pick()
		require.Equal(t, second, k)

		ask.Refused = nil
		r.Learn(now, keyring.Use{Key: home, Model: "m", Begun: now}, keyring.CoolRate, 10*time.Second)
		k = pick()
		require.Equal(t, second, k)
		k, _ = r.Pick(now.Add(time.Minute), ask)
		require.Equal(t, home, k, "and it comes back")
	}
}

// Many calls that begin alike share the keys, and those of many conversations do not
// all go to one that many of them chose.
func TestStickyKeysShareABurst(t *testing.T) {
	for name, affinity := range map[string]func(i int) uint64{
		"equal":     func(int) uint64 { return 7 },
		"different": func(i int) uint64 { return uint64(i) * 0x9e3779b97f4a7c15 },
	} {
		t.Run(name, func(t *testing.T) {
			r := keyring.New(secrets(4), nil, keyring.Sticky)
			load := map[*keyring.Key]int{}
			var ends []func()
			for i := range 400 {
				k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m", Affinity: affinity(i)})
				load[k]++
				ends = append(ends, func() { r.Done(k, affinity(i)) })
			}
			require.Len(t, load, 4)
			for _, n := range load {
				require.InDelta(t, 100, n, 50)
			}
			for _, end := range ends {
				end()
			}
			require.Equal(t, homes(keyring.New(secrets(4), nil, keyring.Sticky), 50, nil), homes(r, 50, nil), "all is as before")
		})
	}
}

// The key is the one whose latest use is longest ago, whatever comes and goes.
func TestSpreadIsTheLeastRecentlyUsed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		r := keyring.New(secrets(1+rng.IntN(6)), nil, keyring.Spread)
		turns := map[string]int{}
		for turn := range 100 {
			if rng.IntN(20) == 0 {
				r.Replace(secrets(1 + rng.IntN(6)))
				maps.DeleteFunc(turns, func(label string, _ int) bool { return !slices.Contains(r.Labels(), label) })
			}
			want := slices.MinFunc(r.Labels(), func(a, b string) int { return cmp.Compare(turns[a], turns[b]) })
			k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m"})
			require.Equal(t, want, k.Label())
			turns[k.Label()] = turn + 1
		}
	}
}

// The choice costs the same with one key and with a thousand.
func BenchmarkPick(b *testing.B) {
	for _, order := range []struct {
		name  string
		order keyring.Order
	}{{"spread", keyring.Spread}, {"sticky", keyring.Sticky}, {"in_order", keyring.InOrder}} {
		for _, n := range []int{1, 32, 1000, 10000} {
			b.Run(fmt.Sprint(order.name, "_", n), func(b *testing.B) {
				r := keyring.New(secrets(n), nil, order.order)
				ask := keyring.Ask{Model: "m"}
				now := time.Now()
				b.ReportAllocs()
				for b.Loop() {
					ask.Affinity += 0x9e3779b97f4a7c15
					k, _ := r.Pick(now, ask)
					r.Done(k, ask.Affinity)
				}
			})
		}
	}
}

// Who has refused a call for good is asked after those that were only too busy, and
// those are worth waiting for.
func TestBackAfterRefusalsForGood(t *testing.T) {
	for _, lesson := range []keyring.Lesson{keyring.Disable, keyring.CoolQuota, keyring.Nothing} {
		synctest.Test(t, func(t *testing.T) {
			r := keyring.New([]string{"bad", "busy"}, nil, keyring.InOrder)
			bad, _ := r.Pick(time.Now(), keyring.Ask{Model: "m"})
			busy, _ := r.Pick(time.Now(), keyring.Ask{Model: "m", Refused: []*keyring.Key{bad}})
			all, forGood := []*keyring.Key{busy, bad}, []*keyring.Key{bad}
			learn(r, busy, keyring.CoolRate, 10*time.Second)
			learn(r, bad, lesson, 0)
			until, ok := r.Back(time.Now(), "m", forGood)
			require.True(t, ok)
			require.Equal(t, lesson == keyring.Nothing, !until.IsZero(), "in line, or by the caller")
			if !until.IsZero() {
				require.Equal(t, 10*time.Second, time.Until(until))
			}
			_, ok = r.Back(time.Now(), "m", all)
			require.False(t, ok, "nobody else")
			time.Sleep(10 * time.Second)
			until, ok = r.Back(time.Now(), "m", forGood)
			require.True(t, ok)
			require.Zero(t, until)
			k, _ := r.Pick(time.Now(), keyring.Ask{Model: "m", Refused: all, ForGood: forGood})
			require.Equal(t, busy, k)
			learn(r, busy, keyring.CoolQuota, 0)
			_, ok = r.Back(time.Now(), "m", forGood)
			require.Equal(t, lesson == keyring.Disable, ok, "no wait brings money, but the last key that may go is asked on")
		})
	}
}
