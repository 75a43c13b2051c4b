package buoytest_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func replying(h http.Header, body io.Reader) answering {
	return func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		return &http.Response{StatusCode: 200, Header: h, Body: io.NopCloser(body), Request: r}, nil
	}
}

func fileOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// No secret of a request's address or header reaches the file, in whatever form a reply
// repeats it.
func TestARecordingHasNoSecret(t *testing.T) {
	const key, user, password = "sk-9f8e+7d/6c&5b=4a", "user-token-1", "pass-word-22"
	basic := base64.StdEncoding.EncodeToString([]byte("app-number-7:" + password))
	for name, tc := range map[string]struct {
		url    string
		header http.Header
	}{
		"bearer":              {"https://p.example/v1", http.Header{"Authorization": {"Bearer " + key}}},
		"in another case":     {"https://p.example/v1", http.Header{"authorization": {"bearer   " + key}}},
		"Azure":               {"https://p.example/v1", http.Header{"Api-Key": {key}}},
		"Google":              {"https://p.example/v1", http.Header{"X-Goog-Api-Key": {key}}},
		"a proxy":             {"https://p.example/v1", http.Header{"Proxy-Authorization": {"Basic " + basic}}},
		"a cookie":            {"https://p.example/v1", http.Header{"Cookie": {"a=b; sid=" + password}}},
		"a query":             {"https://p.example/v1?api_key=" + strings.NewReplacer("+", "%2B", "/", "%2F", "&", "%26", "=", "%3D").Replace(key), nil},
		"a user":              {"https://" + user + "@p.example/v1", nil},
		"a user's password":   {"https://me:" + password + "@p.example/v1", nil},
		"and in the path too": {"https://p.example/of/" + password + "/v1", http.Header{"X-Secret": {password}}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "calls.txt")
			w := &watched{TB: t}
			echoed := []string{key, strings.ReplaceAll(key, "/", `\/`), strings.ReplaceAll(key, "&", `\u0026`), "sk-9f8e%2B7d%2F6c%265b%3D4a", user, password, basic, "org-12345", "session-98765"}
			asked := strings.Join(echoed[:7], " ")
			said := strings.Join(echoed, " ") + "\n\xff" + strings.Join(echoed, "\xff") // a binary line, too
			reply := http.Header{"Set-Cookie": {"s=session-98765; Path=/"}, "Openai-Organization": {"org-12345"}, "X-Echo": {strings.Join(echoed, " ")},
				"X-Session-Token": {"session-98765"}, "Authentication-Info": {"x"}, "X-Ratelimit-Remaining-Tokens": {"7"}, "X-Request-Id": {"req_1"}}
			rt := buoytest.Record(w, path, replying(reply, iotest.OneByteReader(strings.NewReader(said))))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tc.url, strings.NewReader(asked))
			require.NoError(t, err)
			req.Header = tc.header
			if req.Header == nil {
				req.Header = http.Header{}
			}
			resp, err := rt.RoundTrip(req)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			w.end()
			require.Empty(t, w.told)
			file := fileOf(t, path)
			for line := range strings.Lines(file) { // what base64 hides
				if raw, ok := strings.CutPrefix(line, "base64 "); ok {
					plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(raw))
					require.NoError(t, err)
					file += string(plain)
				}
			}
			var own []string
			switch {
			case strings.Contains(tc.url, user):
				own = []string{user}
			case strings.Contains(tc.url, password), strings.Contains(name, "cookie"):
				own = []string{password}
			case name == "a proxy":
				own = []string{password, basic, "app-number-7"}
			default:
				own = echoed[:4]
			}
			for _, secret := range append(own, "org-12345", "session-98765", "Set-Cookie", "X-Session-Token", "Authentication-Info") {
				require.NotContains(t, file, secret)
			}
			require.Contains(t, file, "X-Ratelimit-Remaining-Tokens")
			require.Contains(t, file, "req_1")

			w = &watched{TB: t}
			again := req.Clone(t.Context())
			again.Body = io.NopCloser(strings.NewReader(asked))
			_, err = buoytest.Replay(w, path).RoundTrip(again)
			require.NoError(t, err, "the secret of the body is not compared: %q", w.told)
		})
	}
}

