package behaviour_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// The list has every part, in the order of the fields.
func TestStandardPartsAreTheStandardChain(t *testing.T) {
	parts := buoy.StandardParts()
	v := reflect.ValueOf(parts)
	list := parts.List()
	require.Len(t, list, v.NumField())
	require.Len(t, buoy.Standard(), v.NumField())
	for i := range v.NumField() {
		require.Equal(t, v.Field(i).Pointer(), reflect.ValueOf(list[i]).Pointer(), v.Type().Field(i).Name)
		require.Equal(t, v.Field(i).Pointer(), reflect.ValueOf(buoy.Standard()[i]).Pointer())
	}
	parts.Hedge, parts.Breaker = nil, nil
	require.Len(t, parts.List(), v.NumField()-2)
	require.Empty(t, buoy.StandardChain{}.List())
}

// counted counts how often it is passed, and with what endpoint.
func counted(n *int, endpoint *string) buoy.Middleware {
	return func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
			*n++
			*endpoint = call.Endpoint
			return next(ctx, call)
		}
	}
}

func TestAMiddlewareBesideANamedPart(t *testing.T) {
	var outside, inside, late int
	var before, after, last string
	parts := buoy.StandardParts()
	parts.Retry = buoy.Chain(counted(&outside, &before), parts.Retry, counted(&inside, &after))
	parts.Timers = buoy.Chain(parts.Timers, counted(&late, &last))
	parts.Quota, parts.Breaker = nil, nil
	bubble(t, []buoy.Option{buoy.WithChain(parts.List()...)}, func(t *testing.T, d desk) {
		text, attempts, err := textOf(t.Context(), d, false)
		require.NoError(t, err)
		require.Equal(t, "fine", text)
		require.Len(t, attempts, 3)
		require.Equal(t, []int{1, 3, 3}, []int{outside, inside, late})
		require.Equal(t, []string{"", "", "desk"}, []string{before, after, last})
	}, buoytest.Fail(500), buoytest.Fail(503), buoytest.Reply("fine"))
}

// canned answers without asking anybody: whole, or as a stream that another client began.
func canned(resp *buoy.Response, streams *buoy.Client) buoy.Middleware {
	return func(buoy.Handler) buoy.Handler {
		return func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
			if resp != nil {
				return &buoy.Reply{Response: resp}, nil
			}
			s, err := streams.Stream(ctx, hello)
			return &buoy.Reply{Stream: s}, err
		}
	}
}

// Wherever it stands, a middleware may answer a stream with a Response and a chat with a
// Stream.
func TestAMiddlewareAnswersInTheOtherForm(t *testing.T) {
	whole := &buoy.Response{ID: "kept", Choices: []buoy.Choice{{Message: buoy.Assistant("from the cache"), FinishReason: buoy.FinishStop}}, Usage: buoy.Usage{PromptTokens: 3, CompletionTokens: 4, TotalTokens: 7}}
	type place struct {
		name string
		opts func(buoy.Middleware) []buoy.Option
	}
	places := []place{
		{"around the chain", func(m buoy.Middleware) []buoy.Option { return []buoy.Option{buoy.WithMiddleware(m)} }},
		{"in the attempt", func(m buoy.Middleware) []buoy.Option { return []buoy.Option{buoy.WithAttemptMiddleware(m)} }},
		{"alone", func(m buoy.Middleware) []buoy.Option { return []buoy.Option{buoy.WithChain(m)} }},
	}
	fields := reflect.TypeFor[buoy.StandardChain]()
	for i := range fields.NumField() {
		places = append(places, place{"before " + fields.Field(i).Name, func(m buoy.Middleware) []buoy.Option {
			parts := buoy.StandardParts()
			field := reflect.ValueOf(&parts).Elem().Field(i)
			field.Set(reflect.ValueOf(buoy.Chain(m, field.Interface().(buoy.Middleware))))
			return []buoy.Option{buoy.WithChain(parts.List()...)}
		}})
	}
	policies := []buoy.Option{
		buoy.WithStreamRecovery(buoy.RecoverContinue), buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1, RequestsPerMinute: 1000, TokensPerMinute: 1e6}),
		buoy.WithHedge(buoy.HedgePolicy{After: 1e9}),
	}
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			bubble(t, append(p.opts(canned(whole, nil)), policies...), func(t *testing.T, d desk) {
				for range 3 { // a permit that was kept would hold up the next
					s, err := d.Stream(t.Context(), hello)
					require.NoError(t, err)
					chunks := 0
					for chunk, err := range s.Chunks() {
						require.NoError(t, err)
						require.Equal(t, "from the cache", chunk.Text())
						chunks++
					}
					require.Equal(t, 1, chunks)
					require.Equal(t, 7, s.Response().Usage.TotalTokens)
					require.NoError(t, s.Response().Check())
					for _, streamed := range []buoy.CallOption{buoy.WithTimeouts(buoy.Timeouts{}), buoy.WithStreamedChat()} {
						resp, err := d.Chat(t.Context(), hello, streamed)
						require.NoError(t, err)
						require.Equal(t, "from the cache", resp.Text())
					}
				}
				require.Empty(t, d.Server.Requests())
			})
			bubble(t, nil, func(t *testing.T, other desk) {
				client, err := buoy.New(endpointOf(other.Server), append(append(p.opts(canned(nil, other.Client)), policies...), buoy.WithHTTPClient(other.Server.Client()))...)
				require.NoError(t, err)
				for range 3 {
					for _, stream := range []bool{false, true} {
						text, _, err := textOf(t.Context(), client, stream)
						require.NoError(t, err)
						require.Equal(t, "streamed", text)
					}
				}
				require.NoError(t, client.Close())
			}, buoytest.Always(buoytest.Reply("streamed")))
		})
	}
}

// A chain of the caller's own without a choice of endpoint has it inside, and so learns of
// keys what the standard chain does.
func TestAChainOfOnesOwnLearnsAboutKeys(t *testing.T) {
	steps := []buoytest.Step{badKey, buoytest.Reply("fine"), buoytest.Reply("fine"), buoytest.Reply("fine")}
	for name, chain := range map[string][]buoy.Middleware{
		"retry alone":       {buoy.Retry(buoy.RetryPolicy{})},
		"deadline and loop": {buoy.Timeout(buoy.Timeouts{}), buoy.Retry(buoy.RetryPolicy{})},
		"the standard one":  buoy.Standard(),
	} {
		t.Run(name, func(t *testing.T) {
			keyed(t, []string{"sk-one", "sk-two"}, steps, []buoy.Option{buoy.WithChain(chain...)}, func(t *testing.T, d desk) {
				for range 3 {
					_, err := d.Chat(t.Context(), hello)
					require.NoError(t, err)
				}
				used := keysUsed(d)
				require.Len(t, used, 4)
				require.NotEqual(t, used[0], used[1], "the other key at once")
				require.Equal(t, []string{used[1], used[1]}, used[2:], "and the refused one no more")
			})
		})
	}
}
