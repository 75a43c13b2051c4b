package buoysentry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoysentry"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/getsentry/sentry-go"
	"github.com/stretchr/testify/require"
)

var hello = buoy.Request{Model: "gpt-4o", Temperature: new(0.25), MaxTokens: new(77), Messages: []buoy.Message{buoy.User("Hello?")}}

// desk is a client with a provider that follows steps, whose events go to an ingest.
type desk struct {
	in     *ingest
	hub    *sentry.Hub
	seen   *buoysentry.Observer
	srv    *buoytest.Server
	client *buoy.Client
}

func newDesk(t *testing.T, steps []buoytest.Step, keys []string, opts ...buoy.Option) *desk {
	d := &desk{in: newIngest(t)}
	d.hub = d.in.hub()
	d.seen = buoysentry.New(buoysentry.WithHub(d.hub))
	d.start(t, steps, keys, opts...)
	return d
}

func (d *desk) start(t *testing.T, steps []buoytest.Step, keys []string, opts ...buoy.Option) {
	d.srv = buoytest.NewServer(t, steps...)
	at := d.srv.Endpoint()
	at.Name = "provider"
	if keys != nil {
		at.Keys = keys
	}
	var err error
	d.client, err = buoy.New(at, append([]buoy.Option{
		buoy.WithHTTPClient(d.srv.Client()), buoy.WithObserver(d.seen),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Millisecond, MaxDelay: time.Millisecond}),
	}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.client.Close() })
}

func (d *desk) events() []received { return d.in.all(d.hub) }

