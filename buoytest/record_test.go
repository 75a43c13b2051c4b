package buoytest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// watched is a test that notes what it was told, and goes on.
type watched struct {
	testing.TB
	told     []string
	cleanups []func()
}

func (w *watched) Errorf(format string, args ...any) {
	w.told = append(w.told, fmt.Sprintf(format, args...))
}
func (w *watched) Fatalf(format string, args ...any) { w.Errorf(format, args...) }
func (w *watched) Logf(format string, args ...any)   {}
func (w *watched) Cleanup(f func())                  { w.cleanups = append(w.cleanups, f) }
func (w *watched) Helper()                           {}
func (w *watched) Failed() bool                      { return len(w.told) > 0 }
func (w *watched) end() {
	for _, f := range w.cleanups {
		f()
	}
}

// conversation makes calls, and says what came of each and when.
func conversation(t *testing.T, transport http.RoundTripper, base string) (out []string) {
	t.Helper()
	client, err := buoy.New(
		buoy.Endpoint{Name: "p", BaseURL: base, Keys: []string{"sk-secret-of-the-account"}},
		buoy.WithHTTPClient(&http.Client{Transport: transport}),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}), buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}),
	)
	require.NoError(t, err)
	defer client.Close()
	start := time.Now()
	note := func(format string, args ...any) {
		out = append(out, fmt.Sprintf("%v ", time.Since(start).Round(time.Millisecond))+fmt.Sprintf(format, args...))
	}
	for i := range 3 {
		resp, err := client.Chat(t.Context(), buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(fmt.Sprint("question ", i, " ü"))}})
		if err != nil {
			note("%v %v", buoy.KindOf(err), errors.Is(err, io.ErrUnexpectedEOF))
			continue
		}
		note("%q %d", resp.Text(), resp.Usage.TotalTokens)
	}
	for range 2 {
		stream, err := client.Stream(t.Context(), buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("stream")}})
		require.NoError(t, err)
		for chunk, err := range stream.Chunks() {
			if err != nil {
				note("%v", buoy.KindOf(err))
				break
			}
			note("%q", chunk.Text())
		}
		require.NoError(t, stream.Close())
	}
	return out
}

// What a program gets from a recording is what it got from the provider, at the same
// times.
func TestRecordAndReplay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "testdata", "calls.txt")
	var live, again []string
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t,
			buoytest.Delay(300*time.Millisecond, buoytest.Gzip(buoytest.Reply("Hello, world!\n\tIt is \"quoted\". é"))),
			buoytest.Headers(buoytest.AITunnelError(429, "Too fast, sk-secret-of-the-account."), "Set-Cookie: session=abcdef", "Retry-After: 7"),
			buoytest.Reset(),
			buoytest.Slow(20*time.Millisecond, "to", "ken", "s"),
			buoytest.Stall(2, 45*time.Second),
		)
		w := &watched{TB: t}
		live = conversation(t, buoytest.Record(w, path, srv.Client().Transport), srv.Endpoint().BaseURL)
		w.end()
		require.Empty(t, w.told)
	})
	synctest.Test(t, func(t *testing.T) {
		w := &watched{TB: t}
		again = conversation(t, buoytest.Replay(w, path), "https://elsewhere.example/v1")
		require.Empty(t, w.told)
	})
	require.Equal(t, live, again)
	require.Greater(t, len(live), 3+3+2, "%q", live)

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, secret := range []string{"sk-secret", "abcdef", "Bearer"} {
		require.NotContains(t, string(text), secret)
	}
	require.Contains(t, string(text), "question 0 ü", "the file can be read")
	require.Contains(t, string(text), "Too fast, removed.")
}

