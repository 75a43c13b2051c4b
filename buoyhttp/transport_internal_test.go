package buoyhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOtherRequestsAreNotTouched(t *testing.T) {
	north := buoytest.NewServer(t)
	errOther := errors.New("the other transport's")
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/v1/embeddings", `{"input": "x"}`},
		{"POST", "/v1/responses", `{}`},
		{"POST", "/v1/completions", `{}`},
		{"POST", "/v1/chat/completions/chatcmpl-1", `{}`},
		{"GET", "/v1/chat/completions", ""},
		{"DELETE", "/v1/chat/completions/chatcmpl-1", ""},
		{"GET", "/v1/models", ""},
	} {
		var seen *http.Request
		rt := Transport(newClient(t, north), roundTripper(func(r *http.Request) (*http.Response, error) { seen = r; return nil, errOther }))
		req := httptest.NewRequest(c.method, "https://provider.invalid"+c.path, strings.NewReader(c.body))
		req.Header.Set("Authorization", "Bearer "+clientKey)
		body := req.Body
		_, err := rt.RoundTrip(req)
		require.Same(t, req, seen, c.path)
		require.Equal(t, errOther, err)
		require.Equal(t, body, seen.Body)
	}
	require.Empty(t, north.Requests())
}

func TestTheHeadersOfAReply(t *testing.T) {
	for _, stream := range []string{`}`, `, "stream": true}`} {
		north := buoytest.NewServer(t, buoytest.Fail(503), buoytest.Reply("Hello!"))
		d := newDesk(t, north)
		r := d.send(hello + stream)
		require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
		require.Equal(t, "200 OK", r.Status)
		require.Equal(t, "2", r.Header.Get("X-Buoy-Attempts"))
		require.Equal(t, "north", r.Header.Get("X-Buoy-Endpoint"))
		require.Equal(t, "gpt-4o-mini", r.Header.Get("X-Buoy-Model"))
		require.Equal(t, "req_2", r.Header.Get("X-Request-Id"))
		require.Equal(t, "false", r.Header.Get("X-Should-Retry"))
		require.Empty(t, r.Header.Get("X-Buoy-Kind"))
		for _, got := range north.Requests() {
			require.Equal(t, providerKey, got.Key, "the other client's key stays here")
		}
	}
}

// A client paces itself by what the provider tells of its limits, and by nothing else of
// the provider's headers.
func TestTheLimitsOfTheProviderArePassedOn(t *testing.T) {
	for _, stream := range []string{`}`, `, "stream": true}`} {
		north := buoytest.NewServer(t, buoytest.Headers(buoytest.Reply("Hello!"),
			"X-RateLimit-Remaining-Requests: 41", "Set-Cookie: a=b"))
		r := newDesk(t, north).send(hello + stream)
		require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
		require.Equal(t, "41", r.Header.Get("X-Ratelimit-Remaining-Requests"))
		require.Empty(t, r.Header.Get("Set-Cookie"))
	}
}

