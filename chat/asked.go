package chat

import (
	"context"
	"errors"
)

// ErrTooMany is the error of a reply that has more choices, calls, unknown fields and
// so on than any request can have asked for. What a reply of many empty objects costs
// in memory is a hundred times its length, so it is not read to its end.
var ErrTooMany = errors.New("the reply has more elements than the request can have asked for")

// How many elements a reply, or an event, may have: objects in lists, and fields that
// buoy does not know. A web search brings dozens of annotations, a busy model dozens
// of calls.
const (
	maxElements          = 4096
	maxElementsPerChoice = 256
	// maxMoreChoices is how many choices may come beyond those that were asked for:
	// proxies put each call into one of its own.
	maxMoreChoices = 127
)

// Asked says what a reply is the answer to. The zero value knows nothing of it.
type Asked struct {
	// N is how many choices were wanted. Where it is 1, all that comes belongs to
	// that one, whatever index a server gives it. 0 means that it is not known.
	N int
	// Context is looked at between the elements of a reply; nil means never.
	Context context.Context
}

// start makes the decoder ready for a text.
func (d *decoder) start(a Asked) {
	d.flags, d.err, d.fresh = 0, nil, false
	d.asked = a
	d.room = maxElements + maxElementsPerChoice*max(0, min(a.N, 1<<20))
}

// spend counts an element. It reports false, and stops the cursor, where there were too
// many, or nobody waits any more.
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
