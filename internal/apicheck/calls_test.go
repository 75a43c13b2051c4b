// Package apicheck_test is the program of somebody else: it uses every name that
// the project has promised to keep, with the types it has promised. It need
// not do anything; it has to compile. Where it does not, the change has to keep
// the old spelling, too.
package apicheck_test

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
)

// Where calls go.
var (
	_ = buoy.Endpoint{
		Name:      "",
		BaseURL:   "",
		Keys:      []string{},
		Models:    map[string]string{},
		Header:    http.Header{},
		Limit:     buoy.RateLimit{},
		KeyHeader: "",
		Query:     url.Values{},
		TrustDone: false,
	}

	_ func(...string) buoy.Endpoint                         = buoy.OpenAI
	_ func(...string) buoy.Endpoint                         = buoy.AITunnel
	_ func(...string) buoy.Endpoint                         = buoy.OpenRouter
	_ func(string, string, string, ...string) buoy.Endpoint = buoy.Azure
	_ func() buoy.Endpoint                                  = buoy.FromEnv

	_ func(buoy.Endpoint, ...buoy.Option) (*buoy.Client, error)                                     = buoy.New
	_ func(*buoy.Client, context.Context, buoy.Request, ...buoy.CallOption) (*buoy.Response, error) = (*buoy.Client).Chat
	_ func(*buoy.Client, context.Context, buoy.Request, ...buoy.CallOption) (*buoy.Stream, error)   = (*buoy.Client).Stream
	_ func(*buoy.Client) error                                                                      = (*buoy.Client).Close
)

// Options of New.
var _ = []buoy.Option{
	buoy.WithInsecureHTTP(),
	buoy.WithHTTPClient(new(http.Client)),
	buoy.WithMaxResponse(1 << 20),
	buoy.WithBreaker(buoy.BreakerPolicy{
		FailureRatio: 0.5,
		MinRequests:  20,
		Consecutive:  5,
		Window:       time.Minute,
		OpenFor:      time.Second,
		MaxOpenFor:   time.Second,
		Probes:       2,
		Disabled:     false,
		OnChange:     func(buoy.BreakerChange) {},
	}),
	buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 1, TokensPerMinute: 1, Concurrent: 1}),
	buoy.WithFallback(buoy.Target{
		Endpoint:      buoy.Endpoint{},
		Model:         "",
		Prefill:       false,
		LargerContext: false,
		OnModeration:  false,
	}, buoy.Target{}),
	buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) { return nil, nil }),
	buoy.WithQuota(buoy.Quota{Thresholds: []float64{0.75, 0.9, 1}}),
	buoy.WithLogger(slog.Default()),
	buoy.WithObserver(buoy.Observer(nil)),
	buoy.WithMiddleware(pass, pass),
	buoy.WithAttemptMiddleware(pass, pass),
	buoy.WithChain(buoy.Standard()...),
	buoy.WithChain(buoy.StandardParts().List()...),
}

// bothPlaces are the options that New and a single call take; their type need
// not have a name for that.
var bothPlaces = []interface {
	buoy.Option
	buoy.CallOption
}{
	buoy.WithTimeouts(buoy.Timeouts{
		Connect:    time.Second,
		FirstToken: time.Second,
		Idle:       time.Second,
		Attempt:    time.Second,
		Call:       time.Second,
		Adaptive:   true,
	}),
	buoy.WithRetry(buoy.RetryPolicy{
		MaxAttempts:    4,
		BaseDelay:      time.Second,
		MaxDelay:       time.Second,
		MaxServerDelay: time.Second,
		Budget:         buoy.RetryBudget{},
		RetryOn:        func(error) bool { return false },
	}),
	buoy.WithHedge(buoy.HedgePolicy{}),
	buoy.WithStreamRecovery(buoy.RecoverNone),
	buoy.WithStreamRecovery(buoy.RecoverRestart),
	buoy.WithStreamRecovery(buoy.RecoverContinue),
	buoy.WithStreamedChat(),
}

// Middleware.
var (
	_ buoy.Middleware = pass
	_ buoy.Handler    = func(context.Context, *buoy.Call) (*buoy.Reply, error) { return nil, nil }

	_ func(...buoy.Middleware) buoy.Middleware = buoy.Chain
	_ func() []buoy.Middleware                 = buoy.Standard

	_ buoy.Middleware = buoy.Retry(buoy.RetryPolicy{})
	_ buoy.Middleware = buoy.Breaker(buoy.BreakerPolicy{})
	_ buoy.Middleware = buoy.Limit(buoy.RateLimit{})
	_ buoy.Middleware = buoy.Timeout(buoy.Timeouts{})
	_ buoy.Middleware = buoy.Hedge(buoy.HedgePolicy{})
	_ buoy.Middleware = buoy.Fallback()

	_ = buoy.Call{
		Request:  new(buoy.Request),
		Stream:   false,
		Attempt:  0,
		Endpoint: "",
		Model:    "",
		Header:   http.Header{},
	}
	_ = buoy.Reply{Response: new(buoy.Response)}
	_ = buoy.Reply{Stream: new(buoy.Stream)}

	_ func(*buoy.Reply, func(error)) = (*buoy.Reply).OnEnd
)

// pass is a middleware as people write them; a copy of the call is its own.
func pass(next buoy.Handler) buoy.Handler {
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		own := *call
		return next(ctx, &own)
	}
}

// Streams.
var (
	_ func(*buoy.Stream) iter.Seq2[*buoy.Chunk, error] = (*buoy.Stream).Chunks
	_ func(*buoy.Stream) bool                          = (*buoy.Stream).Next
	_ func(*buoy.Stream) *buoy.Chunk                   = (*buoy.Stream).Chunk
	_ func(*buoy.Stream) error                         = (*buoy.Stream).Err
	_ func(*buoy.Stream) error                         = (*buoy.Stream).Close
	_ func(*buoy.Stream) *buoy.Response                = (*buoy.Stream).Response
	_ func(*buoy.Stream) buoy.CallInfo                 = (*buoy.Stream).Info
)

// Variables of the package's types take part in a call.
func TestOptionsOfBothPlaces(t *testing.T) {
	var atNew []buoy.Option
	var atCall []buoy.CallOption
	for _, o := range bothPlaces {
		atNew, atCall = append(atNew, o), append(atCall, o)
	}
	client, err := buoy.New(buoy.OpenAI("sk-test"), atNew...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Chat(ctx, firstRequest, atCall...); buoy.KindOf(err) != buoy.ErrCanceled {
		t.Error(err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}
