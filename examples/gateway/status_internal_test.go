package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// fragile has breakers that open at the first failure.
func fragile(text string) string {
	return strings.Replace(text, `"retry": {`, `"breaker": {"consecutive": 1}, "retry": {"max_attempts": 1, `, 1)
}

func healthOf(t *testing.T, r reply) (h health) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(r.Text), &h), r.Text)
	return h
}

func TestTheHealthIsThatOfTheBreakers(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Always(buoytest.Fail(503)))
	south := buoytest.NewServer(t, buoytest.Reply("Hi."), buoytest.Always(buoytest.Fail(500)))
	d := newDesk(t, fragile(twoProviders), servers{"NORTH": north, "SOUTH": south})
	r := d.get("/healthz")
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Equal(t, health{Status: "ok", Breakers: []breakerHealth{}}, healthOf(t, r))

	require.Equal(t, http.StatusOK, d.post(hello+`}`).StatusCode) // south answers
	r = d.get("/healthz")
	require.Equal(t, http.StatusOK, r.StatusCode)
	h := healthOf(t, r)
	require.Equal(t, "degraded", h.Status)
	require.Len(t, h.Breakers, 2)
	for _, b := range h.Breakers {
		require.Equal(t, b.Endpoint == "north", b.Until != nil)
	}

	require.NotEqual(t, http.StatusOK, d.post(hello+`}`).StatusCode)
	r = d.get("/healthz")
	require.Equal(t, http.StatusOK, r.StatusCode, "nobody has asked north for the large model yet")
	require.Equal(t, "degraded", healthOf(t, r).Status)

	require.NotEqual(t, http.StatusOK, d.post(strings.Replace(hello, "small", "large", 1)+`}`).StatusCode)
	r = d.get("/healthz")
	require.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
	require.Equal(t, "down", healthOf(t, r).Status)
}

// Nothing is known against an endpoint that nobody has asked.
func TestTheHealthIsNotThatOfOneEndpoint(t *testing.T) {
	for name, models := range map[string]string{"listed": `, "models": {"m%d": "wire"}`, "open": ``} {
		t.Run(name, func(t *testing.T) {
			north := buoytest.NewServer(t, buoytest.Always(buoytest.Fail(503)))
			var all []string
			for i := range 6 {
				listed := fmt.Sprintf(`, "models": {"m%d": "wire"}`, i)
				if i == 5 && models == "" {
					listed = ""
				}
				all = append(all, fmt.Sprintf(`{"name": "north%d", "base_url": "NORTH"%s}`, i, listed))
			}
			d := newDesk(t, fragile(`{"endpoints": [`+strings.Join(all, ",")+`], "retry": {"base_delay": "1ms"}}`), servers{"NORTH": north})
			for i := range 6 {
				r := d.get("/healthz")
				require.Equal(t, http.StatusOK, r.StatusCode, "%d of 6 are down", i)
				d.post(strings.Replace(hello, "small", fmt.Sprint("m", i), 1) + `}`)
			}
			r := d.get("/healthz")
			require.Equal(t, http.StatusServiceUnavailable, r.StatusCode)
			require.Equal(t, "down", healthOf(t, r).Status)
		})
	}
}

// Whoever watches the gateway needs no token for that, and learns no names.
func TestTheHealthNamesNobodyToStrangers(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, strings.Replace(oneProvider, `"retry"`, `"client_tokens": ["TOKEN"], "retry"`, 1), servers{"NORTH": north})
	token := "Authorization: Bearer " + clientToken
	require.Equal(t, http.StatusOK, d.post(hello+`}`, token).StatusCode)
	require.JSONEq(t, `{"status": "ok"}`, d.get("/healthz").Text)
	require.JSONEq(t, `{"status": "ok"}`, d.get("/healthz", "Authorization: Bearer wrong").Text)
	require.Len(t, healthOf(t, d.get("/healthz", token)).Breakers, 1)
}
