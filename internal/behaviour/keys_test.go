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
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// shape is how a call is made.
type shape string

const (
	asWhole    shape = "whole"
	asStream   shape = "stream"
	asStreamed shape = "streamed chat"
)

func (s shape) ask(ctx context.Context, c *buoy.Client, req buoy.Request) error {
	if s == asStreamed {
		_, err := c.Chat(ctx, req, buoy.WithStreamedChat())
		return err
	}
	return testdesk.CallWith(ctx, c, req, s == asStream)
}

// prompt is one of several conversations, or the same for all.
func prompt(i int, equal bool) buoy.Request {
	if equal {
		i = 0
	}
	return buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(fmt.Sprintf("question %d", i))}}
}

// door is a provider that refuses as refuse says, and else answers as it is asked.
type door struct {
	mu     sync.Mutex // guards sent
	sent   []string   // the keys, in order
	slow   time.Duration
	refuse func(r *http.Request, key string) *http.Response
	hang   func(nth int, key string) bool
}

const (
	wholeFine  = `{"choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`
	streamFine = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
)

func (d *door) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	d.mu.Lock()
	d.sent = append(d.sent, key)
	nth := len(d.sent)
	d.mu.Unlock()
	var wait <-chan time.Time
	if d.hang == nil || !d.hang(nth, key) {
		wait = time.After(d.slow)
	}
	select {
	case <-wait:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if d.refuse != nil {
		if resp := d.refuse(r, key); resp != nil {
			return resp, nil
		}
	}
	if strings.Contains(string(body), `"stream":true`) {
		return reply(200, "text/event-stream", io.NopCloser(strings.NewReader(streamFine))), nil
	}
	return reply(200, "application/json", io.NopCloser(strings.NewReader(wholeFine))), nil
}

func (d *door) client(t *testing.T, keys []string, order buoy.KeyOrder, opts ...buoy.Option) *buoy.Client {
	c, err := buoy.New(buoy.Endpoint{Name: "door", BaseURL: "https://door.example/v1", Keys: keys, KeyOrder: order},
		append(opts, buoy.WithHTTPClient(&http.Client{Transport: d}))...)
	require.NoError(t, err)
	return c
}

func refusing(status int, body string) *http.Response {
	return reply(status, "application/json", io.NopCloser(strings.NewReader(body)))
}

func keyNames(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("sk-number-%d", i)
	}
	return keys
}

var orders = []buoy.KeyOrder{buoy.KeysSticky, buoy.KeysSpread, buoy.KeysInOrder}

// A call finds the one good key among bad ones, and needs no second attempt for it.
func TestOneGoodKeyIsFound(t *testing.T) {
	for _, order := range orders {
		for _, n := range []int{2, 3, 7, 10} {
			for _, what := range []int{401, 402, 1} {
				for _, s := range []shape{asWhole, asStream, asStreamed} {
					t.Run(fmt.Sprintf("%s/%d/%d/%s", order, n, what, s), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							for good := range n {
								d := &door{refuse: func(_ *http.Request, key string) *http.Response {
									switch {
									case key == fmt.Sprintf("sk-number-%d", good):
										return nil
									case what == 402:
										return refusing(402, `{"error":{"message":"Insufficient balance","code":402}}`)
									case what == 1:
										return refusing(429, `{"error":{"message":"You exceeded your current quota","code":"insufficient_quota","type":"insufficient_quota"}}`)
									}
									return refusing(401, `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`)
								}}
								c := d.client(t, keyNames(n), order, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
								begun := time.Now()
								for i := range 4 {
									check(t, s.ask(t.Context(), c, prompt(i, false)))
								}
								require.Zero(t, time.Since(begun))
								require.LessOrEqual(t, len(d.sent), n+3)
							}
						})
					})
				}
			}
		}
	}
}

// A call asks each refused key once, and no more than ten after the first.
func TestAtMostTenHandOvers(t *testing.T) {
	for _, order := range orders {
		synctest.Test(t, func(t *testing.T) {
			d := &door{refuse: func(*http.Request, string) *http.Response {
				return refusing(401, `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`)
			}}
			c := d.client(t, keyNames(25), order)
			err := asWhole.ask(t.Context(), c, prompt(0, true))
			require.ErrorIs(t, err, buoy.ErrAuth)
			seen := map[string]bool{}
			for _, k := range d.sent {
				require.False(t, seen[k], "each key once")
				seen[k] = true
			}
			require.LessOrEqual(t, len(d.sent), 11)
		})
	}
}

