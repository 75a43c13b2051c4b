package assemble

import (
	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/finish"
)

// NoContent reports that the model generated nothing: no choice has text,
// reasoning, a call, a refusal, audio or pictures, nor reached the limit of tokens before
// one of these.
func NoContent(r *chat.Response) bool {
	for i := range r.Choices {
		if !empty(&r.Choices[i]) {
			return false
		}
	}
	return true
}

func empty(c *chat.Choice) bool {
	return finish.Behind(c.FinishReason, c.NativeFinishReason) != finish.Length && !c.Message.HasContent()
}
