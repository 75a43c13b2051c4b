package envelope

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		b := make([]byte, rng.IntN(40))
		for i := range b {
			b[i] = " ~az09"[rng.IntN(6)]
		}
		if len(b) > 0 && rng.IntN(2) == 0 {
			b[rng.IntN(len(b))] = byte(rng.IntN(256))
		}
		odd := strings.ContainsFunc(string(b), func(r rune) bool { return r < ' ' || r >= 0x7f })
		require.Equal(t, !odd, plain(string(b), 64), "%q", b)
	}
	require.False(t, plain("ab", 1))
}
