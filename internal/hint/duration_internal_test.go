package hint

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the quick way reads is what the general one would have read.
func TestGoDurationIsTheGeneralWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	read := 0
	check := func(s string) {
		d, ok := goDuration(s)
		if !ok {
			return
		}
		read++
		v, n := span(s, false)
		require.Equal(t, len(s), n, s)
		require.Equal(t, seconds(v), d, s)
	}
	number := func() string {
		n := fmt.Sprint(rng.Uint64N([]uint64{10, 60, 1000, 100_000, 10_000_000}[rng.IntN(5)]))
		switch rng.IntN(8) {
		case 0, 1:
			n += fmt.Sprintf(".%0*d", 1+rng.IntN(7), rng.IntN(10))
		case 2:
			n += fmt.Sprintf(".%d", rng.IntN(1_000_000))
		case 3:
			n = []string{"", ".", "0" + n, "," + n, " " + n, n + ".", "-" + n}[rng.IntN(7)]
		}
		return n
	}
	for range 60_000 {
		check(time.Duration(rng.Int64N(int64(25 * time.Hour))).Round([]time.Duration{1, time.Microsecond, time.Millisecond, 10 * time.Millisecond, time.Second}[rng.IntN(5)]).String())
		var b strings.Builder
		at := 0
		for _, unit := range []string{"h", "m", "s", "ms"} {
			if rng.IntN(2) == 0 {
				b.WriteString(number() + unit)
				at++
			}
		}
		if rng.IntN(8) == 0 {
			b.WriteString(number() + []string{"h", "m", "s", "ms", "µs", "d", "S", " ", "min", "ms "}[rng.IntN(10)])
		}
		check(b.String())
	}
	require.Greater(t, read, 50_000)
}

func TestGoDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"8.64s": 8640 * time.Millisecond, "6m0s": 6 * time.Minute, "2m59.56s": 179560 * time.Millisecond, "1.5h": 90 * time.Minute,
		"1h2m3s4ms": time.Hour + 2*time.Minute + 3*time.Second + 4*time.Millisecond, "24h": 24 * time.Hour, "0.000001ms": 1, "0m0s": 0,
	} {
		d, ok := goDuration(s)
		require.True(t, ok, s)
		require.Equal(t, want, d, s)
	}
	for _, s := range []string{
		"5", "s", ".5s", "5.s", "1.2.3s", "1s1m", "1m1m", "1ms1ms", "1m 1s", "1,000s", "5min", "5sec", "5S", "1d", "-1s", "24h0.1s", "25h", "1234567ms",
		"0.1234567s", "999999h999999m", "9999999h", "1s5",
	} {
		_, ok := goDuration(s)
		require.False(t, ok, s)
	}
}
