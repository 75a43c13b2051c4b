package buoyhttp_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
)

// inFlight is how many calls are in flight at once.
const inFlight = 32

// processTime is the processor time that the process has used. Where other programs
// need the cores as well, it tells more than the clock does.
var processTime = func() time.Duration { return 0 }

// The same load through the handler and through httputil.ReverseProxy, with the load,
// the provider and what lies between on the same cores. docs/performance.md has the
// ratios.
func BenchmarkServer(b *testing.B) {
	whole := []byte(`{"id":"chatcmpl-1","object":"chat.completion","created":1764000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat("The quick brown fox jumps over the lazy dog. ", 20) + `","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":200,"total_tokens":220,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}`)
	chunk := func(delta, finish string) []byte {
		return []byte(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764000000,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":` + delta + `,"logprobs":null,"finish_reason":` + finish + `}],"obfuscation":"abcdef"}` + "\n\n")
	}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(whole)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		ctl := http.NewResponseController(w)
		send := func(event []byte) {
			_, _ = w.Write(event)
			_ = ctl.Flush()
		}
		send(chunk(`{"role":"assistant","content":""}`, "null"))
		for i := range 98 {
			send(chunk(fmt.Sprintf(`{"content":" word%d"}`, i), "null"))
		}
		send(chunk(`{}`, `"stop"`))
		send([]byte("data: [DONE]\n\n"))
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
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 2 * inFlight
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at) }}

	body := `{"model":"gpt-4o-mini","temperature":0.2,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"` + strings.Repeat("Why is the sky blue? ", 20) + `"}]`
	for _, load := range []struct{ name, body string }{{"whole", body + `}`}, {"stream", body + `,"stream":true,"stream_options":{"include_usage":true}}`}} {
		for _, via := range []struct {
			name    string
			handler http.Handler
		}{{"buoy", buoyhttp.Handler(client)}, {"proxy", proxy}} {
			b.Run(load.name+"/"+via.name, func(b *testing.B) {
				srv := httptest.NewServer(via.handler)
				defer srv.Close()
				hc := &http.Client{Transport: transport.Clone()}
				defer hc.CloseIdleConnections()
				b.ReportAllocs()
				before := processTime()
				b.SetParallelism(inFlight / runtime.GOMAXPROCS(0))
				var broken atomic.Int32
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if answered(hc, srv.URL, load.body) != nil {
							broken.Add(1)
						}
					}
				})
				if n := int(broken.Load()); n > b.N/100 {
					b.Errorf("%d of %d calls failed", n, b.N)
				}
				b.ReportMetric(float64(processTime()-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
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
