package buoyotel

import (
	"sync"

	"github.com/buoy-go/buoy"
)

// maxNames bounds the models and endpoints that metrics tell apart. Whoever calls chooses
// the names of models, and each name makes new series that are kept for months.
const maxNames = 100

// otherName stands for the names beyond those, as in the conventions for HTTP methods.
const otherName = "_OTHER"

// names are the values of an attribute that were seen. It is safe for concurrent use.
type names struct {
	mu    sync.RWMutex // guards known
	known map[string]struct{}
}

func newNames() *names { return &names{known: map[string]struct{}{}} }

// of is how metrics call it: itself, while there is room. Where admit is false, a name that
// was not seen before takes none.
func (n *names) of(name string, admit bool) string {
	name = clean(name)
	if name == "" {
		return ""
	}
	n.mu.RLock()
	_, ok := n.known[name]
	full := len(n.known) >= maxNames
	n.mu.RUnlock()
	switch {
	case ok:
		return name
	case full || !admit:
		return otherName
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.known[name]; !ok && len(n.known) >= maxNames {
		return otherName
	}
	n.known[name] = struct{}{}
	return name
}

// exists reports whether a model may exist after a call that ended so: a caller who makes
// up names must not use up the room.
func exists(kind string) bool {
	return kind != string(buoy.ErrNotFound) && kind != string(buoy.ErrInvalidRequest)
}
