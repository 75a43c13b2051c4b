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
