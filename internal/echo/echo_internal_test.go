package echo

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
		f := Finder{Text: c.text}
		f.Look(c.prompt)
		require.Equal(t, c.want, f.Hidden(), "%q in %q", c.prompt, c.text)
	}
}

func TestWithoutKey(t *testing.T) {
	for _, c := range []struct{ text, key, want string }{
		{"", "sk-12345", ""},
		{"Incorrect API key provided: sk-12345, sk-12345.", "sk-12345", "Incorrect API key provided: [key], [key]."},
		{"Authorization: Bearer sk-12345", "sk-12345", "Authorization: token [key]"},
		{"bearer BEARER", "", "token token"},
		{"a key of three bytes is in many a text", "key", "a key of three bytes is in many a text"},
		{"one of four: abcd", "abcd", "one of four: [key]"},
	} {
		require.Equal(t, c.want, WithoutKey(c.text, c.key))
	}
}

// naiveEcho compares each place with each.
func naiveEcho(text string, prompts []string) string {
	f := Finder{Text: text}
	for _, p := range prompts {
		n := min(len(p), runLength)
		if n < shortest {
			continue
		}
		for i := 0; i+n <= len(text); i++ {
			for j := 0; j+n <= len(p); j++ {
				if text[i:i+n] == p[j:j+n] {
					f.mask(i, n)
				}
			}
		}
	}
	return f.Hidden()
}

func FuzzEcho(f *testing.F) {
	f.Add("invalid value: 'Write me a poem.'", "Write me a poem.", "password")
	f.Add(strings.Repeat("ab", 20)+"c", strings.Repeat("ab", 12), "abababab")
	f.Add("«Напиши мне стихи о цапле»", "Напиши мне стихи", "")
	f.Fuzz(func(t *testing.T, text, prompt, other string) {
		const most = 1 << 10 // the naive way takes the product of both
		text, prompts := text[:min(len(text), most)], []string{prompt[:min(len(prompt), most)], other[:min(len(other), most)]}
		e := Finder{Text: text}
		for _, p := range prompts {
			e.Look(p)
		}
		require.Equal(t, naiveEcho(text, prompts), e.Hidden())
		require.Equal(t, e.Hidden(), e.Hidden(), "asked twice")
	})
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
		f := Finder{Text: text}
		for _, p := range prompts {
			f.Look(p)
		}
		require.Equal(t, naiveEcho(text, prompts), f.Hidden(), "%q in %q", prompts, text)
	}
}

// A text and a prompt that consist of one letter have a million pairs of equal runs.
func TestEchoIsLinear(t *testing.T) {
	f := Finder{Text: strings.Repeat("a", 64<<10)}
	begun := time.Now()
	f.Look(strings.Repeat("a", 4<<20))
	require.Equal(t, "[prompt]", f.Hidden())
	require.Less(t, time.Since(begun), 5*time.Second)
}
