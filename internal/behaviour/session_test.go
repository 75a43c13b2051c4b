package behaviour_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// promptCache is a provider that caches prompts, for each key apart, as providers do:
// what a request begins with as an earlier one did costs a tenth.
type promptCache struct {
	mu             sync.Mutex // guards the fields below
	seen           map[string]bool
	tokens, cached int
	load           map[string]int
}

func (p *promptCache) RoundTrip(r *http.Request) (*http.Response, error) {
	a := requestOf(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load[a.key]++
	for n := 1; n <= len(a.messages); n++ {
		at := a.key + "\x00" + strings.Join(a.messages[:n], "\x00")
		p.tokens += len(a.messages[n-1])
		if p.seen[at] {
			p.cached += len(a.messages[n-1])
		}
		p.seen[at] = true
	}
	return reply(200, "application/json", io.NopCloser(strings.NewReader(shortAnswer))), nil
}

// talk plays conversations of ten turns, side by side, and returns the share of the
// input that was cached.
func talk(t *testing.T, keys []string, order buoy.KeyOrder, conversations int, opts func(c int) []buoy.CallOption) (share float64, load map[string]int) {
	t.Helper()
	p := &promptCache{seen: map[string]bool{}, load: map[string]int{}}
	client, err := buoy.New(buoy.Endpoint{Name: "p", BaseURL: "https://p.example/v1", Keys: keys, KeyOrder: order},
		buoy.WithHTTPClient(&http.Client{Transport: p}))
	require.NoError(t, err)
	defer client.Close()
	talks := make([][]buoy.Message, conversations)
	for c := range talks {
		talks[c] = []buoy.Message{buoy.System("You are a helpful assistant of company " + fmt.Sprint(c%7) + ".")}
	}
	for turn := range 10 {
		for c := range talks {
			talks[c] = append(talks[c], buoy.User(fmt.Sprintf("question %d of conversation %d", turn, c)))
			resp, err := client.Chat(t.Context(), buoy.Request{Model: "m", Messages: talks[c]}, opts(c)...)
			require.NoError(t, err)
			talks[c] = append(talks[c], resp.Choices[0].Message)
		}
	}
	return float64(p.cached) / float64(p.tokens), p.load
}

// A conversation stays with one key, so that four keys have as much cached as one would.
func TestConversationsKeepTheirPromptCache(t *testing.T) {
	four := []string{"key-a", "key-b", "key-c", "key-d"}
	none := func(int) []buoy.CallOption { return nil }
	one, _ := talk(t, four[:1], "", 100, none)
	sticky, _ := talk(t, four, "", 100, none)
	spread, _ := talk(t, four, buoy.KeysSpread, 101, none) // 100 would send each to the same key by chance
	session, _ := talk(t, four, buoy.KeysSticky, 100, func(c int) []buoy.CallOption {
		return []buoy.CallOption{buoy.WithSession(fmt.Sprint("session ", c))}
	})
	t.Logf("cached: one key %.3f, four sticky %.3f, by session %.3f, spread %.3f", one, sticky, session, spread)
	require.GreaterOrEqual(t, sticky, 0.9*one)
	require.GreaterOrEqual(t, session, 0.9*one)
	require.Less(t, spread, 0.8*one, "the test can tell")

	_, load := talk(t, four, "", 1000, none)
	require.Len(t, load, 4)
	for key, n := range load {
		require.InDelta(t, 2500, n, 500, "%s: within 20 %% of even", key)
	}
}

// What says which calls belong together: the session, else the prompt cache key, else
// how the conversation begins. Nothing of it but the prompt cache key is sent.
func TestWhatAConversationIs(t *testing.T) {
	keys := make([]string, 20)
	for i := range keys {
		keys[i] = fmt.Sprint("key-", i)
	}
	ask := func(text string) buoy.Request {
		return buoy.Request{Model: "m", Messages: []buoy.Message{buoy.System("s"), buoy.User(text)}}
	}
	longer := ask("a")
	longer.Messages = append(longer.Messages, buoy.Assistant("x"), buoy.User("more"))
	tools := ask("a")
	tools.Tools = []buoy.Tool{buoy.FunctionTool("f", "", nil)}
	cacheKey := func(text, key string) buoy.Request {
		r := ask(text)
		r.PromptCacheKey = key
		return r
	}
	for name, tc := range map[string]struct {
		a, b   buoy.Request
		sa, sb string // sessions
		same   bool
	}{
		"the same":                 {a: ask("a"), b: ask("a"), same: true},
		"a later turn":             {a: ask("a"), b: longer, same: true},
		"another question":         {a: ask("a"), b: ask("b")},
		"other tools":              {a: ask("a"), b: tools},
		"one session":              {a: ask("a"), b: ask("b"), sa: "s1", sb: "s1", same: true},
		"two sessions":             {a: ask("a"), b: ask("a"), sa: "s1", sb: "s3"},
		"one prompt cache key":     {a: cacheKey("a", "k1"), b: cacheKey("b", "k1"), same: true},
		"two prompt cache keys":    {a: cacheKey("a", "k1"), b: cacheKey("a", "k2")},
		"a session outranks those": {a: cacheKey("a", "k1"), b: cacheKey("b", "k2"), sa: "s1", sb: "s1", same: true},
	} {
		t.Run(name, func(t *testing.T) {
			srv := buoytest.NewServer(t)
			e := endpointOf(srv)
			e.Keys = keys
			client, err := buoy.New(e)
			require.NoError(t, err)
			defer client.Close()
			for _, call := range []struct {
				req     buoy.Request
				session string
			}{{tc.a, tc.sa}, {tc.b, tc.sb}} {
				_, err := client.Chat(t.Context(), call.req, buoy.WithSession(call.session))
				require.NoError(t, err)
			}
			got := srv.Requests()
			require.Equal(t, tc.same, got[0].Key == got[1].Key)
			require.NotContains(t, string(got[0].Body), "s1")
		})
	}
}

// A conversation whose key is at its limit does not wait while another key is free.
func TestAConversationGivesWayAtALimit(t *testing.T) {
	srv := buoytest.NewServer(t)
	e := endpointOf(srv)
	e.Keys, e.Limit = []string{"key-a", "key-b"}, buoy.RateLimit{Concurrent: 1}
	client, err := buoy.New(e)
	require.NoError(t, err)
	defer client.Close()
	first, err := client.Stream(t.Context(), hello)
	require.NoError(t, err)
	_, err = client.Chat(t.Context(), hello)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	_, err = client.Chat(t.Context(), hello)
	require.NoError(t, err)
	got := srv.Requests()
	require.NotEqual(t, got[0].Key, got[1].Key)
	require.Equal(t, got[0].Key, got[2].Key)
}

// question is what a provider sees of a request.
type question struct {
	key      string
	messages []string
}

func requestOf(r *http.Request) question {
	var body struct {
		Messages []struct{ Role, Content string } `json:"messages"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		panic(err)
	}
	a := question{key: r.Header.Get("Authorization")}
	for _, m := range body.Messages {
		a.messages = append(a.messages, m.Role+m.Content)
	}
	return a
}

const shortAnswer = `{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}`
