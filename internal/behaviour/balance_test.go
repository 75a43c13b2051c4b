package behaviour_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// account is a provider's methods beside the chat, without a network.
type account struct {
	answers []func(*http.Request) *http.Response // the last one again and again

	mu   sync.Mutex // guards the field below
	seen []*http.Request
}

func (a *account) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Body != nil {
		return nil, errors.New("a GET with a body")
	}
	a.seen = append(a.seen, r)
	resp := a.answers[min(len(a.seen), len(a.answers))-1](r)
	if resp == nil {
		return nil, errors.New("connection refused")
	}
	resp.Request, resp.Header = r, http.Header{"X-Request-Id": {"req-1"}}
	return resp, nil
}

// says answers with a body that comes one byte at a time.
func says(status int, body string) func(*http.Request) *http.Response {
	return func(*http.Request) *http.Response {
		return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, Body: io.NopCloser(iotest.OneByteReader(strings.NewReader(body))), ContentLength: -1}
	}
}

func (a *account) client(t *testing.T, e buoy.Endpoint, opts ...buoy.Option) *buoy.Client {
	t.Helper()
	c, err := buoy.New(e, append(opts, buoy.WithHTTPClient(&http.Client{Transport: a}))...)
	require.NoError(t, err)
	return c
}

func TestBalance(t *testing.T) {
	aitunnel, openrouter := buoy.AITunnel(testKey), buoy.OpenRouter(testKey)
	for _, tc := range []struct {
		name           string
		endpoint       buoy.Endpoint
		body           string
		url            string
		amount, budget any
		currency       buoy.Currency
	}{
		{"AITUNNEL", aitunnel, `{"balance": 4999.55, "budget": 850.0}`, "https://api.aitunnel.ru/v1/aitunnel/balance", 4999.55, 850.0, buoy.RUB},
		{"no budget", aitunnel, `{"balance": -0.5}`, "https://api.aitunnel.ru/v1/aitunnel/balance", -0.5, nil, buoy.RUB},
		{"in quotes", aitunnel, "\ufeff\n" + `{"balance": "12", "budget": null, "data": []}`, "https://api.aitunnel.ru/v1/aitunnel/balance", 12.0, nil, buoy.RUB},
		{"OpenRouter", openrouter, `{"data":{"label":"sk-or-v1-x","limit":5,"usage":0.1,"limit_remaining":4.9}}`, "https://openrouter.ai/api/v1/key", nil, 4.9, buoy.USD},
		{"OpenRouter without a limit", openrouter, `{"data":{"label":"sk-or-v1-x","limit":null,"usage":0.1,"limit_remaining":null}}`, "https://openrouter.ai/api/v1/key", nil, nil, buoy.USD},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &account{answers: []func(*http.Request) *http.Response{says(200, tc.body)}}
			b, err := a.client(t, tc.endpoint).Balance(t.Context())
			require.NoError(t, err)
			value := func(p *float64) any {
				if p == nil {
					return nil
				}
				return *p
			}
			require.Equal(t, tc.amount, value(b.Amount))
			require.Equal(t, tc.budget, value(b.Budget))
			require.Equal(t, tc.currency, b.Currency)
			require.NotEmpty(t, b.Key)
			require.NotContains(t, fmt.Sprintf("%+v", b), testKey)

			r := a.seen[0]
			require.Equal(t, tc.url, r.URL.String())
			require.Equal(t, http.MethodGet, r.Method)
			require.Equal(t, "Bearer "+testKey, r.Header.Get("Authorization"))
			require.Empty(t, r.Header.Get("Content-Type"))
			require.Empty(t, r.Header.Get("Idempotency-Key"))
			require.NotEmpty(t, r.Header.Get("User-Agent"))
		})
	}
}

