package chat

import (
	"strings"

	"github.com/buoy-go/buoy/internal/jscan"
)

// reasoningDetails is what [Message.ReasoningField] says of a text of the details.
const reasoningDetails = "reasoning_details"

// settle puts right what servers leave out of a whole answer, or say twice.
func (r *Response) settle() {
	r.Usage.Sum()
	if len(r.Choices) > 1 {
		r.numberChoices()
	}
	r.NameCalls()
	for i := range r.Choices {
		r.Choices[i].Message.settle()
	}
}

func (m *Message) settle() {
	if m.Role == "" {
		m.Role = RoleAssistant // a request needs it
	}
	m.FindReasoning()
	for i := range m.ToolCalls {
		m.ToolCalls[i].Function.once()
	}
	if m.FunctionCall != nil {
		m.FunctionCall.once()
	}
}

// once takes arguments that came several times (of proxies of the Responses API), or are
// encoded twice, for what they are.
func (f *FunctionCall) once() {
	if f.Arguments != "" && f.Arguments[0] == '"' {
		if object, ok := jscan.Unquoted(f.Arguments); ok {
			f.Arguments = object
		}
	}
	if len(f.Arguments) > 3 && f.Arguments[len(f.Arguments)-1] == '}' && strings.Contains(f.Arguments[1:], "{") {
		if one, ok := jscan.Repeated(f.Arguments); ok {
			f.Arguments = one
		}
	}
}

// FindReasoning sets Reasoning to the text of the details where it came in these alone,
// as Bifrost and others send it.
func (m *Message) FindReasoning() {
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
