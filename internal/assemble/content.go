package assemble

import (
	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/finish"
	"github.com/buoy-go/buoy/internal/jscan"
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
	m := &c.Message
	return m.Text() == "" && m.Reasoning == "" && m.Refusal == "" &&
		len(m.ToolCalls) == 0 && m.FunctionCall == nil && m.Audio == nil &&
		!hasParts(m.Parts) && !jscan.HasItems(m.ReasoningDetails) && !jscan.HasItems(m.Extra["images"])
}

// hasParts reports a part that is not an empty text.
func hasParts(parts []chat.Part) bool {
	for i := range parts {
		if parts[i].Type != chat.PartText || parts[i].Text != "" {
			return true
		}
	}
	return false
}
