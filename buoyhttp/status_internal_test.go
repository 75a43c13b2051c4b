package buoyhttp

import (
	"context"
	"encoding/json"
	"errors"
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
			Keys:      []status.Key{{Endpoint: evil, Label: evil, State: evil, Reason: evil, Models: []status.ModelRest{{Model: evil, Reason: evil}}}},
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
	require.Equal(t, 26, strings.Count(page, "&lt;script&gt;alert(1)&lt;/script&gt;"))
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

// There is a badge for each trouble, the worst first, and a trouble of all keys of an
// endpoint is worse than one of some.
func TestABadgeForEachTrouble(t *testing.T) {
	key := func(endpoint string, state status.KeyState) status.Key {
		return status.Key{Endpoint: endpoint, State: state}
	}
	open, out, full := status.Breaker{State: status.BreakerOpen}, key("a", status.KeyDisabled), status.Quota{Tokens: 2, TokenLimit: 2}
	refuses := full
	refuses.Refuses = true
	silent := status.Endpoint{Name: "a", KeySourceFailing: time.Now()}
	for want, s := range map[string]status.Client{
		"well well":                     {Breakers: []status.Breaker{{State: status.BreakerClosed}}, Keys: []status.Key{key("a", status.KeyReady)}, Endpoints: []status.Endpoint{{Name: "a"}}, Quotas: []status.Quota{{Tokens: 1, TokenLimit: 2}}},
		"1 key out, 1 key limited warn": {Keys: []status.Key{out, key("a", status.KeyLimited)}},
		"1 key limited warn":            {Keys: []status.Key{key("a", status.KeyLimited)}},
		"2 keys out bad":                {Keys: []status.Key{out, key("b", status.KeyReady), key("a", status.KeyRefused)}},
		"1 key out bad":                 {Keys: []status.Key{key("a", status.KeyCooled)}},
		"2 breakers not closed, 1 key out, 1 quota used up bad": {Keys: []status.Key{out, key("a", status.KeyReady)}, Breakers: []status.Breaker{open, {State: status.BreakerHalfOpen}}, Quotas: []status.Quota{full}},
		"1 breaker not closed, 1 quota used up, 1 key out bad":  {Keys: []status.Key{out, key("a", status.KeyReady)}, Breakers: []status.Breaker{open}, Quotas: []status.Quota{refuses}},
		"1 key source failing bad":                              {Endpoints: []status.Endpoint{silent}},
		"1 key source failing warn":                             {Endpoints: []status.Endpoint{silent}, Keys: []status.Key{key("a", status.KeyReady)}},
	} {
		all := badges(&s)
		require.Equal(t, want, headline(all)+" "+all[0].Class)
	}
}

// A client in trouble looks so, whichever way its keys fail.
func TestStatusOfKeysThatFail(t *testing.T) {
	for name, tc := range map[string]struct {
		keys   []string
		step   buoytest.Step
		source error
		badge  string
		state  []string
	}{
		"a wrong key":       {[]string{providerKey}, buoytest.Fail(401), nil, `<span class="badge bad">1 key out</span>`, []string{"refused: auth"}},
		"an empty account":  {[]string{providerKey}, buoytest.Fail(402), nil, `<span class="badge bad">1 key out</span>`, []string{"refused: quota"}},
		"two wrong keys":    {[]string{providerKey, clientKey}, buoytest.Fail(401), nil, `<span class="badge bad">2 keys out</span>`, []string{"refused: auth", "disabled: auth</span> for 5 min"}},
		"two without money": {[]string{providerKey, clientKey}, buoytest.Fail(402), nil, `<span class="badge bad">2 keys out</span>`, []string{"rests: quota</span> for 5 min"}},
		"too fast":          {[]string{providerKey}, buoytest.RetryAfter(70*time.Second, buoytest.Fail(429)), nil, `<span class="badge warn">1 key limited</span>`, []string{"rests for 1 model", "small: rate_limit for 1 min"}},
		"two too fast":      {[]string{providerKey, clientKey}, buoytest.RetryAfter(70*time.Second, buoytest.Fail(429)), nil, `<span class="badge warn">2 keys limited</span>`, []string{"rests for 1 model", "small: rate_limit for 1 min"}},
		"a sealed vault":    {nil, buoytest.Reply("hi"), errors.New("sealed"), `<span class="badge bad">1 key source failing</span>`, []string{"key source", `<span class="badge bad">fails</span>`}},
		"no trouble":        {[]string{providerKey}, buoytest.Reply("hi"), nil, `<span class="badge well">well</span>`, []string{`<span class="badge well">ready</span>`}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := buoytest.NewMemServer(t, buoytest.Always(tc.step))
				e := srv.Endpoint()
				e.Keys = tc.keys
				if tc.source != nil {
					e.KeySource = func(context.Context) ([]string, error) { return nil, tc.source }
				}
				client, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
				require.NoError(t, err)
				defer client.Close()
				for range 3 {
					_, _ = client.Chat(t.Context(), buoy.Request{Model: "small", Messages: []buoy.Message{buoy.User(prompt)}})
				}
				page := getStatus(Status(client), http.MethodGet, "/?format=html", "").Body.String()
				require.Contains(t, page, tc.badge)
				for _, state := range tc.state {
					require.Contains(t, page, state)
				}
				require.NotContains(t, page, "sealed")
			})
		})
	}
}

