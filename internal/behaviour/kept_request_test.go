package behaviour_test

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

var whose = regexp.MustCompile(`prompt-\d+-\d+`)

// idOf is the id of the reply to a prompt.
func idOf(prompt string) string { return fmt.Sprintf("req_%x", crc32.ChecksumIEEE([]byte(prompt))) }

// mirror is a RoundTripper that answers with what it was asked, keeps the requests, and goes
// on using them after its calls are over, as one that traces, mirrors or audits may.
type mirror struct {
	t    *testing.T
	uses sync.WaitGroup
	over sync.Map // prompt to a channel that is closed when its call is over
}

func (k *mirror) RoundTrip(r *http.Request) (*http.Response, error) {
	head := make([]byte, 40) // the rest is read later
	n, _ := r.Body.Read(head)
	again, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(again)
	if err != nil {
		return nil, err
	}
	prompt := whose.FindString(string(all))
	k.uses.Add(1)
	go k.use(r, string(all), string(head[:n]), prompt)
	switch {
	case strings.HasSuffix(prompt, "7"):
		return replyWith(http.StatusServiceUnavailable, http.Header{}, `{"error":{"message":"busy"}}`), nil
	case strings.HasSuffix(prompt, "3"):
		return nil, errors.New("no route to host")
	}
	return replyWith(http.StatusOK, http.Header{"X-Request-Id": {idOf(prompt)}},
		`{"choices":[{"message":{"role":"assistant","content":"`+prompt+`"},"finish_reason":"stop"}]}`), nil
}

// use looks into a request before, while and after its call ends.
func (k *mirror) use(r *http.Request, all, head, prompt string) {
	defer k.uses.Done()
	over, _ := k.over.Load(prompt)
	key, first := r.Header.Get("Idempotency-Key"), true
	for range 20 {
		if body, err := r.GetBody(); err == nil { // once all was sent it is refused
			if b, _ := io.ReadAll(body); string(b) != all {
				k.t.Errorf("the body of %s has become %q", prompt, b)
			}
		}
		_, _ = r.Context().Deadline()
		_ = r.Context().Value(key)
		_ = r.Context().Err()
		if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
			trace.GetConn("localhost:443")
			trace.GotConn(httptrace.GotConnInfo{})
		}
		if got := r.Header.Get("Idempotency-Key"); got != key {
			k.t.Errorf("the key of %s has become %q", prompt, got)
		}
		if first {
			<-over.(chan struct{})
			first = false
		}
	}
	if rest, _ := io.ReadAll(r.Body); head+string(rest) != all {
		k.t.Errorf("the rest of %s has become %q", prompt, rest)
	}
	_ = r.Body.Close()
	<-r.Context().Done() // it has ended with the call
	if context.Cause(r.Context()) == nil {
		k.t.Errorf("%s has no cause", prompt)
	}
}

// The memory of a call is used again. Whoever keeps its request finds that as it was, and no
// other call's prompt in it; and no call has anything of another.
func TestKeptRequests(t *testing.T) {
	k := &mirror{t: t}
	client, err := buoy.New(secretEndpoint(secretKey), noRetry, buoy.WithBreaker(buoy.BreakerPolicy{Disabled: true}), buoy.WithHTTPClient(&http.Client{Transport: k}))
	require.NoError(t, err)
	var callers sync.WaitGroup
	for who := range 8 {
		callers.Go(func() {
			for n := range 200 {
				prompt := fmt.Sprintf("prompt-%d-%d", who, n)
				over := make(chan struct{})
				k.over.Store(prompt, over)
				req := buoy.Request{Model: "m", User: "user of " + prompt, Messages: []buoy.Message{buoy.System(strings.Repeat("a", rand.IntN(2000))), buoy.User(prompt)}}
				resp, err := client.Chat(t.Context(), req)
				close(over)
				if err != nil {
					if last := prompt[len(prompt)-1]; last != '7' && last != '3' {
						t.Errorf("%s: %v", prompt, err)
					}
					continue
				}
				if resp.Text() != prompt || resp.Info.RequestID != idOf(prompt) || len(resp.Info.Attempts) != 1 || resp.Info.Attempts[0].RequestID != idOf(prompt) {
					t.Errorf("%s was answered %q, %+v", prompt, resp.Text(), resp.Info)
				}
			}
		})
	}
	callers.Wait()
	k.uses.Wait()
}
