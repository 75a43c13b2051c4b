package assemble

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// longestOverlap says in one line what an overlap is.
func longestOverlap(text, continuation string) int {
	n := min(len(text), len(continuation))
	for !strings.HasPrefix(continuation, text[len(text)-n:]) {
		n--
	}
	return n
}

func whatever(int) bool { return true }

func TestOverlap(t *testing.T) {
	for _, tc := range []struct {
		text, continuation string
		want               int
	}{
		{"", "", 0},
		{"", "abc", 0},
		{"abc", "", 0},
		{"abc", "def", 0},
		{"abc", "cde", 1},
		{"abc", "abc", 3},
		{"abc", "abcdef", 3},
		{"abcab", "abd", 2},
		{"abcab", "abcabcab", 5},
		{"aaaa", "aab", 2},
		{"aaab", "aaab", 4},
		{"xaab", "aaab", 0},
		{"the quick brown fox", "brown fox jumps", 9},
		{"the quick brown fox", " fox", 4},
		{"на острове Буяне", "Буяне стоит", 10},
	} {
		for _, size := range []int{1, 2, 3, 100} {
			o := overlap{text: tc.text}
			for rest := tc.continuation; rest != ""; rest = rest[min(size, len(rest)):] {
				o.add(rest[:min(size, len(rest))])
			}
			o.end()
			require.Equal(t, tc.want, o.longest(whatever), "%q + %q, %d bytes at a time", tc.text, tc.continuation, size)
			require.Equal(t, tc.want, longestOverlap(tc.text, tc.continuation))
		}
	}
}

// The beginning is held only as long as the overlap may still grow.
func TestOverlapIsDecidedAsSoonAsItCanBe(t *testing.T) {
	for _, tc := range []struct {
		text   string
		pieces []string
		after  int // pieces
	}{
		{"one two three", []string{"four"}, 1},
		{"one two three", []string{" four"}, 1},
		{"one two three", []string{" t", "hr", "ee", " four"}, 3},
		{"one two three", []string{" two", " four"}, 2},
		{"one two three", []string{"one two three and"}, 1},
	} {
		o := overlap{text: tc.text}
		for i, p := range tc.pieces {
			require.Equal(t, i+1 >= tc.after, o.add(p), "%q, piece %d", tc.text, i)
		}
	}
}

// What may be taken for a repetition, and what is more likely to be the text.
func TestRepeats(t *testing.T) {
	for _, tc := range []struct {
		text, end string
		want      bool
	}{
		{"the quick brown fox", "fox", true},
		{"the quick brown fox", " fox", true},
		{"the quick brown fox", "ox", false}, // "ox" may go on as "oxx"
		{"Hel", "l", false},                  // "lo" follows
		{"a wonderful", "derful", true},      // too long for an accident
		{"x = 1", "1", false},                // 11
		{"| --- | --- |", " --- |", false},   // one more column
		{"first\n\n", "\n", false},
		{"    return", "return", true},
		{"(see", "(see", true},
		{"на острове Буяне", "Буяне", true},
		{"на острове Буяне", "не", false},
		{"苹果和梨", "和梨", true},
		{"谢", "谢", true}, // all there is
		{"谢谢", "谢", false},
	} {
		require.True(t, strings.HasSuffix(tc.text, tc.end))
		require.Equal(t, tc.want, repeats(tc.text, len(tc.end)), "%q at the end of %q", tc.end, tc.text)
	}
}

func FuzzOverlap(f *testing.F) {
	f.Add("the quick brown fox", "brown fox jumps", uint8(3))
	f.Add("aabaabaa", "aabaaab", uint8(1))
	f.Add("ааб", "абв", uint8(2))
	f.Fuzz(func(t *testing.T, text, continuation string, size uint8) {
		o := overlap{text: text}
		step := int(size) + 1
		decided := -1
		for i := 0; i < len(continuation); i += step {
			piece := continuation[i:min(i+step, len(continuation))]
			if o.add(piece) && decided < 0 {
				decided = i + len(piece)
			}
		}
		if decided >= 0 {
			require.Equal(t, longestOverlap(text, continuation[:decided]), longestOverlap(text, continuation), "decided too early")
		}
		o.end()
		require.Equal(t, longestOverlap(text, continuation), o.longest(whatever))
	})
}

// A text of one letter is the worst case of a naive search.
func TestOverlapIsLinear(t *testing.T) {
	text := strings.Repeat("a", 1<<20)
	o := overlap{text: text + "b"}
	for range len(text) / 64 {
		o.add(text[:64])
	}
	o.end()
	require.Zero(t, o.longest(whatever))
}

// tokens cuts a text by words and runs, as tokenizers do, and those in two where
// chance says so.
func tokens(text string, rng *rand.Rand) (out []string) {
	for _, run := range regexp.MustCompile(` ?\p{L}+| ?\d{1,3}| ?[^\s\p{L}\d]+|\s+`).FindAllString(text, -1) {
		r := []rune(run)
		if n := len(r); n > 1 && rng.IntN(3) == 0 {
			at := 1 + rng.IntN(n-1)
			out = append(out, string(r[:at]))
			r = r[at:]
		}
		out = append(out, string(r))
	}
	return out
}

// The rule of repeats against taking every overlap for a repetition, on texts that
// are at hand: how many continuations lose a piece though they repeat nothing,
// and how many repetitions of two to six tokens are found.
func TestRepeatsIsSeldomWrong(t *testing.T) {
	for _, name := range []string{"../../README.md", "../../README.ru.md", "../../retry.go"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		rng := rand.New(rand.NewPCG(1, 2))
		tokens := tokens(string(text[:min(len(text), 20000)]), rng)
		var all, spoilt, spoiltByAny, found int
		for i := 20; i < len(tokens)-30; i += 2 {
			had, rest := strings.Join(tokens[max(0, i-80):i], ""), strings.Join(tokens[i:i+30], "")
			overlapOf := func(continuation string, ok func(int) bool) int {
				o := overlap{text: had}
				o.add(continuation)
				o.end()
				return o.longest(ok)
			}
			rule := func(n int) bool { return repeats(had, n) }
			again := strings.Join(tokens[i-2-rng.IntN(5):i], "")
			all++
			if overlapOf(rest, rule) > 0 {
				spoilt++
			}
			if overlapOf(rest, whatever) > 0 {
				spoiltByAny++
			}
			if overlapOf(again+rest, rule) == len(again) {
				found++
			}
		}
		share := func(n int) float64 { return 100 * float64(n) / float64(all) }
		t.Logf("%s, %d places: %.2f %% spoilt (%.2f %% by any overlap), %.1f %% of the repetitions found", name, all, share(spoilt), share(spoiltByAny), share(found))
		require.Less(t, share(spoilt), 0.5)
		require.Greater(t, share(spoiltByAny), 3*share(spoilt))
		require.Greater(t, share(found), 85.0)
	}
}
