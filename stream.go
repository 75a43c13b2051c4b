package buoy

import (
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"sync"

	"github.com/buoy-go/buoy/internal/assemble"
	"github.com/buoy-go/buoy/internal/tell"
)

// Stream is an answer in pieces. Read it to its end, or close it:
//
//	defer stream.Close()
//	for chunk, err := range stream.Chunks() {
//		if err != nil {
//			return err
//		}
//		fmt.Print(chunk.Text())
//	}
//
// It has ended well only if every choice that began has its finish reason. Anything
// else is an error, and [Stream.Response] has the partial answer.
//
// One goroutine reads a Stream. Any goroutine may call Close, Response and Info. A
// stream that is neither read to its end nor closed is released when its context ends.
// A copy of a Stream works like the original.
type Stream struct {
	inner *flow
	root  *Stream // of newStream or handOut: a copy keeps it, and when it is collected its flow ends
	under *Stream // the layers' handle, which the caller's keeps alive
}

// flow is the state behind a Stream. Timers and callbacks hold the flow and
// never the Stream, so that an abandoned handle can be collected.
type flow struct {
	src   source
	chunk *Chunk // the current one; the reader's own
	wait  func() // called before src is asked, where it does not tell when it waits
	heard func() // called for each chunk; nil where nobody listens

	settling sync.WaitGroup  // whoever ends it makes that visible, ...
	telling  sync.WaitGroup  // ... and tells those who wait for it
	handle   runtime.Cleanup // of the layers' handle; the runtime holds the flow for it and for handed

	mu      sync.Mutex // guards the fields below
	asm     assemble.Assembler
	handed  runtime.Cleanup // of the caller's handle
	part    *streamPart     // has the record of its attempt; nil for none
	ending  bool            // somebody ends it
	ended   bool            // its source is released, and the record complete
	err     error           // why it ended; nil for a good end
	wrapped error           // the same as the caller sees it
	call    *callState
	waiting []ending
	first   [6]ending // memory for those of the standard chain
}

// ending is somebody who waits for the end of a stream.
type ending interface{ streamEnded(err error) }

type endingFunc func(error)

func (f endingFunc) streamEnded(err error) { f(err) }

// errStreamClosed is what OnEnd hears of a stream that was closed early.
var errStreamClosed error = &TransportError{Kind: ErrCanceled, Op: "read", Sent: true, Err: errors.New("the stream was closed before its end")}

// newStream makes a reply, and the handle of a source. An abandoned handle ends its flow.
func newStream(src source, f *flow) *Reply {
	r := newHandle(src, f)
	f.handle = runtime.AddCleanup(r.Stream, endAbandoned, f)
	return r
}

// newHandle is newStream for a handle that none but the standard chain sees before it is
// handed out: no layer of that abandons one.
func newHandle(src source, f *flow) *Reply {
	r := new(struct {
		reply  Reply
		stream Stream
	})
	s := &r.stream
	f.src, s.inner, s.root, r.reply.Stream = src, f, s, s
	return &r.reply
}

func endAbandoned(f *flow) { f.end(errStreamClosed) }

// handOut makes the handle that the caller of Client.Stream gets. No layer has ever
// seen it. The handle that they had may be held by what the flow holds, such as an
// OnEnd callback of somebody's or the record of a race, and would never be collected.
func (s *Stream) handOut() *Stream {
	h, f := &Stream{inner: s.inner, under: s}, s.inner
	h.root = h
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.ending {
		f.handed = runtime.AddCleanup(h, endAbandoned, f)
	}
	return h
}

// Next reads the next chunk and reports whether there is one. [Stream.Chunk] returns
// it. After false, [Stream.Err] says whether the stream ended well.
func (s *Stream) Next() bool { return s.inner.next() }

// Chunk returns the current chunk, nil before the first and after the last. It stays
// valid.
func (s *Stream) Chunk() *Chunk { return s.inner.chunk }

// Err returns nil while the stream runs, after a good end and after Close. Otherwise it
// returns a [*CallError].
func (s *Stream) Err() error {
	s.inner.mu.Lock()
	defer s.inner.mu.Unlock()
	return s.inner.errLocked()
}

