package echo

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// looked is Hide without the short way for what is a part of a clean text.
func (f *Finder) looked(s string) string {
	before := f.plainly
	defer func() { f.plainly = before }()
	f.opaque, f.asked = true, unknown
	return f.Hide(s)
}

func TestPartsOfACleanTextAreNotLookedThrough(t *testing.T) {
	const body = `{"error":{"message":"You exceeded your quota, see https://example.com/docs/billing_limits.","code":"insufficient_quota"}}`
	finder := func(text, prompt string, secrets ...string) *Finder {
		f := prompted(t, text)
		Add(f, "req_3a1f6c0e8b7d4f52")
		for _, s := range secrets {
			f.secret(s, isKey)
		}
		f.sift()
		f.look(jsonText(prompt), spoken)
		return f
	}
	const prompt, key = "Why is the sky blue?", "sk-0123456789abcdef0123456789"
	f := finder(body, prompt, key)
	for part, want := range map[string]bool{
		"": true, "insufficient_quota": true, "You exceeded your quota": true, body: true, "req_3a1f6c0e8b7d4f52": true,
		"sufficient_quota": false, "insufficient_quot": false, // a token may be longer than its part
		"insufficient quota": false, "Insufficient_quota": false, body + "\x00req_3a1f6c0e8b7d4f52": false, "\x00": false,
	} {
		require.Equal(t, want, f.clean(part), "%q", part)
	}
	for name, f := range map[string]*Finder{
		"a run":           finder(body, "I exceeded your quota, see below", key),
		"a short text":    finder(body, "x y z 1 2 3 4", key),
		"a key":           finder(body, prompt, key, "docs-billing"),
		"a short key":     finder(body, prompt, key, "seehtt"),
		"an end of a key": finder(body+" key ...4560123456789", prompt, key),
		"no letters":      finder(body, prompt, "....."),
		"an escape":       finder(body+`\u0041`, prompt, key),
		"percents":        finder(body+`%41`, prompt, key),
		"an entity":       finder(body+`&amp;`, prompt, key),
		"other letters":   finder(body+`ё`, prompt, key),
		"a user":          finder(body+"http://u:p@host", prompt, key),
		"a scheme":        finder(body+" Bearer x", prompt, key),
		"base64":          finder(body+" "+base64.StdEncoding.EncodeToString([]byte("any text at all")), prompt, key),
		"a short part":    func() *Finder { f := finder(body, prompt, key); Add(f, "short"); return f }(),
	} {
		require.False(t, f.clean("insufficient_quota"), name)
	}
	f.secret("insufficient_quota", isKey) // what comes later counts as well
	require.Equal(t, labels[isKey], f.Hide("insufficient_quota"))
}

func FuzzHidePart(f *testing.F) {
	f.Add("You exceeded your quota. req_1234567890ab", "Why is the sky blue?", "exceeded-your", uint(4), uint(12))
	f.Add("c2stMDEyMzQ1Njc4OWFiY2RlZg== is bad", "hello there, you two", "sk-0123456789abcdef", uint(0), uint(24))
	f.Add("a user@host and Bearer x", "", "", uint(2), uint(9))
	f.Fuzz(func(t *testing.T, text, prompt, key string, from, length uint) {
		const most = 1 << 10
		text, prompt, key = text[:min(len(text), most)], prompt[:min(len(prompt), most)], key[:min(len(key), most)]
		samePart(t, text, prompt, key, from, length)
	})
}

func samePart(t *testing.T, text, prompt, key string, from, length uint) (clean bool) {
	e := prompted(t, text)
	e.Key(key)
	e.sift()
	e.look(jsonText(prompt), spoken)
	part := text[min(from, uint(len(text))):]
	part = part[:min(length, uint(len(part)))]
	require.Equal(t, e.looked(part), e.Hide(part), "%q of %q beside %q and %q", part, text, prompt, key)
	return e.clean(part)
}

func TestHideAgreesWithLookingThrough(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields(`quota exceeded your the plan error insufficient_quota 0123456789 Ab3d ZXhjZWVkZWQgeW91ciBwbGFu sk-12ab34cd56ef78 bearer x. , : / -`)
	random := func(n int) string {
		var b strings.Builder
		for range rng.IntN(n) {
			b.WriteString(words[rng.IntN(len(words))])
			if rng.IntN(3) > 0 {
				b.WriteByte(' ')
			}
		}
		return b.String()
	}
	clean := 0
	for range 20000 {
		text := random(24)
		if samePart(t, text, random(8), random(3), uint(rng.IntN(len(text)+1)), uint(rng.IntN(60))) {
			clean++
		}
	}
	require.Greater(t, clean, 200, "the short way was hardly taken")
}

// What is taken for noise at a glance stands for no text in any way.
func TestNoiseStandsForNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	f, noisy, texts := Get(), 0, 0
	for i := range 30000 {
		alphabet := []string{"0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_", "abc2367DEF"}[i%3]
		b := make([]byte, shortestCode+rng.IntN(40))
		for k := range b {
			b[k] = alphabet[rng.IntN(len(alphabet))]
		}
		token := string(b)
		if i%4 == 0 {
			token = base64.RawURLEncoding.EncodeToString([]byte("naïve words \x00 in a row"[:8+i%16]))
		}
		for c := range candidates(token) {
			part := token[c.from:c.to]
			f.code[0] = codeOf(f.code[0], part)
			some := f.decodings(0, c.codes, func([]byte) {})
			if noise(part, c.codes) {
				noisy++
				require.False(t, some, part)
			} else if some {
				texts++
			}
		}
	}
	require.Greater(t, noisy, 5000)
	require.Greater(t, texts, 5000)
}
