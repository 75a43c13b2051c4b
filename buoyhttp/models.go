package buoyhttp

import (
	"encoding/json"
	"net/http"
)

// Model is an entry of OpenAI's list of models.
type Model struct {
	ID      string
	Created int64  // Unix seconds; 0 if unknown
	OwnedBy string // who serves it; may be ""
}

// MarshalJSON returns the entry in OpenAI's form.
func (m Model) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		OwnedBy string `json:"owned_by"`
	}{m.ID, "model", m.Created, m.OwnedBy})
}

func (h *handler) listModels(w http.ResponseWriter) {
	list := h.clients.Models()
	if list == nil {
		list = []Model{}
	}
	writeJSON(w, map[string]any{"object": "list", "data": list})
}

func (h *handler) oneModel(w http.ResponseWriter, name string) {
	m, ok := h.clients.Model(name)
	if !ok {
		e := &ModelError{Model: name}
		e.refusal().write(w)
		return
	}
	writeJSON(w, m)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that has left
}
