package buoy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// Where the body ends 5 ms after [DONE], peers opened 20 connections for 20
// streams (measured): the end must be waited for, a little.
func TestStreamsUseOneConnection(t *testing.T) {
	lateEnd := buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, good)
		w.(http.Flusher).Flush()
		time.Sleep(5 * time.Millisecond)
	})
	bubble(t, nil, func(t *testing.T, d desk) {
		for range 20 {
			s, err := d.Stream(t.Context(), hello)
			require.NoError(t, err)
			_, err = read(s)
			require.NoError(t, err)
		}
		require.EqualValues(t, 1, d.Server.Connections())
	}, buoytest.Always(lateEnd))
}

// A server that never ends the body costs a little time, and its connection.
func TestABodyWithoutEndIsLeft(t *testing.T) {
	endless := buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, good)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	bubble(t, nil, func(t *testing.T, d desk) {
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		start := time.Now()
		_, err = read(s)
		require.NoError(t, err)
		require.LessOrEqual(t, time.Since(start), 200*time.Millisecond)
	}, endless)
}

// Failed attempts leave their connection for the next one.
func TestRetriesUseOneConnection(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), hello)
		require.NoError(t, err)
		require.EqualValues(t, 1, d.Server.Connections())
	}, buoytest.Error(500, strings.Repeat("x", 60<<10)), buoytest.HTML(502), buoytest.InBand(`{"error":{"code":502,"message":"x"}}`))
}

func TestOverHTTP2(t *testing.T) {
	srv := buoytest.NewServer(t, buoytest.Error(503, ""), buoytest.Reply("whole"), buoytest.Stream("in", " pieces"), buoytest.Cut(2))
	c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(srv.HTTP2Client()), buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond}))
	require.NoError(t, err)
	resp, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	require.Equal(t, "whole", resp.Text())
	s, err := c.Stream(t.Context(), hello)
	require.NoError(t, err)
	text, err := read(s)
	require.NoError(t, err)
	require.Equal(t, "in pieces", text)
	s, err = c.Stream(t.Context(), hello)
	require.NoError(t, err)
	_, err = read(s)
	require.ErrorIs(t, err, buoy.ErrStreamInterrupted)
}

// Real sockets: a cancelled attempt must show its timer on HTTP/1 and HTTP/2 alike.
func TestTimersOverRealSockets(t *testing.T) {
	for name, client := range map[string]func(*buoytest.Server) *http.Client{
		"HTTP/1": func(s *buoytest.Server) *http.Client { return s.Client() },
		"HTTP/2": (*buoytest.Server).HTTP2Client,
	} {
		t.Run(name, func(t *testing.T) {
			srv := buoytest.NewServer(t, buoytest.Stall(2, 0), buoytest.Hang(0), buoytest.Hang(0))
			c, err := buoy.New(endpointOf(srv), buoy.WithHTTPClient(client(srv)), noRetry,
				buoy.WithTimeouts(buoy.Timeouts{Idle: 50 * time.Millisecond, Attempt: 50 * time.Millisecond, FirstToken: time.Second}))
			require.NoError(t, err)
			s, err := c.Stream(t.Context(), hello, buoy.WithTimeouts(buoy.Timeouts{Attempt: 5 * time.Second}))
			require.NoError(t, err)
			_, err = read(s)
			require.Equal(t, "idle", timerOf(t, err).Timer)
			_, err = c.Chat(t.Context(), hello)
			require.Equal(t, "attempt", timerOf(t, err).Timer)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err = c.Chat(ctx, hello)
			require.Equal(t, "deadline", timerOf(t, err).Timer)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
}

func TestRepliesAreBounded(t *testing.T) {
	const limit = 1 << 20
	for name, step := range map[string]buoytest.Step{
		"large":     buoytest.Huge(2 * limit),
		"gzip bomb": buoytest.GzipBomb(64 * limit),
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stream %v", name, stream), func(t *testing.T) {
				bubble(t, []buoy.Option{noRetry, buoy.WithMaxResponse(limit)}, func(t *testing.T, d desk) {
					err := call(t.Context(), d, stream)
					require.Equal(t, buoy.ErrResponseTooLarge, buoy.KindOf(err))
					require.ErrorContains(t, err, "WithMaxResponse")
				}, step)
			})
		}
	}
	t.Run("an error page", func(t *testing.T) {
		bubble(t, []buoy.Option{noRetry}, func(t *testing.T, d desk) {
			_, err := d.Chat(t.Context(), hello)
			api, ok := errors.AsType[*buoy.APIError](err)
			require.True(t, ok)
			require.LessOrEqual(t, len(api.Body), 64<<10)
			require.Equal(t, 500, api.StatusCode)
		}, buoytest.Raw(500, "text/html", []byte(strings.Repeat("<p>x", 1<<20))))
	})
	t.Run("an error page that stalls", func(t *testing.T) {
		bubble(t, []buoy.Option{noRetry}, func(t *testing.T, d desk) {
			start := time.Now()
			_, err := d.Chat(t.Context(), hello)
			require.Equal(t, buoy.ErrAuth, buoy.KindOf(err), "the status is known")
			require.LessOrEqual(t, time.Since(start), 10*time.Second)
		}, buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(401)
			_, _ = io.WriteString(w, `{"error":`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}))
	})
}

