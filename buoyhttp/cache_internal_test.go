package buoyhttp

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// The second answer is the first one, byte for byte, with the level that had it; the
// client's Cache-Control is obeyed.
func TestACacheUnderTheProtocol(t *testing.T) {
	const raw = `{"id": "x", "zeta": {"b": 1.50},  "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi", "annotations": []}, "logprobs": null, "finish_reason": "stop"}], "usage": {"prompt_tokens": 0, "total_tokens": 1}}`
	for name := range newDesk(t, buoytest.NewServer(t)).ways() {
		var c buoytest.Cache
		provider := buoytest.NewServer(t, buoytest.Raw(http.StatusOK, "application/json", []byte(raw)), buoytest.Reply("2"), buoytest.Reply("3"))
		d := newDesk(t, provider, buoy.WithCache(&c, buoy.CachePolicy{}))
		ask := func(control ...string) received {
			client, url := http.DefaultClient, d.url+"/v1/chat/completions"
			if name == "transport" {
				client, url = d.under, "https://provider.invalid/v1/chat/completions"
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"model":"small","temperature":0,"messages":[{"role":"user","content":"`+prompt+`"}]}`))
			require.NoError(t, err)
			req.Header.Set("Content-Type", "application/json")
			req.Header["Cache-Control"] = control
			resp, err := client.Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			require.Equal(t, http.StatusOK, resp.StatusCode)
			all, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			return received{Response: resp, Text: string(all)}
		}
		first := ask()
		require.Equal(t, raw, first.Text)
		require.Empty(t, first.Header.Get("X-Buoy-Cache"))
		require.Eventually(t, func() bool { return c.Len() == 1 }, 10*time.Second, time.Millisecond)
		second := ask()
		require.Equal(t, raw, second.Text, name)
		require.Equal(t, "memory", second.Header.Get("X-Buoy-Cache"))
		require.Equal(t, "0", second.Header.Get("X-Buoy-Attempts"))

		require.Contains(t, ask("max-age=0, No-Store").Text, `"2"`)
		require.Equal(t, raw, ask("max-age=0", "only-if-cached").Text)
		refreshed := ask("private, no-cache")
		require.Contains(t, refreshed.Text, `"3"`)
		require.Contains(t, ask().Text, `"3"`)
		require.Len(t, provider.Requests(), 3)
	}
}
