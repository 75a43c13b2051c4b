package behaviour_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A model's name is the caller's word: long ones, and what a terminal would obey, are cut.
func TestStatusOfLongModels(t *testing.T) {
	srv := buoytest.NewMemServer(t, buoytest.OpenAIError(404, "model_not_found", "no"))
	c, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
	require.NoError(t, err)
	req := hello
	req.Model = "a\x1b[31m" + strings.Repeat("x", 100_000)
	_, err = c.Chat(t.Context(), req)
	require.Error(t, err)
	text, err := json.Marshal(c.Status())
	require.NoError(t, err)
	require.Less(t, len(text), 10_000)
	require.NotContains(t, string(text), "u001b")
}

// Without a bound there is Disabled; JSON has no infinity.
func TestBudgetsAreFinite(t *testing.T) {
	for _, b := range []buoy.RetryBudget{{Capacity: math.Inf(1)}, {RetryCost: math.NaN()}, {TimeoutCost: math.Inf(1)}, {SuccessCredit: math.Inf(-1)}} {
		_, err := buoy.New(buoy.OpenAI(testKey), buoy.WithRetry(buoy.RetryPolicy{Budget: b}))
		require.ErrorContains(t, err, "not finite")
	}
}