// What needs an eye stands at the head of its table.
func TestTheWorstIsFirst(t *testing.T) {
	s := status.Client{
		Breakers: []status.Breaker{{Model: "a", State: status.BreakerClosed}, {Model: "b", State: status.BreakerHalfOpen}, {Model: "c", State: status.BreakerOpen}},
		Keys:     []status.Key{{Label: "a", State: status.KeyReady}, {Label: "b", State: status.KeyLimited}, {Label: "c", State: status.KeyRefused}, {Label: "d", State: status.KeyDisabled}},
		Limits:   []status.Limit{{Key: "a"}, {Key: "b", Waiting: 2}},
		Budgets:  []status.Budget{{Model: "a", Left: 500, Capacity: 500}, {Model: "b", Left: 90, Capacity: 100}},
		Quotas:   []status.Quota{{Name: "a", Tokens: 1, TokenLimit: 2}, {Name: "b", Tokens: 1770, TokenLimit: 700}},
	}
	worstFirst(&s)
	require.Equal(t, []string{"c", "b", "a"}, []string{s.Breakers[0].Model, s.Breakers[1].Model, s.Breakers[2].Model})
	require.Equal(t, []string{"c", "d", "b", "a"}, []string{s.Keys[0].Label, s.Keys[1].Label, s.Keys[2].Label, s.Keys[3].Label})
	require.Equal(t, []string{"b", "b", "b"}, []string{s.Limits[0].Key, s.Budgets[0].Model, s.Quotas[0].Name})
}

// Of many models the page names a few.
func TestAKeyThatRestsForManyModels(t *testing.T) {
	now := time.Now()
	k := status.Key{State: status.KeyLimited}
	for _, model := range []string{"a", "b", "c", "d", "e"} {
		k.Models = append(k.Models, status.ModelRest{Model: model, Until: now.Add(time.Hour), Reason: "rate_limit"})
	}
	rows := keyRows(status.Client{Time: now, Keys: []status.Key{k}})
	require.Equal(t, []string{"a: rate_limit for 1 h", "b: rate_limit for 1 h", "c: rate_limit for 1 h", "2 further models"}, rows[0].Notes)
}

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		require.Equal(t, want, grouped(n))
	}
	for s, want := range map[float64]string{0: "less than 1 ms", 0.0123: "12 ms", 0.98: "980 ms", 1: "1.0 s", 75: "75.0 s"} {
		require.Equal(t, want, seconds(s))
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
