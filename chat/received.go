package chat

import (
	"slices"

	"github.com/buoy-go/buoy/internal/jscan"
)

// reasoningDetails is what [Message.ReasoningField] says of a text of the details.
const reasoningDetails = "reasoning_details"

// settle puts right what servers leave out of a whole answer, or say twice.
func (r *Response) settle() {
	if len(r.Choices) > 1 {
		r.numberChoices()
	}
	for i := range r.Choices {
		r.Choices[i].Message.settle()
	}
	r.Complete()
}

func (m *Message) settle() {
	for i := range m.ToolCalls {
		m.ToolCalls[i].Function.once()
	}
	if m.FunctionCall != nil {
		m.FunctionCall.once()
	}
}

// Complete fills in what servers leave out: the role, the total of the tokens, the text of
// reasoning that came in the details alone, and the ids of tool calls. A call without an
// id, or with that of a call before it, gets one, because a tool result must name its
// call. The same answer always gets the same ids, whether whole or streamed.
//
// Use it once all of an answer is there. An answer that was decoded or assembled is
// complete.
func (r *Response) Complete() {
	r.Usage.Sum()
	for i := range r.Choices {
		m := &r.Choices[i].Message
		if m.Role == "" {
			m.Role = RoleAssistant // a request needs it
		}
		m.findReasoning()
		if m.saidTwice() {
			m.FunctionCall = nil
		}
	}
	r.nameCalls()
}

// saidTwice reports a FunctionCall that is among the tool calls as well. Sent back beside
// them it would be one that nothing answers.
func (m *Message) saidTwice() bool {
	old := m.FunctionCall
	return old != nil && slices.ContainsFunc(m.ToolCalls, func(c ToolCall) bool {
		return c.Custom == nil && c.Function.Name == old.Name && c.Function.Arguments == old.Arguments
	})
}

// once takes arguments that came several times (of proxies of the Responses API), or are
// encoded twice, for what they are.
func (f *FunctionCall) once() {
	if object, ok := jscan.Once(f.Arguments); ok {
		f.Arguments = object
	}
}

// findReasoning sets Reasoning to the text of the details where it came in these alone,
// as Bifrost and others send it.
func (m *Message) findReasoning() {
	if m.Reasoning != "" || m.ReasoningField != "" || len(m.ReasoningDetails) == 0 {
		return
	}
	if text := detailsText(m.ReasoningDetails); text != "" {
		m.Reasoning, m.ReasoningField = text, reasoningDetails
	}
}

// detailsText is the text of details that can be read: whole thoughts and summaries.
func detailsText(details []byte) string {
	var d decoder
	d.start(Asked{})
	d.Reset(details)
	var text []byte
	if !d.Array() {
		return ""
	}
	for d.More() {
		if !d.spend() || !d.Object() {
			d.Skip()
			continue
		}
		for {
			key, ok := d.Key()
			if !ok {
				break
			}
			var s string
			switch string(key) {
			case "text", "summary":
				if d.str(&s) {
					text = append(text, s...)
					continue
				}
			}
			d.Skip()
		}
	}
	if d.end() != nil {
		return ""
	}
	return string(text)
}

// numberChoices numbers choices by their places where two have the same number.
func (r *Response) numberChoices() {
	seen := make(map[int]bool, len(r.Choices))
	for i := range r.Choices {
		seen[r.Choices[i].Index] = true
	}
	if len(seen) == len(r.Choices) {
		return
	}
	for i := range r.Choices {
		r.Choices[i].Index = i
	}
}