func TestFailedCallIsAnEvent(t *testing.T) {
	for name, tc := range map[string]struct {
		step     buoytest.Step
		kind     buoy.Kind
		level    string
		severity string
		status   string
		attempts int
	}{
		"auth":       {buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided"), buoy.ErrAuth, "fatal", "critical", "401", 1},
		"permission": {buoytest.OpenAIError(403, "unsupported_country_region_territory", "Country not supported"), buoy.ErrPermission, "fatal", "critical", "403", 1},
		"quota":      {buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota"), buoy.ErrQuota, "fatal", "critical", "429", 1},
		"rate limit": {buoytest.OpenAIError(429, "rate_limit_exceeded", "Slow down", "Retry-After: 1000"), buoy.ErrRateLimit, "warning", "important", "429", 1},
		"server":     {buoytest.Fail(500), buoy.ErrServer, "error", "standard", "500", 2},
		"invalid":    {buoytest.OpenAIError(400, "invalid_value", "max_tokens is too large"), buoy.ErrInvalidRequest, "info", "informational", "400", 1},
		"reset":      {buoytest.Reset(), buoy.ErrConnection, "error", "standard", "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, []buoytest.Step{buoytest.Always(tc.step)}, nil)
			_, err := d.client.Chat(t.Context(), hello)
			require.ErrorIs(t, err, tc.kind)

			var e *received
			for _, got := range d.events() {
				if got.Tags["buoy.op"] == "chat" { // else that of the key
					require.Nil(t, e, "one event for one call")
					e = &got
				}
			}
			require.NotNil(t, e)
			require.Equal(t, tc.level, e.Level)
			require.Equal(t, []string{"buoy", string(tc.kind), "provider", "gpt-4o"}, e.Fingerprint)
			require.Equal(t, string(tc.kind), e.Tags["buoy.kind"])
			require.Equal(t, tc.severity, e.Tags["buoy.severity"])
			require.Equal(t, tc.status, e.Tags["buoy.status"])
			require.Equal(t, "provider", e.Tags["buoy.endpoint"])
			require.Equal(t, "gpt-4o", e.Tags["buoy.model"])
			require.Equal(t, "buoy "+string(tc.kind), e.Exception[0].Type)
			require.EqualValues(t, tc.attempts, e.Contexts["buoy call"]["attempts"])
			require.Equal(t, map[string]any{"temperature": 0.25, "max_tokens": 77.0, "messages": 1.0, "bytes": 6.0}, e.Contexts["buoy request"])
			crumbs := 0
			for _, c := range e.Breadcrumbs {
				if c.Category == "buoy.attempt" {
					crumbs++
					require.Equal(t, "warning", c.Level)
					require.EqualValues(t, crumbs, c.Data["attempt"])
					require.Equal(t, string(tc.kind), c.Data["kind"])
				}
			}
			require.Equal(t, tc.attempts, crumbs)
		})
	}
}

func TestFactsOfARefusal(t *testing.T) {
	d := newDesk(t, []buoytest.Step{buoytest.OpenAIError(429, "rate_limit_exceeded", "Slow down",
		"Retry-After: 1000", "X-Request-Id: req_123", "X-RateLimit-Limit-Requests: 60", "X-RateLimit-Remaining-Requests: 0")}, nil)
	_, err := d.client.Chat(t.Context(), hello)
	require.ErrorIs(t, err, buoy.ErrRateLimit)
	all := d.events()
	require.Len(t, all, 1)
	e := all[0]
	require.Equal(t, "Slow down", e.Exception[0].Value)
	require.Equal(t, "rate_limit_exceeded", e.Tags["buoy.code"])
	require.Equal(t, "req_123", e.Contexts["buoy call"]["provider_request_id"])
	require.Equal(t, "16m40s", e.Contexts["buoy call"]["retry_after"])
	require.EqualValues(t, 60, e.Contexts["buoy limits"]["requests_limit"])
	require.EqualValues(t, 0, e.Contexts["buoy limits"]["requests_remaining"], "that nothing is left is the fact that matters")
}

func TestWhatGoesWellIsNoEvent(t *testing.T) {
	d := newDesk(t, []buoytest.Step{buoytest.Reply("Hello!"), buoytest.Fail(500), buoytest.Reply("Hello!")}, nil)
	for range 2 {
		_, err := d.client.Chat(t.Context(), hello)
		require.NoError(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.client.Chat(ctx, hello)
	require.ErrorIs(t, err, buoy.ErrCanceled)
	stream, err := d.client.Stream(t.Context(), hello)
	require.NoError(t, err)
	require.NoError(t, stream.Close())
	require.Empty(t, d.events())
}

// A key that goes out is an event even if another key answers, and only one.
func TestKeyThatGoesOutIsOneEvent(t *testing.T) {
	bad := buoytest.ForKey("sk-old-0123456789", buoytest.Always(buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided")))
	d := newDesk(t, []buoytest.Step{bad}, []string{"sk-old-0123456789", "sk-new-0123456789"})
	at := sync.WaitGroup{}
	for range 20 {
		at.Go(func() { _, _ = d.client.Chat(t.Context(), hello) })
	}
	at.Wait()
	for i := range 20 { // sessions of other callers go to the other key
		_, err := d.client.Chat(t.Context(), hello, buoy.WithSession(fmt.Sprint(i)))
		require.NoError(t, err)
	}
	all := d.events()
	require.Len(t, all, 1)
	e := all[0]
	require.Equal(t, "fatal", e.Level)
	require.Equal(t, "critical", e.Tags["buoy.severity"])
	require.Equal(t, "auth", e.Tags["buoy.kind"])
	require.Equal(t, []string{"buoy", "key", "auth", "provider", e.Tags["buoy.key"]}, e.Fingerprint)
	require.Equal(t, "disabled", e.Contexts["buoy call"]["state"])
	require.True(t, strings.HasPrefix(e.Tags["buoy.key"], "key-"), e.Tags["buoy.key"])
}

// A permission says nothing of the key, so no other event would tell.
func TestRepairedPermissionIsAnEvent(t *testing.T) {
	other := buoytest.NewServer(t)
	to := other.Endpoint()
	to.Name = "other"
	d := newDesk(t, []buoytest.Step{buoytest.Always(buoytest.OpenAIError(403, "model_not_allowed", "This model is not allowed to you"))}, nil,
		buoy.WithFallback(buoy.Target{Endpoint: to, Model: "gpt-other"}))
	_, err := d.client.Chat(t.Context(), hello)
	require.NoError(t, err)
	all := d.events()
	require.Len(t, all, 1)
	e := all[0]
	require.Equal(t, []string{"buoy", "permission", "provider", "gpt-4o"}, e.Fingerprint)
	require.Equal(t, "true", e.Tags["buoy.repaired"])
	var steps []string
	for _, c := range e.Breadcrumbs {
		steps = append(steps, c.Category)
	}
	require.Equal(t, []string{"buoy.attempt", "buoy.fallback", "buoy.attempt"}, steps)
	require.Equal(t, "attempt 2 at other: ok", e.Breadcrumbs[2].Message)
}

// A canned answer hides an outage from callers, and must not hide it from operators.
func TestSubstituteIsAnEvent(t *testing.T) {
	d := newDesk(t, []buoytest.Step{buoytest.Always(buoytest.Fail(500))}, nil,
		buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
			return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("later"), FinishReason: "stop"}}}, nil
		}))
	_, err := d.client.Chat(t.Context(), hello)
	require.NoError(t, err)
	all := d.events()
	require.Len(t, all, 1)
	require.Equal(t, "server", all[0].Tags["buoy.kind"])
	require.Equal(t, "true", all[0].Tags["buoy.degraded"])
	require.Equal(t, "provider", all[0].Tags["buoy.endpoint"])
}

