package buoyredis

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
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

// taken is a turn as the script gives it.
type taken struct {
	went     bool
	wait     time.Duration
	at       int64
	turn     string
	requests int64
	tokens   int64
}

func (b *bench) run(args ...any) *redis.Cmd {
	b.now++ // no two visits have the same time
	cmd := clocked.Run(context.Background(), b.client, keys(&charge{key: b.key}), append(args, b.now)...)
	require.NoError(b.t, cmd.Err())
	return cmd
}

func (b *bench) turn(tokens int, most time.Duration) taken {
	t := taken{requests: b.r.cost(1), tokens: b.k.cost(tokens)}
	got, err := b.run("take", t.requests, b.r.size, t.tokens, b.k.size, most.Microseconds(), "n").Slice()
	require.NoError(b.t, err)
	t.went, t.wait, t.at, t.turn = got[0].(int64) == 1, time.Duration(got[1].(int64))*time.Microsecond, got[3].(int64), got[7].(string)
	return t
}

func (b *bench) take(tokens int, most time.Duration) (went bool, wait time.Duration, at int64) {
	t := b.turn(tokens, most)
	return t.went, t.wait, t.at
}

func (b *bench) settle(at, requests, tokens int64) { b.run("settle", at, requests, tokens) }

func (b *bench) leave(left ...taken) {
	args := []any{"leave"}
	for _, t := range left {
		args = append(args, t.turn, t.requests, t.tokens)
	}
	b.run(args...)
}

// forget has the keys expire.
func (b *bench) forget() {
	require.NoError(b.t, b.client.Del(b.t.Context(), keys(&charge{key: b.key})...).Err())
}

// life is after what time the keys expire.
func (b *bench) life() time.Duration { return max(b.client.PTTL(b.t.Context(), b.key).Val(), 0) }

func (b *bench) pass(d time.Duration) { b.now += d.Microseconds() }

// A tenth of the tokens goes at once, also where a token takes less than the microsecond to
// which its cost is rounded.
func TestATenthOfTheTokensGoesAtOnce(t *testing.T) {
	for _, limit := range []int{7, 60, 200_000, 30_000_000, 100_000_000, 600_000_000, 2_000_000_000} {
		p := tokenPace(limit)
		require.InDelta(t, max(1, limit/10), float64(p.size)/p.every, max(0.001, 1/p.every), limit)
		require.GreaterOrEqual(t, p.size, p.cost(1), limit)
		require.Zero(t, p.wait(0, p.cost(max(1, limit/10))), limit)
	}
}

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

// entry is a charge of the model: what went, when, and how much of it was used. A debt is
// what was used beyond the charge: it went without being asked for.
type entry struct {
	at, cost int64
	debt     bool
}

// fits reports whether what was used is within what the pace allows: at no time had more
// gone than the bucket and what came back since it was full. A charge of more than the
// bucket goes from a full one.
func fits(entries []entry, size int64) (over int64) {
	slices.SortStableFunc(entries, func(a, b entry) int { return int(a.at - b.at) })
	full := int64(0)
	for _, e := range entries {
		full = max(full, e.at)
		if !e.debt {
			over = max(over, full-e.at+min(e.cost, size)-size)
		}
		full += e.cost
	}
	return over
}

