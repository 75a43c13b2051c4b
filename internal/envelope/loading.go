package envelope

import "strings"

// Loading reports that the model is not there yet: it is being loaded or started, which takes longer than a busy server needs.
func (r *Refusal) Loading() bool {
	if r.Kind != KindOverloaded && r.Kind != KindServer {
		return false
	}
	return has(strings.ToLower(r.Message), []string{
		"is loading", "currently loading", "loading model", "being loaded", "still loading", "warming up", "cold start", "not ready yet", "scaled to zero",
		"загружается",
	}) || has(strings.ToLower(r.Code+" "+r.Type), []string{"model_loading", "model_is_loading", "model_not_ready", "modelnotready", "model_warming"})
}
