package echo_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/internal/echo"
	"github.com/stretchr/testify/require"
)

const key, header = "sk-proj-0123456789abcdefghij", "Basic dXNlcjpodW50ZXIyaHVudGVyMg=="

// clean reports what a Token says of a word, and shown what a Finder makes of it.
func clean(word, key, value string) (clean, short bool) {
	token, short := echo.TokenOf(word)
	return short && !token.Doubtful && !token.HasKey(key) && !token.HasSecret(value), short
}

func shown(word, key, value string) string {
	f := echo.Get()
	defer f.Free()
	f.Key(key)
	f.Secret(value)
	f.Asked(nil)
	return f.Hide(word)
}

func TestTokens(t *testing.T) {
	for _, word := range []string{
		"req_3a1f6c0e8b7d4f52", "chatcmpl-9xKpQ2", "0af7651916cd43dd8448eb211c80319c",
		"550e8400-e29b-41d4-a716-446655440000", "", "-", "x", "01JD8QK3T5M6N7P8Q9R0S1T2V3",
	} {
		is, short := clean(word, key, header)
		require.True(t, is && short, word)
	}
	for _, word := range []string{
		key, strings.ToUpper(key), "x-" + key[:14], "sk_proj_0123_4567_89ab", key[len(key)-14:], "hunter2hunter2",
		base64.RawURLEncoding.EncodeToString([]byte(key)), hex.EncodeToString([]byte(key[:18])), "Bearer_abc",
		"chatcmpl-xx-" + base64.RawURLEncoding.EncodeToString([]byte(key[:18])), "req_" + hex.EncodeToString([]byte(key[:18])),
	} {
		is, short := clean(word, key, header)
		require.False(t, is, word)
		require.True(t, short, word)
	}
	for _, word := range []string{"two words", "a/b", "ü", strings.Repeat("a", 41)} {
		_, short := clean(word, key, header)
		require.False(t, short, word)
	}
	is, _ := clean("aa-b--c", "b--c", "")
	require.False(t, is)
}

// What is too short to be compared with a request is shown, too.
func TestShown(t *testing.T) {
	body := []byte(`{"messages":[{"role":"user","content":"why is the sky blue?"}]}`)
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"sealed", "sealed"},
		{key, "[key]"},
		{"no: " + key[:14], "no: [key]"},
		{`no answer to "why is the sky blue?"`, `no answer to "[prompt]?"`},
		{"the vault is sealed", "the vault is sealed"},
	} {
		require.Equal(t, tc.want, echo.Shown(tc.text, 100, func(f *echo.Finder) { f.Key(key) }, body))
	}
	require.Equal(t, "the v", echo.Shown("the vault is sealed", 5, func(*echo.Finder) {}))
}

// A Token may send a word to the Finder for nothing, but may call none clean in which
// the Finder hides something.
func FuzzToken(f *testing.F) {
	f.Add("req_3a1f6c0e8b7d4f52", key, header)
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(key)), key, header)
	f.Add(hex.EncodeToString([]byte(key[:18])), key, header)
	f.Add("chatcmpl-xx-"+base64.RawURLEncoding.EncodeToString([]byte(key[:18])), key, header)
	f.Add("req_"+hex.EncodeToString([]byte(key[:18])), key, header)
	f.Add("x-sk_proj0123456789", key, "a=b; token=hunter2hunter2")
	f.Add("bearer-x", "", "")
	f.Add("aa-b--c", "b--c", "Bearer abcdefgh1")
	f.Fuzz(func(t *testing.T, word, key, value string) {
		if is, _ := clean(word, key, value); is {
			require.Equal(t, word, shown(word, key, value))
		}
	})
}

func BenchmarkToken(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if is, _ := clean("req_3a1f6c0e8b7d4f52", key, "true"); !is {
			b.Fatal("it has nothing")
		}
	}
}
