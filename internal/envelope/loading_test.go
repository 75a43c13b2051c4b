package envelope_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/buoy-go/buoy/internal/envelope"
	"github.com/stretchr/testify/require"
)

// A model that loads is told from a server that has too much to do.
func TestLoading(t *testing.T) {
	for body, want := range map[string]bool{
		`{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`:                        true,
		`{"error":"Model mistralai/Mistral-7B is currently loading","estimated_time":20.0}`:                  true,
		`{"error":{"message":"The model is warming up, try again later","code":"model_not_ready"}}`:          true,
		`{"error":{"message":"Модель загружается","code":"x"}}`:                                              true,
		`{"error":{"message":"The engine is currently overloaded, please try again later","type":"server"}}`: false,
		`{"error":{"message":"The model failed to load"}}`:                                                   false,
		``: false,
	} {
		require.Equal(t, want, envelope.Parse(503, http.Header{}, []byte(body), time.Now()).Loading(), body)
	}
	require.False(t, envelope.Parse(400, http.Header{}, []byte(`{"error":{"message":"the image is loading"}}`), time.Now()).Loading())
}

// The members that name a wait, wherever the error stands.
func TestWaitMembers(t *testing.T) {
	for body, want := range map[string]time.Duration{
		`{"detail":{"message":"You have sent too many messages to the model. Please try again later.","code":"model_cap_exceeded","clears_in":11461}}`: 11461 * time.Second,
		`{"error":{"code":"model_cooldown","message":"All credentials are cooling down","reset_seconds":25803}}`:                                       25803 * time.Second,
		`{"error":{"message":"slow down","retry_after_ms":1500}}`:                                                                                      1500 * time.Millisecond,
		`{"error":{"message":"slow down: {\"clears_in\":11461}"}}`:                                                                                     0,
	} {
		require.Equal(t, want, envelope.Parse(429, http.Header{}, []byte(body), time.Now()).RetryAfter, body)
	}
}
