package assemble

import (
	"strings"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/jscan"
)

// Some gateways begin all calls in one place and count them only while the arguments
// come (OmniRoute#11144), or leave the arguments in that place, too (plexus#694). The call
// that was begun last has all of them then, and those before it have none.

// turn is where in a call's arguments those of another place begin.
type turn struct{ index, start int }

// counted reports that a place that nothing was begun in is one of those that the calls
// begun where c is would have, c being the last.
func (l *callList) counted(c *callBuilder, index int) bool {
	n := len(l.all)
	if index <= c.index || index-c.index >= n || c != l.all[n-1] {
		return false
	}
	before := l.all[n-2]
	return before.index == c.index && before.arguments.pieces == 0 && l.all[n-1-(index-c.index)].index == c.index
}

// turns notes that a piece has another place than the call that it belongs to.
func (l *callList) turns(c *callBuilder, d *chat.ToolCallDelta) {
	if n := len(c.turns); d.Placed() && d.ID == "" && (n == 0 || c.turns[n-1].index != d.Index) && n < maxCalls && l.counted(c, d.Index) {
		c.turns = append(c.turns, turn{d.Index, len(c.arguments.text.String())})
	}
}

// dealt has the arguments of calls that were begun in one place, by call, where the last
// of them has those of all.
func (l *callList) dealt() (given map[*callBuilder]string) {
	for begin := 0; begin < len(l.all); {
		end := begin + 1
		for end < len(l.all) && l.all[end].index == l.all[begin].index && l.all[end-1].arguments.pieces == 0 {
			end++
		}
		run := l.all[begin:end]
		begin = end
		last := run[len(run)-1]
		if len(run) == 1 || len(last.turns) == 0 && last.arguments.values != len(run) {
			continue
		}
		for i, text := range last.shares(len(run)) {
			if given == nil {
				given = make(map[*callBuilder]string)
			}
			given[run[i]] = text
		}
	}
	return given
}

// shares are the arguments of n calls, in the order in which those were begun, or nothing
// where they cannot be told apart.
func (c *callBuilder) shares(n int) []string {
	text := c.arguments.text.String()
	list := make([]string, n)
	if len(c.turns) > 0 {
		end := len(text)
		for i := len(c.turns) - 1; i >= 0; i-- {
			t := c.turns[i]
			if at := t.index - c.index; at < n && list[at] == "" {
				list[at] = text[t.start:end]
			}
			end = t.start
		}
		list[0] = text[:end]
		return list
	}
	for i := range list {
		end := jscan.ObjectEnd(text)
		list[i], text = text[:end], strings.TrimLeft(text[end:], " \t\r\n")
		// One that is empty or comes again is a placeholder or a summary.
		if !jscan.Valid([]byte(list[i])) || i == 0 && sameJSON(list[0], "{}") || i > 0 && sameJSON(list[i], list[i-1]) {
			return nil
		}
	}
	if text != "" {
		return nil
	}
	return list
}

// with is the call with these arguments.
func (c *callBuilder) with(given string) *callBuilder {
	other := &callBuilder{index: c.index, id: c.id, kind: c.kind, name: c.name, custom: c.custom, extra: c.extra, inner: c.inner}
	other.arguments.add(given)
	return other
}
