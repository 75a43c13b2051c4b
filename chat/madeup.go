package chat

import (
	"hash/fnv"
	"strconv"
)

// NameCalls gives an id to each tool call that came without one, because a tool result
// must name its call. The same answer always gets the same ids, whether whole or
// streamed. They have nine letters and digits, which is the form that Mistral accepts.
func (r *Response) NameCalls() {
	for i := range r.Choices {
		calls := r.Choices[i].Message.ToolCalls
		for k := range calls {
			if c := &calls[k]; c.ID == "" && !has(c.Extra, "id") {
				c.ID = r.madeUp(r.Choices[i].Index, k, c)
			}
		}
	}
}

func (r *Response) madeUp(choice, place int, c *ToolCall) string {
	h := fnv.New64a()
	var text []byte
	text = append(text, r.ID...)
	text = strconv.AppendInt(append(text, ' '), r.Created, 10)
	text = strconv.AppendInt(append(text, ' '), int64(choice), 10)
	text = strconv.AppendInt(append(text, ' '), int64(place), 10)
	text = append(append(text, ' '), c.Function.Name...)
	_, _ = h.Write(text)
	id := strconv.FormatUint(h.Sum64(), 36)
	for len(id) < 9 {
		id += "0"
	}
	return id[:9]
}
