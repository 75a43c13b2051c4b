package chat

import (
	"context"
	"errors"
)

// ErrTooMany is returned for a reply with more choices, calls, unknown fields and so on
// than any request can have asked for. Decoding stops there, since many empty objects
// need up to a hundred times their length in memory. [Request.ReadBody] returns it for
// the same reason.
var ErrTooMany = errors.New("the reply has more elements than the request can have asked for")

// How many elements a reply or an event may have. Counted are objects in lists, and
// fields that buoy does not know. A web search brings dozens of annotations, a busy
// model dozens of calls.
const (
	maxElements          = 4096
	maxElementsPerChoice = 256
	// maxMoreChoices is how many choices may come beyond those that were asked for.
	// Some proxies put each call into a choice of its own.
	maxMoreChoices = 127
)

// Asked says what the request asked for, so that its reply can be checked against it.
// The zero value means that nothing is known about the request.
type Asked struct {
	// N is how many choices were asked for. 0 means unknown. If it is 1, all choices
	// that come are read as that one, whatever their index.
	N int
	// Context ends the decoding with its error. It is checked after every 64 elements.
	// nil means no check.
	Context context.Context
}

// start makes the decoder ready for a text.
func (d *decoder) start(a Asked) {
	d.flags, d.err, d.fresh = 0, nil, false
	d.asked = a
	d.room = maxElements + maxElementsPerChoice*max(0, min(a.N, 1<<20))
}

// spend counts an element. It reports false, and stops the cursor, if there are too
// many or if the context has ended.
func (d *decoder) spend() bool {
	d.room--
	switch {
	case d.room < 0:
		d.Fail(ErrTooMany)
		return false
	case d.room%64 == 0 && d.asked.Context != nil:
		if err := d.asked.Context.Err(); err != nil {
			d.Fail(err)
			return false
		}
	}
	return true
}

// maxChoices is how many choices may come, and the bound of their indexes.
func (d *decoder) maxChoices() int {
	if d.asked.N == 0 {
		return maxElements
	}
	return d.asked.N + maxMoreChoices
}
