package buoytest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

// result is what a plain HTTP client gets.
type result struct {
	resp *http.Response // nil if err is that of the round trip
	body string
	err  error // of the round trip, or of reading the body
	took time.Duration
}

const (
	askWhole  = `{"model":"m","messages":[{"role":"user","content":"hi"}]}`
	askStream = `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`
)

func post(t *testing.T, c *http.Client, url, body string, headers ...string) result {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/chat/completions", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	start := time.Now()
	resp, err := c.Do(req)
	if err != nil {
		return result{err: err, took: time.Since(start)}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return result{resp: resp, body: string(b), err: err, took: time.Since(start)}
}

// payloads are the data of the events in an SSE body.
func payloads(body string) []string {
	var ps []string
	for event := range strings.SplitSeq(body, "\n\n") {
		if p, ok := strings.CutPrefix(event, "data: "); ok {
			ps = append(ps, p)
		}
	}
	return ps
}

// reply is the part of a whole reply or a chunk that the tests look at.
type reply struct {
	ID, Object, Model string
	Created           int64
	Choices           []struct {
		Index          int
		Message, Delta struct {
			Role, Content, Refusal, Reasoning string
			ToolCalls                         []struct {
				Index    int
				ID, Type string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
		FinishReason *string `json:"finish_reason"`
		Error        *struct {
			Code    int
			Message string
		}
	}
	Usage *struct {
		PromptTokens     int      `json:"prompt_tokens"`
		CompletionTokens int      `json:"completion_tokens"`
		TotalTokens      int      `json:"total_tokens"`
		CostRUB          *float64 `json:"cost_rub"`
		Balance          *float64
	}
	Error json.RawMessage
}

func parse(t *testing.T, s string) reply {
	t.Helper()
	r, err := decode(s)
	require.NoError(t, err, s)
	return r
}

func decode(s string) (r reply, err error) {
	err = json.Unmarshal([]byte(s), &r)
	return r, err
}

// text is what an answer says, whole or streamed.
func text(t *testing.T, body string) string {
	t.Helper()
	if !strings.HasPrefix(body, "data: ") {
		return parse(t, body).Choices[0].Message.Content
	}
	var b strings.Builder
	for _, p := range payloads(body) {
		if p == "[DONE]" {
			continue
		}
		for _, c := range parse(t, p).Choices {
			b.WriteString(c.Delta.Content)
		}
	}
	return b.String()
}

// networks runs f over each way to reach a server. Those in memory run in a bubble, which fails if a goroutine is
// left; the loopback one checks only that the steps work there, in real time.
func networks(t *testing.T, f func(t *testing.T, srv func(...buoytest.Step) (*buoytest.Server, *http.Client))) {
	t.Run("loopback", func(t *testing.T) {
		f(t, func(steps ...buoytest.Step) (*buoytest.Server, *http.Client) {
			srv := buoytest.NewServer(t, steps...)
			return srv, srv.Client()
		})
	})
	for name, client := range map[string]func(*buoytest.Server) *http.Client{
		"memory": func(s *buoytest.Server) *http.Client { return s.Client() },
		"http2":  func(s *buoytest.Server) *http.Client { return s.HTTP2Client() },
		"direct": func(s *buoytest.Server) *http.Client { return &http.Client{Transport: s.RoundTripper()} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f(t, func(steps ...buoytest.Step) (*buoytest.Server, *http.Client) {
					srv := buoytest.NewMemServer(t, steps...)
					return srv, client(srv)
				})
			})
		})
	}
}

func TestServerRemembers(t *testing.T) {
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		srv, client := start(buoytest.Fail(503))
		require.Equal(t, 503, post(t, client, srv.URL, askStream, "Authorization: Bearer k1", "X-Mine: 1").resp.StatusCode)
		require.Equal(t, 200, post(t, client, srv.URL, askWhole, "Api-Key: k2").resp.StatusCode)

		got := srv.Requests()
		require.Len(t, got, 2)
		first := got[0]
		require.Equal(t, 1, first.Ordinal)
		require.Equal(t, http.MethodPost, first.Method)
		require.Equal(t, "/v1/chat/completions", first.Path)
		require.Equal(t, askStream, string(first.Body))
		require.Equal(t, "1", first.Header.Get("X-Mine"))
		require.Equal(t, "k1", first.Key)
		require.Equal(t, "m", first.Model)
		require.True(t, first.Stream)
		require.True(t, first.IncludeUsage)
		require.Equal(t, 1, first.Choices)
		require.Equal(t, "Fail", first.Outcome)
		require.WithinDuration(t, time.Now(), first.At, time.Minute)
		require.Equal(t, "k2", got[1].Key)
		require.False(t, got[1].Stream)
		require.Equal(t, "default", got[1].Outcome)
	})
}

