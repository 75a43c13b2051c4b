package buoycache_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoycache"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// clientOf has a provider without a network, and a cache.
func clientOf(t testing.TB, srv *buoytest.Server, c buoy.Cache, opts ...buoy.Option) *buoy.Client {
	t.Helper()
	opts = append(opts, buoy.WithHTTPClient(&http.Client{Transport: srv.RoundTripper()}))
	if c != nil {
		opts = append(opts, buoy.WithCache(c, buoy.CachePolicy{TTL: 24 * time.Hour, MaxWait: -1}))
	}
	client, err := buoy.New(srv.Endpoint(), opts...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func question(text string) buoy.Request {
	return buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User(text)}, Temperature: new(0.0)}
}

func TestTheClientSaysWhichLevelAnswered(t *testing.T) {
	srv := buoytest.NewServer(t)
	path := file(t)
	ask := func(client *buoy.Client, want string) {
		t.Helper()
		resp, err := client.Chat(t.Context(), question("Why?"))
		require.NoError(t, err)
		require.Equal(t, want, resp.Info.Cache)
		require.NotEmpty(t, resp.Text())
	}
	for _, first := range []string{"", "disk"} {
		d, _ := disk(t, path)
		cache := buoycache.Tiered(buoycache.Memory(1<<20), d)
		client := clientOf(t, srv, cache)
		ask(client, first)
		require.NoError(t, client.Close()) // all is stored
		ask(clientOf(t, srv, cache), "memory")
		require.NoError(t, cache.Close())
	}
	require.Len(t, srv.Requests(), 1)
}

// What a caller does with an answer must not change the one in memory, which is not copied
// for each call.
func TestAnAnswerIsTheCallersOwn(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Raw(http.StatusOK, "application/json",
		[]byte(`{"id":"1","object":"chat.completion","model":"gpt-4o-mini","odd":{"a":[1,2]},"choices":[{"index":0,"finish_reason":"stop","strange":"thing",
"message":{"role":"assistant","content":"Because.","new":{"b":1}}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`)))
	m := buoycache.Memory(1 << 20)
	client := clientOf(t, srv, m)
	_, err := client.Chat(t.Context(), question("Why?"))
	require.NoError(t, err)
	require.NoError(t, client.Close())
	client = clientOf(t, srv, m)
	for range 3 {
		resp, err := client.Chat(t.Context(), question("Why?"))
		require.NoError(t, err)
		require.Equal(t, "memory", resp.Info.Cache)
		require.JSONEq(t, `{"a":[1,2]}`, string(resp.Extra["odd"]))
		for _, extra := range []map[string]json.RawMessage{resp.Extra, resp.Choices[0].Extra, resp.Choices[0].Message.Extra} {
			for _, raw := range extra {
				clear(raw)
			}
		}
	}
	require.Len(t, srv.Requests(), 1)
}

// BenchmarkClientHit is a whole call that the cache answers, beside the decoding of the same
// reply, which no cache can spare.
func BenchmarkClientHit(b *testing.B) {
	text := strings.Repeat("All happy families are alike; ", 20)
	srv := buoytest.NewServer(nil, buoytest.Always(buoytest.Reply(text)))
	defer srv.Close()
	req := question("Why?")
	hits := func(b *testing.B, c buoy.Cache, want string) {
		first := clientOf(b, srv, c)
		_, err := first.Chat(b.Context(), req)
		require.NoError(b, err)
		require.NoError(b, first.Close())
		if d, ok := c.(*buoycache.DiskLevel); ok {
			written(b, d, 1)
		}
		client := clientOf(b, srv, c)
		b.ReportAllocs()
		for b.Loop() {
			resp, err := client.Chat(b.Context(), req)
			if err != nil || resp.Info.Cache != want {
				b.Fatal(err)
			}
		}
	}
	b.Run("memory", func(b *testing.B) { hits(b, buoycache.Memory(1<<20), "memory") })
	b.Run("tiered", func(b *testing.B) {
		d, _ := disk(b, file(b))
		hits(b, buoycache.Tiered(buoycache.Memory(1<<20), d), "memory")
	})
	b.Run("disk", func(b *testing.B) {
		d, _ := disk(b, file(b))
		hits(b, d, "disk")
	})
	b.Run("decoding alone", func(b *testing.B) {
		resp, err := clientOf(b, srv, nil).Chat(context.Background(), req)
		require.NoError(b, err)
		raw, err := json.Marshal(resp)
		require.NoError(b, err)
		b.ReportAllocs()
		for b.Loop() {
			resp := new(buoy.Response)
			if err := resp.UnmarshalJSON(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}
