package clients_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
	"github.com/buoy-go/buoy/internal/turns"
)

// What a call costs through each client with buoy under it in terms of what it costs
// alone, over loopback, in turns. The provider is part of both.
func BenchmarkClient(b *testing.B) {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); !bytes.Contains(body, []byte(`"stream":true`)) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"id":"chatcmpl-1","object":"chat.completion","created":1764000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there!","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":200,"total_tokens":220}}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		ctl := http.NewResponseController(w)
		for i := range 100 {
			finish := "null"
			if i == 99 {
				finish = `"stop"`
			}
			_, _ = fmt.Fprintf(w, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764000000,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" word%d"},"logprobs":null,"finish_reason":%s}],"obfuscation":"abcdef"}`+"\n\n", i, finish)
			_ = ctl.Flush()
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}))
	defer provider.Close()
	client, err := buoy.New(buoy.Endpoint{BaseURL: provider.URL + "/v1", Keys: []string{"sk-0123456789"}})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range clients {
		for _, stream := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/%s", c.name, map[bool]string{false: "whole", true: "stream"}[stream]), func(b *testing.B) {
				way := func(name string, rt http.RoundTripper) turns.Way {
					api := c.make(provider.URL+"/v1", &http.Client{Transport: rt})
					return turns.Way{Name: name, Do: func() error {
						text, err := api.ask(b.Context(), stream)
						if err == nil && text == "" {
							err = errors.New("an empty answer")
						}
						return err
					}}
				}
				turns.Compare(b, map[bool]int{false: 1000, true: 200}[stream], 1,
					way("alone", http.DefaultTransport.(*http.Transport).Clone()), way("buoy", buoyhttp.Transport(client, nil)))
			})
		}
	}
}
