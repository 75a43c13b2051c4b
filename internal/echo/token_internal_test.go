package echo

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is seen of a token in one pass is what is seen of each way to read it.
func TestLegible(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		of, token := []int{10, 16, 36, len(letters)}[random.IntN(4)], make([]byte, shortestCode+random.IntN(longestToken-shortestCode+1))
		for i := range token {
			token[i] = letters[random.IntN(of)]
		}
		var want uint
		for at := range 4 {
			if !garbled(base64At(string(token), at)) {
				want |= 1 << at
			}
		}
		require.Equal(t, want, legible(string(token)), "%s", token)

		hex := strings.Map(func(r rune) rune { return rune("0123456789abcdefABCDEF"[r%22]) }, string(token))
		plain, _ := decode(nil, []byte(hex), inHex, 0)
		require.False(t, noisyHex(hex) && printable(plain), hex)
		require.Equal(t, decodesSlowly(hex), decodes(hex, inHex|inBase64), hex)
	}
}

func decodesSlowly(token string) (is bool) {
	for way := range ways {
		_, ok := decode(nil, codeOf(nil, token), inHex|inBase64, way)
		is = is || ok
	}
	return is
}

// A glance may miss that a secret is not there, but never that it is.
func TestLacks(t *testing.T) {
	const letters = "ab0189-_yzABZ"
	random := rand.New(rand.NewPCG(3, 4))
	word := func(n int) string {
		b := make([]byte, random.IntN(n))
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	lacked := 0
	for range 20_000 {
		token, ok := TokenOf(word(longestToken))
		require.True(t, ok)
		secret := word(40)
		if random.IntN(3) == 0 {
			secret += word(2) + token.text
		}
		glance := token.lacks(secret)
		if glance {
			lacked++
		}
		token.has = ^uint64(0) // as if each secret were looked for
		require.False(t, glance && token.find(secret), "%q in %q", secret, token.text)
	}
	require.Greater(t, lacked, 1000)
}
