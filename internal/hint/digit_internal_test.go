package hint

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHasDigit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		b := make([]byte, rng.IntN(40))
		for i := range b {
			b[i] = "/:ab \x00\x0f\x80\xb0\xb5\xff."[rng.IntN(12)]
		}
		if len(b) > 0 && rng.IntN(2) == 0 {
			b[rng.IntN(len(b))] = byte('0' + rng.IntN(10))
		}
		require.Equal(t, strings.ContainsAny(string(b), "0123456789"), hasDigit(string(b)), "%q", b)
	}
}