// A secret that comes in two pieces of a stream is found, and the pieces keep their times.
func TestASecretInTwoPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "calls.txt")
		w := &watched{TB: t}
		out, in := io.Pipe()
		go func() {
			for _, piece := range []string{"data: sk-se", "cret-", "1 and sk-secret-1\n\n", "data: end\n\n"} {
				time.Sleep(time.Second)
				_, _ = in.Write([]byte(piece))
			}
			_ = in.Close()
		}()
		rt := buoytest.Record(w, path, replying(http.Header{}, out))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://p.example/v1", strings.NewReader("{}"))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer sk-secret-1")
		resp, err := rt.RoundTrip(req)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		w.end()
		require.Empty(t, w.told)
		require.Contains(t, fileOf(t, path), "pause 1s\n>data: \npause 1s\npause 1s\n|removed and removed\n|\npause 1s\n|data: end\n|\n")

		began := time.Now()
		req.Body = io.NopCloser(strings.NewReader("{}"))
		resp, err = buoytest.Replay(t, path).RoundTrip(req)
		require.NoError(t, err)
		all, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, "data: removed and removed\n\ndata: end\n\n", string(all))
		require.Equal(t, 4*time.Second, time.Since(began))
	})
}

// A test that asks nothing leaves the recording that is there.
func TestARecordingOfNothingIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	require.NoError(t, os.WriteFile(path, []byte("worth keeping"), 0o644))
	w := &watched{TB: t}
	buoytest.Record(w, path, nil)
	w.end()
	require.Empty(t, w.told)
	require.Equal(t, "worth keeping", fileOf(t, path))
}

// A body that was not read to its end is no whole one when it is played.
func TestABodyThatWasNotReadToItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	w := &watched{TB: t}
	rt := buoytest.Record(w, path, replying(http.Header{}, io.MultiReader(strings.NewReader("half"), strings.NewReader(" an answer"))))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://p.example/v1", http.NoBody)
	require.NoError(t, err)
	resp, err := rt.RoundTrip(req)
	require.NoError(t, err)
	_, err = io.ReadFull(resp.Body, make([]byte, 4))
	require.NoError(t, err)
	w.end()
	resp, err = buoytest.Replay(t, path).RoundTrip(req)
	require.NoError(t, err)
	all, err := io.ReadAll(resp.Body)
	require.Equal(t, "half", string(all))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// A failure that was the deadline's is one when it is played.
func TestAFailureThatHasAName(t *testing.T) {
	for _, failure := range []error{io.EOF, t.Context().Err(), os.ErrDeadlineExceeded, errors.New("")} {
		if failure == nil {
			continue
		}
		path := filepath.Join(t.TempDir(), "calls.txt")
		w := &watched{TB: t}
		rt := buoytest.Record(w, path, answering(func(*http.Request) (*http.Response, error) { return nil, failure }))
		require.ErrorIs(t, ask(t, rt, "https://p.example/v1", "{}"), failure)
		w.end()
		err := ask(t, buoytest.Replay(t, path), "https://p.example/v1", "{}")
		require.Error(t, err)
		if failure.Error() != "" {
			require.ErrorIs(t, err, failure)
		}
	}
}

// Who closes a body does not wait for the pause that its reader waits for.
func TestABodyIsClosedWhileItIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	require.NoError(t, os.WriteFile(path, []byte("# buoytest recording, format 1\nrequest GET /v1\nreply 200 after 0s\npause 10h\n|late\n"), 0o644))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://p.example/v1", http.NoBody)
	require.NoError(t, err)
	resp, err := buoytest.Replay(t, path).RoundTrip(req)
	require.NoError(t, err)
	read := make(chan error)
	go func() {
		_, err := resp.Body.Read(make([]byte, 1))
		read <- err
	}()
	require.NoError(t, resp.Body.Close())
	require.NoError(t, resp.Body.Close())
	require.ErrorIs(t, <-read, http.ErrBodyReadAfterClose)
}

// Where a long prompt has changed, the place is shown and not its beginning.
func TestALongTextThatDiffers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	w := &watched{TB: t}
	long := strings.Repeat("as ever ", 50)
	rt := buoytest.Record(w, path, replying(http.Header{}, bytes.NewReader(nil)))
	require.NoError(t, ask(t, rt, "https://p.example/v1", `{"messages":[{"content":"`+long+`the old end"}]}`))
	require.NoError(t, ask(t, rt, "https://p.example/v2", "a=1&b=2&"+long))
	w.end()
	w = &watched{TB: t}
	rt = buoytest.Replay(w, path)
	require.Error(t, ask(t, rt, "https://p.example/v1", `{"messages":[{"content":"`+long+`the new end"}]}`))
	require.Contains(t, w.told[0], `messages[0].content differs from character 405 on: was "...as ever as ever the old end", and is "...as ever as ever the new end"`)
	require.Error(t, ask(t, rt, "https://p.example/v2", "a=1&b=3&"+long))
	require.Contains(t, w.told[1], `not both JSON: the text differs from character 7 on: was "a=1&b=2`)
	require.Error(t, ask(t, rt, "https://p.example/v3", "{}"))
	require.Contains(t, w.told[2], "the file, which has POST /v1, POST /v2")
}
