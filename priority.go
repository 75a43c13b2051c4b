package buoy

import (
	"fmt"

	"github.com/buoy-go/buoy/internal/queue"
)

// Priority is whether somebody waits for an answer; see [WithPriority].
type Priority string

// The priorities.
const (
	Interactive Priority = "interactive" // somebody waits: the default
	Background  Priority = "background"  // it may take its time, as in a batch
)

// WithPriority says whether somebody waits for the answer to a call.
//
// In every queue of the client (the limits, the permits, the keys that rest) a
// Background call lets Interactive ones go first. One that has waited in a queue for
// 10 s counts as Interactive there, as old as it is, so it does not starve. A Background
// call leaves the last quarter of a [RetryBudget] to the others, and is never hedged.
// buoybatch runs its calls as Background.
func WithPriority(p Priority) CallOption {
	return callOption(func(s *settings) {
		switch p {
		case "", Interactive, Background:
			s.background = p == Background
		default:
			s.errs = append(s.errs, fmt.Errorf("WithPriority got %q: use buoy.Interactive or buoy.Background", string(p)))
		}
	})
}

// who is how a call stands in queues.
func (st *callState) who() queue.Who {
	who := queue.Who{Background: st.settings.background}
	if st.seldom != nil {
		who.Tenant = st.seldom.tenant
	}
	return who
}
