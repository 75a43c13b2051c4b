package main

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// once sends each request once, and has breakers that open at the first failure.
const once = `{
	"endpoints": [{"name": "north", "base_url": "NORTH", "keys": ["KEY"]}],
	"retry": {"max_attempts": 1}, "timeouts": {"attempt": "100ms"}, "breaker": {"consecutive": 1, "open_for": "20s"}
}`

func TestARefusalKeepsTheProvidersWords(t *testing.T) {
	for _, c := range []struct {
		name               string
		step               buoytest.Step
		status             int
		kind               string
		typ, code, message string
		param              any
	}{
		{"a parameter", buoytest.Error(400, `{"error":{"message":"Too hot.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}`),
			400, "invalid_request", "invalid_request_error", "unsupported_value", "Too hot.", "temperature"},
		{"a context that is too long", buoytest.OpenAIError(400, "context_length_exceeded", "Too long."),
			400, "context_length", "invalid_request_error", "context_length_exceeded", "Too long.", nil},
		{"a wrong key of the gateway's", buoytest.OpenAIError(401, "invalid_api_key", "Wrong key."),
			401, "auth", "invalid_request_error", "invalid_api_key", "Wrong key.", nil},
		{"no money at AITUNNEL", buoytest.AITunnelError(402, "Недостаточно средств."),
			402, "quota", "insufficient_quota", "quota", "Недостаточно средств.", nil},
		{"no money at OpenAI", buoytest.Error(429, `{"error":{"message":"No money.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`),
			429, "quota", "insufficient_quota", "insufficient_quota", "No money.", nil},
		{"a forbidden model", buoytest.Error(403, `{"error":{"message":"Not for you."}}`),
			403, "permission", "permission_error", "permission", "Not for you.", nil},
		{"an unknown model", buoytest.OpenAIError(404, "model_not_found", "No such model."),
			404, "not_found", "invalid_request_error", "model_not_found", "No such model.", nil},
		{"a status of its own", buoytest.Error(529, `{"error":{"message":"Full.","type":"overloaded_error"}}`),
			529, "overloaded", "overloaded_error", "overloaded", "Full.", nil},
		{"a refusal inside a 200", buoytest.InBand(`{"error":{"code":502,"message":"The upstream is gone."}}`),
			502, "upstream", "server_error", "upstream", "The upstream is gone.", nil},
		{"no money inside a 200", buoytest.InBand(`{"error":{"code":402,"message":"No money."}}`),
			402, "quota", "insufficient_quota", "quota", "No money.", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, once, servers{"NORTH": buoytest.NewServer(t, c.step)})
			r := d.post(hello + `}`)
			e := r.Refused(t)
			require.Equal(t, c.status, r.StatusCode)
			require.Equal(t, c.kind, r.Header.Get("X-Buoy-Kind"))
			require.Equal(t, c.typ, e.Type)
			require.Equal(t, c.code, *e.Code)
			require.Equal(t, c.message, e.Message)
			if c.param == nil {
				require.Nil(t, e.Param)
			} else {
				require.Equal(t, c.param, *e.Param)
			}
			require.Equal(t, "north", r.Header.Get("X-Buoy-Endpoint"))
			require.Equal(t, "1", r.Header.Get("X-Buoy-Attempts"))
			require.NotEmpty(t, r.Header.Get("X-Buoy-Stop"))
			require.Equal(t, "req_1", r.Header.Get("X-Request-Id"))
			require.Equal(t, "false", r.Header.Get("X-Should-Retry"))
		})
	}
}

// Nobody refused: there was no answer, or none that made sense.
func TestARefusalWithoutAProvidersStatus(t *testing.T) {
	for _, c := range []struct {
		name   string
		step   buoytest.Step
		status int
		code   string
	}{
		{"silence", buoytest.Hang(time.Hour), 504, "timeout"},
		{"a lost connection", buoytest.Reset(), 502, "connection"},
		{"a proxy's page", buoytest.HTML(200), 502, "malformed"},
		{"an empty answer", buoytest.Empty(), 502, "no_content"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, once, servers{"NORTH": buoytest.NewServer(t, c.step)})
			r := d.post(hello + `}`)
			require.Equal(t, c.status, r.StatusCode, r.Text)
			e := r.Refused(t)
			require.Equal(t, c.code, *e.Code)
			require.Equal(t, c.code, r.Header.Get("X-Buoy-Kind"))
			require.Equal(t, "north", r.Header.Get("X-Buoy-Endpoint"))
		})
	}
}

func TestNobodyListens(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, once, servers{"NORTH": north})
	north.Close()
	r := d.post(hello + `}`)
	require.Equal(t, http.StatusBadGateway, r.StatusCode)
	require.Equal(t, "connection", *r.Refused(t).Code)
}

// An open breaker costs the provider nothing, so the client may ask again, and is
// told when.
func TestAnOpenBreaker(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Always(buoytest.Fail(500)))
	d := newDesk(t, once, servers{"NORTH": north})
	require.Equal(t, http.StatusInternalServerError, d.post(hello+`}`).StatusCode)
	r := d.post(hello + `}`)
	require.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
	require.Equal(t, "circuit_open", *r.Refused(t).Code)
	wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.InDelta(t, 20, wait, 5)
	require.Empty(t, r.Header.Get("X-Should-Retry"))
	require.Equal(t, "0", r.Header.Get("X-Buoy-Attempts"))
	require.Len(t, north.Requests(), 1)
}

func TestAModerationGivesItsReasons(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.AITunnelError(403, "Flagged.", map[string]any{
		"reasons": []string{"violence"}, "flagged_input": prompt, "provider_name": "OpenAI", "model_slug": "gpt-4o-mini",
	}))
	d := newDesk(t, once, servers{"NORTH": north})
	r := d.post(hello + `}`)
	require.Equal(t, http.StatusForbidden, r.StatusCode)
	e := r.Refused(t)
	require.Equal(t, []any{"violence"}, e.Metadata["reasons"])
	require.Equal(t, prompt, e.Metadata["flagged_input"], "back to its author")
}

func TestNoRefusalShowsAKey(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided: "+providerKey+"."))
	d := newDesk(t, once, servers{"NORTH": north})
	require.NotContains(t, d.post(hello+`}`).Text, providerKey)
}
