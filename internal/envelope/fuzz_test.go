package envelope_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/envelope"
)

// check holds for every refusal, whatever it was made of.
func check(t *testing.T, r *envelope.Refusal, status int, body []byte) {
	t.Helper()
	require.NotNil(t, r)
	require.Contains(t, labels, r.Kind)
	require.Equal(t, status, r.StatusCode)
	require.GreaterOrEqual(t, r.RetryAfter, 0*r.RetryAfter)
	require.Equal(t, body[:min(len(body), envelope.MaxBody)], r.Body)
	require.LessOrEqual(t, len(r.Message), 4<<10)
	for _, s := range []string{r.Code, r.Type, r.Param, r.RequestID} {
		require.LessOrEqual(t, len(s), 256)
	}
	for _, s := range []string{r.Code, r.Type, r.Param, r.RequestID, r.Message} {
		require.True(t, utf8.ValidString(s))
		require.False(t, strings.ContainsFunc(s, unicode.IsControl), "%q", s)
		if at := strings.Index(s, secret); at >= 0 { // "risk-12345678" is no key, so what a word is glued to stays
			require.True(t, at > 0 && (s[at-1] == '_' || s[at-1] == '-' || unicode.IsLetter(rune(s[at-1])) || unicode.IsDigit(rune(s[at-1]))), s)
		}
	}
	r.Advice()
}

// secret is a key that the fuzzers mix into their input.
const secret = "sk-proj-0123456789abcdefABCDEF"

func seed(f *testing.F, add func(status int, body []byte)) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*", "*.http"))
	require.NoError(f, err)
	for i, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(f, err)
		_, body, _ := strings.Cut(string(b), "\n\n")
		if i%4 == 0 || strings.Contains(file, "shapes") {
			add(400+i%2*100, []byte(body))
		}
	}
	for _, s := range []string{
		"", "{", "[", "\"", "'", "{\"error\":", "{\"error\":{\"message\":\"" + secret, "[[[[[[", strings.Repeat("[", 5000), strings.Repeat(`{"error":`, 5000),
		`{"error":{"message":"Bearer ` + secret + `"}}`, "\xff\xfe{}", "null", "429", "<html><title>", "data: {", `{"a":"\ud800\udc00\u12"}`,
		`{"error":{"message":"{\"error\":{\"message\":\"{\\\"error\\\":{\\\"message\\\":\\\"deep\\\"}}\"}}"}}`, `{"choices":[{"error":{}}]}`,
	} {
		add(400, []byte(s))
	}
}

func FuzzParse(f *testing.F) {
	seed(f, func(status int, body []byte) { f.Add(status, "Retry-After", "5", body) })
	f.Fuzz(func(t *testing.T, status int, key, value string, body []byte) {
		h := http.Header{"X-Request-Id": {"req_1"}, key: {value}}
		r := envelope.Parse(status, h, slices.Clone(body), fixed)
		check(t, r, status, body)
		if key != "X-Request-Id" {
			require.Equal(t, "req_1", r.RequestID)
		}
		check(t, envelope.Text(h, 200, slices.Clone(body), fixed), 200, body)
	})
}

func FuzzInBand(f *testing.F) {
	seed(f, func(_ int, body []byte) {
		for line := range strings.Lines(string(body)) {
			name, data, _ := strings.Cut(line, ": ")
			f.Add(name, []byte(data))
		}
		f.Add("", body)
		f.Add("error", body)
	})
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		r, refused := envelope.InBand(nil, 200, name, slices.Clone(body), fixed)
		if name == "error" {
			require.True(t, refused)
		}
		if refused {
			check(t, r, 200, body)
			require.NotEqual(t, envelope.KindMalformed, r.Kind)
		}
	})
}
