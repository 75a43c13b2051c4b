package chat

import (
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
)

// noID is what serializers write in place of an id that is missing. Mistral refuses it
// on the way in.
const noID = "null"

// nameCalls gives ids to the calls that have none of their own, of nine letters and
// digits, which is the form that Mistral accepts.
func (r *Response) nameCalls() {
	for i := range r.Choices {
		m := &r.Choices[i].Message
		calls := withoutRepeats(m.ToolCalls, len(m.ToolCalls) > 1 || m.Text() != "")
		m.ToolCalls = calls
		taken := idsOf(calls)
		for k := range calls {
			c := &calls[k]
			if c.ID == "" && has(c.Extra, "id") {
				continue
			}
			if c.ID == "" || c.ID == noID || taken.first(calls[:k], c.ID) >= 0 {
				c.ID = r.madeUp(r.Choices[i].Index, k, c)
			}
		}
	}
}

// withoutRepeats leaves out a call that has all of one before it, the id too: some gateways
// say each twice, and it must not be made twice. A call of nothing is none, where there is
// something else.
func withoutRepeats(calls []ToolCall, more bool) []ToolCall {
	taken, kept := idsOf(calls), calls
	for k := range calls {
		c := &calls[k]
		at := taken.first(calls[:k], c.ID)
		if at >= 0 && c.repeats(&calls[at]) || more && c.ghost() {
			if len(kept) == len(calls) {
				kept = slices.Clone(calls[:k])
			}
		} else if len(kept) < len(calls) {
			kept = append(kept, *c)
		}
	}
	return kept
}

func (c *ToolCall) repeats(other *ToolCall) bool {
	return c.ID != "" && c.ID != noID && c.Custom == nil && other.Custom == nil &&
		c.Function.Name == other.Function.Name && c.Function.Arguments == other.Function.Arguments
}

// ghost reports a call that calls nothing: it has neither name nor arguments, and could
// not be sent back. A call of another type may say all there is by its type.
func (c *ToolCall) ghost() bool {
	return ours(c.Type) && (c.Custom == nil || *c.Custom == CustomCall{}) && !told(c.Extra) && c.Function.none()
}

// nameless reports a call that says with what, and not what it calls.
func (c *ToolCall) nameless() bool {
	switch {
	case !ours(c.Type) || c.Type == ToolCustom && c.Custom == nil || c.ghost():
		return false // a custom tool of another form has its name among the unknown fields
	case c.Custom != nil:
		return c.Custom.Name == ""
	}
	return c.Function.Name == ""
}

// ours reports a type of call whose fields are known. The others belong to tools that the
// provider runs itself.
func ours(kind string) bool {
	return kind == "" || kind == ToolFunction || kind == ToolCustom
}

// told reports an unknown field that says something.
func told(extra map[string]json.RawMessage) bool {
	for _, raw := range extra {
		if string(raw) != "null" {
			return true
		}
	}
	return false
}

func (f *FunctionCall) none() bool {
	return f.Name == "" && f.Arguments == "" && !told(f.Extra)
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

// first is where one of these calls has the id, -1 if none has.
func (ids callIDs) first(calls []ToolCall, id string) int {
	if ids != nil {
		if at := ids[id]; at < len(calls) {
			return at
		}
		return -1
	}
	return slices.IndexFunc(calls, func(c ToolCall) bool { return c.ID == id })
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
