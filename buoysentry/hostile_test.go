package buoysentry_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getsentry/sentry-go"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoysentry"
	"github.com/buoy-go/buoy/buoytest"
)

const hushed = "a prompt about purple elephants in Ulm that nobody may see"

// An error of the application's own may be long, and may quote what was asked.
func TestErrorsOfTheApplication(t *testing.T) {
	in := newIngest(t)
	hub := in.hub()
	srv := buoytest.NewServer(t, buoytest.Always(buoytest.Fail(500)))
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(buoysentry.New(buoysentry.WithHub(hub))),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}),
		buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
				return nil, fmt.Errorf("cannot answer %q: %s", call.Request.Messages[0].Text(), strings.Repeat("\x00long ", 200_000))
			}
		}))
	require.NoError(t, err)
	_, err = client.Chat(t.Context(), buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{buoy.User(hushed)}})
	require.Error(t, err)
	require.NoError(t, client.Close())
	events := in.all(hub)
	require.Len(t, events, 1)
	require.Less(t, len(in.bytes()), 50_000)
	require.False(t, bytes.Contains(in.bytes(), []byte("purple elephants")), "the prompt was sent: %.400s", events[0].Exception[0].Value)
}

// Huge texts of a provider's, in every field that it fills.
func TestHugeTexts(t *testing.T) {
	in := newIngest(t)
	hub := in.hub()
	huge := strings.Repeat("x\x00ж", 1<<18)
	srv := buoytest.NewServer(t, buoytest.Always(buoytest.Headers(buoytest.OpenAIError(500, huge, huge), "X-Request-Id: "+strings.Repeat("r", 5000))))
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(buoysentry.New(buoysentry.WithHub(hub))),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 5, BaseDelay: 1, MaxDelay: 1}))
	require.NoError(t, err)
	_, err = client.Chat(t.Context(), buoy.Request{Model: huge[:4000], Messages: []buoy.Message{buoy.User(hushed)}})
	require.Error(t, err)
	require.NoError(t, client.Close())
	require.NotEmpty(t, in.all(hub))
	require.Less(t, len(in.bytes()), 60_000)
}

// Names of models that callers make up: Sentry gets a bounded number of issues.
func TestManyModels(t *testing.T) {
	in := newIngest(t)
	hub := in.hub()
	observer := buoysentry.New(buoysentry.WithHub(hub))
	client, err := buoy.New(buoy.OpenAI("test-key"), buoy.WithObserver(observer), buoy.WithHTTPClient(&http.Client{
		Transport: replies{404, `{"error":{"message":"no such model","code":"model_not_found"}}`}}))
	require.NoError(t, err)
	for i := range 1200 {
		_, _ = client.Chat(t.Context(), buoy.Request{Model: fmt.Sprintf("made-up-%d", i), Messages: []buoy.Message{buoy.User("?")}})
	}
	require.NoError(t, client.Close())
	require.LessOrEqual(t, len(in.all(hub)), 1010)
	require.Greater(t, observer.HeldBack(), uint64(150))
}

// Sentry goes away while calls fail: the calls do not notice.
func TestClosedWhileCallsFail(t *testing.T) {
	in := newIngest(t)
	sdk, err := sentry.NewClient(sentry.ClientOptions{Dsn: in.url, Release: "test@1", BeforeSend: func(*sentry.Event, *sentry.EventHint) *sentry.Event {
		panic("a hook of the application")
	}})
	require.NoError(t, err)
	hub := sentry.NewHub(sdk, sentry.NewScope())
	srv := buoytest.NewServer(t, buoytest.Always(buoytest.Fail(400)))
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(buoysentry.New(buoysentry.WithHub(hub), buoysentry.WithLimit(-1, 0))))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				_, err := client.Chat(context.Background(), hello)
				require.ErrorIs(t, err, buoy.ErrInvalidRequest)
			}
		})
	}
	wg.Go(func() {
		srv.Await(60)
		hub.Flush(time.Second)
		sdk.Close()
	})
	wg.Wait()
	require.NoError(t, client.Close())
}
