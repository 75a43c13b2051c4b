package buoyhttp

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/service"
	"github.com/buoy-go/buoy/money"
	"github.com/buoy-go/buoy/status"
)

// inTrouble is a client of which much is to be seen.
func inTrouble() status.Client {
	now := time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)
	hour := func(scale, failed int) []status.Minute {
		all := make([]status.Minute, 60)
		for i := range all {
			n := scale * (20 + i*7%13 + i%5*3) / 10
			all[i] = status.Minute{Requests: n, MeanSeconds: 1.4}
			if i > 45 && failed > 0 {
				all[i].Failed = n * failed / 10
			}
		}
		return all
	}
	s := status.Client{
		Time: now, Version: "v0.1.0",
		Endpoints: []status.Endpoint{
			{Name: "aitunnel", URL: "https://api.aitunnel.ru/v1/chat/completions", Minutes: hour(6, 7)},
			{Name: "openrouter", URL: "https://openrouter.ai/api/v1/chat/completions", KeySourceFailing: now.Add(-3 * time.Minute), Minutes: hour(2, 0)},
			{Name: "own-server-in-a-cellar", URL: "http://127.0.0.1:11434/v1/chat/completions", Minutes: make([]status.Minute, 60)},
		},
		Breakers: []status.Breaker{
			{Endpoint: "aitunnel", Model: "gpt-4o-mini", State: status.BreakerOpen, Until: now.Add(9 * time.Second), Reason: "overloaded"},
			{Endpoint: "aitunnel", Model: "claude-sonnet-4.5-20250929-thinking", State: status.BreakerHalfOpen, Reason: "timeout"},
			{Endpoint: "openrouter", Model: "openai/gpt-4o-mini", State: status.BreakerClosed},
		},
		Keys: []status.Key{
			{Endpoint: "aitunnel", Label: "key-1a2b3c4d", State: status.KeyReady},
			{Endpoint: "aitunnel", Label: "key-5e6f7a8b", State: status.KeyLimited, Until: now.Add(40 * time.Second), Reason: "rate_limit", Models: []status.ModelRest{
				{Model: "claude-sonnet-4.5-20250929-thinking", Until: now.Add(40 * time.Second), Reason: "rate_limit"}, {Model: "gpt-4o-mini", Until: now.Add(10 * time.Second), Reason: "rate_limit"}}},
			{Endpoint: "aitunnel", Label: "key-77aa88bb", State: status.KeyCooled, Until: now.Add(4 * time.Minute), Reason: "quota"},
			{Endpoint: "openrouter", Label: "key-9c0d1e2f", State: status.KeyDisabled, Disabled: true, Until: now.Add(8 * time.Minute), Reason: "auth"},
			{Endpoint: "openrouter", Label: "key-00ff11ee", State: status.KeyRefused, Reason: "auth"},
			{Endpoint: "own-server-in-a-cellar", State: status.KeyReady},
		},
		Limits: []status.Limit{
			{Endpoint: "aitunnel", Key: "key-1a2b3c4d", Requests: 41, Tokens: 120000, Running: 12, Waiting: 3, RequestsPerMinute: 600, TokensPerMinute: 2_000_000, Concurrent: 16},
			{Endpoint: "aitunnel", Key: "key-5e6f7a8b", Requests: 1, Running: 1, RequestsPerMinute: 600},
			{Endpoint: "own-server-in-a-cellar", Running: 2, Concurrent: 2},
		},
		Budgets: []status.Budget{
			{Endpoint: "aitunnel", Model: "gpt-4o-mini", Left: 120, Capacity: 500},
			{Endpoint: "openrouter", Model: "openai/gpt-4o-mini", Left: 500, Capacity: 500},
		},
		Quotas: []status.Quota{
			{Name: "month-cost-RUB", Cost: 43120.5, CostLimit: 50000, Currency: money.RUB, Unknown: 2, From: now.AddDate(0, 0, -26), Until: now.AddDate(0, 0, 4)},
			{Name: "day-tokens", Tenant: "acme", Tokens: 910000, TokenLimit: 1000000, From: now.Add(-9 * time.Hour), Until: now.Add(15 * time.Hour)},
		},
		Cache: &status.Cache{Hits: 8214, Misses: 1530, Stale: 12, Coalesced: 240, Stored: 1490, Errors: 1, SavedTokens: 5_120_400},
		Errors: []status.Error{
			{Time: now.Add(-4 * time.Second), Kind: "overloaded", Endpoint: "aitunnel", Model: "gpt-4o-mini", Status: 503},
			{Time: now.Add(-70 * time.Second), Kind: "rate_limit", Endpoint: "aitunnel", Model: "gpt-4o-mini", Status: 429},
			{Time: now.Add(-11 * time.Minute), Kind: "stream_interrupted", Endpoint: "openrouter", Model: "openai/gpt-4o-mini", Status: 200},
			{Time: now.Add(-3 * time.Hour), Kind: "invalid_request", Model: "gpt-4o-mini"},
		},
	}
	for i := range 12 {
		s.Quotas = append(s.Quotas, status.Quota{Name: "month-tokens", ByTenant: true, Tenant: fmt.Sprint("tenant-", i), Tokens: int64(90_000 - 7000*i), TokenLimit: 1_000_000, From: now.AddDate(0, 0, -26), Until: now.AddDate(0, 0, 4)})
	}
	s.Quotas = append(s.Quotas, status.Quota{Name: "watched", Tokens: 1770, TokenLimit: 700, From: now.AddDate(0, 0, -26), Until: now.AddDate(0, 0, 4)})
	return s
}

