package buoy_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

const (
	firstHalf  = `data: {"choices":[{"index":0,"delta":{"content":"It "},"finish_reason":null}]}`
	secondHalf = `data: {"choices":[{"index":0,"delta":{"content":"scatters."},"finish_reason":"stop"}]}`
)

// Streams that were not read as what they are.
func TestStreamsThatWereMisread(t *testing.T) {
	for _, tt := range []struct{ bug, body string }{
		{"511 spaces, then a byte that does not tell yet: it read nothing, for ever", strings.Repeat(" ", 511) + firstHalf + "\n\n" + secondHalf + "\n\n"},
		{"half a byte order mark made it a whole answer", "\xEF\xBB\xBF" + firstHalf + "\n\n" + secondHalf + "\n\n"},
		{"without any blank line all of it was half an event", firstHalf + "\n" + secondHalf + "\ndata: [DONE]\n"},
		{"null was a broken chunk", "data: null\n\n" + firstHalf + "\n\ndata: null\n\n" + secondHalf + "\n\n"},
	} {
		for _, body := range []io.Reader{strings.NewReader(tt.body), iotest.OneByteReader(strings.NewReader(tt.body))} {
			s, err := tripClient(t, replies(200, body)).Stream(t.Context(), hello)
			require.NoError(t, err, tt.bug)
			chunks := 0
			for _, err := range s.Chunks() {
				require.NoError(t, err, tt.bug)
				chunks++
			}
			require.Equal(t, 2, chunks, tt.bug)
			require.Equal(t, "It scatters.", s.Response().Text(), tt.bug)
		}
	}
}

// A status page's object under 200 was an answer in which the model said nothing:
// asked again, and no failure for the breaker. null was called HTML.
func TestAnObjectThatIsNoAnswer(t *testing.T) {
	for body, want := range map[string]buoy.Kind{
		`{}`: buoy.ErrMalformed, `{"status":"ok"}`: buoy.ErrMalformed, `{"object":"list","data":[]}`: buoy.ErrMalformed,
		`{"message":"hello from the load balancer"}`: buoy.ErrMalformed, `null`: buoy.ErrMalformed, `{"id":"x","usage":{"total_tokens":1}}`: buoy.ErrMalformed,
		`{"choices":[]}`: buoy.ErrNoContent, `{"choices":null}`: buoy.ErrNoContent, `{"id":"x","object":"chat.completion"}`: buoy.ErrNoContent,
	} {
		c := tripClient(t, replies(200, strings.NewReader(body)), buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
		_, err := c.Chat(t.Context(), hello)
		require.Equal(t, want, buoy.KindOf(err), body)
		require.NotContains(t, err.Error(), "HTML", body)
		if body == "null" {
			require.ErrorContains(t, err, "the answer is null")
		}
	}
}

// llama-server and Ollama say 500 to what they cannot do. It was asked five times
// over, and five such requests opened the breaker for all others.
func TestTheRequestsMistakeUnderA500(t *testing.T) {
	const body = `{"error":{"code":500,"message":"image input is not supported","type":"server_error"}}`
	requests := 0
	rt := func(*http.Request) (*http.Response, error) {
		requests++
		return &http.Response{StatusCode: 500, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
	c := tripClient(t, rt, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 5}), buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 2}))
	for range 6 {
		_, err := c.Chat(t.Context(), hello)
		require.Equal(t, buoy.ErrInvalidRequest, buoy.KindOf(err))
		require.False(t, buoy.IsRetryable(err))
	}
	require.Equal(t, 6, requests)
}

// A whole answer in place of a stream was not released with its context: its permit
// and its probe were kept until the collector came.
func TestAWholeAnswerInPlaceOfAStreamWasKept(t *testing.T) {
	const whole = `{"choices":[{"index":0,"message":{"role":"assistant","content":"It scatters."},"finish_reason":"stop"}]}`
	answer := buoytest.Raw(200, "application/json", []byte(whole))
	bubble(t, []buoy.Option{buoy.WithRateLimit(buoy.RateLimit{Concurrent: 1})}, func(t *testing.T, d desk) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := d.Stream(ctx, hello)
		require.NoError(t, err)
		require.Equal(t, 1, d.Limits()[0].Running)
		cancel()
		synctest.Wait()
		require.Zero(t, d.Limits()[0].Running)
		require.False(t, s.Next())
		require.ErrorIs(t, s.Err(), context.Canceled)

		s, err = d.Stream(t.Context(), hello)
		require.NoError(t, err)
		time.Sleep(5 * time.Minute) // a slow reader
		text, err := read(s)
		require.NoError(t, err)
		require.Equal(t, "It scatters.", text)
	}, buoytest.Always(answer))
}

