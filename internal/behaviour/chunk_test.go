package behaviour_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// said is all that a chunk says, Raw apart.
func said(t testing.TB, c *buoy.Chunk) string {
	t.Helper()
	text, err := json.Marshal(c)
	require.NoError(t, err)
	return string(text)
}

// kept is a chunk, and what it said when it came.
type kept struct {
	chunk, clone *buoy.Chunk
	said, raw    string
}

// collect reads a stream to its end and keeps each chunk.
func collect(t testing.TB, s *buoy.Stream) (all []kept, err error) {
	t.Helper()
	for chunk, err := range s.Chunks() {
		if err != nil {
			return all, err
		}
		all = append(all, kept{chunk, chunk.Clone(), said(t, chunk), string(chunk.Raw())})
	}
	return all, nil
}

// unchanged checks that chunks say what they said, and that their raw events are
// over.
func unchanged(t testing.TB, all []kept) {
	t.Helper()
	seen := make(map[*buoy.Chunk]bool)
	for i, k := range all {
		require.False(t, seen[k.chunk], "chunk %d is another one", i)
		seen[k.chunk] = true
		require.Equal(t, k.said, said(t, k.chunk), "chunk %d", i)
		require.Nil(t, k.chunk.Raw(), "chunk %d", i)
		require.Nil(t, k.chunk.Clone().Raw(), "chunk %d", i)
		require.Equal(t, k.said, said(t, k.clone), "the clone of chunk %d", i)
		require.Equal(t, k.raw, string(k.clone.Raw()), "the clone of chunk %d", i)
	}
}

// manyKinds is a stream with everything that a chunk can hold, of pieces that are the
// same and pieces that are not.
func manyKinds(n int) buoytest.Step {
	var b strings.Builder
	event := func(format string, args ...any) { fmt.Fprintf(&b, "data: "+format+"\n\n", args...) }
	event(`{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`)
	for i := range n {
		switch i % 9 {
		case 0, 1:
			event(`{"id":"c","created":%d,"model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"content":" word%d"}}]}`, 1700000000+i/4, i)
		case 2:
			event(`{"id":"c%d","provider":"p%d","choices":[{"index":0,"delta":{"reasoning":"why%d","reasoning_details":[{"type":"reasoning.text","text":"why%d"}]}}]}`, i, i, i, i)
		case 3:
			event(`{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call","function":{"name":"f","arguments":"[%d"}},{"index":1,"id":"other","function":{"name":"g","arguments":"%d"}}]}}]}`, i, i)
		case 4:
			event(`{"id":"c","choices":[{"index":0,"delta":{"content":"x"},"content_filter_results":{"hate":{"filtered":false,"n":%d}}}],"new":%d,"nothing":null}`, i, i)
		case 5:
			event(`{"id":"c","choices":[{"index":0,"delta":{"content":"y%d","annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com/%d","title":"t"}}]}}]}`, i, i)
		case 6:
			event(`{"id":"c","choices":[{"index":0,"delta":{"content":"z"},"logprobs":{"content":[{"token":"z%d","logprob":-0.5,"bytes":[%d],"top_logprobs":[]}]}}],"usage":{"prompt_tokens":1,"completion_tokens":%d,"total_tokens":%d,"cost":0.%d}}`, i, i%200, i, i+1, i)
		case 7:
			event(`{"id":"c","choices":[{"index":0,"delta":{"content":%q}}]}`, strings.Repeat("long ", 300)+fmt.Sprint(i))
		case 8:
			event(`{"id":"c","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"part%d"}],"refusal":"no%d","audio":{"id":"a","transcript":"t%d"}}}]}`, i, i, i)
		}
	}
	event(`{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
	event(`{"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`)
	event(`[DONE]`)
	return buoytest.Raw(200, "text/event-stream", []byte(b.String()))
}

// Whatever makes a chunk, it says the same for ever, and no other chunk is it.
func TestChunksMayBeKept(t *testing.T) {
	text := buoytest.DefaultText
	for _, tc := range []struct {
		name  string
		opts  []buoy.Option
		steps []buoytest.Step
		made  bool // some chunks are buoy's own
	}{
		{"a stream", nil, []buoytest.Step{buoytest.Reply(text)}, false},
		{"of all kinds", nil, []buoytest.Step{manyKinds(400)}, false},
		{"in single bytes", nil, []buoytest.Step{buoytest.Dribble(manyKinds(40), 1)}, false},
		{"recovered", []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart)},
			[]buoytest.Step{buoytest.Cut(3), buoytest.Cut(5), buoytest.Reply(text)}, true},
		{"restarted", []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverRestart)},
			[]buoytest.Step{buoytest.Cut(3), buoytest.Stream("Another", " text", " of", " some", " words")}, true},
		{"continued", []buoy.Option{buoy.WithStreamRecovery(buoy.RecoverContinue), buoy.WithFallback(buoy.Target{Model: "b", Prefill: true})},
			[]buoytest.Step{buoytest.Cut(3), buoytest.Stream(" fox", " jumps", " over", " the", " dog.")}, true},
		{"a whole answer", nil, []buoytest.Step{buoytest.Raw(200, "application/json",
			[]byte(`{"choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}]}`))}, true},
		{"hedged", []buoy.Option{buoy.WithFallback(buoy.Target{Model: "b"}), buoy.WithHedge(buoy.HedgePolicy{After: time.Second})},
			[]buoytest.Step{buoytest.ForModel("b", buoytest.Reply(text)), buoytest.Hang(0)}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, tc.opts, func(t *testing.T, d desk) {
				s := streamOf(t, d)
				all, err := collect(t, s)
				require.NoError(t, err)
				require.NotEmpty(t, all)
				unchanged(t, all)
				for i, k := range all {
					require.True(t, tc.made || k.raw != "", "chunk %d has no event", i)
				}
				whole := said(t, all[0].chunk)
				s.Response().Choices[0].Message.Content = "changed"
				require.Equal(t, whole, said(t, all[0].chunk))
			}, tc.steps...)
		})
	}
}

