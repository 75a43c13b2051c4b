package chat

import (
	"hash/fnv"
	"strconv"
)

// noID is what serializers write in place of an id that is missing. Mistral refuses it
// on the way in.
const noID = "null"

// nameCalls gives ids to the calls that have none of their own, of nine letters and
// digits, which is the form that Mistral accepts.
func (r *Response) nameCalls() {
	for i := range r.Choices {
		calls := r.Choices[i].Message.ToolCalls
		taken := idsOf(calls)
		for k := range calls {
			c := &calls[k]
			if c.ID == "" && has(c.Extra, "id") {
				continue
			}
			if c.ID == "" || c.ID == noID || taken.before(calls[:k], c.ID) {
				c.ID = r.madeUp(r.Choices[i].Index, k, c)
			}
		}
	}
}

// fewCalls is up to how many calls are compared one by one.
const fewCalls = 16

// callIDs has where each id of many calls comes first.
type callIDs map[string]int

func idsOf(calls []ToolCall) callIDs {
	if len(calls) <= fewCalls {
		return nil
	}
	ids := make(callIDs, len(calls))
	for k := range calls {
		if _, ok := ids[calls[k].ID]; !ok {
			ids[calls[k].ID] = k
		}
	}
	return ids
}

// before reports that one of these calls has the id.
func (ids callIDs) before(calls []ToolCall, id string) bool {
	if ids != nil {
		return ids[id] < len(calls)
	}
	for k := range calls {
		if calls[k].ID == id {
			return true
		}
	}
	return false
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
