package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/buoy-go/buoy"
)

// health is what GET /healthz tells: 200, or 503 when no endpoint would be asked
// now. Who has no token learns the status and nothing else.
type health struct {
	Status   string          `json:"status"` // "ok", "degraded" (some breaker is not closed) or "down"
	Breakers []breakerHealth `json:"breakers,omitzero"`
}

type breakerHealth struct {
	Endpoint string            `json:"endpoint"`
	Model    string            `json:"model"`
	State    buoy.BreakerState `json:"state"`
	Until    *time.Time        `json:"until,omitempty"` // when the next probe may go
	Cause    buoy.Kind         `json:"cause,omitempty"` // of the last failure
}

func (g *gateway) health(w http.ResponseWriter, r *http.Request) {
	h := health{Status: "ok"}
	breakers := []breakerHealth{}
	for _, b := range g.router.breakers.Snapshot() {
		entry := breakerHealth{Endpoint: b.Endpoint, Model: b.Model, State: b.State, Cause: buoy.KindOf(b.Cause)}
		if !b.Until.IsZero() {
			entry.Until = &b.Until
		}
		if b.State != buoy.BreakerClosed {
			h.Status = "degraded"
		}
		breakers = append(breakers, entry)
	}
	if g.guard.knows(r) {
		h.Breakers = breakers
	}
	status := http.StatusOK
	if !g.router.reachable() {
		h.Status, status = "down", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(h) // a client that has left
}
