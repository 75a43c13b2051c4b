package buoytest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

func TestRefusals(t *testing.T) {
	const (
		body     = `{"error": {"message": "no", "type": "t", "param": null, "code": "c"}}`
		jsonType = "application/json"
		event    = "text/event-stream; charset=utf-8"
	)
	for _, tt := range []struct {
		name      string
		step      buoytest.Step
		status    int
		whole     string // the exact body for who asked for a whole reply
		streamed  string // and for a stream; "" if it is the same
		mediaType string // of the whole
	}{
		{"Error", buoytest.Error(418, body), 418, body, "", jsonType},
		{"Error with text", buoytest.Error(404, "404 page not found\n"), 404, "404 page not found\n", "", "text/plain"},
		{"Error with HTML", buoytest.Error(502, " <html>"), 502, " <html>", "", "text/html"},
		{"Error with a bare string", buoytest.Error(429, `"slow down"`), 429, `"slow down"`, "", jsonType},
		{"Error with nothing", buoytest.Error(500, ""), 500, "", "", ""},
		{"OpenAIError", buoytest.OpenAIError(429, "insufficient_quota", "Pay."), 429,
			`{"error":{"message":"Pay.","type":"requests","param":null,"code":"insufficient_quota"}}`, "", jsonType},
		{"OpenAIError without a code", buoytest.OpenAIError(500, "", "Oh."), 500,
			`{"error":{"message":"Oh.","type":"server_error","param":null,"code":null}}`, "", jsonType},
		{"AITunnelError", buoytest.AITunnelError(402, "Недостаточно средств"), 402,
			`{"error":{"code":402,"message":"Недостаточно средств"}}`, "", jsonType},
		{"AITunnelError with metadata", buoytest.AITunnelError(403, "flagged", map[string]any{"reasons": []string{"violence"}},
			map[string]any{"provider_name": "P"}), 403,
			`{"error":{"code":403,"message":"flagged","metadata":{"provider_name":"P","reasons":["violence"]}}}`, "", jsonType},
		{"Fail", buoytest.Fail(401), 401,
			`{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`, "", jsonType},
		{"Fail as AITUNNEL does", buoytest.Speaking(buoytest.AITunnel, buoytest.Fail(429)), 429,
			`{"error":{"code":429,"message":"Rate limit reached for requests."}}`, "", jsonType},
		{"InBand", buoytest.InBand(body), 200, body, "", jsonType},
		{"HTML", buoytest.HTML(502), 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
			"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", "", "text/html"},
		{"Redirect", buoytest.Redirect("http://elsewhere.invalid/v1"), 307, "", "", ""},
		{"Raw", buoytest.Raw(203, event, []byte("data: {}\n\n")), 203, "data: {}\n\n", "", event},
	} {
		t.Run(tt.name, func(t *testing.T) {
			networks(t, func(t *testing.T, start func(...buoytest.Step) (*buoytest.Server, *http.Client)) {
				srv, client := start(buoytest.Always(tt.step))
				client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				for _, ask := range []string{askWhole, askStream} {
					got := post(t, client, srv.URL, ask)
					require.NoError(t, got.err)
					require.Equal(t, tt.status, got.resp.StatusCode)
					require.Equal(t, tt.whole, got.body)
					require.Equal(t, tt.mediaType, got.resp.Header.Get("Content-Type"))
				}
			})
		})
	}
}

func TestNoChoices(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Times(2, buoytest.NoChoices()))
	require.Contains(t, post(t, srv.Client(), srv.URL, askWhole).body, `"choices":[]}`)
	require.Equal(t, "data: [DONE]\n\n", post(t, srv.Client(), srv.URL, askStream).body)
}

func TestChoiceError(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Times(2, buoytest.ChoiceError(502, "upstream died")))
	whole := parse(t, post(t, srv.Client(), srv.URL, askWhole).body).Choices[0]
	require.Equal(t, 502, whole.Error.Code)
	require.Equal(t, "error", *whole.FinishReason)
	require.Equal(t, "The quick", whole.Message.Content)

	streamed := post(t, srv.Client(), srv.URL, askStream)
	require.Equal(t, "The quick", text(t, streamed.body))
	ps := payloads(streamed.body)
	last := parse(t, ps[len(ps)-2]).Choices[0]
	require.Equal(t, "upstream died", last.Error.Message)
	require.Equal(t, "error", *last.FinishReason)
}

func TestRedirectIsFollowedByWhoFollows(t *testing.T) {
	second := buoytest.NewServer(t, buoytest.Reply("from there"))
	first := buoytest.NewServer(t, buoytest.Redirect(second.URL+"/v1/chat/completions"))
	require.Equal(t, "from there", text(t, post(t, first.Client(second), first.URL, askWhole).body))
	require.JSONEq(t, askWhole, string(second.Requests()[0].Body), "307 sends the body again")
}

func TestHeaders(t *testing.T) {
	srv := buoytest.NewServer(t,
		buoytest.Error(429, "{}", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "X-Request-Id: mine"),
		buoytest.RetryAfter(30*time.Second, buoytest.Fail(429)),
		buoytest.RetryAfter(1500*time.Millisecond, buoytest.Fail(503)),
		buoytest.Headers(buoytest.Reply("x"), "Content-Type: text/plain", "X-Two: 1", "X-Two: 2"),
	)
	header := func() http.Header { return post(t, srv.Client(), srv.URL, askStream).resp.Header }

	h := header()
	require.Equal(t, "Wed, 21 Oct 2026 07:28:00 GMT", h.Get("Retry-After"))
	require.Equal(t, "mine", h.Get("X-Request-Id"), "a script's header outranks the server's")
	h = header()
	require.Equal(t, "30", h.Get("Retry-After"))
	require.Empty(t, h.Get("Retry-After-Ms"))
	h = header()
	require.Equal(t, "2", h.Get("Retry-After"))
	require.Equal(t, "1500", h.Get("Retry-After-Ms"))
	h = header()
	require.Equal(t, "text/plain", h.Get("Content-Type"))
	require.Equal(t, []string{"1", "2"}, h.Values("X-Two"))
	require.Panics(t, func() { buoytest.Headers(buoytest.Reply("x"), "no colon") })
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.Delay(time.Minute, buoytest.Times(1, buoytest.Fail(503))))
		got := post(t, srv.Client(), srv.URL, askStream)
		require.Equal(t, 503, got.resp.StatusCode)
		require.Equal(t, time.Minute, got.took)
	})
}