// Closing a stream ends the raw event of its last chunk, and nothing else of it.
func TestChunksOfAClosedStream(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		require.True(t, s.Next())
		first := s.Chunk()
		require.NotNil(t, first.Raw(), "the role comes first, and was held back")
		require.True(t, s.Next())
		require.Nil(t, first.Raw())
		last := s.Chunk()
		raw := last.Raw()
		raw[0] = 'x' // it is a copy
		require.Equal(t, byte('{'), last.Raw()[0])
		text := said(t, last)
		require.NoError(t, s.Close())
		require.Nil(t, last.Raw())
		require.Equal(t, text, said(t, last))
	}, buoytest.Reply(buoytest.DefaultText))
}

// Chunks go through a channel, and whoever gets them may ask for anything while the
// stream goes on: Raw is the chunk's own event or nothing. Run it with -race.
func TestChunksThroughAChannel(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Always(manyKinds(600)))
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), noRetry)
	require.NoError(t, err)
	s, err := client.Stream(t.Context(), hello)
	require.NoError(t, err)

	relay := make(chan *buoy.Chunk, 8)
	var readers sync.WaitGroup
	var mu sync.Mutex
	text, seen := 0, 0
	for range 3 {
		readers.Go(func() {
			for c := range relay {
				if raw := c.Raw(); raw != nil {
					var own struct {
						Created int64
						ID      string
					}
					if err := json.Unmarshal(raw, &own); err != nil || own.Created != c.Created || own.ID != c.ID {
						t.Errorf("another chunk's bytes: %s", raw)
					}
				}
				_ = c.Clone()
				if _, err := json.Marshal(c); err != nil {
					t.Error(err)
				}
				for i := range c.Choices { // it is the reader's own
					c.Choices[i].Delta.Extra = map[string]json.RawMessage{"mine": nil}
				}
				mu.Lock()
				text += len(c.Text())
				seen++
				mu.Unlock()
				c.Choices, c.ID, c.Usage = nil, "", nil
			}
		})
	}
	for chunk, err := range s.Chunks() {
		require.NoError(t, err)
		relay <- chunk
	}
	close(relay)
	readers.Wait()
	require.Equal(t, 603, seen)
	require.Equal(t, len(s.Response().Text()), text)
}

// A middleware that keeps the chunks of a stream, and answers with the whole.
func TestAMiddlewareKeepsChunks(t *testing.T) {
	var all []kept
	keeping := func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, call)
			if err != nil {
				return nil, err
			}
			if all, err = collect(t, reply.Stream); err != nil {
				return nil, err
			}
			return &buoy.Reply{Response: reply.Stream.Response()}, nil
		}
	}
	for name, opt := range map[string]buoy.Option{"call": buoy.WithMiddleware(keeping), "attempt": buoy.WithAttemptMiddleware(keeping)} {
		t.Run(name, func(t *testing.T) {
			bubble(t, []buoy.Option{opt}, func(t *testing.T, d desk) {
				got, err := collect(t, streamOf(t, d))
				require.NoError(t, err)
				require.Len(t, got, 1)
				require.Equal(t, buoytest.DefaultText, got[0].chunk.Text())
				require.Greater(t, len(all), 5)
				unchanged(t, all)
			}, buoytest.Reply(buoytest.DefaultText))
		})
	}
}

// Whoever keeps one chunk of each stream keeps little beside it: its slab, and what the
// neighbours in that say, but neither the stream, nor the reader's buffer, nor an event
// of 200 KB that came next.
func TestAKeptChunkKeepsLittle(t *testing.T) {
	const streams, most = 20, 40 << 10
	big := `data: {"choices":[{"index":0,"delta":{"content":"` + strings.Repeat("x", 200<<10) + `"}}]}` + "\n\n"
	small := `data: {"id":"c","choices":[{"index":0,"delta":{"content":"` + strings.Repeat("y", 900) + `"}}]}` + "\n\n"
	body := strings.Repeat(small, 40) + big + small + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	client := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(200, "text/event-stream", readCloser{strings.NewReader(body)}), nil
	})
	one := func(at int) *buoy.Chunk {
		s, err := client.Stream(t.Context(), hello)
		require.NoError(t, err)
		var chosen *buoy.Chunk
		for i := 0; s.Next(); i++ {
			if i == at {
				chosen = s.Chunk()
			}
		}
		require.NoError(t, s.Err())
		require.NotNil(t, chosen)
		return chosen
	}
	for _, at := range []int{0, 1, 7, 20, 39, 41} { // at 40 is the big one itself
		one(at)
		before := heap()
		var held [streams]*buoy.Chunk
		for i := range held {
			held[i] = one(at)
		}
		each := (int64(heap()) - int64(before)) / streams
		require.Less(t, each, int64(most), "the chunk at %d keeps %d bytes", at, each)
		t.Logf("the chunk at %d keeps %d bytes", at, each)
		runtime.KeepAlive(&held)
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// heap is what is alive, without what pools keep for one collection more.
func heap() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