// Each error of a call is a reply that the other client knows how to read.
func TestAFailureIsAReply(t *testing.T) {
	once := buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1})
	for name, c := range map[string]struct {
		step   buoytest.Step
		status int
		kind   buoy.Kind
		code   string
	}{
		"overloaded":         {buoytest.Fail(503), 503, buoy.ErrOverloaded, "overloaded"},
		"an error in a 200":  {buoytest.InBand(`{"error":{"code":502,"message":"Gone."}}`), 502, buoy.ErrUpstream, "upstream"},
		"no choices":         {buoytest.NoChoices(), 502, buoy.ErrNoContent, "no_content"},
		"no money":           {buoytest.OpenAIError(429, "insufficient_quota", "No money."), 429, buoy.ErrQuota, "insufficient_quota"},
		"HTML":               {buoytest.HTML(200), 502, buoy.ErrMalformed, "malformed"},
		"a dead key":         {buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided: "+providerKey+"."), 401, buoy.ErrAuth, "invalid_api_key"},
		"too fast":           {buoytest.RetryAfter(90*time.Second, buoytest.Fail(429)), 429, buoy.ErrRateLimit, "rate_limit_exceeded"},
		"a lost connection":  {buoytest.Reset(), 502, buoy.ErrConnection, "connection"},
		"silence":            {buoytest.Hang(time.Hour), 504, buoy.ErrTimeout, "timeout"},
		"a mistake":          {buoytest.OpenAIError(400, "context_length_exceeded", "Too long."), 400, buoy.ErrContextLength, "context_length_exceeded"},
		"a status of itself": {buoytest.Error(529, `{"error":{"message":"Full."}}`), 529, buoy.ErrOverloaded, "overloaded"},
	} {
		for _, stream := range []string{`}`, `, "stream": true}`} {
			t.Run(name+stream, func(t *testing.T) {
				d := newDesk(t, buoytest.NewServer(t, c.step), once, buoy.WithTimeouts(buoy.Timeouts{Attempt: 100 * time.Millisecond}))
				r := d.send(hello + stream)
				require.Equal(t, c.status, r.StatusCode, r.Text)
				require.Equal(t, string(c.kind), r.Header.Get("X-Buoy-Kind"))
				require.Equal(t, "1", r.Header.Get("X-Buoy-Attempts"))
				require.Equal(t, "north", r.Header.Get("X-Buoy-Endpoint"))
				require.Equal(t, "false", r.Header.Get("X-Should-Retry"))
				require.EqualValues(t, len(r.Text), r.ContentLength)
				require.Equal(t, c.code, *r.Refused(t).Code)
				require.NotContains(t, r.Text, providerKey)
				if c.kind == buoy.ErrRateLimit {
					require.Equal(t, "90", r.Header.Get("Retry-After"))
				}
			})
		}
	}
}

func TestRequestsThatAreRefusedHere(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, north)
	for _, body := range []string{``, `{`, `[]`, `{"messages": 1}`, `{"model": "small"}`, hello + `, "stream": 1}`, hello + `, "n": -1}`} {
		for way, ask := range d.ways() {
			r := ask(body)
			require.Equal(t, http.StatusBadRequest, r.StatusCode, "%s: %s", way, body)
			require.Equal(t, "false", r.Header.Get("X-Should-Retry"))
			require.Equal(t, "invalid_request_error", r.Refused(t).Type)
		}
	}
	require.Empty(t, north.Requests())
}

// A stream that breaks is an error of the body that has the whole story, and never
// looks like an end.
func TestABrokenStreamIsAnErrorOfTheBody(t *testing.T) {
	for name, c := range map[string]struct {
		step buoytest.Step
		kind buoy.Kind
	}{
		"cut":                    {buoytest.Cut(2), buoy.ErrStreamInterrupted},
		"reset":                  {buoytest.ResetAfter(2), buoy.ErrStreamInterrupted},
		"no finish reason":       {buoytest.EndEarly(2), buoy.ErrStreamInterrupted},
		"[DONE] after a cut":     {buoytest.CutWithDone(2), buoy.ErrStreamInterrupted},
		"an error as an event":   {buoytest.StreamError(2, `{"error":{"message":"Gone.","code":"server_error"}}`), buoy.ErrServer},
		"broken JSON":            {buoytest.Malformed(2), buoy.ErrMalformed},
		"silence":                {buoytest.Stall(2, time.Hour), buoy.ErrTimeout},
		"another answer after":   {buoytest.Cut(2), buoy.ErrStreamInterrupted},
		"a refusal by moderator": {buoytest.StreamError(2, `{"error":{"message":"No.","code":"content_filter"}}`), buoy.ErrModeration},
	} {
		t.Run(name, func(t *testing.T) {
			opts := []buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Idle: 50 * time.Millisecond})}
			steps := []buoytest.Step{c.step}
			if name == "another answer after" {
				opts, steps = append(opts, buoy.WithStreamRecovery(buoy.RecoverRestart)), append(steps, buoytest.Reply("Something else."))
			}
			d := newDesk(t, buoytest.NewServer(t, steps...), opts...)
			resp, err := d.under.Post("https://provider.invalid/v1/chat/completions", "application/json", strings.NewReader(hello+`, "stream": true}`))
			require.NoError(t, err)
			defer resp.Body.Close()
			all, err := io.ReadAll(iotest.OneByteReader(resp.Body))
			require.Contains(t, string(all), "quick")
			require.NotContains(t, string(all), "[DONE]")
			require.NotContains(t, string(all), "Something")
			require.Equal(t, c.kind, buoy.KindOf(err))
			require.NotErrorIs(t, err, io.EOF)
			if name != "another answer after" {
				call, ok := errors.AsType[*buoy.CallError](err)
				require.True(t, ok)
				require.Len(t, call.Attempts, 1)
			}
			_, again := resp.Body.Read(make([]byte, 10))
			require.Equal(t, err, again)
		})
	}
}

