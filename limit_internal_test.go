package buoy

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/gate"
	"github.com/stretchr/testify/require"
)

// What a call is settled with, of 60 requests and 60,000 tokens a minute: it was
// charged a request, 1,000 tokens of prompt and 500 of answer.
func TestSettlingACharge(t *testing.T) {
	usage := Usage{PromptTokens: 700, CompletionTokens: 40, TotalTokens: 740}
	unsent := &TransportError{Kind: ErrConnection, Op: "dial"}
	for _, tc := range []struct {
		name     string
		err      error
		began    bool
		usage    Usage
		requests int
		tokens   int
	}{
		{"the usage", nil, true, usage, 1, 740},
		{"a usage without a total", nil, true, Usage{PromptTokens: 700, CompletionTokens: 50}, 1, 750},
		{"more than was charged", nil, true, Usage{TotalTokens: 4000}, 1, 4000},
		{"no usage", nil, true, Usage{}, 1, 1500},
		{"a stream that broke after its usage", ErrStreamInterrupted, true, usage, 1, 740},
		{"a stream that broke", &TransportError{Kind: ErrStreamInterrupted, Sent: true}, true, Usage{}, 1, 1500},
		{"a refusal in the midst of a stream", &APIError{Kind: ErrServer}, true, Usage{}, 1, 1500},
		{"a stream that was closed", errStreamClosed, true, Usage{}, 1, 1500},
		{"a refusal", &APIError{Kind: ErrServer, StatusCode: 500}, false, Usage{}, 1, 1000},
		{"silence", &TransportError{Kind: ErrTimeout, Sent: true}, false, Usage{}, 1, 1500},
		{"no connection", unsent, false, Usage{}, 0, 0},
		{"no connection, wrapped", fmt.Errorf("mine: %w", unsent), false, Usage{}, 0, 0},
		{"an open breaker", &OpenError{}, false, Usage{}, 0, 0},
		{"a limit below", &LimitError{}, false, Usage{}, 0, 0},
		{"the caller's mistake", &RequestError{Field: "x"}, false, Usage{}, 0, 0},
		{"who knows", errors.New("a middleware's"), false, Usage{}, 1, 1500},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := RateLimit{RequestsPerMinute: 60, TokensPerMinute: 60000, Estimate: func(*Request) int { return 1000 }}
				g := newGates()
				c := charge{limit: limited{&l, g, gate.Key{}}}
				require.NoError(t, c.estimate(&Call{Request: &Request{MaxTokens: new(500)}}))
				rate := g.Of(gate.Key{}, l.numbers()).Rate
				var err error
				c.pass, err = waitForTurn(context.Background(), new(Call), c.limit, c.tokens())
				require.NoError(t, err)
				c.settle(tc.err, tc.began, tc.usage)
				left := rate.Status()
				require.InDelta(t, 6-tc.requests, left.Requests, 1e-6)
				require.InDelta(t, 6000-tc.tokens, left.Tokens, 1e-6)
				c.settle(nil, true, Usage{TotalTokens: 5}) // only once
				require.Equal(t, left, rate.Status())
			})
		})
	}
}

// Several answers to one prompt are several; a guess is never more than a minute's
// allowance, and a prompt at least one token.
func TestAChargeOfSeveralAnswers(t *testing.T) {
	for all, output := range map[int]int{60000: 3 * gate.DefaultOutput, 1000: 999} {
		l := RateLimit{TokensPerMinute: all, Estimate: func(*Request) int { return -5 }}
		c := charge{limit: limited{RateLimit: &l, gates: newGates()}}
		require.NoError(t, c.estimate(&Call{Request: &Request{N: new(3)}}))
		require.Equal(t, []int{1, output, 3}, []int{c.prompt, c.output, c.answers})
	}
	numbers := []int{1, 2, 4, math.MaxInt/2 + 1, math.MaxInt}
	for _, n := range numbers { // and whatever is asked for, nothing is given
		for _, limit := range append(numbers, math.MinInt, 0) {
			l := RateLimit{TokensPerMinute: 1000}
			c := charge{limit: limited{RateLimit: &l, gates: newGates()}}
			if err := c.estimate(&Call{Request: &Request{N: &n, MaxTokens: &limit}}); err == nil {
				require.Positive(t, c.output, "%d answers of %d", n, limit)
				require.LessOrEqual(t, c.tokens(), 1000, "%d answers of %d", n, limit)
			}
		}
	}
}

// Without a retry nobody would take another key: a call stays and waits, though
// another one is free.
func TestNobodyLeavesAKeyWithoutARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		answer := func(Handler) Handler {
			return func(_ context.Context, call *Call) (*Reply, error) {
				used := 10
				if keys = append(keys, call.Key); len(keys) == 1 {
					used = 12000 // 6,000 more than may go at once: a debt of a minute's tenth
				}
				return &Reply{Response: &Response{Usage: Usage{TotalTokens: used}}}, nil
			}
		}
		limit := WithRateLimit(RateLimit{TokensPerMinute: 60000, Estimate: func(*Request) int { return 1 }})
		c, err := New(Endpoint{BaseURL: "http://localhost/v1", Keys: []string{"a", "b"}, KeyOrder: KeysSpread}, limit, WithChain(chooseRoute, standardRate, answer))
		require.NoError(t, err)
		begun := time.Now()
		for range 3 {
			_, err := c.Chat(t.Context(), Request{Model: "m", Messages: []Message{User("?")}, MaxTokens: new(999)})
			require.NoError(t, err)
		}
		require.Equal(t, keys[0], keys[2])
		require.Equal(t, 7*time.Second, time.Since(begun))
	})
}

// limitedCall is a call on its way through the limits of a client's settings.
func limitedCall(l RateLimit) (Handler, *Call) {
	st := newState(&Client{settings: settings{limit: l}, gates: newGates()}, "chat", "m")
	reply := &Reply{Response: &Response{Usage: Usage{TotalTokens: 10, CompletionTokens: 5}}}
	next := func(context.Context, *Call) (*Reply, error) { return reply, nil }
	call := &Call{Request: &Request{Messages: []Message{User("Why is the sky blue?")}, MaxTokens: new(10)}, Endpoint: "e", Model: "m", Key: "key-1", letters: letters{state: st}}
	return standardPermit(standardRate(next)), call
}

// Without a limit the parts cost nothing.
func TestALimitOverACallOfTheUsersOwn(t *testing.T) {
	for name, l := range map[string]RateLimit{"requests": {RequestsPerMinute: 60}, "permits": {Concurrent: 1}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := Limit(l)(func(context.Context, *Call) (*Reply, error) {
					time.Sleep(time.Second)
					return &Reply{Response: new(Response)}, nil
				})
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() {
						_, err := h(t.Context(), &Call{Request: new(Request)})
						require.NoError(t, err)
					})
				}
				wg.Wait()
			})
		})
	}
}

func TestNoLimitDoesNotAllocate(t *testing.T) {
	h, call := limitedCall(RateLimit{})
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = h(t.Context(), call) }))
}

func BenchmarkLimit(b *testing.B) {
	const plenty = 1 << 30 // per minute
	for name, l := range map[string]RateLimit{
		"none":     {},
		"permits":  {Concurrent: 1000},
		"requests": {RequestsPerMinute: plenty},
		"all":      {RequestsPerMinute: plenty, TokensPerMinute: plenty, Concurrent: 1000},
	} {
		b.Run(name, func(b *testing.B) {
			h, call := limitedCall(l)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h(b.Context(), call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
