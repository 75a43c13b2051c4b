package cachekey

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/buoy-go/buoy/chat"
)

const (
	memoSlots = 512
	// longestNoted bounds what is noted for one key, and with memoSlots all of it: to 2 MB.
	// The keys of longer requests are made each time.
	longestNoted = 4 << 10
)

// Memo makes keys and notes those of the latest requests, in a bounded memory: to hash an
// equal request again costs half a microsecond more than to compare it. The zero value is
// ready, and it is safe for concurrent use. It must not be copied.
type Memo struct {
	slots [memoSlots]atomic.Pointer[noted]
}

// noted is all that a key was made of, and the key. It never changes.
type noted struct{ from, key string }

// memoSeed keeps requests from being made so that they drive each other out.
var memoSeed = maphash.MakeSeed()

// Of is [Of], which it asks once for the same bytes.
func (n *Memo) Of(r *chat.Request, p *Place) (string, error) {
	m := makers.Get().(*maker)
	defer m.putBack()
	if err := m.write(r, p); err != nil {
		return "", err
	}
	if len(m.text) > longestNoted {
		return m.key()
	}
	slot := &n.slots[maphash.Bytes(memoSeed, m.text)%memoSlots]
	if old := slot.Load(); old != nil && old.from == string(m.text) {
		return old.key, nil
	}
	from := string(m.text)
	key, err := m.key()
	if err == nil {
		slot.Store(&noted{from, key})
	}
	return key, err
}
