package envelope_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/envelope"
	"github.com/buoy-go/buoy/internal/hint"
)

var update = flag.Bool("update", false, "rewrite the golden files; their labels are written by hand and stay")

// fixtures is where replies stand as curl -i prints them, each beside what is to be read from it.
const fixtures = "../../testdata/errors"

// fixed is the present of the fixtures: 2025-08-08 15:40:00 UTC.
var fixed = time.Unix(1754667600, 0).UTC()

// A golden file begins with comments: where the reply comes from, and which kinds are right for it. What follows was
// printed by this test and read by a person.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*", "*.http"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(file, ".http")
		t.Run(filepath.ToSlash(strings.TrimPrefix(name, fixtures)), func(t *testing.T) {
			status, h, body := readReply(t, file)
			wanted, err := os.ReadFile(name + ".golden")
			require.NoError(t, err, "write its two comments by hand: source and label")
			comments, printed := splitGolden(t, string(wanted))
			r := decodeAt(h, status, h.Get("Content-Type"), body, fixed)
			if label := comments["label"]; !slices.Contains(strings.Fields(label), kindOf(r)) {
				t.Errorf("kind %q is none of %q: %s", kindOf(r), label, messageOf(r))
			}
			require.NotEmpty(t, comments["source"])
			got := show(r)
			if *update {
				text := "# source: " + comments["source"] + "\n# label: " + comments["label"] + "\n" + got
				require.NoError(t, os.WriteFile(name+".golden", []byte(text), 0o644))
				return
			}
			require.Equal(t, printed, got)
		})
	}
}

// readReply reads what curl -i prints. The body is everything behind the first empty line.
func readReply(t *testing.T, file string) (status int, h http.Header, body []byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	h = http.Header{}
	for first := true; ; first = false {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		require.True(t, found, "no empty line behind the headers")
		b = rest
		text := strings.TrimSuffix(string(line), "\r")
		if text == "" {
			return status, h, b
		}
		if first {
			status, err = strconv.Atoi(strings.Fields(text)[1])
			require.NoError(t, err)
			continue
		}
		key, value, found := strings.Cut(text, ":")
		require.True(t, found, text)
		h.Add(key, strings.TrimSpace(value))
	}
}

func splitGolden(t *testing.T, s string) (comments map[string]string, rest string) {
	t.Helper()
	comments = map[string]string{}
	for strings.HasPrefix(s, "# ") {
		var line string
		line, s, _ = strings.Cut(s, "\n")
		key, value, found := strings.Cut(strings.TrimPrefix(line, "# "), ": ")
		require.True(t, found, line)
		comments[key] = value
	}
	return comments, s
}

func kindOf(r *envelope.Refusal) string {
	if r == nil {
		return "none"
	}
	return labels[r.Kind]
}

// labels are what golden files, judged.txt and the corpus call the kinds.
var labels = map[envelope.Kind]string{
	envelope.KindInvalidRequest: "invalid_request", envelope.KindContextLength: "context_length", envelope.KindTooLarge: "too_large",
	envelope.KindModeration: "moderation", envelope.KindAuth: "auth", envelope.KindPermission: "permission",
	envelope.KindNotFound: "not_found", envelope.KindQuota: "quota", envelope.KindRateLimit: "rate_limit",
	envelope.KindConflict: "conflict", envelope.KindServer: "server", envelope.KindOverloaded: "overloaded",
	envelope.KindUpstream: "upstream", envelope.KindTimeout: "timeout", envelope.KindMalformed: "malformed",
	envelope.KindUnknown: "unknown",
}

func messageOf(r *envelope.Refusal) string {
	if r == nil {
		return ""
	}
	return r.Message
}

// show prints every field that is set, one a line.
func show(r *envelope.Refusal) string {
	var b strings.Builder
	line := func(name string, value any) {
		if s := fmt.Sprint(value); s != "" && s != "0s" && s != "[]" {
			fmt.Fprintf(&b, "%s: %s\n", name, s)
		}
	}
	line("kind", kindOf(r))
	if r == nil {
		return b.String()
	}
	line("status", r.StatusCode)
	line("code", r.Code)
	line("type", r.Type)
	line("param", r.Param)
	line("message", r.Message)
	line("request id", r.RequestID)
	line("retry after", r.RetryAfter)
	if r.ShouldRetry != nil {
		line("should retry", *r.ShouldRetry)
	}
	line("requests", window(r.RateLimit.Requests))
	line("tokens", window(r.RateLimit.Tokens))
	if m := r.Moderation; m != nil {
		line("moderation", m.Reasons)
		line("flagged input", m.FlaggedInput)
		line("moderated by", m.ProviderName)
		line("moderated model", m.ModelSlug)
	}
	if u := r.Upstream; u != nil {
		line("upstream", u.ProviderName)
		line("upstream raw", compact(u.Raw))
	}
	line("metadata", compact(r.Metadata))
	line("advice", r.Advice())
	return b.String()
}

func window(w hint.Window) string {
	if w == (hint.Window{}) {
		return ""
	}
	left := "?"
	if w.Known {
		left = strconv.Itoa(w.Remaining)
	}
	return fmt.Sprintf("%s of %d, whole in %s", left, w.Limit, w.Reset)
}

func compact(raw []byte) string {
	return strings.Join(strings.Fields(string(raw)), " ")
}
