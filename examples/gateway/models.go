package main

import (
	"encoding/json"
	"net/http"
)

// model is an entry of OpenAI's list of models.
type model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"` // the endpoint that is asked first
}

// listModels serves GET /v1/models.
func (h *handler) listModels(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": h.clients.models()})
}

// oneModel serves GET /v1/models/NAME.
func (h *handler) oneModel(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	m, ok := h.clients.model(name)
	if !ok {
		badRequest(http.StatusNotFound, "model_not_found", (&unknownModel{model: name}).Error()).write(w)
		return
	}
	writeJSON(w, http.StatusOK, m)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has left
}
