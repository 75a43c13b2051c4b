package echo

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// What is seen of all bytes of a token at once is what a [Finder] reads of them one by one.
func TestCoded(t *testing.T) {
	const letters = "0123456789abcdefABCDEFghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ-_"
	random := rand.New(rand.NewPCG(1, 2))
	written := func() string {
		if random.IntN(3) == 0 {
			of, word := []int{10, 16, 22, 42, len(letters)}[random.IntN(5)], make([]byte, random.IntN(longestToken+1))
			for i := range word {
				word[i] = letters[random.IntN(of)]
			}
			return string(word)
		}
		var plain []byte
		for range random.IntN(24) {
			switch random.IntN(16) {
			case 0, 1:
				plain = append(plain, byte(random.IntN(256)))
			case 2, 3:
				plain = append(plain, "\t\n\r\x00\x1f\x7f\x80\xc3\xe2\xf0"[random.IntN(10)])
			case 4:
				plain = utf8.AppendRune(plain, []rune("ä中😀\ufffd")[random.IntN(4)])
			default:
				plain = append(plain, byte(' '+random.IntN(95)))
			}
		}
		if random.IntN(2) == 0 {
			return base64.RawURLEncoding.EncodeToString(plain)
		}
		return fmt.Sprintf([]string{"%x", "%X"}[random.IntN(2)], plain)
	}
	coded, tokens := 0, 0
	for range 60_000 {
		word := []string{"", "", "req_", "x", "chatcmpl-9", "0x", "ABC"}[random.IntN(7)] + written() + []string{"", "", "-", "Z", "_7"}[random.IntN(5)]
		token, ok := TokenOf(word)
		if !ok {
			continue
		}
		want := strings.Contains(string(fold(nil, word)), "bearer")
		for c := range candidates(word) {
			for way := range ways {
				_, text := decode(nil, codeOf(nil, word[c.from:c.to]), c.codes, way)
				want = want || text
			}
		}
		require.Equal(t, want, token.Doubtful, word)
		if tokens++; want {
			coded++
		}
	}
	require.Greater(t, coded, 10_000)
	require.Greater(t, tokens-coded, 10_000)
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
