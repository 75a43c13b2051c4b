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
	return c.follows(l.all[n-2]) && l.all[n-1-(index-c.index)].index == c.index
}

// follows reports that the call before was begun in this one's place and has got nothing
// there.
func (c *callBuilder) follows(before *callBuilder) bool {
	return (before.index == c.index || before.unplaced && c.unplaced) && before.arguments.bare()
}

// bare reports that nothing came but what stands for it.
func (a *arguments) bare() bool {
	text := a.text.String()
	return text == "" || text == "{}" || text == "null" || text == `""`
}

// maxTurns bounds the memory for places, of which each came in an event of its own.
const maxTurns = 1 << 16

// turns notes that a piece has another place than the one before it, and other than the
// call that it belongs to, or that one's again.
func (l *callList) turns(c *callBuilder, d *chat.ToolCallDelta) {
	at, n := c.index, len(c.turns)
	if n > 0 {
		at = c.turns[n-1].index
	}
	if d.Placed() && d.ID == "" && d.Index != at && n < maxTurns && (n > 0 && d.Index == c.index || l.counted(c, d.Index)) {
		c.turns = append(c.turns, turn{d.Index, len(c.arguments.text.String())})
	}
}

// dealt has the arguments of calls that were begun in one place, by call, where the last
// of them has those of all.
func (l *callList) dealt() (given map[*callBuilder][]string) {
	for begin := 0; begin < len(l.all); {
		end := begin + 1
		for end < len(l.all) && l.all[end].follows(l.all[end-1]) {
			end++
		}
		run := l.all[begin:end]
		begin = end
		last := run[len(run)-1]
		if len(run) == 1 || len(last.turns) == 0 && last.arguments.values != len(run) {
			continue
		}
		for i, pieces := range last.shares(len(run)) {
			if given == nil {
				given = make(map[*callBuilder][]string)
			}
			given[run[i]] = pieces
		}
	}
	return given
}

// shares are the arguments of n calls, in pieces, in the order in which the calls were
// begun, or nothing where they cannot be told apart.
func (c *callBuilder) shares(n int) [][]string {
	text := c.arguments.text.String()
	list := make([][]string, n)
	if len(c.turns) > 0 {
		at := turn{index: c.index}
		if c.placeholder {
			at.start = len("{}")
		}
		for i := range len(c.turns) + 1 {
			next := turn{start: len(text)}
			if i < len(c.turns) {
				next = c.turns[i]
			}
			if to := at.index - c.index; to < n && at.start < next.start {
				list[to] = append(list[to], text[at.start:next.start])
			}
			at = next
		}
		return list
	}
	last := ""
	for i := range list {
		end := jscan.ObjectEnd(text)
		one := text[:end]
		text = strings.TrimLeft(text[end:], " \t\r\n")
		// One that is empty or comes again is a placeholder or a summary.
		if !jscan.Valid([]byte(one)) || i == 0 && sameJSON(one, "{}") || i > 0 && sameJSON(one, last) {
			return nil
		}
		list[i], last = []string{one}, one
	}
	if text != "" {
		return nil
	}
	return list
}

// with is the call with these arguments.
func (c *callBuilder) with(given []string) *callBuilder {
	other := &callBuilder{index: c.index, id: c.id, kind: c.kind, name: c.name, custom: c.custom, extra: c.extra, inner: c.inner}
	for _, piece := range given {
		other.arguments.add(piece)
	}
	return other
}
