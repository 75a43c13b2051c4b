package apicheck_test

import (
	"encoding/json"
	"iter"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
)

// kinds are constants: they can be compared, switched on and used as labels,
// so their values may change as little as their names.
var kinds = map[buoy.Kind]string{
	buoy.ErrInvalidRequest:    "invalid_request",
	buoy.ErrContextLength:     "context_length",
	buoy.ErrTooLarge:          "too_large",
	buoy.ErrModeration:        "moderation",
	buoy.ErrAuth:              "auth",
	buoy.ErrPermission:        "permission",
	buoy.ErrNotFound:          "not_found",
	buoy.ErrQuota:             "quota",
	buoy.ErrRateLimit:         "rate_limit",
	buoy.ErrConflict:          "conflict",
	buoy.ErrServer:            "server",
	buoy.ErrOverloaded:        "overloaded",
	buoy.ErrUpstream:          "upstream",
	buoy.ErrTimeout:           "timeout",
	buoy.ErrConnection:        "connection",
	buoy.ErrStreamInterrupted: "stream_interrupted",
	buoy.ErrMalformed:         "malformed",
	buoy.ErrNoContent:         "no_content",
	buoy.ErrResponseTooLarge:  "response_too_large",
	buoy.ErrCircuitOpen:       "circuit_open",
	buoy.ErrLimit:             "limit",
	buoy.ErrIncomplete:        "incomplete",
	buoy.ErrCanceled:          "canceled",
	buoy.ErrUnknown:           "unknown",
}

func TestKindsAreTheirLabels(t *testing.T) {
	for kind, label := range kinds {
		if string(kind) != label {
			t.Errorf("%q is no longer %q", string(kind), label)
		}
	}
}

const _ buoy.Kind = buoy.ErrUnknown // a constant

var (
	_ error                             = buoy.ErrUnknown
	_ func(buoy.Kind) string            = buoy.Kind.Error
	_ func(buoy.Kind, error) bool       = buoy.Kind.Is
	_ func(buoy.Kind) bool              = buoy.Kind.Retryable
	_ func(buoy.Kind) buoy.Severity     = buoy.Kind.Severity
	_ func(buoy.Kind) int               = buoy.Kind.HTTPStatus
	_ func() iter.Seq[buoy.Kind]        = buoy.Kinds
	_ func(*buoy.Response) error        = (*buoy.Response).Check
	_ func(error) buoy.Kind             = buoy.KindOf
	_ func(error) bool                  = buoy.IsRetryable
	_ func(error) (time.Duration, bool) = buoy.RetryAfter
)

// The types that say who failed.
var (
	_ error = &buoy.APIError{
		Kind:        buoy.ErrQuota,
		StatusCode:  402,
		Code:        "",
		Type:        "",
		Param:       "",
		Message:     "",
		RequestID:   "",
		RetryAfter:  time.Second,
		ShouldRetry: new(false),
		RateLimit:   buoy.RateLimitInfo{},
		Moderation:  &buoy.Moderation{Reasons: []string{}, FlaggedInput: "", ProviderName: "", ModelSlug: ""},
		Upstream:    &buoy.Upstream{ProviderName: "", Raw: json.RawMessage{}},
		Metadata:    json.RawMessage{},
		Body:        []byte{},
	}
	_ error = &buoy.TransportError{Kind: buoy.ErrConnection, Op: "dial", Sent: false, Err: nil}
	_ error = &buoy.OpenError{Endpoint: "", Model: "", Until: time.Time{}, Cause: nil}
	_ error = &buoy.LimitError{Wait: time.Second, Limit: ""}
	_ error = &buoy.CallError{Op: "chat", Model: "", Attempts: []buoy.Attempt{}, Stop: buoy.StopReason("attempts"), Err: nil}

	_ interface{ Unwrap() error } = (*buoy.APIError)(nil)
	_ interface{ Unwrap() error } = (*buoy.OpenError)(nil)
	_ interface{ Unwrap() error } = (*buoy.LimitError)(nil)
	_ interface{ Unwrap() error } = (*buoy.CallError)(nil)

	_ interface{ Unwrap() []error } = (*buoy.TransportError)(nil) // its kind and its Err
)

// Severities.
var _ = []buoy.Severity{buoy.SeverityCritical, buoy.SeverityImportant, buoy.SeverityStandard, buoy.SeverityInformational}
