package chat

import "fmt"

// This file finds calls of tools without a result, and results without a call. OpenAI and
// Anthropic refuse both; other servers answer nonsense. What may be right is let through: a
// call that ends the conversation, a history that begins in its middle, roles that only
// some server knows. Whatever is refused can be sent all the same: calls in Message.Extra
// are not looked at.

// history is a conversation whose calls and results are checked.
type history struct {
	messages []Message
	called   map[string]bool // the ids of its calls
	answered map[string]bool // and of its results
}

// history checks that calls and results belong together.
func (v *validator) history(messages []Message) {
	if !checkable(messages) {
		return
	}
	h := history{messages, make(map[string]bool), make(map[string]bool)}
	for i := range messages {
		if m := &messages[i]; m.Role == RoleTool {
			h.answered[m.ToolCallID] = true
		}
		for _, c := range messages[i].ToolCalls {
			h.called[c.ID] = true
		}
	}
	inMiddle := true // it may begin with results: nothing but instructions came so far
	for i := range messages {
		at := v.at("messages", i)
		switch m := &messages[i]; m.Role {
		case RoleSystem, RoleDeveloper:
		case RoleTool:
			if !inMiddle && !h.called[m.ToolCallID] {
				v.fail("tool_call_id", "is the id of no call: append the message with the calls (resp.Choices[0].Message) before their results, and use the ids that stand there")
			}
		default:
			inMiddle = false
			if j := h.open(i); j >= 0 {
				v.fail(fmt.Sprintf("tool_calls[%d]", j), "has no result: append a ToolResult with its id before the conversation goes on, also where the call failed or was left out")
			}
		}
		v.back(at)
	}
}

// checkable reports that there are calls or results, and nothing of a kind that only its
// server understands.
func checkable(messages []Message) bool {
	found := false
	for i := range messages {
		m := &messages[i]
		switch m.Role {
		case RoleSystem, RoleDeveloper, RoleUser, RoleAssistant, RoleTool:
		default:
			return false // perhaps a result by another name
		}
		if has(m.Extra, "role") || has(m.Extra, "tool_calls") || has(m.Extra, "tool_call_id") {
			return false
		}
		for j := range m.ToolCalls {
			if m.ToolCalls[j].ID == "" {
				return false // a server that knows results by their order
			}
		}
		found = found || m.Role == RoleTool || len(m.ToolCalls) > 0
	}
	return found
}

// open returns the place of a call of the message without a result, -1 for none. The last
// message's calls may have theirs still to come, and a server's own tool has had it.
func (h *history) open(i int) int {
	if i == len(h.messages)-1 {
		return -1
	}
	for j, c := range h.messages[i].ToolCalls {
		own := c.Type == "" || c.Type == ToolFunction || c.Type == ToolCustom
		if own && !h.answered[c.ID] {
			return j
		}
	}
	return -1
}
