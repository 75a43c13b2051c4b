package buoyhttp

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func TestWhatAHandlerServes(t *testing.T) {
	d := newDesk(t, buoytest.NewServer(t))
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/v1/models", 200, `{"data":[{"id":"small","object":"model","created":0,"owned_by":""}],"object":"list"}`},
		{"GET", "/models", 200, `"small"`},
		{"GET", "/any/where/models/small", 200, `{"id":"small","object":"model","created":0,"owned_by":""}`},
		{"GET", "/v1/models/some/huge", 404, `"model_not_found"`},
		{"GET", "/v1/models/", 404, `"unknown_url"`},
		{"POST", "/v1/models", 405, `"method_not_allowed"`},
		{"GET", "/v1/chat/completions", 405, `"method_not_allowed"`},
		{"PUT", "/chat/completions", 405, `"method_not_allowed"`},
		{"POST", "/v1/embeddings", 404, `"unknown_url"`},
		{"GET", "/", 404, `"unknown_url"`},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			w := httptest.NewRecorder()
			d.handler.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
			require.Equal(t, c.status, w.Code)
			require.Equal(t, "application/json", w.Header().Get("Content-Type"))
			require.Contains(t, w.Body.String(), c.body)
			if c.status == http.StatusMethodNotAllowed {
				require.NotEmpty(t, w.Header().Get("Allow"))
			}
		})
	}
	w := httptest.NewRecorder()
	Handler(d.client).ServeHTTP(w, httptest.NewRequest("GET", "/v1/models", nil))
	require.JSONEq(t, `{"object":"list","data":[]}`, w.Body.String())
}

func TestAHandlerWithoutAClient(t *testing.T) {
	require.PanicsWithValue(t, "buoyhttp: Handler got a nil client: make one with buoy.New", func() { Handler(nil) })
	require.PanicsWithValue(t, "buoyhttp: Transport got a nil client: make one with buoy.New", func() { Transport(nil, nil) })
	require.Panics(t, func() { HandlerFor(nil) })
}

func TestAnOptionOfTheCall(t *testing.T) {
	north := buoytest.NewServer(t)
	client := newClient(t, north)
	option := WithCallOptions(func(r *http.Request) []buoy.CallOption {
		return []buoy.CallOption{buoy.WithHeader("X-Title", r.Header.Get("X-Title"))}
	})
	req := chatRequest(strings.NewReader(hello + `}`))
	req.Header.Set("X-Title", "a program")
	req.Header.Set("X-Other", "stays here")
	w := httptest.NewRecorder()
	Handler(client, option).ServeHTTP(w, req)
	require.Equal(t, http.StatusOK, w.Code, w.Body)

	req = chatRequest(strings.NewReader(hello + `}`))
	req.Header.Set("X-Title", "a program")
	resp, err := Transport(client, nil, option).RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	for _, got := range north.Requests() {
		require.Equal(t, "a program", got.Header.Get("X-Title"))
		require.Empty(t, got.Header.Get("X-Other"))
	}
	require.Len(t, north.Requests(), 2)
}

func TestTheBoundOfARequest(t *testing.T) {
	client := newClient(t, buoytest.NewServer(t))
	for limit, status := range map[int64]int{100: 413, 0: 200, -1: 200} {
		w := httptest.NewRecorder()
		Handler(client, WithMaxBody(limit)).ServeHTTP(w, chatRequest(strings.NewReader(hello+`, "user": "`+strings.Repeat("x", 100)+`"}`)))
		require.Equal(t, status, w.Code)
	}
}

// writes counts what a handler hands on.
type writes struct {
	*httptest.ResponseRecorder
	mu      sync.Mutex // guards the fields below
	pieces  []string
	flushes int
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pieces = append(w.pieces, string(p))
	return w.ResponseRecorder.Write(p)
}

func (w *writes) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushes++
}

// sent is what was written, where all of it was flushed.
func (w *writes) sent() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flushes == 0 {
		return ""
	}
	return strings.Join(w.pieces, "")
}

func event(text string) string {
	return `data: {"choices":[{"index":0,"delta":{"content":"` + text + `"}}]}` + "\n\n"
}

const end = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"

// What came in one piece goes out in one piece.
func TestEventsThatCameTogetherGoOutTogether(t *testing.T) {
	var all strings.Builder
	for i := range 1000 {
		all.WriteString(event(fmt.Sprint(i)))
	}
	all.WriteString(end)
	d := newDesk(t, buoytest.NewServer(t, buoytest.Raw(200, "text/event-stream", []byte(all.String()))))
	w := &writes{ResponseRecorder: httptest.NewRecorder()}
	d.handler.ServeHTTP(w, chatRequest(strings.NewReader(hello+`, "stream": true}`)))
	require.Equal(t, all.String(), w.Body.String())
	require.Less(t, len(w.pieces), 100)
	for _, p := range w.pieces {
		require.LessOrEqual(t, len(p), enough+len(event("999")))
	}
}

