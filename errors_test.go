package buoy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/status"
	"github.com/stretchr/testify/require"
)

type panicky struct{}

func (panicky) Error() string { return "panicky" }
func (panicky) Is(error) bool { panic("in Is") }
func (panicky) As(any) bool   { panic("in As") }
func (panicky) Unwrap() error { panic("in Unwrap") }

func TestKindOf(t *testing.T) {
	var nilAPI *buoy.APIError
	var nilTransport *buoy.TransportError
	var nilCall *buoy.CallError
	for _, tc := range []struct {
		name string
		err  error
		want buoy.Kind
	}{
		{"nil", nil, ""},
		{"a kind", buoy.ErrQuota, buoy.ErrQuota},
		{"an API error", &buoy.APIError{Kind: buoy.ErrAuth}, buoy.ErrAuth},
		{"wrapped", fmt.Errorf("asking: %w", &buoy.APIError{Kind: buoy.ErrAuth}), buoy.ErrAuth},
		{"joined", errors.Join(io.EOF, &buoy.LimitError{}), buoy.ErrLimit},
		{"a call error", &buoy.CallError{Err: &buoy.TransportError{Kind: buoy.ErrTimeout}}, buoy.ErrTimeout},
		{"open: its own kind, not the cause's", &buoy.OpenError{Cause: buoy.ErrServer}, buoy.ErrCircuitOpen},
		{"a request error", &buoy.RequestError{Field: "model", Reason: "missing"}, buoy.ErrInvalidRequest},
		{"a bare cancellation", context.Canceled, buoy.ErrCanceled},
		{"a bare deadline", fmt.Errorf("x: %w", context.DeadlineExceeded), buoy.ErrTimeout},
		{"a network error", &net.OpError{Op: "dial", Err: errors.New("refused")}, buoy.ErrConnection},
		{"a network timeout", os.ErrDeadlineExceeded, buoy.ErrTimeout},
		{"anything else", io.ErrUnexpectedEOF, buoy.ErrUnknown},
		{"one that panics", panicky{}, buoy.ErrUnknown},
		{"a nil pointer", nilAPI, buoy.ErrUnknown},
		{"a nil pointer", nilTransport, buoy.ErrUnknown},
		{"a nil pointer", nilCall, buoy.ErrUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, buoy.KindOf(tc.err))
			buoy.IsRetryable(tc.err)
			buoy.RetryAfter(tc.err)
		})
	}
}

func TestKindsBelongToWiderKinds(t *testing.T) {
	for kind, wider := range map[buoy.Kind]buoy.Kind{
		buoy.ErrContextLength: buoy.ErrInvalidRequest,
		buoy.ErrTooLarge:      buoy.ErrInvalidRequest,
		buoy.ErrOverloaded:    buoy.ErrServer,
		buoy.ErrUpstream:      buoy.ErrServer,
	} {
		err := error(&buoy.CallError{Err: &buoy.APIError{Kind: kind}})
		require.ErrorIs(t, err, kind)
		require.ErrorIs(t, err, wider)
		require.NotErrorIs(t, error(wider), kind)
		require.NotErrorIs(t, err, buoy.ErrTimeout)
	}
}

func TestIsRetryable(t *testing.T) {
	yes, no := true, false
	for _, tc := range []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"server", &buoy.APIError{Kind: buoy.ErrServer}, true},
		{"quota", &buoy.APIError{Kind: buoy.ErrQuota}, false},
		{"the provider forbids it", &buoy.APIError{Kind: buoy.ErrServer, ShouldRetry: &no}, false},
		{"the provider allows it", &buoy.APIError{Kind: buoy.ErrNotFound, ShouldRetry: &yes}, true},
		{"an attempt's timer", &buoy.TransportError{Kind: buoy.ErrTimeout, Timer: "attempt"}, true},
		{"the caller's deadline", &buoy.TransportError{Kind: buoy.ErrTimeout, Timer: "deadline"}, false},
		{"the call timer", &buoy.TransportError{Kind: buoy.ErrTimeout, Timer: "call"}, false},
		{"canceled", &buoy.TransportError{Kind: buoy.ErrCanceled}, false},
		{"open", &buoy.OpenError{}, false},
		{"a limit with a wait", &buoy.LimitError{Wait: time.Minute}, false},
	} {
		require.Equal(t, tc.want, buoy.IsRetryable(tc.err), tc.name)
	}
}