// A storm is one issue, sends its burst, and says with the next event how many were held.
func TestStorm(t *testing.T) {
	d := &desk{in: newIngest(t)}
	d.hub = d.in.hub()
	d.seen = buoysentry.New(buoysentry.WithHub(d.hub), buoysentry.WithLimit(3, 300*time.Millisecond))
	d.start(t, []buoytest.Step{buoytest.Always(buoytest.OpenAIError(400, "invalid_value", "no"))}, nil)
	var calls int
	for begun := time.Now(); time.Since(begun) < 500*time.Millisecond || d.seen.HeldBack() == 0; calls++ {
		_, err := d.client.Chat(t.Context(), hello)
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	}
	all := d.events()
	require.Greater(t, len(all), 3)
	require.Equal(t, calls, len(all)+int(d.seen.HeldBack()), "each is either sent or counted")
	require.Nil(t, all[2].Contexts["buoy call"]["held_back"])
	require.NotZero(t, all[3].Contexts["buoy call"]["held_back"])
	for _, e := range all {
		require.Equal(t, all[0].Fingerprint, e.Fingerprint)
	}
}

type who struct{}

// The hub, user and tags come from the call's context.
func TestContextOfTheApplication(t *testing.T) {
	in := newIngest(t)
	main, ofRequest := in.hub(), in.hub()
	ofRequest.Scope().SetTag("route", "/ask")
	ofRequest.Scope().SetLevel(sentry.LevelDebug)
	d := &desk{in: in, hub: ofRequest, seen: buoysentry.New(buoysentry.WithHub(main),
		buoysentry.WithUser(func(ctx context.Context) sentry.User {
			return sentry.User{ID: ctx.Value(who{}).(string)} // panics where there is none
		}),
		buoysentry.WithTags(func(context.Context) map[string]string {
			return map[string]string{"session": "s-1\n" + strings.Repeat("x", 300), "bad name": "x", strings.Repeat("n", 33): "x"}
		}))}
	d.start(t, []buoytest.Step{buoytest.Always(buoytest.OpenAIError(400, "invalid_value", "no"))}, nil)

	ctx := sentry.SetHubOnContext(context.WithValue(t.Context(), who{}, "u-42"), ofRequest)
	_, err := d.client.Chat(ctx, hello)
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	e := d.events()[0]
	require.Equal(t, "u-42", e.User.ID)
	require.Equal(t, "/ask", e.Tags["route"])
	require.Equal(t, "info", e.Level, "the level of the application's scope is not the event's")
	require.True(t, strings.HasPrefix(e.Tags["session"], "s-1 xxx"))
	require.Len(t, e.Tags["session"], 200)
	require.NotContains(t, e.Tags, "bad name")
	require.NotContains(t, e.Tags, strings.Repeat("n", 33))

	// A later event of the application has the attempts of its call.
	ofRequest.CaptureException(errors.New("the page failed"))
	all := d.events()
	require.Len(t, all, 2)
	require.Equal(t, "buoy.attempt", all[1].Breadcrumbs[0].Category)

	// Without a hub in the context events go to the other, and a panic costs only the user.
	_, err = d.client.Chat(t.Context(), hello)
	require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	all = in.all(main)
	require.Len(t, all, 3)
	require.Empty(t, all[2].User.ID)
	require.Empty(t, all[2].Tags["route"])
}