// An error that has io.EOF for its cause is none to clients that compare with it.
func TestAnEndOfFileWithinIsNoEnd(t *testing.T) {
	err := error(notEOF{&buoy.CallError{Err: &buoy.TransportError{Kind: buoy.ErrStreamInterrupted, Op: "read", Err: io.EOF}}})
	require.NotErrorIs(t, err, io.EOF)
	require.ErrorIs(t, err, buoy.ErrStreamInterrupted)
	_, ok := errors.AsType[*buoy.TransportError](err)
	require.True(t, ok)
	require.Equal(t, buoy.ErrStreamInterrupted, buoy.KindOf(err))
}

func TestACallerThatLeaves(t *testing.T) {
	for _, stream := range []string{`}`, `, "stream": true}`} {
		begun := make(chan struct{}, 1)
		north := buoytest.NewServer(t, buoytest.Always(buoytest.Func(func(_ http.ResponseWriter, r *http.Request) {
			begun <- struct{}{}
			<-r.Context().Done()
		})))
		d := newDesk(t, north)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-begun; cancel() }()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://provider.invalid/v1/chat/completions", strings.NewReader(hello+stream))
		require.NoError(t, err)
		_, err = d.under.Do(req)
		require.ErrorIs(t, err, context.Canceled)
		_, ok := errors.AsType[*buoy.CallError](err)
		require.True(t, ok)

		soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		again := req.Clone(soon)
		again.Body, err = req.GetBody()
		require.NoError(t, err)
		_, err = d.under.Do(again)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}

// A body that is closed early ends the provider's work, and does not read like a whole
// one.
func TestABodyThatIsClosedEarly(t *testing.T) {
	gone := make(chan struct{})
	d := newDesk(t, buoytest.NewServer(t, buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, event("a"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	})))
	req := chatRequest(strings.NewReader(hello + `, "stream": true}`))
	resp, err := d.under.Transport.RoundTrip(req)
	require.NoError(t, err)
	buf := make([]byte, 1000)
	n, err := resp.Body.Read(buf)
	require.NoError(t, err)
	require.Equal(t, event("a"), string(buf[:n]))
	waiting := make(chan error, 1)
	go func() {
		_, err := resp.Body.Read(buf)
		waiting <- err
	}()
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.ErrBodyReadAfterClose, <-waiting)
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("the provider is still at work")
	}
	_, err = resp.Body.Read(buf)
	require.Equal(t, http.ErrBodyReadAfterClose, err)
}

func TestARequestWhoseBodyCannotBeRead(t *testing.T) {
	broken := errors.New("broken")
	req := chatRequest(iotest.ErrReader(broken))
	_, err := Transport(newClient(t, buoytest.NewServer(t)), nil).RoundTrip(req)
	require.ErrorIs(t, err, broken)
}