func TestRetryAfter(t *testing.T) {
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	var (
		nilAPI   *buoy.APIError
		nilOpen  *buoy.OpenError
		nilKeys  *buoy.KeysError
		nilQuota *buoy.QuotaError
		nilLimit *buoy.LimitError
	)
	hint, limit := &buoy.APIError{RetryAfter: 3 * time.Second}, &buoy.LimitError{Wait: time.Minute}
	for _, tc := range []struct {
		name string
		err  error
		want time.Duration // 0 for none
	}{
		{"nil", nil, 0},
		{"another package's", io.EOF, 0},
		{"a kind names no wait", buoy.ErrRateLimit, 0},
		{"the provider's", &buoy.CallError{Err: hint}, 3 * time.Second},
		{"the provider named none", &buoy.APIError{}, 0},
		{"a limit", limit, time.Minute},
		{"a limit that no wait helps", &buoy.LimitError{}, 0},
		{"a breaker", fmt.Errorf("x: %w", &buoy.OpenError{Until: soon}), time.Hour},
		{"a breaker that is due", &buoy.OpenError{Until: past}, 0},
		{"keys", &buoy.KeysError{Until: soon}, time.Hour},
		{"keys that are gone for good", &buoy.KeysError{}, 0},
		{"a quota", &buoy.QuotaError{Quota: status.Quota{Until: soon}}, time.Hour},
		{"a quota whose period is over", &buoy.QuotaError{Quota: status.Quota{Until: past}}, 0},
		{"the provider's goes before our own", errors.Join(limit, hint), 3 * time.Second},
		{"a nil pointer", nilAPI, 0},
		{"a nil pointer", nilOpen, 0},
		{"a nil pointer", nilKeys, 0},
		{"a nil pointer", nilQuota, 0},
		{"a nil pointer", nilLimit, 0},
		{"one that panics", panicky{}, 0},
	} {
		wait, ok := buoy.RetryAfter(tc.err)
		require.Equal(t, tc.want > 0, ok, tc.name)
		require.InDelta(t, tc.want, wait, float64(time.Second), tc.name)
		require.GreaterOrEqual(t, wait, time.Duration(0), tc.name)
	}
}

// No verb, logger or encoder shows what stands in the fields that may hold the
// prompt or the key.
func TestErrorsShowNoSecrets(t *testing.T) {
	const secret = "hunter2-canary"
	api := &buoy.APIError{
		Kind: buoy.ErrModeration, StatusCode: 403, Message: "refused",
		Body: []byte(secret), Metadata: json.RawMessage(`"` + secret + `"`),
		Moderation: &buoy.Moderation{FlaggedInput: secret, Reasons: []string{"violence"}},
		Upstream:   &buoy.Upstream{Raw: json.RawMessage(`"` + secret + `"`)},
	}
	transport := &buoy.TransportError{Kind: buoy.ErrStreamInterrupted, Op: "read", Err: io.ErrUnexpectedEOF,
		Partial: &buoy.Response{ID: secret}}
	endpoint := buoy.OpenAI(secret)
	client, err := buoy.New(endpoint)
	require.NoError(t, err)
	for _, v := range []any{
		api, transport, endpoint, client,
		&buoy.CallError{Op: "chat", Model: "m", Err: api, Attempts: []buoy.Attempt{{Err: api}, {Err: transport}}},
		&buoy.OpenError{Cause: api}, &buoy.LimitError{Limit: "requests per minute", Tenant: secret},
	} {
		var text bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%s", "%x", "%d"} {
			fmt.Fprintf(&text, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&text, nil)).Info("x", "v", v)
		if _, isErr := v.(error); isErr {
			b, err := json.Marshal(v)
			require.NoError(t, err)
			text.Write(b)
		}
		require.NotContains(t, text.String(), secret, "%T", v)
		require.NotContains(t, text.String(), fmt.Sprintf("%x", secret), "%T", v)
	}
}

func TestErrorTextsAreOneLine(t *testing.T) {
	err := &buoy.CallError{Op: "chat", Model: "gpt\n4", Err: &buoy.APIError{Kind: buoy.ErrServer, StatusCode: 500, Message: "a\r\nb\x00c"}}
	require.Equal(t, "buoy: chat gpt 4: server (500): a b c; 0 attempts", err.Error())
}