var half = event("never")[:20]

// An event goes out at once where the next one has to be waited for, whatever else
// follows it that is not for the client.
func TestNoEventIsKeptBack(t *testing.T) {
	for name, after := range map[string]string{
		"nothing":          "",
		"half an event":    half,
		"a comment":        ": PROCESSING\n\n",
		"a heartbeat":      "event: ping\ndata: {\"type\": \"ping\"}\n\n",
		"a word":           "data: ping\n\n",
		"a usage":          `data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}` + "\n\n",
		"two, and a null":  event("b") + "data: null\n\n",
		"a finish reason":  strings.Split(end, "data: [DONE]")[0],
		"all but the rest": end,
	} {
		for _, opts := range [][]buoy.Option{nil, {buoy.WithStreamRecovery(buoy.RecoverRestart)}, {buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler { return next })}} {
			t.Run(fmt.Sprint(name, len(opts)), func(t *testing.T) {
				goOn := make(chan struct{})
				d := newDesk(t, buoytest.NewServer(t, buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					io.WriteString(w, event("a")+after)
					w.(http.Flusher).Flush()
					<-goOn
					if after == half {
						io.WriteString(w, event("never")[len(half):])
					}
					io.WriteString(w, end)
				})), opts...)
				req, err := http.NewRequest(http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(hello+`, "stream": true}`))
				require.NoError(t, err)
				req.Header.Set("Content-Type", "application/json")
				resp, err := http.DefaultClient.Do(req)
				require.NoError(t, err)
				defer resp.Body.Close()
				lines := bufio.NewReader(resp.Body)
				first, err := lines.ReadString('\n')
				require.NoError(t, err)
				require.Equal(t, event("a"), first+"\n")
				close(goOn)
				rest, err := io.ReadAll(lines)
				require.NoError(t, err)
				require.True(t, strings.HasSuffix(string(rest), "data: [DONE]\n\n"), string(rest))
			})
		}
	}
}

// What came before a break goes out before the wait for another answer.
func TestNoEventWaitsForARecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		north := buoytest.NewMemServer(t, buoytest.Raw(200, "text/event-stream", []byte(event("a")+event("b"))), buoytest.Hang(time.Hour))
		client, err := buoy.New(north.Endpoint(), buoy.WithHTTPClient(north.Client()), buoy.WithStreamRecovery(buoy.RecoverRestart),
			buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Minute}), buoy.WithTimeouts(buoy.Timeouts{Call: 10 * time.Minute}))
		require.NoError(t, err)
		w := &writes{ResponseRecorder: httptest.NewRecorder()}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Handler(client).ServeHTTP(w, chatRequest(strings.NewReader(hello+`, "stream": true}`)).WithContext(t.Context()))
		}()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		sent := w.sent()
		require.Equal(t, event("a")+event("b"), sent)
		<-ended
		require.Contains(t, w.Body.String()[len(sent):], `"stream_interrupted"`)
	})
}

// A client that takes nothing ends the provider's work at once, and not with the next
// event.
func TestAClientThatTakesNothingEndsTheStream(t *testing.T) {
	gone := make(chan struct{})
	d := newDesk(t, buoytest.NewServer(t, buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, event("a"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	})))
	d.handler.ServeHTTP(deaf{httptest.NewRecorder()}, chatRequest(strings.NewReader(hello+`, "stream": true}`)))
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("the provider is still at work")
	}
}

// deaf is a client whose connection takes no more.
type deaf struct{ *httptest.ResponseRecorder }

func (deaf) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// The end of a reply is waited for, so that its connection can be used again; the last
// event is not kept back meanwhile.
func TestTheLastEventDoesNotWaitForTheEndOfTheReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		north := buoytest.NewMemServer(t, buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, event("a")+end)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}))
		client, err := buoy.New(north.Endpoint(), buoy.WithHTTPClient(north.Client()))
		require.NoError(t, err)
		w := &writes{ResponseRecorder: httptest.NewRecorder()}
		begun := time.Now()
		ended := make(chan time.Duration, 1)
		go func() {
			Handler(client).ServeHTTP(w, chatRequest(strings.NewReader(hello+`, "stream": true}`)))
			ended <- time.Since(begun)
		}()
		synctest.Wait()
		require.Equal(t, event("a")+strings.TrimSuffix(end, "data: [DONE]\n\n"), w.sent())
		require.NotZero(t, <-ended)
	})
}
