package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/buoy-go/buoy"
)

// model is an entry of OpenAI's list of models.
type model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"` // the endpoint that is asked first
}

func (g *gateway) model(name string) model {
	return model{ID: name, Object: "model", OwnedBy: g.router.endpoints[g.router.serving(name)[0]].Name}
}

// listModels serves GET /v1/models: the configured names. An endpoint that takes
// every name adds none.
func (g *gateway) listModels(w http.ResponseWriter, _ *http.Request) {
	list := []model{}
	for _, name := range g.router.models() {
		list = append(list, g.model(name))
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": list})
}

// oneModel serves GET /v1/models/NAME.
func (g *gateway) oneModel(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if len(g.router.serving(name)) == 0 {
		badRequest(http.StatusNotFound, "model_not_found", (&unknownModel{model: name}).Error()).write(w)
		return
	}
	writeJSON(w, http.StatusOK, g.model(name))
}

// health is what GET /healthz tells: 200, or 503 when nothing could be answered
// now because every breaker is open.
type health struct {
	Status   string          `json:"status"` // "ok", "degraded" (some breaker is not closed) or "down"
	Breakers []breakerHealth `json:"breakers"`
}

type breakerHealth struct {
	Endpoint string            `json:"endpoint"`
	Model    string            `json:"model"`
	State    buoy.BreakerState `json:"state"`
	Until    *time.Time        `json:"until,omitempty"` // when the next probe may go
	Cause    buoy.Kind         `json:"cause,omitempty"` // of the last failure
}

func (g *gateway) health(w http.ResponseWriter, _ *http.Request) {
	h := health{Status: "ok", Breakers: []breakerHealth{}}
	open := 0
	for _, b := range g.router.breakers.Snapshot() {
		entry := breakerHealth{Endpoint: b.Endpoint, Model: b.Model, State: b.State, Cause: buoy.KindOf(b.Cause)}
		if !b.Until.IsZero() {
			entry.Until = &b.Until
		}
		if b.State != buoy.BreakerClosed {
			h.Status = "degraded"
		}
		if b.State == buoy.BreakerOpen {
			open++
		}
		h.Breakers = append(h.Breakers, entry)
	}
	status := http.StatusOK
	if open > 0 && open == len(h.Breakers) {
		h.Status, status = "down", http.StatusServiceUnavailable
	}
	writeJSON(w, status, h)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has left
}
