package chat

import "cmp"

// joinChoices makes one choice of several when one was asked for and the others have
// what the first lacks. GitHub Copilot puts the text into one choice, and each call into
// another. A second choice with text is another answer and stays.
func (r *Response) joinChoices() {
	first := &r.Choices[0]
	text := first.Message.Text() != ""
	kept := r.Choices[:1]
	for _, c := range r.Choices[1:] {
		m := &c.Message
		own := m.Text() != ""
		if own && text || !own && len(m.ToolCalls) == 0 && m.FunctionCall == nil {
			kept = append(kept, c)
			continue
		}
		to := &first.Message
		if own {
			text = true
			to.Content, to.Parts, to.NullContent = m.Content, m.Parts, false
		}
		to.ToolCalls = append(to.ToolCalls, m.ToolCalls...)
		if to.FunctionCall == nil {
			to.FunctionCall = m.FunctionCall
		}
		if to.Reasoning == "" {
			to.Reasoning, to.ReasoningField = m.Reasoning, m.ReasoningField
		}
		if to.ReasoningDetails == nil {
			to.ReasoningDetails = m.ReasoningDetails
		}
		if len(m.ToolCalls) > 0 {
			first.FinishReason = cmp.Or(c.FinishReason, first.FinishReason)
		}
	}
	r.Choices = kept
}