// Whatever a provider quotes, no key, header or prompt reaches Sentry.
func TestNothingSecretIsSent(t *testing.T) {
	const (
		key, header, query = "sk-secret-4711-abcdefghij", "header-secret-0815-xyz", "query-secret-1234-uvw"
		prompt             = "My doctor says that the purple elephants in my cellar are harmless"
		answer             = "Then feed the elephants twice a day with marmalade"
	)
	in := newIngest(t)
	hub := in.hub()
	seen := buoysentry.New(buoysentry.WithHub(hub), buoysentry.WithLimit(-1, 0))
	quotes := func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", r.Header.Get("Authorization"))
		w.WriteHeader(403)
		_, _ = fmt.Fprintf(w, `{"error":{"message":%q,"code":%q,"type":"guardrail","metadata":{"reasons":[%q],"flagged_input":%q,"provider_name":%q}}}`,
			"refused: "+body.String()+r.Header.Get("Authorization")+r.URL.RawQuery, r.Header.Get("X-Tenant"), prompt, prompt, r.Header.Get("X-Tenant"))
	}
	for _, step := range []buoytest.Step{
		buoytest.Func(quotes), buoytest.Fail(500), buoytest.Reset(), buoytest.HTML(200), buoytest.Raw(200, "application/json", []byte(`{"`+answer)),
		buoytest.Speaking(buoytest.OpenAI, buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided: "+key)),
		buoytest.OpenAIError(400, "invalid_value", "Invalid content: "+prompt), buoytest.StreamError(2, `{"error":{"message":"`+prompt+`","code":500}}`),
		buoytest.ResetAfter(3),
	} {
		srv := buoytest.NewServer(t, buoytest.Always(step))
		at := srv.Endpoint()
		at.Name, at.Keys, at.Header, at.Query = "provider", []string{key}, http.Header{"X-Tenant": {header}}, map[string][]string{"sig": {query}}
		client, err := buoy.New(at, buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(seen),
			buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Millisecond, MaxDelay: time.Millisecond}))
		require.NoError(t, err)
		request := buoy.Request{Model: "gpt-4o", User: "user-secret-99-abc", Messages: []buoy.Message{buoy.System("Be brief about the marmalade cellar"), buoy.User(prompt)}}
		_, err = client.Chat(t.Context(), request)
		require.Error(t, err)
		if stream, err := client.Stream(t.Context(), request); err == nil {
			for range stream.Chunks() { //nolint:revive // read to its end
			}
			_ = stream.Close()
		}
		require.NoError(t, client.Close())
	}
	require.Greater(t, len(in.all(hub)), 9)
	raw := in.bytes()
	for _, secret := range []string{key, header, query, "purple elephants", "marmalade", "user-secret-99-abc", "Bearer "} {
		require.False(t, bytes.Contains(raw, []byte(secret)), "%q was sent", secret)
	}
}

// A hub without a client, or with one that is off, costs no event and no panic.
func TestSentryOff(t *testing.T) {
	for _, hub := range []*sentry.Hub{sentry.NewHub(nil, sentry.NewScope()), nil} {
		srv := buoytest.NewServer(t, buoytest.Always(buoytest.Fail(400)))
		client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()), buoy.WithObserver(buoysentry.New(buoysentry.WithHub(hub), nil)))
		require.NoError(t, err)
		_, err = client.Chat(sentry.SetHubOnContext(t.Context(), sentry.NewHub(nil, sentry.NewScope())), hello)
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
		require.NoError(t, client.Close())
	}
}