// The time that a reader took over an event without meaning was charged to Idle.
func TestASlowReaderOfAnEmptyDeltaWasIdle(t *testing.T) {
	const empty = `data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}`
	answer := buoytest.Func(func(w http.ResponseWriter, _ *http.Request) {
		for _, event := range []string{firstHalf, empty, secondHalf} {
			_, _ = io.WriteString(w, event+"\n\n")
			w.(http.Flusher).Flush()
			time.Sleep(95 * time.Second)
		}
	})
	bubble(t, nil, func(t *testing.T, d desk) {
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		for _, err := range s.Chunks() {
			require.NoError(t, err)
			time.Sleep(90 * time.Second)
		}
		require.Equal(t, "It scatters.", s.Response().Text())
	}, answer)
}

// But what the reader did wait is not forgotten.
func TestSilenceAddsUpOverEmptyDeltas(t *testing.T) {
	bubble(t, nil, func(t *testing.T, d desk) {
		s, err := d.Stream(t.Context(), hello)
		require.NoError(t, err)
		waited := time.Duration(0)
		for start := time.Now(); s.Next(); start = time.Now() {
			waited += time.Since(start)
			time.Sleep(7 * time.Second)
		}
		require.ErrorIs(t, s.Err(), buoy.ErrTimeout)
		require.Less(t, waited, 61*time.Second)
	}, buoytest.EmptyDeltas(2, 20*time.Second, time.Hour))
}

func TestANilContextWasAPanic(t *testing.T) {
	c := tripClient(t, nil)
	var none context.Context
	_, err := c.Chat(none, hello)
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	_, err = c.Stream(none, hello)
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
}

// A deployment's name with an escaped slash was sent as two segments.
func TestAnEscapedSlashInTheBaseURLWasUnescaped(t *testing.T) {
	var path string
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		path = r.URL.EscapedPath()
		return &http.Response{StatusCode: 404, Body: http.NoBody}, nil
	})
	c, err := buoy.New(buoy.Azure("https://name.example/", "a/b c", "2024-10-21", "key"), buoy.WithHTTPClient(&http.Client{Transport: rt}))
	require.NoError(t, err)
	_, err = c.Chat(t.Context(), hello)
	require.Error(t, err)
	require.Equal(t, "/openai/deployments/a%2Fb%20c/chat/completions", path)
}

func TestASpaceAfterTheBaseURLWentIntoThePath(t *testing.T) {
	_, err := buoy.New(buoy.Endpoint{BaseURL: "https://provider.test/v1 "})
	require.ErrorContains(t, err, "white space")
}

// A target whose endpoint differed in its headers or models only was the primary.
func TestATargetsOwnHeadersAndModelsWereDropped(t *testing.T) {
	primary := buoy.Endpoint{BaseURL: "https://provider.test/v1"}
	for _, change := range []func(*buoy.Endpoint){
		func(e *buoy.Endpoint) { e.Header = http.Header{"X-Tier": {"batch"}} },
		func(e *buoy.Endpoint) { e.Models = map[string]string{"a": "b"} },
		func(e *buoy.Endpoint) { e.TrustDone = true },
	} {
		other := primary
		change(&other)
		_, err := buoy.New(primary, buoy.WithFallback(buoy.Target{Endpoint: other, Model: "m"}))
		require.ErrorContains(t, err, "set Endpoint.Name")
		other.Name = "other"
		_, err = buoy.New(primary, buoy.WithFallback(buoy.Target{Endpoint: other, Model: "m"}))
		require.NoError(t, err)
	}
}

func TestErrorsWithoutAKindAndBareDeadlines(t *testing.T) {
	require.Equal(t, buoy.ErrUnknown, buoy.KindOf(&buoy.APIError{}))
	require.Equal(t, buoy.ErrUnknown, buoy.KindOf(&buoy.TransportError{}))
	require.False(t, buoy.IsRetryable(context.DeadlineExceeded), "nobody but the caller's answers to it")
	for _, err := range []error{(*buoy.RequestError)(nil), (*buoy.KeysError)(nil)} {
		require.Equal(t, "<nil>", err.Error())
	}
}

// What a provider says of a refusal, and of an attachment, was not searched for the
// key and the prompt.
func TestTheKeyAndAttachmentsInARefusal(t *testing.T) {
	const picture = "https://private.example/pictures/of/ada.png"
	body := `{"error":{"code":403,"message":"cannot fetch ` + picture + `","metadata":{"reasons":["` + testKey + `"],"provider_name":"` + testKey + `","model_slug":"` + testKey + `"}}}`
	req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.UserParts(buoy.ImageURL(picture))}}
	_, err := tripClient(t, replies(403, strings.NewReader(body))).Chat(t.Context(), req)
	var api *buoy.APIError
	require.ErrorAs(t, err, &api)
	require.NotContains(t, err.Error(), "private.example")
	require.Equal(t, &buoy.Moderation{Reasons: []string{"sk-***"}, ProviderName: "[key]", ModelSlug: "[key]"}, api.Moderation)
}
