package assemble

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/jprint"
)

// maxCalls is how many tool calls a choice may have. Models make a dozen, and no
// provider takes results for more than 128.
const maxCalls = 1024

// fewCalls is up to how many calls are looked through one by one.
const fewCalls = 16

// maxDepth is how many levels of a call's unknown objects are merged.
const maxDepth = 4

// callBuilder grows one tool call.
type callBuilder struct {
	index     int
	id, kind  string
	name      string
	arguments arguments
	custom    bool
	// again: it was begun by a name or an id that may only repeat what was said. It
	// is no call unless arguments follow.
	again bool
	// reopened: another was begun in its place under the same name. It is no call where
	// that one got the arguments (Atlas).
	reopened     *callBuilder
	unplaced     bool // it came without an index
	placeholder  bool // it was begun with an empty object
	turns        []turn
	extra, inner extraBuilder // Extra of the call and of its function
}

// callList grows the tool calls of one choice.
type callList struct {
	all         []*callBuilder // in the order of their arrival
	ids         map[string]*callBuilder
	indexes     map[int]*callBuilder
	ignoredMore bool // there were more than maxCalls
}

// add takes in a piece of a call, which is one of several in its event, or the only
// one.
func (l *callList) add(d *chat.ToolCallDelta, several bool) {
	c, again := l.find(d, several || d.Placed())
	if c == nil {
		if len(l.all) == maxCalls {
			l.ignoredMore = true
			return
		}
		c = &callBuilder{index: d.Index, again: again}
		if n := len(l.all); n > 0 && again && d.Placed() && d.Index == l.all[n-1].index {
			l.all[n-1].reopened = c
		}
		if n := len(l.all); n > 0 && !several && !d.Placed() {
			c.index = l.all[n-1].index + 1
		}
		c.unplaced = !several && !d.Placed()
		l.all = append(l.all, c)
		l.note(c, d.ID)
	} else if c.id == "" && d.ID != "" {
		l.note(c, d.ID)
	}
	l.turns(c, d)
	c.placeholder = c.placeholder || c.arguments.pieces == 0 && d.Function.Name != "" && d.Function.Arguments == "{}"
	c.id = cmp.Or(c.id, d.ID)
	c.kind = cmp.Or(c.kind, d.Type)
	if piece, ok := c.unflat(d); ok {
		c.extra.add(piece)
	} else {
		c.add(&d.Function)
	}
	// Some gateways put an empty one beside every function.
	if d.Custom != nil && (d.Custom.Name != "" || d.Custom.Input != "" || d.Type == chat.ToolCustom) {
		c.custom = true
		c.add(&chat.FunctionCall{Name: d.Custom.Name, Arguments: d.Custom.Input})
	}
	c.extra.deep = maxDepth
	c.extra.add(d.Extra)
}

// unflat returns the arguments of a later piece of a call that another type has, and that
// has its arguments beside the id. The type comes with the first piece alone, so the others
// look as those of a function do.
func (c *callBuilder) unflat(d *chat.ToolCallDelta) (map[string]json.RawMessage, bool) {
	_, beside := c.extra.values["arguments"]
	if !beside || d.Type != "" || !foreign(c.kind) || c.name != "" || d.Function.Name != "" || d.Function.Arguments == "" {
		return nil, false
	}
	return map[string]json.RawMessage{"arguments": jprint.AppendString(nil, d.Function.Arguments)}, true
}

// find returns the call that a piece belongs to, nil for a new one: the call with its
// id, or else with its index, or else the one that was begun last. again says of a
// new one that it may be none.
func (l *callList) find(d *chat.ToolCallDelta, placed bool) (c *callBuilder, again bool) {
	if len(l.all) == 0 {
		return nil, false
	}
	f := functionOf(d)
	last := l.all[len(l.all)-1]
	if c := l.byID(d.ID); c != nil {
		// Some servers give all calls the same id.
		other := placed && d.Index != c.index && f.Name != "" && c.arguments.complete() && whole(f.Arguments)
		if !other {
			return c, false
		}
		return nil, false
	}
	c = last
	if placed {
		if c = l.byIndex(d.Index); c == nil {
			if f.Name == "" && d.ID == "" && (!last.arguments.complete() || l.counted(last, d.Index)) {
				return last, false // pieces alone begin nothing
			}
			return nil, false
		}
	}
	if c.begins(d, f, placed) {
		return nil, f.Arguments == "" && (f.Name == "" || f.Name == c.name) && !elsewhere(d)
	}
	return c, false
}

