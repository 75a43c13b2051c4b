package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// The models go different ways, so each has a client; the limit is one.
func TestTheLimitOfAnEndpointIsThatOfAllModels(t *testing.T) {
	north, south := buoytest.NewServer(t), buoytest.NewServer(t)
	d := newDesk(t, `{
		"endpoints": [
			{"name": "north", "base_url": "NORTH", "keys": ["KEY"], "models": {"small": "gpt-4o-mini", "large": "gpt-4o"}, "limit": {"requests_per_minute": 10}},
			{"name": "south", "base_url": "SOUTH", "models": {"backup": "llama"}, "limit": {"concurrent": 1}}
		],
		"fallbacks": {"small": ["backup"]},
		"limit": {"requests_per_minute": 1},
		"retry": {"max_server_delay": "1s", "max_delay": "1s"}
	}`, servers{"NORTH": north, "SOUTH": south})
	large := strings.Replace(hello, "small", "large", 1) + `}`
	require.Equal(t, "north", d.post(hello+`}`).Header.Get("X-Buoy-Endpoint"))
	require.Equal(t, "south", d.post(hello+`}`).Header.Get("X-Buoy-Endpoint"), "the minute's tenth is used up, the next is 6 s away")
	r := d.post(large)
	require.Equal(t, http.StatusTooManyRequests, r.StatusCode, r.Text)
	require.Equal(t, "limit", *r.Refused(t).Code)
	require.Equal(t, "6", r.Header.Get("Retry-After"))
	require.Empty(t, r.Header.Get("X-Should-Retry"), "nothing was sent: it may come back")
	require.Len(t, north.Requests(), 1)
	require.Equal(t, "south", d.post(hello+`}`).Header.Get("X-Buoy-Endpoint"), "whose own limit is none on requests")
}

// Waiting is before the attempt: its timers have not begun.
func TestWaitingForALimitIsNotChargedToTheAttempt(t *testing.T) {
	goOn := make(chan struct{})
	north := buoytest.NewServer(t, halves(goOn))
	d := newDesk(t, `{
		"endpoints": [{"name": "north", "base_url": "NORTH"}], "limit": {"concurrent": 1},
		"timeouts": {"attempt": "200ms"}, "retry": {"max_attempts": 1}
	}`, servers{"NORTH": north})
	_, events := d.begin() // holds the permit to its end
	time.AfterFunc(400*time.Millisecond, func() { close(goOn) })
	r := d.post(hello + `}`)
	require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
	require.Contains(t, readAll(t, events), "[DONE]")
}