// The last key that may go is asked on, whatever came before.
func TestALastKeyStays(t *testing.T) {
	for _, order := range orders {
		for _, n := range []int{1, 2, 3, 4, 9} {
			for _, together := range []bool{true, false} {
				for _, mixed := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s/%d/%v/%v", order, n, together, mixed), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							broken := true
							d := &door{slow: time.Millisecond}
							d.refuse = func(_ *http.Request, key string) *http.Response {
								if !broken {
									return nil
								}
								if mixed && key == "sk-number-1" {
									return refusing(429, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)
								}
								return refusing(401, `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`)
							}
							c := d.client(t, keyNames(n), order)
							for i := range 20 {
								if together {
									eachAtOnce(10, func(j int) { _ = asStream.ask(t.Context(), c, prompt(10*i+j, false)) })
								} else {
									_ = asWhole.ask(t.Context(), c, prompt(i, false))
								}
							}
							up := 0
							for _, k := range c.Keys() {
								if !k.Disabled {
									up++
								}
							}
							require.Positive(t, up)
							broken = false
							ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
							defer cancel()
							require.NoError(t, asWhole.ask(ctx, c, prompt(0, false)))
							time.Sleep(6 * time.Hour)
							d.sent = nil
							for i := range 200 {
								require.NoError(t, asWhole.ask(t.Context(), c, prompt(i, false)))
							}
							for _, k := range c.Keys() {
								if order != buoy.KeysInOrder {
									require.False(t, k.Disabled)
								}
							}
						})
					})
				}
			}
		}
	}
}

// A hedge goes to another key, whatever the conversation.
func TestAHedgeLeavesTheKey(t *testing.T) {
	for _, order := range orders {
		for _, n := range []int{2, 3, 40} {
			for _, s := range []shape{asWhole, asStream, asStreamed} {
				for i := range 6 {
					synctest.Test(t, func(t *testing.T) {
						d := &door{hang: func(nth int, _ string) bool { return nth == 1 }}
						c := d.client(t, keyNames(n), order, buoy.WithHedge(buoy.HedgePolicy{After: time.Second}))
						begun := time.Now()
						require.NoError(t, s.ask(t.Context(), c, prompt(i, false)))
						require.Equal(t, time.Second, time.Since(begun), "%s %d %s", order, n, s)
						require.Len(t, d.sent, 2)
						require.NotEqual(t, d.sent[0], d.sent[1])
					})
				}
			}
		}
	}
}

// An account that is said to be empty until tomorrow is asked again after five minutes: it
// may have been topped up.
func TestATopUpIsNoticed(t *testing.T) {
	for _, order := range orders {
		synctest.Test(t, func(t *testing.T) {
			empty := true
			d := &door{refuse: func(_ *http.Request, key string) *http.Response {
				if !empty || key != keyNames(2)[0] {
					return nil
				}
				resp := refusing(429, `{"error":{"message":"You exceeded your current quota","code":"insufficient_quota","type":"insufficient_quota"}}`)
				resp.Header.Set("Retry-After", "86400")
				return resp
			}}
			c := d.client(t, keyNames(2), order)
			for i := range 8 {
				check(t, asWhole.ask(t.Context(), c, prompt(i, false)))
			}
			require.Equal(t, 5*time.Minute, time.Until(c.Keys()[0].Until))
			empty, d.sent = false, nil
			time.Sleep(5 * time.Minute)
			for i := range 8 {
				check(t, asWhole.ask(t.Context(), c, prompt(i, false)))
			}
			require.Contains(t, d.sent, keyNames(2)[0])
		})
	}
}

// A key that was withdrawn while its answer was under way is masked in that, too.
func TestALateErrorShowsNoWithdrawnKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &door{slow: 3 * time.Minute, refuse: func(_ *http.Request, key string) *http.Response {
			return refusing(400, `{"error":{"message":"no such plan for team/first/0123456789 and `+key+`"}}`)
		}}
		keys := make(chan string, 3)
		keys <- "team/first/0123456789"
		keys <- "team/second/0123456789"
		keys <- "team/third/0123456789"
		source := func(context.Context) ([]string, error) { return []string{<-keys}, nil }
		c, err := buoy.New(buoy.Endpoint{BaseURL: "https://door.example/v1", KeySource: source}, buoy.WithHTTPClient(&http.Client{Transport: d}))
		require.NoError(t, err)
		eachAtOnce(3, func(i int) {
			time.Sleep(time.Duration(i) * 61 * time.Second)
			err := asWhole.ask(t.Context(), c, prompt(i, false))
			require.ErrorIs(t, err, buoy.ErrInvalidRequest)
			require.NotContains(t, fmt.Sprintf("%v %+v", err, err), "0123456789")
		})
	})
}