func ask(t *testing.T, rt http.RoundTripper, url, body string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

// A request that is not in the file is told, and in what it differs.
func TestReplayOfAnotherRequest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	srv := buoytest.NewServer(t)
	url := srv.Endpoint().BaseURL + "/chat/completions"
	w := &watched{TB: t}
	rt := buoytest.Record(w, path, nil)
	require.NoError(t, ask(t, rt, url+"?key=a-secret-key", `{"model":"m","messages":[{"role":"user","content":"one"}]}`))
	require.NoError(t, ask(t, rt, url, `{"model":"m","messages":[{"role":"user","content":"two"}],"temperature":1,"seed":12345678901234567}`))
	w.end()
	require.Empty(t, w.told)

	for name, tc := range map[string]struct {
		path, body string
		want       []string // empty: it is known
	}{
		"the same":            {"", `{"seed":12345678901234567, "temperature":1.0,"messages":[{"content":"two","role":"user"}],"model":"m"}`, nil},
		"the query's names":   {"?key=another", `{"model":"m","messages":[{"role":"user","content":"one"}]}`, nil},
		"another text":        {"", `{"model":"m","messages":[{"role":"user","content":"three"}],"temperature":1,"seed":12345678901234567}`, []string{"request 2", `messages[0].content was "two", and is "three"`}},
		"a member more":       {"", `{"model":"m","messages":[{"role":"user","content":"two"}],"temperature":1,"seed":12345678901234567,"top_k":7}`, []string{"top_k is new: 7"}},
		"a member less":       {"", `{"model":"m","messages":[{"role":"user","content":"two"}],"seed":12345678901234567}`, []string{"temperature was 1, and is missing"}},
		"another long number": {"", `{"model":"m","messages":[{"role":"user","content":"two"}],"temperature":1,"seed":12345678901234568}`, []string{"seed was 12345678901234567, and is 12345678901234568"}},
		"a message more":      {"", `{"model":"m","messages":[{"role":"user","content":"two"},{}],"temperature":1,"seed":12345678901234567}`, []string{"messages had 1 elements, and has 2"}},
		"another path":        {"/other", `{}`, []string{"nothing with this method and path"}},
		"no JSON":             {"", `{`, []string{"not both JSON"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watched{TB: t}
			err := ask(t, buoytest.Replay(w, path), url+tc.path, tc.body)
			if len(tc.want) == 0 {
				require.NoError(t, err)
				require.Empty(t, w.told)
				return
			}
			require.Error(t, err)
			require.Len(t, w.told, 1)
			for _, want := range tc.want {
				require.Contains(t, w.told[0], want)
			}
		})
	}
	rt = buoytest.Replay(w, path)
	body := `{"model":"m","messages":[{"role":"user","content":"one"}]}`
	require.NoError(t, ask(t, rt, url+"?key=a", body))
	require.Error(t, ask(t, rt, url+"?key=a", body))
	require.Contains(t, w.told[0], "came more often than it was recorded")
}

// A reader that leaves early is no failure of the recording, and nobody waits for it.
func TestReplayEndsWithItsRequest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.txt")
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Hang(time.Hour), buoytest.Slow(time.Minute, "a", "b"))
		w := &watched{TB: t}
		rt := buoytest.Record(w, path, srv.Client().Transport)
		url := srv.Endpoint().BaseURL + "/chat/completions"
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"model":"m","messages":[]}`))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		_, err = rt.RoundTrip(req)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		w.end()
		require.Empty(t, w.told)

		began := time.Now()
		ctx, cancel = context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		req = req.Clone(ctx)
		req.Body = io.NopCloser(strings.NewReader(`{"model":"m","messages":[]}`))
		_, err = buoytest.Replay(t, path).RoundTrip(req)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.LessOrEqual(t, time.Since(began), 500*time.Millisecond)
	})
}

func TestReplayOfNothing(t *testing.T) {
	dir := t.TempDir()
	for name, tc := range map[string]struct{ text, want string }{
		"no recording":   {"hello\n", "is no recording"},
		"empty":          {"", "is no recording"},
		"later format":   {"# buoytest recording, format 2\n", "later format"},
		"unknown word":   {"# buoytest recording, format 1\n\nrequest POST /x\nfoo bar\n", `line 4: "foo" is no word`},
		"no request":     {"# buoytest recording, format 1\nreply 200 after 1s\n", "before the first request"},
		"broken status":  {"# buoytest recording, format 1\nrequest POST /x\nreply x after 1s\n", "is no status"},
		"no reply":       {"# buoytest recording, format 1\nrequest POST /x\n|{}\n\nrequest POST /y\nreply 200 after 0s\n", "request 1 has neither a reply nor a failure"},
		"no reply, last": {"# buoytest recording, format 1\nrequest POST /x\n|{}\n", "request 1 has neither a reply nor a failure"},
		"two replies":    {"# buoytest recording, format 1\nrequest POST /x\nreply 200 after 0s\nreply 200 after 0s\n", "two replies"},
		"broken time":    {"# buoytest recording, format 1\nrequest POST /x\nreply 200 after soon\n", "is no time"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "calls.txt")
			require.NoError(t, os.WriteFile(path, []byte(tc.text), 0o644))
			w := &watched{TB: t}
			buoytest.Replay(w, path)
			require.NotEmpty(t, w.told)
			require.Contains(t, w.told[0], tc.want)
		})
	}
	w := &watched{TB: t}
	buoytest.Replay(w, filepath.Join(dir, "nowhere.txt"))
	require.Contains(t, w.told[0], "make it with buoytest.Record")
}
