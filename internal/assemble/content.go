package assemble

import (
	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/finish"
)

// NoContent reports that the model generated nothing: no choice has text,
// reasoning, a call, a refusal, audio or pictures, nor a reason that explains
// their absence.
func NoContent(r *chat.Response) bool {
	for i := range r.Choices {
		if !empty(&r.Choices[i]) {
			return false
		}
	}
	return true
}

func empty(c *chat.Choice) bool {
	if finish.Of(c.FinishReason).Explains() {
		return false
	}
	return !c.Message.HasContent()
}