// Where there is no limit of requests, none is said to be free, and none to be used up.
func TestStatusPageShowsTheLimitsThatThereAre(t *testing.T) {
	for want, l := range map[string]status.Limit{
		`<td class="number">2 of 5</td><td class="number"><span class="line">3 calls</span></td>`:                                    {Running: 2, Concurrent: 5},
		`<td class="number">2</td><td class="number"><span class="line">0 requests</span></td>`:                                      {Running: 2, RequestsPerMinute: 60},
		`<td class="number">0</td><td class="number"><span class="line">-1,200 tokens</span></td>`:                                   {Tokens: -1200, TokensPerMinute: 60_000},
		`<td class="number">1 of 1</td><td class="number"><span class="line">1 request</span><span class="line">0 calls</span></td>`: {Running: 1, Concurrent: 1, Requests: 1, RequestsPerMinute: 60},
	} {
		s := status.Client{Limits: []status.Limit{l}}
		require.Contains(t, pageOf(t, &s), want)
	}
}

// Only a quota of cost has something of unknown cost.
func TestStatusPageSaysWhatIsUnknown(t *testing.T) {
	for want, q := range map[string]status.Quota{
		"2 of unknown cost": {CostLimit: 5, TokenLimit: 5, Unknown: 2},
		"2 without usage":   {TokenLimit: 5, Unknown: 2},
	} {
		require.Contains(t, pageOf(t, &status.Client{Quotas: []status.Quota{q}}), want)
	}
}

func pageOf(t *testing.T, s *status.Client) string {
	srv := httptest.NewRecorder()
	(&statusHandler{read: func() status.Client { return *s }}).ServeHTTP(srv, httptest.NewRequestWithContext(t.Context(), "GET", "/?format=html", nil))
	require.Equal(t, 200, srv.Code)
	return srv.Body.String()
}

// A real browser shows the page, at two widths, by day and by night, and axe finds
// nothing wrong with it. BUOY_PICTURES keeps the pictures in a folder.
func TestStatusPageInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	absent := func(why string) {
		if os.Getenv("BUOY_NPM") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		absent("node is not installed")
	}
	for _, needs := range []string{"playwright-core", "axe-core"} {
		if _, err := os.Stat("npmtest/node_modules/" + needs); err != nil {
			absent(`the package "` + needs + `" is not installed: run "make npm"`)
		}
	}
	chromium := service.Need(t, service.Program{Name: "chromium", Package: "chromium"})
	srv := httptest.NewServer(&statusHandler{read: inTrouble, title: "Support <b>desk</b>"})
	defer srv.Close()
	folder := os.Getenv("BUOY_PICTURES")
	if folder == "" {
		folder = t.TempDir()
	}
	cmd := exec.CommandContext(t.Context(), node, "npmtest/look.mjs", srv.URL+"/?format=html", chromium, folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	var seen map[string]struct {
		Background, Heading string
		Bars, Scripts       int
		Wrong               []string
	}
	require.NoError(t, json.Unmarshal(out, &seen), "%s", out)
	for name, background := range map[string]string{
		"390 light": "rgb(245, 247, 249)", "390 dark": "rgb(17, 24, 31)", "1100 light": "rgb(245, 247, 249)", "1100 dark": "rgb(17, 24, 31)",
	} {
		page := seen[name]
		require.Empty(t, page.Wrong, name)
		require.Equal(t, background, page.Background, "%s: the policy let the styles through", name)
		require.Equal(t, 134, page.Bars, name)
		require.Zero(t, page.Scripts, name)
		require.Equal(t, "Support <b>desk</b> 2 breakers not closed 3 keys out 1 key source failing 1 quota used up 1 key limited", page.Heading, name)
	}
}
