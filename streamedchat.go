package buoy

import (
	"context"
	"io"
	"runtime"
)

// WithStreamedChat makes Chat use a stream internally. Timeouts.FirstToken and
// Timeouts.Idle then watch the first token and every pause. So a silent provider is
// noticed soon, while an answer may take as long as it needs; Timeouts.Attempt applies
// only until the first token. If the stream breaks off, the answer is requested again
// from the start, like after any other failure, because nobody has seen a part of it.
// The Response is the same as without this option.
//
// It has no effect on Stream; see [WithStreamRecovery].
func WithStreamedChat() Setting {
	return setting(func(s *settings) { s.streamedChat = true })
}

// streamedChat asks for a stream in place of a whole answer and reads it to its
// end. It is inside the retry, which therefore repeats what breaks off in the
// middle; and outside the breaker, which hears of that as of any stream's end.
func streamedChat(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		if call.Stream || !stateOf(call).settings.streamedChat {
			return next(ctx, call)
		}
		c := *call
		c.Stream = true
		reply, err := next(ctx, &c)
		if err != nil || reply == nil || reply.Stream == nil {
			return reply, err
		}
		s := reply.Stream
		defer s.Close()
		if err := drain(s); err != nil {
			return nil, err
		}
		if w, ok := s.inner.src.(*wholeSource); ok {
			return &Reply{Response: w.whole}, nil // a server that does not stream
		}
		return &Reply{Response: s.Response()}, nil
	}
}

// drain reads a stream to its end for somebody who wants the whole.
func drain(s *Stream) error {
	defer runtime.KeepAlive(s.root) // a handle that was collected ends its flow
	return s.inner.drain()
}

// newWholeStream delivers a whole answer as one chunk.
func newWholeStream(r *Response) *Stream {
	return newStream(&wholeSource{whole: r, chunk: r.Chunk()}, new(flow)).Stream
}

// wholeSource is a whole answer delivered as one chunk.
type wholeSource struct {
	whole *Response
	chunk *Chunk
	done  bool
}

func (w *wholeSource) next() (*Chunk, error) {
	if w.done {
		return nil, io.EOF
	}
	w.done = true
	return w.chunk, nil
}

func (w *wholeSource) stop()          {}
func (w *wholeSource) info() CallInfo { return w.whole.Info }
