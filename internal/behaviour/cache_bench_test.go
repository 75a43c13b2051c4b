package behaviour_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

const cachedReply = `{"id":"chatcmpl-1","object":"chat.completion","created":1763000000,"model":"gpt-4o-mini-2024-07-18",` +
	`"choices":[{"index":0,"message":{"role":"assistant","content":"It scatters.","refusal":null},"logprobs":null,"finish_reason":"stop"}],` +
	`"usage":{"prompt_tokens":24,"completion_tokens":31,"total_tokens":55},"system_fingerprint":"fp_1"}`

// warm is a client whose cache has the answer to fixed.
func warm(tb testing.TB) *buoy.Client {
	srv := buoytest.NewServer(tb, buoytest.Raw(http.StatusOK, "application/json", []byte(cachedReply)))
	var c buoytest.Cache
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithCache(&c, buoy.CachePolicy{TTL: 24 * time.Hour}))
	require.NoError(tb, err)
	_, err = client.Chat(tb.Context(), fixed())
	require.NoError(tb, err)
	require.NoError(tb, client.Close()) // it waits for what is being stored
	client, err = buoy.New(srv.Endpoint(), buoy.WithCache(&c, buoy.CachePolicy{}))
	require.NoError(tb, err)
	resp, err := client.Chat(tb.Context(), fixed())
	require.NoError(tb, err)
	require.Equal(tb, "memory", resp.Info.Cache)
	return client
}

// A hit in memory costs two allocations more than its reply has to be decoded with: the
// call, and the id under which the reply had come. Its key is noted.
func TestCacheHitAllocations(t *testing.T) {
	client, req := warm(t), fixed()
	decode := fewest(func() {
		resp := new(chat.Response)
		_, _ = chat.DecodeResponse([]byte(cachedReply), resp)
	})
	hit := fewest(func() { _, _ = client.Chat(t.Context(), req) })
	t.Logf("a hit costs %v allocations, decoding %v", hit, decode)
	require.LessOrEqual(t, hit, decode+2)
}

// fewest is how often f allocates when all pools give: under the race detector they
// forget at random.
func fewest(f func()) float64 {
	least := testing.AllocsPerRun(1, f)
	for range 200 {
		least = min(least, testing.AllocsPerRun(1, f))
	}
	return least
}

func BenchmarkCacheHit(b *testing.B) {
	client, req := warm(b), fixed()
	b.Run("hit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Chat(b.Context(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		body := []byte(cachedReply)
		for b.Loop() {
			resp := new(chat.Response)
			if _, err := chat.DecodeResponse(body, resp); err != nil {
				b.Fatal(err)
			}
		}
	})
}
