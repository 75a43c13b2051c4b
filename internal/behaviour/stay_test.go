package behaviour_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/event"
	"github.com/stretchr/testify/require"
)

// houses are providers that cache prompts, each by itself. What they answer instead is
// said by their host's name.
type houses struct {
	mu     sync.Mutex // guards the fields below
	caches map[string]*promptCache
	down   map[string]func() *http.Response
	asked  []string
}

func (h *houses) RoundTrip(r *http.Request) (*http.Response, error) {
	host := strings.TrimSuffix(r.URL.Host, ".example")
	h.mu.Lock()
	h.asked = append(h.asked, host)
	fail, cache := h.down[host], h.caches[host]
	if cache == nil {
		cache = &promptCache{seen: map[string]bool{}, load: map[string]int{}}
		h.caches[host] = cache
	}
	h.mu.Unlock()
	if fail != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		return fail(), nil
	}
	return cache.RoundTrip(r)
}

func (h *houses) set(host string, fail func() *http.Response) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down[host] = fail
}

// took returns who was asked since it was last called.
func (h *houses) took() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() { h.asked = nil }()
	return strings.Join(h.asked, " ")
}

func broken() *http.Response {
	return reply(500, "application/json", io.NopCloser(strings.NewReader(`{"error":{"message":"broken"}}`)))
}

func restFor(seconds int) func() *http.Response {
	return func() *http.Response {
		return reply(429, "application/json", io.NopCloser(strings.NewReader(`{"error":{"code":"rate_limit_exceeded","message":"slow"}}`)), "Retry-After", fmt.Sprint(seconds))
	}
}

// inHouses runs f with a client whose primary is a, and whose fallbacks are b and c.
func inHouses(t *testing.T, f func(t *testing.T, h *houses, turn func(talk string) (time.Duration, error)), opts ...buoy.Option) {
	synctest.Test(t, func(t *testing.T) {
		h := &houses{caches: map[string]*promptCache{}, down: map[string]func() *http.Response{}}
		at := func(name string) buoy.Endpoint {
			return buoy.Endpoint{Name: name, BaseURL: "https://" + name + ".example/v1", Keys: []string{testKey}}
		}
		client, err := buoy.New(at("a"), append(opts, buoy.WithHTTPClient(&http.Client{Transport: h}),
			buoy.WithFallback(buoy.Target{Endpoint: at("b")}, buoy.Target{Endpoint: at("c")}), noRetry)...)
		require.NoError(t, err)
		talks := map[string][]buoy.Message{}
		f(t, h, func(talk string) (time.Duration, error) {
			begun := time.Now()
			talks[talk] = append(talks[talk], buoy.User(fmt.Sprintf("turn %d of %s: %s", len(talks[talk]), talk, strings.Repeat("x", 1000))))
			resp, err := client.Chat(t.Context(), buoy.Request{Model: "m", Messages: talks[talk]})
			if err == nil {
				talks[talk] = append(talks[talk], resp.Choices[0].Message)
			}
			return time.Since(begun), err
		})
	})
}

// A conversation whose first target's breaker is open goes on where it was answered, with
// a warm cache, though a target before that one is back; and it returns when the breaker's
// time is up.
func TestAConversationStaysWhereItFellBackTo(t *testing.T) {
	policy := buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 1, OpenFor: 10 * time.Second, MaxOpenFor: 10 * time.Second})
	inHouses(t, func(t *testing.T, h *houses, turn func(string) (time.Duration, error)) {
		say := func(talk, want string) {
			t.Helper()
			_, err := turn(talk)
			require.NoError(t, err)
			require.Equal(t, want, h.took())
		}
		say("old", "a")
		h.set("a", broken)
		h.set("b", restFor(1))
		say("old", "a b c")
		h.set("b", nil)
		for range 4 {
			time.Sleep(2 * time.Second)
			say("old", "c")
		}
		say("new", "b")
		c := h.caches["c"]
		t.Logf("cached at c: %d of %d", c.cached, c.tokens)
		require.Greater(t, float64(c.cached)/float64(c.tokens), 0.6, "each turn but its own first finds what was before")
		h.set("a", nil)
		time.Sleep(5 * time.Second) // 12 s at most after the breaker opened
		say("old", "a")
		say("new", "a")
		h.set("a", broken)
		say("new", "a b")
	}, policy)
}

// Where keys rest it goes on at once, and does not wait for a moment in which the first
// target may go again. Others wait. If nobody else answers, it waits as well.
func TestAConversationStaysWhileKeysRest(t *testing.T) {
	var told fallbackEvents
	inHouses(t, func(t *testing.T, h *houses, turn func(string) (time.Duration, error)) {
		h.set("a", restFor(20))
		_, err := turn("old")
		require.NoError(t, err)
		require.Equal(t, "a b", h.took())
		h.set("a", nil)
		time.Sleep(15 * time.Second)
		told.from = nil
		waited, err := turn("old")
		require.NoError(t, err)
		require.Zero(t, waited)
		require.Equal(t, "b", h.took())
		require.Equal(t, []string{"a"}, told.from, "those who listen hear of it")
		h.set("b", broken)
		h.set("c", broken)
		waited, err = turn("old")
		require.NoError(t, err)
		require.Equal(t, 5*time.Second, waited)
		require.Equal(t, "b c a", h.took())
		waited, err = turn("old")
		require.NoError(t, err)
		require.Zero(t, waited)
		require.Equal(t, "a", h.took(), "it is back")
	}, buoy.WithObserver(&told))
	inHouses(t, func(t *testing.T, h *houses, turn func(string) (time.Duration, error)) {
		h.set("a", restFor(20))
		_, err := turn("old")
		require.NoError(t, err)
		h.set("a", nil)
		time.Sleep(15 * time.Second)
		waited, err := turn("new")
		require.NoError(t, err)
		require.Equal(t, 5*time.Second, waited, "a new one waits for the first target")
		require.Equal(t, "a b a", h.took())
	})
}

// fallbackEvents collects where calls came from.
type fallbackEvents struct {
	silent
	from []string
}

func (f *fallbackEvents) ObserveFallback(_ context.Context, e event.Fallback) {
	f.from = append(f.from, e.Endpoint)
}
