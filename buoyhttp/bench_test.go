package buoyhttp_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
	"github.com/buoy-go/buoy/internal/turns"
)

// inFlight is how many calls are in flight at once.
const inFlight = 32

// The same load through the handler and through httputil.ReverseProxy, in turns, with the
// load, the provider and what lies between on the same cores. docs/performance.md has the
// ratios.
func BenchmarkServer(b *testing.B) {
	provider := httptest.NewServer(http.HandlerFunc(provide))
	defer provider.Close()
	client, err := buoy.New(buoy.Endpoint{BaseURL: provider.URL + "/v1", Keys: []string{"sk-0123456789"}})
	if err != nil {
		b.Fatal(err)
	}
	at, err := url.Parse(provider.URL)
	if err != nil {
		b.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Transport: pooled(), Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at) }}
	for _, load := range []struct {
		name, body string
		calls      int
	}{{"whole", question + `}`, 2000}, {"stream", question + `,"stream":true,"stream_options":{"include_usage":true}}`, 300}} {
		b.Run(load.name, func(b *testing.B) {
			via := func(name string, h http.Handler) turns.Way {
				srv := httptest.NewServer(h)
				b.Cleanup(srv.Close)
				hc := &http.Client{Transport: pooled()}
				b.Cleanup(hc.CloseIdleConnections)
				return turns.Way{Name: name, Do: func() error { return answered(hc, srv.URL, load.body) }}
			}
			turns.Compare(b, load.calls, inFlight, via("buoy", buoyhttp.Handler(client)), via("proxy", proxy))
		})
	}
}

// What it takes until a client has the first token of a stream, with one call at a time:
// through the handler and through httputil.ReverseProxy. The provider says nothing more
// before the client has it.
func BenchmarkFirstToken(b *testing.B) {
	seen := make(chan struct{})
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}`+"\n\n")
		_ = http.NewResponseController(w).Flush()
		<-seen
		_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	defer provider.Close()
	client, err := buoy.New(buoy.Endpoint{BaseURL: provider.URL + "/v1", Keys: []string{"sk-0123456789"}})
	if err != nil {
		b.Fatal(err)
	}
	at, err := url.Parse(provider.URL)
	if err != nil {
		b.Fatal(err)
	}
	via := func(name string, h http.Handler) turns.Way {
		srv := httptest.NewServer(h)
		b.Cleanup(srv.Close)
		return turns.Way{Name: name, Do: func() error {
			resp, err := srv.Client().Post(srv.URL+"/v1/chat/completions", "application/json", strings.NewReader(question+`,"stream":true}`))
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			body := bufio.NewReader(resp.Body)
			if line, err := body.ReadString('\n'); err != nil || !strings.Contains(line, "Hello") {
				return fmt.Errorf("%s: %q, %w", resp.Status, line, err)
			}
			seen <- struct{}{}
			_, err = io.Copy(io.Discard, body)
			return err
		}}
	}
	proxy := &httputil.ReverseProxy{Transport: pooled(), Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at) }}
	turns.Compare(b, 500, 1, via("proxy", proxy), via("buoy", buoyhttp.Handler(client)))
}

// question is a request without its end.
var question = `{"model":"gpt-4o-mini","temperature":0.2,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"` + strings.Repeat("Why is the sky blue? ", 20) + `"}]`

// pooled is a transport that keeps the connections of the whole load.
func pooled() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 2 * inFlight
	return t
}

var wholeAnswer = []byte(`{"id":"chatcmpl-1","object":"chat.completion","created":1764000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"` +
	strings.Repeat("The quick brown fox jumps over the lazy dog. ", 20) + `","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":200,"total_tokens":220,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}`)

// provide answers as a provider does: a stream with one event in each flush.
func provide(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if !strings.Contains(string(body), `"stream":true`) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(wholeAnswer)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	ctl := http.NewResponseController(w)
	send := func(event []byte) {
		_, _ = w.Write(event)
		_ = ctl.Flush()
	}
	chunk := func(delta, finish string) []byte {
		return []byte(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764000000,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":` + delta + `,"logprobs":null,"finish_reason":` + finish + `}],"obfuscation":"abcdef"}` + "\n\n")
	}
	send(chunk(`{"role":"assistant","content":""}`, "null"))
	for i := range 98 {
		send(chunk(fmt.Sprintf(`{"content":" word%d"}`, i), "null"))
	}
	send(chunk(`{}`, `"stop"`))
	send([]byte("data: [DONE]\n\n"))
}

// answered reads one answer.
func answered(hc *http.Client, url, body string) error {
	resp, err := hc.Post(url+"/v1/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || n < 1000) {
		err = fmt.Errorf("%s with %d bytes", resp.Status, n)
	}
	return err
}
