package buoyhttp

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func TestEveryKindHasAStatusAndAType(t *testing.T) {
	for kind := range buoy.Kinds() {
		r := refusalOf(kind)
		require.Equal(t, kind.HTTPStatus(), r.status)
		require.GreaterOrEqual(t, r.status, 400)
		require.NotEmpty(t, r.kind)
		require.Equal(t, string(kind), r.code)
	}
}

func TestOurOwnRefusals(t *testing.T) {
	soon := time.Now().Add(90 * time.Second)
	for _, c := range []struct {
		err    error
		status int
		code   string
		wait   bool
		final  bool
	}{
		{&buoy.OpenError{Endpoint: "north", Model: "small", Until: soon, Cause: &buoy.APIError{Kind: buoy.ErrServer, StatusCode: 500}}, 503, "circuit_open", true, false},
		{&buoy.LimitError{Wait: time.Minute, Limit: "requests per minute"}, 429, "limit", true, false},
		{&buoy.LimitError{Limit: "larger than the burst"}, 429, "limit", false, false},
		{&buoy.KeysError{Endpoint: "north", Kind: buoy.ErrQuota, Keys: 2, Until: soon}, 402, "quota", true, true},
		{&buoy.KeysError{Endpoint: "north", Kind: buoy.ErrAuth, Keys: 2}, 401, "auth", false, true},
		{&buoy.RequestError{Field: "n", Reason: "is negative"}, 400, "invalid_request", false, true},
		{buoy.ErrCanceled, 499, "canceled", false, true},
		{errors.New("something else"), 500, "unknown", false, true},
	} {
		r := refusalOf(&buoy.CallError{Op: "chat", Model: "small", Err: c.err})
		require.Equal(t, c.status, r.status, "%v", c.err)
		require.Equal(t, c.code, r.code)
		require.Equal(t, c.wait, r.wait > 0)
		require.Equal(t, c.final, r.final)
		require.Equal(t, c.err.Error(), r.message)
		readRefusal(t, string(r.encode()))
	}
}

// A name that is too long for a model, and is refused, is not written into the log in
// full: it has as many bytes as a body may have.
func TestALongModelIsCutInTheLog(t *testing.T) {
	d := newDesk(t, buoytest.NewServer(t))
	req := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(`{"model":"`+strings.Repeat("m", 1<<20)+`","messages":[]}`))
	req.Header.Set("Content-Type", "application/json")
	reply := httptest.NewRecorder()
	d.handler.ServeHTTP(reply, req)
	require.Equal(t, http.StatusBadRequest, reply.Code)
	require.Less(t, len(d.logged.String()), 1000)
	require.Contains(t, d.logged.String(), `"model":"mmmm`)
}
