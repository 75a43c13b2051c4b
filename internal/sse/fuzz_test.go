package sse_test

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// compare reads in under the limit in several ways and holds each against the
// reference.
func compare(t *testing.T, in string, limit int, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, end := range []error{io.EOF, errCut} {
		want := reference(in, limit, end)
		for _, size := range []func() int{
			always(1 << 30), always(1), splitAt(rng.IntN(len(in) + 1)), randomly(rng, 8), randomly(rng, 5000),
		} {
			src := &source{in, size, end, rng.IntN(2) == 0}
			require.Equal(t, want, read(t, src, limit), "limit %d, ended by %v: %.2000q", limit, end, in)
		}
	}
}

// FuzzReader compares Reader with the reference: same events, same error, same
// counts, whatever the input, its limit and the sizes of the reads.
func FuzzReader(f *testing.F) {
	for i, tt := range framing {
		f.Add(tt.in, uint64(i))
		f.Add(strings.Repeat(tt.in, 3), uint64(i))
	}
	limits := []int{1, 2, 7, 40, 1000, 1 << 20}
	f.Fuzz(func(t *testing.T, in string, seed uint64) {
		compare(t, in, limits[seed%uint64(len(limits))], seed)
	})
}

// TestReader_Model does the same for streams that are larger than the buffer
// is at first, made of the pieces that matter.
func TestReader_Model(t *testing.T) {
	pieces := []string{
		"\n", "\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "data", "data:", "data: ", "data: x\n", "error: y\n",
		"event: ", "event: name\n", "id: 1\n", "retry: 5\n", ": comment\n", ":", ": ", " ", "\t", "{", "}\n", "[\"<",
		"unknown: z\n", "er", "ev", "retr", "\x00", "\xEF\xBB\xBF", "text", "data: {\"a\":1}\n\n",
	}
	limits := []int{3, 100, 4000, 5000, 20_000, 1 << 20}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var in strings.Builder
		for size := rng.IntN(40_000); in.Len() < size; {
			piece := pieces[rng.IntN(len(pieces))]
			if rng.IntN(100) == 0 {
				piece = strings.Repeat(piece, rng.IntN(3000))
			}
			in.WriteString(piece)
		}
		compare(t, in.String(), limits[seed%uint64(len(limits))], seed)
	}
}