// Errors of the network keep their type for those who look for it, and claim no
// context's end that is not the caller's.
func TestTransportErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want buoy.Kind
		is   error
	}{
		{"refused", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, buoy.ErrConnection, syscall.ECONNREFUSED},
		{"a dial timeout answers to DeadlineExceeded", &net.OpError{Op: "dial", Err: context.DeadlineExceeded}, buoy.ErrTimeout, nil},
		{"a bare cancellation that is not the caller's", context.Canceled, buoy.ErrConnection, nil},
		{"a URL with a key in its query", &url.Error{Op: "Post", URL: "https://x?key=" + testKey, Err: io.EOF}, buoy.ErrConnection, io.EOF},
		{"a text with the key", errors.New("proxy refused " + testKey), buoy.ErrConnection, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := clientOf(t, false, func(*http.Request) (*http.Response, error) { return nil, tc.err })
			_, err := c.Chat(t.Context(), hello)
			require.Equal(t, tc.want, buoy.KindOf(err))
			require.NotErrorIs(t, err, context.DeadlineExceeded)
			require.NotErrorIs(t, err, context.Canceled)
			require.NotContains(t, fmt.Sprintf("%+v", err), testKey)
			te := timerOf(t, err)
			require.False(t, te.Sent)
			require.Equal(t, "dial", te.Op)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
		})
	}
}

// Providers echo keys and prompts; neither gets into an error.
func TestEchoesAreRedacted(t *testing.T) {
	const prompt = "my secret plan is to plant a garden of moonlit tulips"
	for _, message := range []string{
		"Incorrect API key provided: " + testKey,
		"bad value 'secret plan is to plant a garden' in messages",
		"use Authorization: Bearer " + testKey,
		prompt,
	} {
		c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
			body := fmt.Sprintf(`{"error":{"message":%q,"metadata":{"reasons":["violence"],"flagged_input":%q}}}`, message, prompt)
			return reply(400, "application/json", io.NopCloser(strings.NewReader(body))), nil
		})
		_, err := c.Chat(t.Context(), buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(prompt)}})
		text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err)
		for _, secret := range []string{testKey, "Bearer", "moonlit", "plant a garden"} {
			require.NotContains(t, text, secret)
		}
		api, ok := errors.AsType[*buoy.APIError](err)
		require.True(t, ok)
		require.Equal(t, buoy.ErrModeration, api.Kind)
		require.Equal(t, prompt, api.Moderation.FlaggedInput, "it lives in its field")
	}
}

// A server that streams although nobody asked is understood.
func TestAStreamInPlaceOfAWholeAnswer(t *testing.T) {
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		return reply(200, "text/event-stream", io.NopCloser(strings.NewReader(comment+good))), nil
	})
	resp, err := c.Chat(t.Context(), hello)
	require.NoError(t, err)
	require.Equal(t, "Hi there", resp.Text())
	require.Equal(t, 3, resp.Usage.TotalTokens)
}

// A server that dies after it has read a request was sent it once for each idle
// connection, nine times here, and the account had one attempt.
func TestAPaidRequestIsNotReplayedUnseen(t *testing.T) {
	for attempts, http2 := range map[int]bool{1: false, 3: false, 2: true, 4: true} {
		var dead atomic.Bool
		var warm sync.WaitGroup
		posts := atomic.Int32{}
		warm.Add(8)
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if dead.Load() {
				posts.Add(1)
				panic(http.ErrAbortHandler)
			}
			warm.Done()
			warm.Wait() // so that each has a connection
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}`)
		}))
		opts := []buoy.Option{buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: attempts, BaseDelay: time.Millisecond})}
		if srv.EnableHTTP2 = http2; http2 {
			srv.StartTLS()
			opts = append(opts, buoy.WithHTTPClient(srv.Client()))
		} else {
			srv.Start()
		}
		c, err := buoy.New(buoy.Endpoint{BaseURL: srv.URL, Keys: []string{"k"}}, opts...)
		require.NoError(t, err)
		req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("x")}}
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				_, err := c.Chat(t.Context(), req)
				require.NoError(t, err)
			})
		}
		calls.Wait()
		dead.Store(true)
		_, err = c.Chat(t.Context(), req)
		require.ErrorIs(t, err, buoy.ErrConnection)
		ce, ok := errors.AsType[*buoy.CallError](err)
		require.True(t, ok)
		require.Len(t, ce.Attempts, attempts)
		require.Equal(t, attempts, int(posts.Load()), "as many as the account has")
		te, ok := errors.AsType[*buoy.TransportError](ce.Attempts[0].Err)
		require.True(t, ok)
		require.True(t, te.Sent)
		require.NoError(t, c.Close())
		srv.Close()
	}
}