// Chunks iterates over the stream. If it fails, the last pair has the error and a nil
// chunk. Leaving the loop early closes the stream.
func (s *Stream) Chunks() iter.Seq2[*Chunk, error] {
	return func(yield func(*Chunk, error) bool) {
		defer s.Close()
		for s.Next() {
			if !yield(s.Chunk(), nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// OnWait makes Next call f each time before it waits for more of the answer, on the
// goroutine of the reader. Use it to pass a stream on: collect chunks and send them in
// f, so that what came together goes out together and nothing is held back. If the
// source cannot say whether it will wait, f is called before each chunk. Call OnWait
// before the first Next.
func (s *Stream) OnWait(f func()) { s.inner.onWait(f) }

// Close ends the stream and releases its connection. A goroutine that waits in Next
// returns. After the end of the stream it does nothing. While another goroutine ends the
// stream, as where its context has ended, it does not wait for that; Next does. It always
// returns nil.
func (s *Stream) Close() error {
	s.inner.end(errStreamClosed)
	return nil
}

// Response returns the answer as far as it has been received: text, tool calls, usage,
// finish reasons. After a good end it is what Chat would have returned.
func (s *Stream) Response() *Response {
	r := s.inner.response()
	r.Info = s.Info()
	return r
}

// Info describes how the client got the answer. It is complete when the stream has
// ended.
func (s *Stream) Info() CallInfo {
	f := s.inner
	info := f.src.info()
	f.mu.Lock()
	call := f.call
	f.mu.Unlock()
	if call != nil {
		info.Attempts = call.account.snapshot()
	}
	return info
}

func (f *flow) onWait(call func()) {
	if h, ok := f.src.(herald); ok {
		h.onWait(call)
	} else {
		f.wait = call
	}
}

func (f *flow) next() bool {
	if !f.read() {
		f.settling.Wait() // the reader is to see the end as it was, whoever ended it
		return false
	}
	if f.heard != nil {
		f.heard()
	}
	return true
}

// read makes the next chunk the current one.
func (f *flow) read() bool {
	f.mu.Lock()
	ending := f.ending
	f.mu.Unlock()
	if ending {
		f.chunk = nil
		return false
	}
	if f.wait != nil {
		f.wait()
	}
	c, err := f.src.next()
	f.chunk = nil
	if err == nil {
		err = f.take(c)
	}
	if err == io.EOF {
		f.end(nil)
	} else if err != nil {
		f.end(err)
	}
	return f.chunk != nil
}

// take makes a chunk the current one, unless the flow has ended meanwhile. An error is
// an answer that grows beyond what any request can have asked for.
func (f *flow) take(c *Chunk) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ending {
		return nil
	}
	if c.Restarted {
		f.asm = assemble.Assembler{} // what came before is to be forgotten
	}
	f.asm.Add(c)
	if err := f.asm.Err(); err != nil {
		return &TransportError{Kind: ErrMalformed, Op: "decode", Sent: true, Err: err}
	}
	f.chunk = c
	return nil
}

// end ends the flow once: it releases the source, shows the end, then tells those who wait
// for it, outside the lock. If another goroutine ends it, that may be at it still.
func (f *flow) end(err error) {
	te, broken := errors.AsType[*TransportError](err)
	f.mu.Lock()
	if f.ending {
		f.mu.Unlock()
		return
	}
	if broken && err != errStreamClosed && te.Partial == nil {
		te.Partial = f.asm.Response() // made for this end and not yet seen by anybody
	}
	f.ending = true
	f.settling.Add(1)
	f.telling.Add(1)
	defer f.telling.Done()
	handed := f.handed
	f.mu.Unlock()
	f.handle.Stop()
	handed.Stop()
	defer f.tell(err)
	defer f.show(err) // also where a body of somebody's panics
	f.src.stop()
}

// show makes the end visible, with a record that is complete.
func (f *flow) show(err error) {
	defer f.settling.Done()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.part != nil {
		f.part.complete(err, f.asm.Usage())
	}
	f.ended, f.err = true, err
	if f.call != nil {
		f.call.account.final(f.call.now)
	}
}

// tell tells those who wait for the end.
func (f *flow) tell(err error) {
	f.mu.Lock()
	waiting := f.waiting
	f.waiting = nil
	f.mu.Unlock()
	defer clear(f.first[:])
	tell.All(waiting, func(e ending) { e.streamEnded(err) })
}

// completes lets p complete its attempt's record when the flow ends, before anybody can
// see that, and tells it afterwards.
func (f *flow) completes(p *streamPart) {
	f.mu.Lock()
	f.part = p
	if f.ended {
		p.complete(f.err, f.asm.Usage())
	}
	f.mu.Unlock()
	f.onEnd(p)
}

// onEnd tells e of the end, at once where that has come.
func (f *flow) onEnd(e ending) {
	f.mu.Lock()
	if !f.ended {
		if f.waiting == nil {
			f.waiting = f.first[:0]
		}
		f.waiting = append(f.waiting, e)
		f.mu.Unlock()
		return
	}
	err := f.err
	f.mu.Unlock()
	e.streamEnded(err)
}

func (f *flow) response() *Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asm.Response()
}

func (f *flow) usage() Usage {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asm.Usage()
}

// received is what the reader has, and what it cost.
func (f *flow) received() ([]assemble.Received, Usage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asm.Received(), f.asm.Usage()
}

// adopt hands the stream to the caller of Client.Stream: from here on its
// errors are CallErrors, and its end is the call's.
func (f *flow) adopt(ctx context.Context, st *callState) {
	st.account.noteStop("") // why a target before this one gave up
	f.mu.Lock()
	f.call = st
	if f.ended {
		st.account.final(st.now)
	}
	f.mu.Unlock()
	f.heard = st.client.audience.Chunks(ctx, st.id)
	if len(st.settings.observers) == 0 {
		return
	}
	f.onEnd(endingFunc(func(err error) {
		f.mu.Lock()
		usage, seen := f.asm.Usage(), f.errLocked()
		f.mu.Unlock()
		if err == errStreamClosed {
			seen = err
		}
		info := f.src.info()
		info.Attempts = st.account.snapshot()
		st.observe(ctx, info, paid(usage, &info), seen)
	}))
}

// errLocked wraps the error for the caller, once. It needs mu.
func (f *flow) errLocked() error {
	if !f.ended || f.err == nil || f.err == errStreamClosed {
		return nil
	}
	if f.wrapped == nil {
		f.wrapped = f.err
		if f.call != nil {
			ce := f.call.callError(f.err, f.call.account.snapshot())
			if ce.Stop == StopNotRetryable && f.call.account.stopReason() == "" {
				ce.Stop = StopStarted
			}
			f.wrapped = ce
		}
	}
	return f.wrapped
}

// drain reads to the end and returns why that came; nil for a good end.
func (f *flow) drain() error {
	for f.next() {
	}
	return f.outcome()
}

// outcome is why the flow ended, once all were told, as by a timer; nil for a good end.
func (f *flow) outcome() error {
	f.telling.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
