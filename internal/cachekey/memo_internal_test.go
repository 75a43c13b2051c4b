package cachekey

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// A memo gives the key that Of makes, whatever was asked before, to many at a time. Of
// more requests than it has slots many must share one.
func TestMemoIsOf(t *testing.T) {
	words := strings.Fields("why is the sky blue and not green at noon")
	request := func(r *rand.Rand) (*chat.Request, *Place) {
		var text []string
		for range r.IntN(5) {
			text = append(text, words[r.IntN(len(words))])
		}
		req := &chat.Request{Messages: []chat.Message{chat.User(strings.Join(text, " "))}}
		pick := func(s ...string) string { return s[r.IntN(len(s))] }
		switch r.IntN(8) {
		case 0:
			req.Temperature = new(float64(r.IntN(3)))
		case 1:
			req.Extra = map[string]any{"top_k": r.IntN(3), "stop": pick("a", "b"), "broken": nil}
		case 2:
			req.Extra = map[string]any{"never": func() {}} // it cannot be written
		case 3:
			req.Messages = append(req.Messages, chat.User(strings.Repeat("long ", 300*r.IntN(4))))
		}
		p := &Place{Endpoint: pick("", "a", "ab"), Model: pick("", "b", "m"), Namespace: pick("", "b", "n")}
		if r.IntN(4) == 0 {
			p.Header = http.Header{"X-Team": {pick("a", "b")}, "Traceparent": {pick("1", "2")}}
		}
		return req, p
	}
	var memo Memo
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for range 5000 {
				req, p := request(r)
				want, bad := Of(req, p)
				got, err := memo.Of(req, p)
				if got != want || (err == nil) != (bad == nil) {
					t.Errorf("%q, %v instead of %q, %v", got, err, want, bad)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestMemoHitAllocatesNothing(t *testing.T) {
	var memo Memo
	req, p := &chat.Request{Messages: []chat.Message{chat.User("Why is the sky blue?")}}, &Place{Model: "m"}
	_, err := memo.Of(req, p)
	require.NoError(t, err)
	least := 1.0
	for range 100 { // under the race detector pools forget at random
		least = min(least, testing.AllocsPerRun(1, func() { _, _ = memo.Of(req, p) }))
	}
	require.Zero(t, least)
}

// What is noted is bounded, however many and long the requests are, and nothing is noted
// of a request that has no key.
func TestMemoIsBounded(t *testing.T) {
	var memo Memo
	ask := func(text string, extra map[string]any) error {
		_, err := memo.Of(&chat.Request{Messages: []chat.Message{chat.User(text)}, Extra: extra}, &Place{})
		return err
	}
	var deep any = 1
	for i := range 2000 {
		deep = map[string]any{"b": deep, "a": i}
	}
	if err := ask("x", map[string]any{"deep": deep}); err == nil {
		t.Fatal("it has no key")
	}
	require.Zero(t, memo.size())
	require.NoError(t, ask(strings.Repeat("x", longestNoted), nil))
	require.Zero(t, memo.size(), "it is too long")
	for i := range 4 * memoSlots {
		require.NoError(t, ask(fmt.Sprint(i)+strings.Repeat("x", longestNoted*3/4), nil))
	}
	require.Greater(t, memo.size(), memoSlots/2*longestNoted/2)
	require.LessOrEqual(t, memo.size(), memoSlots*longestNoted)
}

// size is how many bytes of requests are noted.
func (n *Memo) size() (bytes int) {
	for i := range n.slots {
		if at := n.slots[i].Load(); at != nil {
			bytes += len(at.from)
		}
	}
	return bytes
}

func BenchmarkMemo(b *testing.B) {
	req, p := &chat.Request{Messages: []chat.Message{chat.System("Be brief."), chat.User("Why is the sky blue?")}}, &Place{Endpoint: "https://api.openai.com/v1", Model: "gpt-4o-mini"}
	var memo Memo
	for name, of := range map[string]func(*chat.Request, *Place) (string, error){"made": Of, "noted": memo.Of} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := of(req, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
