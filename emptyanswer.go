package buoy

import "context"

// This file is about answers that are meant to be empty ("say nothing if nothing
// matches"). The model generated tokens, ended by itself, and said nothing. A sampling
// accident looks the same, so it is asked once more; then the answer is taken as it is.

// asItIs delivers an empty answer that may be meant, where the call has nothing better.
// It is outside the chain, whoever composed that: no layer is asked again for it.
func asItIs(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		reply, err := next(ctx, call)
		if err == nil || KindOf(err) == ErrCanceled {
			return reply, err
		}
		answer, _ := stateOf(call).account.empty()
		if answer == nil {
			return reply, err
		}
		if call.Stream {
			return &Reply{Stream: newWholeStream(answer)}, nil
		}
		return &Reply{Response: answer}, nil
	}
}

// empty returns a copy of the call's latest answer that may be meant to be empty, nil
// where there was none, and how many requests were sent after the first of them.
func (a *account) empty() (answer *Response, after int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.attempts {
		if answer != nil {
			after++
		}
		if te, ok := asType[*TransportError](a.attempts[i].Err); ok && te.meant {
			own := *te.Partial
			answer = &own
		}
	}
	return answer, after
}

// emptyTwice reports that a call was asked once more after an answer that may be meant
// to be empty. One that goes on after an interruption has a better answer to mend.
func (a *account) emptyTwice(c *Call) bool {
	_, after := a.empty()
	return after > 0 && c.resume == nil
}
