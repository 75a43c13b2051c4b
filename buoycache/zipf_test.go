package buoycache_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoycache"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// stream is requests as many people ask them: few questions often, and many seldom.
type stream struct {
	requests, prompts int
	s                 float64
	restarts          int // of the client, at equal distances
}

// paid is what it cost.
type paid struct {
	calls, tokens, saved int
	hits                 map[string]int // by level
}

// run asks all requests, through a new client and new levels after each restart.
func (s stream) run(t *testing.T, levels func() buoy.Cache) paid {
	t.Helper()
	srv := buoytest.NewServer(t, buoytest.Always(buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		var n int // the text of the question says how long its answer is
		_, _ = fmt.Sscan(r.Header.Get("X-Tokens"), &n)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"x","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"finish_reason":"stop",`+
			`"message":{"role":"assistant","content":%q}}],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`,
			words(n), n/4, n, n+n/4)
	})))
	draw := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), s.s, 1, uint64(s.prompts-1))
	p := paid{hits: map[string]int{}}
	for run := range s.restarts + 1 {
		cache := levels()
		client := clientOf(t, srv, cache)
		for range s.requests / (s.restarts + 1) {
			prompt := draw.Uint64()
			length := 50 + rand.New(rand.NewPCG(prompt, 0)).IntN(750)
			resp, err := client.Chat(t.Context(), question(fmt.Sprint("question ", prompt)), buoy.WithHeader("X-Tokens", fmt.Sprint(length)))
			require.NoError(t, err)
			p.hits[resp.Info.Cache]++
			if resp.Info.Cache == "" {
				p.calls++
				p.tokens += resp.Usage.TotalTokens
			} else {
				p.saved += resp.Usage.TotalTokens
			}
		}
		require.NoError(t, client.Close(), "run %d", run)
		if c, ok := cache.(*buoycache.TieredCache); ok {
			require.NoError(t, c.Close())
		}
	}
	require.Equal(t, p.calls, len(srv.Requests()))
	return p
}

// words is a text of about so many tokens.
func words(n int) string {
	b := make([]byte, 0, 4*n)
	for i := range uint32(n) {
		b = fmt.Appendf(b, "%03x ", (i*2654435761)>>20)
	}
	return string(b)
}

// What a cache saves on a stream of Zipf's (s = 1.1): 20,000 requests over 2,000 prompts. The
// table is printed with -v, and stands in docs/performance.md.
func TestTokensSaved(t *testing.T) {
	s, least := stream{requests: 20_000, prompts: 2_000, s: 1.1}, 0.7
	if testing.Short() {
		s, least = stream{requests: 2_000, prompts: 200, s: 1.1}, 0.7
	}
	dir, files := t.TempDir(), 0
	tiered := func(room int64, path func() string) func() buoy.Cache {
		return func() buoy.Cache {
			d, _ := disk(t, path())
			return buoycache.Tiered(buoycache.Memory(room), d)
		}
	}
	one := func() string { files++; name := filepath.Join(dir, fmt.Sprint(files)); return name }
	kept := one()
	for _, tc := range []struct {
		name     string
		restarts int
		levels   func() buoy.Cache
		least    float64
	}{
		{"memory of 64 MiB", 0, func() buoy.Cache { return buoycache.Memory(64 << 20) }, least},
		{"memory of 512 KiB", 0, func() buoy.Cache { return buoycache.Memory(512 << 10) }, 0.4},
		{"memory of 512 KiB, disk", 0, tiered(512<<10, one), least},
		{"memory of 64 MiB, 9 restarts", 9, func() buoy.Cache { return buoycache.Memory(64 << 20) }, 0.3},
		{"memory of 64 MiB, disk, 9 restarts", 9, tiered(64<<20, func() string { return kept }), least},
	} {
		s.restarts = tc.restarts
		begun := time.Now()
		p := s.run(t, tc.levels)
		share := float64(p.saved) / float64(p.saved+p.tokens)
		t.Logf("| %s | %d | %.1f M | %.1f M | %.1f %% | %d | %d | %d | %s", tc.name, p.calls, float64(p.tokens)/1e6, float64(p.saved)/1e6, 100*share,
			p.hits["memory"], p.hits["disk"], p.hits["pending"], time.Since(begun).Round(time.Millisecond))
		require.GreaterOrEqual(t, share, tc.least, tc.name)
	}
}