func TestServerRefusesWhatIsNoChatRequest(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Reply("the step"))
	for _, tt := range []struct {
		method, path, body string
		status             int
	}{
		{http.MethodGet, "/v1/models", "", 404},
		{http.MethodGet, "/v1/chat/completions", "", 405},
		{http.MethodPost, "/v1/chat/completions", "{", 400},
		{http.MethodPost, "/v1/chat/completions", `{"n": 1000000000}`, 400}, // it would be answered from as much memory
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, srv.URL+tt.path, strings.NewReader(tt.body))
		require.NoError(t, err)
		resp, err := srv.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, tt.status, resp.StatusCode, "%s %s", tt.method, tt.path)
	}
	require.Equal(t, "the step", text(t, post(t, srv.Client(), srv.URL, askWhole).body), "no refusal took the step")
	require.Equal(t, "refused", srv.Requests()[0].Outcome)
}

func TestServerKeepsConnections(t *testing.T) {
	srv := buoytest.NewServer(t)
	for range 5 {
		post(t, srv.Client(), srv.URL, askStream)
	}
	require.Equal(t, 1, srv.Connections())
}

func TestServerClientReachesSeveral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := buoytest.NewMemServer(t, buoytest.Reply("a")), buoytest.NewMemServer(t, buoytest.Reply("b"))
		client := a.Client(b)
		require.Equal(t, "a", text(t, post(t, client, a.URL, askWhole).body))
		require.Equal(t, "b", text(t, post(t, client, b.URL, askWhole).body))
		require.ErrorContains(t, post(t, a.Client(), b.URL, askWhole).err, "connection refused")
		require.ErrorContains(t, post(t, client, "http://127.0.0.9:9", askWhole).err, "connection refused")
	})
}

func TestServerCloseBreaksOff(t *testing.T) {
	networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
		for _, tt := range []struct {
			step   buoytest.Step
			ask    string
			opened bool // the answer had begun
		}{
			{buoytest.Hang(0), askWhole, false},
			{buoytest.Delay(time.Hour, buoytest.Reply("late")), askStream, false},
			{buoytest.Stall(1, 0), askStream, true},
			{buoytest.Stall(1, 0), askWhole, true},
			{buoytest.Comments(time.Minute, 0), askStream, true},
			{buoytest.Slow(time.Hour), askStream, true},
			{buoytest.Huge(1 << 24), askStream, true}, // nobody reads it while the server closes
		} {
			srv, client := start(tt.step)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/v1/chat/completions", strings.NewReader(tt.ask))
			require.NoError(t, err)
			got := make(chan result, 1)
			go func() {
				resp, err := client.Do(req)
				got <- result{resp: resp, err: err}
			}()
			if tt.opened {
				r := <-got
				require.NoError(t, r.err)
				srv.Close()
				_, err = io.ReadAll(r.resp.Body)
				require.Error(t, err)
				require.NoError(t, r.resp.Body.Close())
			} else {
				require.True(t, srv.Await(1))
				srv.Close()
				require.False(t, srv.Await(2))
				require.Error(t, (<-got).err)
			}
			require.ErrorContains(t, post(t, client, srv.URL, askWhole).err, "connection refused")
			srv.Close() // once more does no harm
		}
	})
}

func TestServerScriptIsReplaced(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Fail(500), buoytest.Fail(500))
	require.Equal(t, 500, post(t, srv.Client(), srv.URL, askWhole).resp.StatusCode)
	srv.Script(buoytest.Reply("new"))
	require.Equal(t, "new", text(t, post(t, srv.Client(), srv.URL, askWhole).body))
	require.Equal(t, buoytest.DefaultText, text(t, post(t, srv.Client(), srv.URL, askStream).body))
}

func TestServerWithoutATest(t *testing.T) {
	srv := buoytest.NewServer(nil)
	require.Equal(t, 200, post(t, srv.Client(), srv.URL, askWhole).resp.StatusCode)
	srv.Close()
	require.Error(t, post(t, srv.Client(), srv.URL, askWhole).err)
}