func TestBalanceFailsLikeAChat(t *testing.T) {
	noRoute := func(*http.Request) *http.Response { return nil }
	silent := func(r *http.Request) *http.Response {
		httptrace.ContextClientTrace(r.Context()).WroteRequest(httptrace.WroteRequestInfo{})
		<-r.Context().Done()
		return nil
	}
	for _, tc := range []struct {
		name     string
		answers  []func(*http.Request) *http.Response
		opts     []buoy.Option
		want     buoy.Kind // "" for a success
		attempts int
	}{
		{"a bad key", []func(*http.Request) *http.Response{says(401, `{"error":{"code":401,"message":"No such key: `+testKey+`"}}`)}, nil, buoy.ErrAuth, 1},
		{"inside a 200", []func(*http.Request) *http.Response{says(200, `{"error":{"code":402,"message":"No money"}}`)}, nil, buoy.ErrQuota, 1},
		{"no such path", []func(*http.Request) *http.Response{says(404, `Not found`)}, nil, buoy.ErrNotFound, 1},
		{"a page", []func(*http.Request) *http.Response{says(200, `<html>hello</html>`)}, []buoy.Option{noRetry}, buoy.ErrMalformed, 1},
		{"something else", []func(*http.Request) *http.Response{says(200, `{"answer":42}`)}, []buoy.Option{noRetry}, buoy.ErrMalformed, 1},
		{"half of it", []func(*http.Request) *http.Response{says(200, `{"balance": 4999.5`)}, []buoy.Option{noRetry}, buoy.ErrMalformed, 1},
		{"a redirect", []func(*http.Request) *http.Response{says(302, ``)}, []buoy.Option{noRetry}, buoy.ErrNotFound, 1},
		{"too much", []func(*http.Request) *http.Response{says(200, `{"balance": 1}`+strings.Repeat(" ", 2000))}, []buoy.Option{buoy.WithMaxResponse(1000)}, buoy.ErrResponseTooLarge, 1},
		{"no route, twice", []func(*http.Request) *http.Response{noRoute, noRoute, says(200, `{"balance": 1}`)}, nil, "", 3},
		{"an outage", []func(*http.Request) *http.Response{says(503, ``)}, nil, buoy.ErrOverloaded, 5},
		{"silence", []func(*http.Request) *http.Response{silent}, nil, buoy.ErrTimeout, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &account{answers: tc.answers}
				c := a.client(t, buoy.AITunnel(testKey), tc.opts...)
				_, err := c.Balance(t.Context())
				require.Equal(t, tc.want, buoy.KindOf(err), "%v", err)
				require.Len(t, a.seen, tc.attempts)
				if tc.want != "" {
					ce, ok := errors.AsType[*buoy.CallError](err)
					require.True(t, ok)
					require.Equal(t, "balance", ce.Op)
					require.Len(t, ce.Attempts, tc.attempts)
					require.NotContains(t, fmt.Sprintf("%+v", err), testKey)
				}
			})
		})
	}
}

func TestBalanceObeysItsContextAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &account{answers: []func(*http.Request) *http.Response{func(r *http.Request) *http.Response {
			<-r.Context().Done()
			return nil
		}}}
		c := a.client(t, buoy.AITunnel(testKey))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Balance(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, c.Close())
		_, err = c.Balance(t.Context())
		require.ErrorIs(t, err, buoy.ErrClosed)
	})
}

// tells answers with a balance.
func tells(balance float64) buoytest.Step {
	return buoytest.ReplyWith(buoytest.Answer{Text: "It scatters.", Usage: buoytest.Usage{Balance: &balance}})
}

func TestBalanceWatch(t *testing.T) {
	var seen []float64
	w := buoy.BalanceWatch{Below: []float64{100, 1000, 100}, OnLow: func(e buoy.BalanceEvent) {
		require.Equal(t, "desk", e.Endpoint)
		require.NotEmpty(t, e.Key)
		require.Less(t, e.Balance, e.Below)
		seen = append(seen, e.Below)
	}}
	steps := []struct {
		balance float64
		want    []float64
	}{
		{1000, nil}, {999, []float64{1000}}, {998, nil},
		{1001, nil}, {997, nil}, // an answer that was overtaken
		{99, []float64{100}},
		{1100, nil}, {50, []float64{1000, 100}}, // topped up, and spent at once
		{-1, nil},
	}
	var script []buoytest.Step
	for _, s := range steps {
		script = append(script, tells(s.balance))
	}
	bubble(t, []buoy.Option{buoy.WithBalanceWatch(w)}, func(t *testing.T, d desk) {
		for i, s := range steps {
			seen = nil
			require.NoError(t, call(t.Context(), d, i%2 == 1))
			require.Equal(t, s.want, seen, "answer %d", i)
		}
	}, script...)
}