// Random calls that use less than they took, or more, are given back while they wait, or are
// refused: whatever is corrected in whatever order, what was really used stays within the pace.
func TestCorrectionsNeverLetTooMuchGo(t *testing.T) {
	seeds := 40
	if testing.Short() {
		seeds = 12
	}
	for seed := range seeds {
		// A token takes 1 ms to come back, 6,000 at once. By the requests it takes now as
		// long, now longer, and now they do not matter.
		b := newBench(t, []int{0, 60, 6000}[seed/2%3], 60_000)
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		type open struct {
			taken
			left  bool // while it waits
			used  int64
			goes  int64
			until int64
		}
		var running []open
		var used, requests []entry
		largest := []int{100, 1000, 6000}[seed%3]
		for range 800 {
			for range rng.IntN(3) {
				tokens := 1 + rng.IntN(largest)
				most := time.Duration(rng.IntN(2)*rng.IntN(20)) * time.Second
				if got := b.turn(tokens, most); got.went {
					o := open{taken: got, goes: b.now + got.wait.Microseconds()}
					switch {
					case rng.IntN(6) == 0 || rng.IntN(200) == 0 && seed%2 == 0:
						o.left, o.until = true, b.now+rng.Int64N(got.wait.Microseconds()+1)
					default:
						o.used = b.k.cost(1 + rng.IntN(tokens))
						if rng.IntN(10) == 0 {
							o.used = b.k.cost(tokens + rng.IntN(100))
						}
						o.until = o.goes + rng.Int64N((20 * time.Second).Microseconds())
						used = append(used, entry{o.goes, min(o.used, o.tokens), false})
						requests = append(requests, entry{o.goes, o.requests, false})
					}
					running = append(running, o)
				}
			}
			if rng.IntN(60) == 0 { // a batch is cancelled: most of those who wait leave
				for i, o := range running {
					if o.goes > b.now && !o.left && rng.IntN(10) > 0 {
						running[i].left, running[i].until = true, b.now
						used = remove(used, o.goes, min(o.used, o.tokens))
						requests = remove(requests, o.goes, o.requests)
					}
				}
				rng.Shuffle(len(running), func(i, j int) { running[i], running[j] = running[j], running[i] })
			}
			b.pass(time.Duration(rng.Int64N(int64(2 * time.Second / time.Duration(1+rng.IntN(5))))))
			if rng.IntN(100) == 0 { // nobody comes until the bucket is forgotten
				b.pass(b.life() + time.Second)
				b.forget()
				for i, o := range running { // long answers that used much more
					if o.used >= o.tokens {
						running[i].used += b.k.cost(rng.IntN(10_000))
					}
				}
			}
			running = slices.DeleteFunc(running, func(o open) bool {
				if o.until > b.now {
					return false
				}
				if o.left {
					b.leave(o.taken)
					return true
				}
				b.settle(o.at, 0, o.used-o.tokens)
				if o.used > o.tokens {
					used = append(used, entry{b.now, o.used - o.tokens, true})
				}
				return true
			})
		}
		require.Greater(t, len(used), 50)
		require.LessOrEqual(t, fits(used, b.k.size), int64(20_000), "seed %d: at most 20 tokens of rounding", seed)
		require.LessOrEqual(t, fits(requests, b.r.size), int64(1000), "seed %d", seed)
	}
}

func remove(entries []entry, at, cost int64) []entry {
	i := slices.Index(entries, entry{at, cost, false})
	return slices.Delete(entries, i, i+1)
}

// A batch that is cancelled, as a whole or but for a call now and then, does not stand in
// the way of those who come next, in whatever order its calls leave.
func TestALineThatIsLeft(t *testing.T) {
	for name, tc := range map[string]struct{ requests, tokens int }{
		"by requests": {600, 0}, "by tokens": {6000, 60_000}, "by requests, with tokens": {600, 6_000_000}, "by tokens alone": {0, 60_000},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, tc.requests, tc.tokens)
			rng := rand.New(rand.NewPCG(1, 3))
			line := func() (waiting []taken) {
				for range 206 {
					if got := b.turn(1000*min(tc.tokens, 1), time.Hour); got.wait > time.Second {
						waiting = append(waiting, got)
					}
				}
				rng.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
				return waiting
			}
			waiting := line()
			require.Greater(t, len(waiting), 180)
			for together := range slices.Chunk(waiting, 3) {
				b.leave(together...)
			}
			require.Less(t, b.turn(1000*min(tc.tokens, 1), time.Hour).wait, 2100*time.Millisecond)
			left, err := b.client.Exists(t.Context(), b.key+":left").Result()
			require.NoError(t, err)
			require.Zero(t, left)

			// Those who stay keep their times. Who comes next takes the places between them,
			// and they have all been taken before somebody has to wait behind the line.
			waiting = line()
			times := map[int64]bool{}
			for i, w := range waiting {
				if i < 150 {
					b.leave(w)
				} else {
					times[due(t, w)] = true
				}
			}
			last := time.Duration(0)
			for range 140 {
				got := b.turn(1000*min(tc.tokens, 1), time.Hour)
				require.False(t, times[due(t, got)], "nobody else has it")
				require.GreaterOrEqual(t, got.wait, last-time.Millisecond, "the soonest first")
				times[due(t, got)], last = true, got.wait
			}
			require.Len(t, times, len(waiting)-10)
		})
	}
}