// begins reports that a piece that might belong to the call is the beginning of
// another one. Gemini's compatible endpoint and others give all calls index 0.
func (c *callBuilder) begins(d *chat.ToolCallDelta, f chat.FunctionCall, placed bool) bool {
	if d.ID != "" && c.id != "" {
		// Some servers make up an id for every piece.
		return f.Name != "" || c.arguments.complete() || elsewhere(d)
	}
	switch {
	case f.Name == "":
		return d.ID != "" && c.arguments.complete()
	case c.name == "":
		return false // the name came late
	case !c.arguments.complete():
		if f.Name == c.name {
			return false
		}
		// Another name: of a call with arguments, or the rest of a name.
		return c.arguments.pieces > 0 || d.ID != "" || !placed && !strings.HasPrefix(f.Name, c.name)
	case f.Name != c.name:
		return true
	case c.arguments.text.String() == "{}":
		// A placeholder, or a call without arguments.
		return whole(f.Arguments) && c.id == "" && d.ID == "" && f.Arguments != "{}" || d.ID != ""
	}
	return !sameJSON(f.Arguments, c.arguments.value())
}

// functionOf is the function of a piece, or its custom tool.
func functionOf(d *chat.ToolCallDelta) chat.FunctionCall {
	if d.Custom != nil && d.Function.Name == "" && d.Function.Arguments == "" {
		return chat.FunctionCall{Name: d.Custom.Name, Arguments: d.Custom.Input}
	}
	return chat.FunctionCall{Name: d.Function.Name, Arguments: d.Function.Arguments}
}

// whole reports a piece that is an object.
func whole(piece string) bool {
	var a arguments
	a.follow(piece)
	return a.complete()
}

// sameJSON reports the same text, white space between values apart.
func sameJSON(a, b string) bool {
	if a == b || a == "" {
		return a == b
	}
	var x, y bytes.Buffer
	return json.Compact(&x, []byte(a)) == nil && json.Compact(&y, []byte(b)) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

func (l *callList) byID(id string) *callBuilder {
	if id == "" || l.ids != nil {
		return l.ids[id]
	}
	for _, c := range slices.Backward(l.all) {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (l *callList) byIndex(index int) *callBuilder {
	if l.indexes != nil {
		return l.indexes[index]
	}
	for _, c := range slices.Backward(l.all) {
		if c.index == index {
			return c
		}
	}
	return nil
}

// note keeps the maps of many calls up to date.
func (l *callList) note(c *callBuilder, id string) {
	if len(l.all) <= fewCalls {
		return
	}
	if l.ids == nil {
		l.ids, l.indexes = make(map[string]*callBuilder), make(map[int]*callBuilder)
		for _, c := range l.all {
			l.ids[c.id], l.indexes[c.index] = c, c
		}
		delete(l.ids, "")
	}
	l.indexes[c.index] = c
	if id != "" {
		l.ids[id] = c
	}
}

// sorted has the calls by index, and in the order of their arrival where servers give
// all the same.
func (l *callList) sorted() []*callBuilder {
	list := make([]*callBuilder, 0, len(l.all))
	given := l.dealt()
	for _, c := range l.all {
		if arguments, ok := given[c]; ok {
			list = append(list, c.with(arguments))
		} else if !c.again && !c.replaced() || c.arguments.pieces > 0 {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(x, y *callBuilder) int { return cmp.Compare(x.index, y.index) })
	return list
}

// replaced reports that the arguments went to the call that was begun in its place.
func (c *callBuilder) replaced() bool {
	return c.arguments.pieces == 0 && c.reopened != nil && c.reopened.name == c.name && c.reopened.arguments.pieces > 0
}

// add takes in a piece of a function call. A name comes whole, or in pieces before the
// arguments, or whole again with every piece, or after the arguments.
func (c *callBuilder) add(f *chat.FunctionCall) {
	switch {
	case c.name == "" || strings.HasPrefix(f.Name, c.name) && c.arguments.pieces == 0:
		c.name = cmp.Or(f.Name, c.name)
	case c.arguments.pieces == 0:
		c.name += f.Name
	}
	c.arguments.add(f.Arguments)
	c.inner.deep = maxDepth
	c.inner.add(f.Extra)
}

// elsewhere reports a piece that has all it says in fields that only its type knows, so
// that it goes on with nothing.
func elsewhere(d *chat.ToolCallDelta) bool {
	return foreign(d.Type) && d.Custom == nil && d.Function.Name == "" && d.Function.Arguments == ""
}

// foreign reports a type of call whose name and arguments stay where they are.
func foreign(kind string) bool { return kind != "" && kind != chat.ToolFunction }

// beside returns the unknown fields of the call.
func (c *callBuilder) beside() map[string]json.RawMessage {
	return c.extra.build(func(name string) bool { return ours(name) && !(name == "arguments" && foreign(c.kind)) })
}

func (c *callBuilder) build() chat.ToolCall {
	t := chat.ToolCall{ID: c.id, Type: c.kind, Extra: c.beside()}
	if c.custom {
		t.Type = cmp.Or(t.Type, chat.ToolCustom)
		t.Custom = &chat.CustomCall{Name: c.name, Input: c.arguments.text.String()}
		return t
	}
	t.Type = cmp.Or(t.Type, chat.ToolFunction)
	t.Function = chat.FunctionCall{Name: c.name, Arguments: c.arguments.value(), Extra: c.inner.build(ours)}
	return t
}
