package buoy

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEcho(t *testing.T) {
	const prompt = "Write me a poem about the secret project Heron."
	for _, c := range []struct{ text, prompt, want string }{
		{"", prompt, ""},
		{"invalid value", prompt, "invalid value"},
		{"invalid value: '" + prompt + "'", prompt, "invalid value: '[prompt]'"},
		{prompt, prompt, "[prompt]"},
		{"bad: the secret project Heron. And more", prompt, "bad:[prompt] And more"},
		{"the secret project; a poem about the", prompt, "[prompt];[prompt]"},
		{"a poem about, the secret", prompt, "a poem about, the secret"}, // 12 and 10 bytes
		{"say: my password is", "password", "say: my [prompt] is"},
		{"password, password", "password", "[prompt], [prompt]"},
		{"say: secret", "secret", "say: secret"}, // six bytes are a word
		{"aaaaaaaaaaaaaaaaaaaaaaaab", strings.Repeat("a", 40), "[prompt]b"},
		{"«Напиши мне стихи о цапле», say you", "Напиши мне стихи о цапле", "«[prompt]», say you"},
	} {
		e := promptEcho{text: c.text}
		e.look(c.prompt)
		require.Equal(t, c.want, e.hidden(), "%q in %q", c.prompt, c.text)
	}
}

// naiveEcho compares each place with each.
func naiveEcho(text string, prompts []string) string {
	e := promptEcho{text: text}
	for _, p := range prompts {
		n := min(len(p), echoRun)
		if n < echoRun/2 {
			continue
		}
		for i := 0; i+n <= len(text); i++ {
			for j := 0; j+n <= len(p); j++ {
				if text[i:i+n] == p[j:j+n] {
					e.mask(i, n)
				}
			}
		}
	}
	return e.hidden()
}

func TestEchoAgreesWithTheNaiveWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n int) string {
		b := make([]byte, rng.IntN(n))
		for i := range b {
			b[i] = "ab"[rng.IntN(2)]
		}
		return string(b)
	}
	for range 3000 {
		text, prompts := random(80), []string{random(120), random(40), random(14)}
		e := promptEcho{text: text}
		for _, p := range prompts {
			e.look(p)
		}
		require.Equal(t, naiveEcho(text, prompts), e.hidden(), "%q in %q", prompts, text)
	}
}

// A text and a prompt that consist of one letter have a million pairs of equal runs.
func TestEchoIsLinear(t *testing.T) {
	e := promptEcho{text: strings.Repeat("a", 64<<10)}
	begun := time.Now()
	e.look(strings.Repeat("a", 4<<20))
	require.Equal(t, "[prompt]", e.hidden())
	require.Less(t, time.Since(begun), 5*time.Second)
}
