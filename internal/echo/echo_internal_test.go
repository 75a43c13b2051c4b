package echo

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// prompted is a Finder for a text and a request with one message.
func prompted(t testing.TB, text string, prompts ...string) *Finder {
	f := new(Finder)
	f.short = map[uint64]uint8{}
	Add(f, text)
	f.sift()
	for _, p := range prompts {
		f.look(jsonText(p), spoken)
	}
	return f
}

// jsonText is a text as it stands in a request, without its quotes.
func jsonText(s string) []byte {
	return []byte(strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s))
}

func TestHide(t *testing.T) {
	const prompt = "Write me a poem about the secret project Heron."
	for _, c := range []struct{ text, prompt, want string }{
		{"", prompt, ""},
		{"invalid value", prompt, "invalid value"},
		{"invalid value: '" + prompt + "'", prompt, "invalid value: '[prompt].'"},
		{prompt, prompt, "[prompt]."},
		{"bad: the secret project Heron. And more", prompt, "bad: [prompt]. And more"},
		{"the secret project; a poem about the", prompt, "[prompt]; [prompt]"},
		{"a poem about, the secret", prompt, "[prompt]"}, // the comma is nobody's
		{"poem about; secret", prompt, "poem about; secret"},
		{"say: my password is", "password", "say: my [prompt] is"},
		{"say: my passwords", "password", "say: my passwords"},
		{"password, password", "password", "[prompt], [prompt]"},
		{"say: secret", "secret", "say: secret"}, // six bytes are a word
		{"aaaaaaaaaaaaaaaaaaaaaaaa", strings.Repeat("a", 40), "[prompt]"},
		{"«Напиши мне стихи о цапле», say you", "Напиши мне стихи о цапле", "«[prompt]», say you"},
		{"«НАПИШИ МНЕ стихи», say you", "Напиши мне стихи о цапле", "«[prompt]», say you"},
		{"two\nlines of text", "two\nlines of text", "[prompt]"},
		{"Authorization: Bearer x, bearer BEARER", prompt, "Authorization: token x, token token"},
		{"proxy http://me:pw@proxy:1/x and ws://a@b", prompt, "proxy http://***@proxy:1/x and ws://***@b"},
	} {
		require.Equal(t, c.want, prompted(t, c.text, c.prompt).Hide(c.text), "%q in %q", c.prompt, c.text)
	}
}

// naiveEcho compares each place with each.
func naiveEcho(f *Finder, text string, prompts []string) string {
	v := new(folded)
	v.read(text)
	f.hidden = f.hidden[:0]
	for _, p := range prompts {
		b := fold(nil, jsonText(p))
		for i := 0; i+runLength <= len(v.b); i++ {
			if strings.Contains(string(b), string(v.b[i:i+runLength])) {
				f.hide(text, v, span{a: i, b: i + runLength}, isPrompt)
			}
		}
		for i := 0; i+len(b) <= len(v.b) && len(b) < runLength && len(b) > 0 && len(jsonText(p)) >= wordy; i++ {
			if v.first[i] && v.ends(i+len(b)) && string(v.b[i:i+len(b)]) == string(b) {
				f.hide(text, v, span{a: i, b: i + len(b)}, isPrompt)
			}
		}
	}
	return f.shown(text, labels[:])
}

func FuzzEcho(f *testing.F) {
	f.Add("invalid value: 'Write me a poem.'", "Write me a poem.", "password")
	f.Add(strings.Repeat("ab", 20)+"c", strings.Repeat("ab", 12), "abababab")
	f.Add("«Напиши мне стихи о цапле»", "Напиши мне стихи", "")
	f.Add(`\u041d\u0430 %D0%BF&#1080;\xd1\x88 и`, "Напиши мне", "%25%3")
	f.Fuzz(func(t *testing.T, text, prompt, other string) {
		const most = 1 << 10 // the naive way takes the product of both
		text, prompts := text[:min(len(text), most)], []string{prompt[:min(len(prompt), most)], other[:min(len(other), most)]}
		e := prompted(t, text, prompts...)
		hidden := e.Hide(text)
		require.Equal(t, hidden, e.Hide(text), "asked twice")
		e.Quoted(text)
		e.Named(text)
		if len(e.decoded.plain[0]) == 0 && !strings.ContainsRune(text, Mark) {
			require.Equal(t, schemes.Replace(withoutUser(naiveEcho(e, text, prompts))), hidden)
		}
	})
}

func TestEchoAgreesWithTheNaiveWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n int) string {
		b := make([]byte, rng.IntN(n))
		for i := range b {
			b[i] = "ab "[rng.IntN(3)]
		}
		return string(b)
	}
	for range 3000 {
		text, prompts := random(80), []string{random(120), random(40), random(14)}
		f := prompted(t, text, prompts...)
		hidden := f.Hide(text)
		require.Equal(t, naiveEcho(f, text, prompts), hidden, "%q in %q", prompts, text)
	}
}

// A text and a prompt that consist of one letter have a million pairs of equal runs,
// and one of short words as many pairs of words.
func TestEchoIsLinear(t *testing.T) {
	for _, c := range [][2]string{
		{strings.Repeat("a", 64<<10), strings.Repeat("a", 1<<20)},
		{strings.Repeat("a b ", 16<<10), strings.Repeat("a b\n", 1<<18)},
		{strings.Repeat(`\`, 64<<10), strings.Repeat(`\\`, 1<<19)},
		{strings.Repeat("aGVsbG8gd29ybGQh ", 4<<10), strings.Repeat("hello world", 4<<15)},
		{strings.Repeat("%25", 20<<10), strings.Repeat("&#x", 1<<18)},
	} {
		f := Get()
		Add(f, c[0])
		begun := time.Now()
		f.Asked([]byte(`{"messages":[{"role":"user","content":"` + c[1] + `"}]}`))
		f.Hide(c[0])
		f.Quoted(c[0])
		f.Named(c[0])
		// 1 s, and 6 s on a busy machine with the race detector; to look at each pair takes minutes.
		require.Less(t, time.Since(begun), 30*time.Second)
		f.Free()
	}
}

// The table of beginnings leaves nothing out: a table that has everything finds no more.
func FuzzSecrets(f *testing.F) {
	f.Add("Incorrect API key: sk-proj-0123456789abcdef. See c2stcHJvai0wMTIzNDU2Nzg5YWJjZGVm", "sk-proj-0123456789abcdef", "pass word")
	f.Add("0123456789ab", "0123456789abcdefghij", "a-b_c%41d")
	f.Add("736b2d70726f6a2d30313233343536373839616263646566", "sk-proj-0123456789abcdef", "ключ-ключ")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		hide := func(all bool) string {
			e := &Finder{short: map[uint64]uint8{}}
			Add(e, text)
			e.Key(key)
			e.Secret(value)
			for i := 0; all && i < len(e.beginnings); i++ {
				e.beginnings[i] = ^uint64(0)
			}
			return e.Hide(text)
		}
		require.Equal(t, hide(true), hide(false))
	})
}

// What seems garbled is never printable.
func FuzzGarbled(f *testing.F) {
	f.Add([]byte("req_3a1f6c0e8b7d4f52"))
	f.Add([]byte("SGVsbG8gd29ybGQsINC/0YDQuNCy0LXR"))
	f.Add([]byte("AAAA4pyT8J+YgMOpAA"))
	f.Fuzz(func(t *testing.T, code []byte) {
		for i, c := range code {
			if codeByte[c] == 0 || c == '-' || c == '_' {
				code[i] = 'A' + c%26
			}
		}
		if len(code)%4 == 1 {
			code = code[1:]
		}
		plain, err := base64.RawStdEncoding.DecodeString(string(code))
		require.NoError(t, err)
		require.False(t, garbled(code) && printable(plain), "%q", plain)
	})
}

// The grams leave no run out, and the last one is told.
func FuzzCompare(f *testing.F) {
	f.Add("abababababababababab0abababababab", "ababababababababababababa")
	f.Add("0123456789abcdefghijklmnop0123456789abcXefghij", "zz0123456789abcdefghijk789abcdefghijklm")
	f.Add("0123456789abcdefghij", "456789abcdefghij")
	f.Fuzz(func(t *testing.T, text, asked string) {
		for _, b := range []string{asked, asked + asked, text + asked, asked + text} {
			e := &Finder{text: []byte(text)}
			if e.sift(); len(e.text) < runLength || len(b) < runLength {
				return
			}
			latest := e.compare([]byte(b), true, 0)
			for i := 0; i+runLength <= len(b); i++ {
				at := strings.Index(text, b[i:i+runLength])
				if i+runLength == len(b) {
					require.Equal(t, at, int(latest)-1)
				}
				if at >= 0 {
					require.NotZero(t, e.known[at]&inside)
				}
			}
			for at, known := range e.known {
				require.Equal(t, known != 0, strings.Contains(b, text[at:at+runLength]) && strings.Index(text, text[at:at+runLength]) == at)
				require.Equal(t, known&atStart != 0, strings.HasPrefix(b, text[at:at+runLength]) && known != 0)
			}
		}
	})
}
