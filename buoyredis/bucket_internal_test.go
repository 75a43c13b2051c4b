package buoyredis

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/service"
)

// clocked is the script with a clock of the test's own, in microseconds.
var clocked = redis.NewScript(strings.Replace(bucketText, "redis.call('TIME')", "{0, ARGV[#ARGV]}", 1))

// bench is a bucket in a real server, under a clock of the test's own.
type bench struct {
	t      *testing.T
	client *redis.Client
	r, k   pace
	now    int64
	key    string
}

func newBench(t *testing.T, requests, tokens int) *bench {
	client := redis.NewClient(&redis.Options{Addr: service.Redis(t).Addr()})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return &bench{t: t, client: client, r: requestPace(requests), k: tokenPace(tokens), now: 1_700_000_000_000_000, key: "{bench}"}
}

func (b *bench) take(tokens int, most time.Duration) (went bool, wait time.Duration, at int64) {
	got, err := clocked.Run(context.Background(), b.client, []string{b.key}, "take", b.r.cost(1), b.r.size, b.k.cost(tokens), b.k.size, most.Microseconds(), "n", b.now).Slice()
	require.NoError(b.t, err)
	return got[0].(int64) == 1, time.Duration(got[1].(int64)) * time.Microsecond, got[3].(int64)
}

func (b *bench) settle(at, requests, tokens int64) {
	require.NoError(b.t, clocked.Run(context.Background(), b.client, []string{b.key}, "settle", at, requests, tokens, b.now).Err())
}

func (b *bench) pass(d time.Duration) { b.now += d.Microseconds() }

func TestABucketGivesABurstAndThenItsPace(t *testing.T) {
	b := newBench(t, 600, 0)
	for range 6 {
		went, wait, _ := b.take(0, 0)
		require.True(t, went)
		require.Zero(t, wait)
	}
	went, wait, _ := b.take(0, 0)
	require.False(t, went, "a hundredth at once")
	require.InDelta(t, 100*time.Millisecond, wait, float64(time.Millisecond))
	for i := range 10 { // in the order of coming, each at its own time
		went, wait, _ = b.take(0, time.Minute)
		require.True(t, went)
		require.InDelta(t, time.Duration(i+1)*100*time.Millisecond, wait, float64(10*time.Millisecond))
	}
	went, _, _ = b.take(0, time.Second)
	require.False(t, went)
	went, wait, _ = b.take(0, 0)
	require.False(t, went)
	require.InDelta(t, 1100*time.Millisecond, wait, float64(15*time.Millisecond), "who is refused takes nothing")
}

// What a limit of requests lets go in any minute is at most the limit, whatever comes.
func TestNoMinuteHasMoreThanTheLimit(t *testing.T) {
	for _, limit := range []int{1, 7, 60, 150, 600, 5000} {
		b := newBench(t, limit, 0)
		rng := rand.New(rand.NewPCG(uint64(limit), 1))
		var times []int64
		end := b.now + (4 * time.Minute).Microseconds()
		for n := 0; b.now < end && n < 12_000; n++ {
			if went, wait, _ := b.take(0, time.Duration(rng.IntN(3))*time.Second); went {
				times = append(times, b.now+wait.Microseconds())
			}
			b.pass(time.Duration(rng.Int64N(int64(80 * time.Second / time.Duration(limit)))))
		}
		slices.Sort(times)
		most := 0
		for i, from := 0, 0; i < len(times); i++ {
			for times[i]-times[from] >= time.Minute.Microseconds() {
				from++
			}
			most = max(most, i-from+1)
		}
		require.LessOrEqual(t, most, limit)
		require.GreaterOrEqual(t, most, limit*98/100-1, "and not much less")
	}
}

// entry is a charge of the model: what went, when, and how much of it was used.
type entry struct{ at, cost int64 }

// fits reports whether what was used is within what the pace allows: at no time had more
// gone than the bucket and what came back since it was full. A charge of more than the
// bucket goes from a full one.
func fits(entries []entry, size int64) (over int64) {
	slices.SortStableFunc(entries, func(a, b entry) int { return int(a.at - b.at) })
	full := int64(0)
	for _, e := range entries {
		full = max(full, e.at)
		over = max(over, full-e.at+min(e.cost, size)-size)
		full += e.cost
	}
	return over
}

// Random calls that use less than they took, are given back, or are refused: whatever is
// corrected in whatever order, what was really used stays within the pace.
func TestCorrectionsNeverLetTooMuchGo(t *testing.T) {
	seeds := 40
	if testing.Short() {
		seeds = 8
	}
	b := newBench(t, 0, 60_000) // a token takes 1 ms to come back, 6,000 at once
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		b.key = "{bench}" + string(rune('a'+seed))
		type open struct {
			at, taken, used, goes int64
			until                 int64
		}
		var running []open
		var used []entry
		largest := []int{100, 1000, 6000}[seed%3]
		for range 800 {
			if rng.IntN(2) == 0 {
				tokens := 1 + rng.IntN(largest)
				most := time.Duration(rng.IntN(2)*rng.IntN(20)) * time.Second
				if went, wait, at := b.take(tokens, most); went {
					real := int64(0) // given back
					if rng.IntN(6) > 0 {
						real = b.k.cost(1 + rng.IntN(tokens))
					}
					goes := b.now + wait.Microseconds()
					if real == 0 { // while it waits, or at once
						running = append(running, open{at, b.k.cost(tokens), 0, goes, b.now + rng.Int64N(wait.Microseconds()+1)})
					} else {
						running = append(running, open{at, b.k.cost(tokens), real, goes, goes + rng.Int64N((20 * time.Second).Microseconds())})
					}
				}
			}
			b.pass(time.Duration(rng.Int64N(int64(2 * time.Second / time.Duration(1+rng.IntN(5))))))
			running = slices.DeleteFunc(running, func(o open) bool {
				if o.until > b.now {
					return false
				}
				b.settle(o.at, 0, o.used-o.taken)
				if o.used > 0 {
					used = append(used, entry{o.goes, o.used})
				}
				return true
			})
		}
		require.Greater(t, len(used), 50)
		require.LessOrEqual(t, fits(used, b.k.size), int64(20_000), "seed %d: at most 20 tokens of rounding", seed)
	}
}
