package echo_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// plainOf is the letters and digits of a text, in lower case.
func plainOf(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// recovers reports, slowly and with the standard library, that somebody who knows the ways to
// write a text gets an end of the key out of what is shown.
func recovers(shown, key string, depth int) bool {
	const end = 12
	k, s := plainOf(key), plainOf(shown)
	if len(k) > end && strings.ContainsAny(key, "0123456789") {
		if strings.Contains(s, k[:end]) || strings.Contains(s, k[len(k)-end:]) {
			return true
		}
	} else if strings.Contains(s, k) {
		return true
	}
	if depth == 0 {
		return false
	}
	var others []string
	if u, err := url.QueryUnescape(shown); err == nil && u != shown {
		others = append(others, u)
	}
	if u := html.UnescapeString(shown); u != shown {
		others = append(others, u)
	}
	var u string
	if strings.Contains(shown, `\`) && json.Unmarshal([]byte(`"`+shown+`"`), &u) == nil {
		others = append(others, u)
	}
	for _, token := range strings.FieldsFunc(shown, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("+/-_", r))
	}) {
		for _, part := range append(strings.FieldsFunc(token, func(r rune) bool { return strings.ContainsRune("+/-_", r) }), token) {
			for from := range min(4, len(part)) {
				code := strings.NewReplacer("-", "+", "_", "/").Replace(part[from:])
				for ; len(code) >= 8; code = code[:len(code)-1] {
					if b, err := base64.RawStdEncoding.DecodeString(code); err == nil {
						others = append(others, string(b))
						break
					}
				}
				if b, err := hex.DecodeString(part[from : from+(len(part)-from)/2*2]); err == nil {
					others = append(others, string(b))
				}
			}
		}
	}
	return slices.ContainsFunc(others, func(other string) bool { return recovers(other, key, depth-1) })
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func letters(rng *rand.Rand, of string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = of[rng.IntN(len(of))]
	}
	return string(b)
}

// keyShapes are keys as providers have them.
var keyShapes = []func(*rand.Rand) string{
	func(r *rand.Rand) string { return "sk-" + letters(r, alphanumeric, 48) },
	func(r *rand.Rand) string { return "sk-proj-" + letters(r, alphanumeric+"-_", 24+r.IntN(100)) },
	func(r *rand.Rand) string { return "sk-ant-api03-" + letters(r, alphanumeric+"-_", 95) },
	func(r *rand.Rand) string { return "sk-or-v1-" + letters(r, "0123456789abcdef", 64) },
	func(r *rand.Rand) string { return "sk-aitunnel-" + letters(r, alphanumeric, 32) },
	func(r *rand.Rand) string { return "gsk_" + letters(r, alphanumeric, 52) },
	func(r *rand.Rand) string { return "AIzaSy" + letters(r, alphanumeric+"-_", 33) },
	func(r *rand.Rand) string { return "AKIA" + letters(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16) },
	func(r *rand.Rand) string { return letters(r, "0123456789abcdef", 32) },
	func(r *rand.Rand) string { return letters(r, "0123456789abcdef", 64) },
	func(r *rand.Rand) string { return letters(r, alphanumeric, 20+r.IntN(20)) },
	func(r *rand.Rand) string { return letters(r, alphanumeric+"+/", 40) + "=" },
	func(r *rand.Rand) string {
		h := letters(r, "0123456789abcdef", 32)
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	},
	func(r *rand.Rand) string {
		return "eyJhbGciOiJIUzI1NiJ9." + letters(r, alphanumeric+"-_", 40) + "." + letters(r, alphanumeric+"-_", 43)
	},
	func(r *rand.Rand) string {
		return letters(r, "0123456789", 9) + ":" + letters(r, alphanumeric+"-_", 35)
	},
	func(r *rand.Rand) string { return letters(r, alphanumeric+".!$", 30) },
}

// writings are how a key comes back.
var writings = map[string]func(*rand.Rand, string) string{
	"plain":     func(_ *rand.Rand, k string) string { return k },
	"upper":     func(_ *rand.Rand, k string) string { return strings.ToUpper(k) },
	"lower":     func(_ *rand.Rand, k string) string { return strings.ToLower(k) },
	"hex":       func(_ *rand.Rand, k string) string { return hex.EncodeToString([]byte(k)) },
	"upper hex": func(_ *rand.Rand, k string) string { return strings.ToUpper(hex.EncodeToString([]byte(k))) },
	"base64":    func(_ *rand.Rand, k string) string { return base64.StdEncoding.EncodeToString([]byte(k)) },
	"base64url": func(_ *rand.Rand, k string) string { return base64.RawURLEncoding.EncodeToString([]byte(k)) },
	"base64 of more": func(r *rand.Rand, k string) string {
		return base64.StdEncoding.EncodeToString([]byte("key:"[:1+r.IntN(4)] + k + " "[:r.IntN(2)]))
	},
	"base64 of base64": func(_ *rand.Rand, k string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(k))))
	},
	"hex of base64": func(_ *rand.Rand, k string) string {
		return hex.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(k))))
	},
	"base64 of hex": func(_ *rand.Rand, k string) string {
		return base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString([]byte(k))))
	},
	"query": func(_ *rand.Rand, k string) string { return url.QueryEscape(k) },
	"percents": func(_ *rand.Rand, k string) (s string) {
		for _, c := range []byte(k) {
			s += fmt.Sprintf("%%%02x", c)
		}
		return s
	},
	"unicode": func(_ *rand.Rand, k string) (s string) {
		for _, c := range []byte(k) {
			s += fmt.Sprintf(`\u%04x`, c)
		}
		return s
	},
	"some escaped": func(r *rand.Rand, k string) (s string) {
		for _, c := range []byte(k) {
			switch r.IntN(4) {
			case 0:
				s += fmt.Sprintf(`\u%04x`, c)
			case 1:
				s += fmt.Sprintf("&#%d;", c)
			case 2:
				s += fmt.Sprintf("%%%02X", c)
			default:
				s += string(c)
			}
		}
		return s
	},
	"entities": func(_ *rand.Rand, k string) (s string) {
		for _, c := range []byte(k) {
			s += fmt.Sprintf("&#%d;", c)
		}
		return s
	},
	"doubled":   func(_ *rand.Rand, k string) string { return k + k },
	"dashed":    func(r *rand.Rand, k string) string { i := r.IntN(len(k)); return k[:i] + "-" + k[i:] },
	"its head":  func(r *rand.Rand, k string) string { return k[:len(k)-r.IntN(len(k)/4)] },
	"its tail":  func(r *rand.Rand, k string) string { return k[r.IntN(len(k)/4):] },
	"head, hex": func(r *rand.Rand, k string) string { return hex.EncodeToString([]byte(k[:len(k)-r.IntN(len(k)/4)])) },
	"tail, hex": func(r *rand.Rand, k string) string { return hex.EncodeToString([]byte(k[r.IntN(len(k)/4):])) },
	"head, base64": func(r *rand.Rand, k string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(k[:len(k)-r.IntN(len(k)/4)]))
	},
	"tail, base64": func(r *rand.Rand, k string) string {
		return base64.StdEncoding.EncodeToString([]byte(k[r.IntN(len(k)/4):]))
	},
	"sixteen of base64": func(_ *rand.Rand, k string) string { return base64.RawURLEncoding.EncodeToString([]byte(k[:18])) },
	"quoted":            func(_ *rand.Rand, k string) string { return strconv.Quote(k) },
}

// around is where a key comes back.
var around = []string{"%s", "req_%s", "chatcmpl-%s", "x%s", "id-%s-z", "gen-1732-%s", "0%s", "a/%s/b", "k=%s", "%sA", "%s_1"}

// No key comes back in the id of a reply, in whatever form.
func TestNoKeyComesBack(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 300
	}
	rng := rand.New(rand.NewPCG(9, 10))
	for range n {
		key := keyShapes[rng.IntN(len(keyShapes))](rng)
		for name, write := range writings {
			if rng.IntN(4) > 0 {
				continue
			}
			wrap := around[rng.IntN(len(around))]
			id := fmt.Sprintf(wrap, write(rng, key))
			got := id
			if is, _ := clean(id, key, ""); !is {
				got = shown(id, key, "")
			}
			// What is cut shorter than an end of the key tells nothing of it.
			require.False(t, recovers(id, key, 3) && recovers(got, key, 3), "%s of %s: %s", name, key, id)
		}
	}
}

// Nor is an id hidden that has nothing of a key.
func TestIdsStay(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 5000
	}
	rng := rand.New(rand.NewPCG(11, 12))
	for range n {
		key := keyShapes[rng.IntN(len(keyShapes))](rng)
		of := []string{"0123456789abcdef", alphanumeric, alphanumeric + "-_", "0123456789", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"}[rng.IntN(5)]
		id := []string{"req_", "chatcmpl-", "", "gen-", "resp_", "cmpl-", "msg_01"}[rng.IntN(7)] + letters(rng, of, 6+rng.IntN(40))
		if is, _ := clean(id, key, header); !is {
			require.Equal(t, id, shown(id, key, header), key)
		}
	}
}