func TestBalanceFeedsTheWatch(t *testing.T) {
	calls := 0
	a := &account{answers: []func(*http.Request) *http.Response{says(200, `{"balance": 9}`)}}
	c := a.client(t, buoy.AITunnel(testKey), buoy.WithBalanceWatch(buoy.BalanceWatch{Below: []float64{10}, OnLow: func(buoy.BalanceEvent) { calls++ }}))
	for range 2 {
		_, err := c.Balance(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, 1, calls)
}

func TestNewRefusesABalanceWatchThatWatchesNothing(t *testing.T) {
	for _, w := range []buoy.BalanceWatch{{}, {Below: []float64{1}}, {OnLow: func(buoy.BalanceEvent) {}}} {
		_, err := buoy.New(buoy.AITunnel("k"), buoy.WithBalanceWatch(w))
		require.ErrorContains(t, err, "WithBalanceWatch")
	}
}

func TestANilContextIsRefused(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(nilContext, hello)
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
		_, err = d.Balance(nilContext)
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
		_, err = d.Quotas(nilContext)
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
		require.Empty(t, d.Server.Requests())
	})
}

const catalogueBody = `{
 "gpt-4o-mini": {"provider":"openai","prompt_cost":28.8,"completion_cost":115.2,"context_size":128000,"max_output":16384,
   "modalities":{"input":["text","image"],"output":["text"]},"description":"small","created":1721260800,"hidden":false},
 "free": {"provider":"x","prompt_cost":0,"completion_cost":0,"context_size":"8192","max_output":null,"modalities":"text"},
 "unpriced": {"provider":"x","context_size":1e99},
 "odd": {"provider":7,"prompt_cost":"1.5","completion_cost":[],"context_size":-1},
 "note": "not a model", "count": 4, "nothing": null
}`

func TestFetchCatalogue(t *testing.T) {
	a := &account{answers: []func(*http.Request) *http.Response{says(503, ""), says(200, catalogueBody)}}
	hc := buoy.WithHTTPClient(&http.Client{Transport: a})
	list, err := buoy.FetchCatalogue(t.Context(), "", hc, buoy.WithRetry(buoy.RetryPolicy{BaseDelay: 1}))
	require.NoError(t, err)
	require.Equal(t, buoy.Catalogue{
		"gpt-4o-mini": {Provider: "openai", PromptCost: new(28.8), CompletionCost: new(115.2), ContextSize: 128000, MaxOutput: 16384, Input: []string{"text", "image"}, Output: []string{"text"}},
		"free":        {Provider: "x", PromptCost: new(0.0), CompletionCost: new(0.0), ContextSize: 8192},
		"unpriced":    {Provider: "x"},
		"odd":         {PromptCost: new(1.5)},
	}, list)
	require.Equal(t, buoy.PriceTable{
		"gpt-4o-mini": {Prompt: 28.8, Completion: 115.2, Currency: buoy.RUB},
		"free":        {Currency: buoy.RUB},
	}, list.Prices())
	require.Len(t, a.seen, 2)
	require.Equal(t, buoy.CatalogueURL, a.seen[0].URL.String())
	require.Empty(t, a.seen[0].Header.Get("Authorization"), "it is public")

	// The list of all kinds has the chat models in a member.
	a.answers = []func(*http.Request) *http.Response{says(200, `{"chat":`+catalogueBody+`,"images":{"dall-e":{"provider":"openai"}}}`)}
	all, err := buoy.FetchCatalogue(t.Context(), "https://api.aitunnel.ru/public/aitunnel/models", hc)
	require.NoError(t, err)
	require.Equal(t, list, all)
}

func TestFetchCatalogueFails(t *testing.T) {
	for body, want := range map[string]buoy.Kind{
		`{}`:              buoy.ErrMalformed,
		`[]`:              buoy.ErrMalformed,
		`{"a":{"b":1}}`:   buoy.ErrMalformed,
		`<html></html>`:   buoy.ErrMalformed,
		`{"error":"off"}`: buoy.ErrUnknown,
	} {
		a := &account{answers: []func(*http.Request) *http.Response{says(200, body)}}
		_, err := buoy.FetchCatalogue(t.Context(), "", noRetry.(buoy.Option), buoy.WithHTTPClient(&http.Client{Transport: a}))
		require.Equal(t, want, buoy.KindOf(err), "%s: %v", body, err)
		require.ErrorContains(t, err, "catalogue")
	}
	for _, at := range []string{"http://prices.example/models", "://", "ftp://x/y", "https://user:secret@x/y"} {
		_, err := buoy.FetchCatalogue(t.Context(), at)
		require.Error(t, err, at)
		require.NotContains(t, err.Error(), "secret")
	}
}
