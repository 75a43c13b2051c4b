package buoyhttp

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/status"
)

func getStatus(h http.Handler, method, target, accept string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, target, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	h.ServeHTTP(w, r)
	return w
}

func TestStatusForPeopleAndPrograms(t *testing.T) {
	h := &statusHandler{read: inTrouble, title: "desk"}
	const browser = "text/html,application/xhtml+xml,*/*;q=0.8"
	for _, tc := range []struct {
		target, accept, contentType, refresh string
	}{
		{"/", browser, "text/html; charset=utf-8", "10"},
		{"/?refresh=off", browser, "text/html; charset=utf-8", ""},
		{"/?format=json", browser, "application/json", ""},
		{"/", "", "application/json", ""},
		{"/", "*/*", "application/json", ""},
		{"/", "application/json", "application/json", ""},
		{"/?format=html", "*/*", "text/html; charset=utf-8", "10"},
	} {
		w := getStatus(h, http.MethodGet, tc.target, tc.accept)
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, []string{tc.contentType, tc.refresh}, []string{w.Header().Get("Content-Type"), w.Header().Get("Refresh")}, "%s %s", tc.target, tc.accept)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-")
		if tc.contentType == "application/json" {
			var got status.Client
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
			require.Equal(t, inTrouble(), got)
		}
	}
	w := getStatus(h, http.MethodPost, "/", "")
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
	require.Panics(t, func() { Status(nil) })
}

// Names are foreign text: whoever calls chooses the model.
func TestStatusPageEscapes(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	h := &statusHandler{title: evil, read: func() status.Client {
		now := time.Now()
		return status.Client{
			Time: now, Version: evil,
			Endpoints: []status.Endpoint{{Name: evil, URL: "javascript:" + evil, Minutes: []status.Minute{{Requests: 1}}}},
			Breakers:  []status.Breaker{{Endpoint: evil, Model: evil, State: evil, Reason: evil}},
			Keys:      []status.Key{{Endpoint: evil, Label: evil, Reason: evil}},
			Limits:    []status.Limit{{Endpoint: evil, Key: evil}},
			Budgets:   []status.Budget{{Endpoint: evil, Model: evil}},
			Quotas:    []status.Quota{{Name: evil, Tenant: evil, CostLimit: 1, Currency: evil}},
			Errors:    []status.Error{{Kind: evil, Endpoint: evil, Model: evil}},
		}
	}}
	page := getStatus(h, http.MethodGet, "/?format=html", "").Body.String()
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, `""`)
	require.NotContains(t, page, "ZgotmplZ")
	require.Equal(t, 23, strings.Count(page, "&lt;script&gt;alert(1)&lt;/script&gt;"))
}

// What a real client knows comes through, and what it must not tell does not.
func TestStatusOfAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := buoytest.NewMemServer(t, buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided: "+providerKey), buoytest.Reply("the answer"))
		e := srv.Endpoint()
		e.Name, e.Keys, e.KeyOrder = "<script>desk</script>", []string{providerKey, clientKey}, buoy.KeysInOrder
		e.Query = map[string][]string{"key": {providerKey}}
		client, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		defer client.Close()
		_, err = client.Chat(t.Context(), buoy.Request{Model: "small", Messages: []buoy.Message{buoy.User(prompt)}})
		require.NoError(t, err)
		h := Status(client, WithTitle("Support"))
		page := getStatus(h, http.MethodGet, "/?format=html", "").Body.String()
		data := getStatus(h, http.MethodGet, "/?format=json", "").Body.String()
		for _, text := range []string{page, data} {
			for _, secret := range []string{providerKey, clientKey, prompt, "the answer", "Incorrect"} {
				require.NotContains(t, text, secret)
			}
			require.Contains(t, text, "small")
			require.Contains(t, text, "auth")
			require.NotContains(t, text, "<script")
		}
		require.Contains(t, page, "Support <span class=\"badge warn\">1 key out</span>")
		require.Contains(t, page, "2 requests")
		require.Contains(t, page, "&lt;script&gt;desk&lt;/script&gt;")
	})
}

func TestASummaryNamesTheWorst(t *testing.T) {
	open, out, full := status.Breaker{State: status.BreakerOpen}, status.Key{Reason: "auth"}, status.Quota{Tokens: 2, TokenLimit: 2}
	for want, s := range map[string]status.Client{
		"well":                  {Breakers: []status.Breaker{{State: status.BreakerClosed}}, Keys: []status.Key{{}}, Quotas: []status.Quota{{Tokens: 1, TokenLimit: 2}}},
		"1 key out":             {Keys: []status.Key{out, {}}},
		"2 breakers not closed": {Keys: []status.Key{out}, Breakers: []status.Breaker{open, {State: status.BreakerHalfOpen}}},
		"1 quota used up":       {Breakers: []status.Breaker{open}, Quotas: []status.Quota{full}},
	} {
		require.Equal(t, want, summarize(&s).Words)
	}
}

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		require.Equal(t, want, grouped(n))
	}
	for d, want := range map[time.Duration]string{0: "0 s", 59 * time.Second: "59 s", 90 * time.Second: "2 min", 5 * time.Hour: "5 h", 72 * time.Hour: "3 days"} {
		require.Equal(t, want, roughly(d))
	}
}

func TestASparklineIsAsHighAsItsFullestMinute(t *testing.T) {
	s := spark(status.Endpoint{Minutes: []status.Minute{{}, {Requests: 10, Failed: 4, MeanSeconds: 2}, {Requests: 5, MeanSeconds: 5}}})
	require.Equal(t, []bar{{"failed", "4", "24.00", "16.00"}, {"done", "4", "0.00", "24.00"}, {"done", "8", "20.00", "20.00"}}, s.Bars)
	require.Equal(t, []int{15, 4, 10}, []int{s.Requests, s.Failed, s.Most})
	require.InDelta(t, 3, s.Mean, 1e-9)
	require.Empty(t, spark(status.Endpoint{Minutes: make([]status.Minute, 60)}).Bars)
}