// A turn that had to wait for requests alone left tokens unused until it came due. What was
// used beyond an estimate meanwhile is not paid with them when the turn is left.
func TestATurnThatIsLeftPaysNoDebt(t *testing.T) {
	b := newBench(t, 60, 60_000)
	first := b.turn(6000, 0) // all the tokens that may go at once: they are back after 6 s
	var waiting []taken
	for range 10 {
		waiting = append(waiting, b.turn(1, time.Minute))
	}
	require.InDelta(t, 10*time.Second, waiting[9].wait, float64(10*time.Millisecond))
	b.pass(8900 * time.Millisecond)
	b.settle(first.at, 0, b.k.cost(3000)) // they are back after 3 s more
	b.leave(waiting[9])
	b.leave(waiting[8])
	require.GreaterOrEqual(t, b.turn(6000, time.Minute).wait, 3*time.Second)
}

// A bucket is forgotten a minute after it was full. What an answer of more than that used
// beyond the estimate is a debt none the less, and nobody's limits are in such a bucket.
func TestADebtOutlivesTheBucket(t *testing.T) {
	b := newBench(t, 0, 60_000)
	first, second := b.turn(1000, 0), b.turn(1000, 0)
	b.pass(2 * time.Minute)
	b.forget()
	b.settle(second.at, 0, -b.k.cost(500))
	require.Zero(t, b.client.Exists(t.Context(), b.key).Val(), "there is nothing to give back")
	b.settle(first.at, 0, b.k.cost(20_000))
	require.Positive(t, b.client.PTTL(t.Context(), b.key).Val())
	b.settle(second.at, 0, -b.k.cost(500))
	got, err := b.run("take", 0, 0, b.k.cost(6000), b.k.size, 0, "n").Slice()
	require.NoError(t, err)
	require.InDelta(t, 20*time.Second, time.Duration(got[1].(int64))*time.Microsecond, float64(time.Second))
	require.Nil(t, got[6], "no others with other limits")
}

// The script knows no time beyond an hour. A line that is longer takes nobody more, and says
// how long the wait would be, so that no two have the same time.
func TestALineOfAnHour(t *testing.T) {
	b := newBench(t, 1, 0)
	times := map[int64]bool{}
	for range 80 {
		got := b.turn(0, 10*time.Hour)
		if !got.went {
			require.InDelta(t, time.Duration(len(times))*time.Minute, got.wait, float64(time.Second))
			continue
		}
		require.Less(t, got.wait, time.Hour)
		require.False(t, times[due(t, got)/time.Minute.Microseconds()], "nobody else has it")
		times[due(t, got)/time.Minute.Microseconds()] = true
	}
	require.InDelta(t, 59, len(times), 1)
}

// Parts of turns that nobody can go at do not hide whole ones from those who look among the
// first hundred.
func TestPartsHideNoTurns(t *testing.T) {
	for _, tc := range []struct{ requests, each int }{{600, 1}, {0, 2}} {
		b := newBench(t, tc.requests, 60_000_000)
		var line []taken
		for range 206 {
			line = append(line, b.turn(1_000_000, time.Hour))
		}
		b.leave(line[20:205]...) // somebody waits behind them
		for i := range 150 {
			require.Equal(t, due(t, line[20+i/tc.each]), due(t, b.turn(500_000, time.Hour)), "%d", i)
		}
	}
}

// due is when a turn comes due.
func due(t *testing.T, got taken) int64 {
	n, err := strconv.ParseInt(strings.Fields(got.turn)[2], 10, 64)
	require.NoError(t, err)
	return n
}
