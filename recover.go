package buoy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/assemble"
	"github.com/buoy-go/buoy/internal/prefill"
)

// Recovery says what happens if a stream is interrupted after its first token, when the
// reader has already seen a part of the answer.
type Recovery uint8

const (
	// RecoverNone ends the stream with the error. [Stream.Response] has what came
	// before it. This is the default.
	RecoverNone Recovery = iota
	// RecoverRestart asks again: the same target once more, then the next. If there is
	// no other target, it asks the same one until no attempt is left. What the new
	// answer repeats exactly is not delivered twice. If the new answer differs or ends
	// sooner, a chunk has [Chunk.Restarted] set. The reader must then discard
	// everything so far, and gets the new answer from its start. Expect this from a
	// model that samples (temperature > 0), because it hardly ever gives the same
	// answer twice.
	RecoverRestart
	// RecoverContinue sends the text so far as the beginning of the assistant's
	// message, and appends what the model adds. It needs a target that has Prefill set
	// ([Target], [Endpoint]), and an answer that is only text: one choice, no tool
	// calls, no structured output. In all other cases, and if a target refuses, it
	// works like RecoverRestart. MaxTokens and MaxCompletionTokens are lowered by what
	// has come: by the usage, or else by the estimate of [EstimateTokens]. Some servers
	// want a flag beside the message (vLLM: continue_final_message and
	// add_generation_prompt). Add it in an attempt middleware, which sees the
	// assistant's message at the end of the request.
	RecoverContinue
)

// WithStreamRecovery continues streams that are interrupted after their first token:
// the connection is lost, the answer ends without a finish reason, an event makes no
// sense, the provider reports a failure of its own, or nothing comes for Timeouts.Idle.
// After such a silence only another target is asked. Some errors still end the stream:
// those that the verdict table neither retries nor sends to another target, moderation,
// and the caller's cancellation and deadline.
//
// A recovery is a retry. It counts as an attempt, waits as long as [RetryPolicy] says,
// and shares the deadline of the call. The retry budget pays for it, and gets the cost
// back if the stream ends well. The reader waits for it in [Stream.Next]. If no attempt
// is left, or none works, the stream ends with the error of the first interruption.
// Later failures are in [CallError].Attempts.
//
// [Stream.Response] has what the reader has; after a restart that is only the new
// answer. Its Usage is that of the attempts whose text it has. That of the others is in
// [CallInfo.Attempts]. Do not change the request until the stream has ended.
//
// It has no effect on Chat; see [WithStreamedChat].
func WithStreamRecovery(r Recovery) Setting {
	return setting(func(s *settings) {
		if r > RecoverContinue {
			s.errs = append(s.errs, fmt.Errorf("WithStreamRecovery got %d: use RecoverNone, RecoverRestart or RecoverContinue", r))
		}
		s.recovery = r
	})
}

// Recover continues interrupted streams; see [WithStreamRecovery]. In a chain that you
// compose yourself, place it outside [Fallback] and [Retry], which pace and bound it.
// Without a Retry inside, it asks at once, up to MaxAttempts.
func Recover(r Recovery) Middleware {
	return func(next Handler) Handler {
		return func(ctx context.Context, call *Call) (*Reply, error) {
			return recovered(ctx, call, r, next)
		}
	}
}

func standardRecover(next Handler) Handler {
	return func(ctx context.Context, call *Call) (*Reply, error) {
		return recovered(ctx, call, stateOf(call).settings.recovery, next)
	}
}

func recovered(ctx context.Context, call *Call, mode Recovery, next Handler) (*Reply, error) {
	st := stateOf(call)
	reply, err := next(ctx, call)
	if err != nil || mode == RecoverNone || !call.Stream || reply == nil || reply.Stream == nil {
		return reply, err
	}
	own := *call
	r := &recovery{call: &own, st: st, mode: mode, handler: next}
	r.ctx, r.cancel = context.WithCancel(ctx)
	outer := newStream(r, new(flow))
	r.out = outer.Stream.inner
	r.take(reply.Stream)
	return outer, nil
}

// recovery is the source of a stream that outlives its attempts. It reads one
// after the other, and every gate of the chain hears of the end of each.
type recovery struct {
	ctx     context.Context // of further attempts; stop ends it
	cancel  context.CancelFunc
	call    *Call
	st      *callState
	mode    Recovery
	handler Handler
	out     *flow // the reader's

	// The reader's own fields.
	judge     judge // looks at the chunks of a new answer; nil when they pass
	adds      bool  // the answer continues one that cost
	base, own Usage // of that one, and of the answer, which may come in parts
	turns     int
	unpaced   bool // no Retry inside
	waits     func()
	// The target whose stream broke, and the requests sent when it first did.
	brokeAt    targetKey
	brokeAfter int

	mu      sync.Mutex // guards the fields below
	in      *Stream    // the attempt's
	first   error      // the first interruption
	stopped bool
}

// judge decides what of a new answer the reader has not had yet.
type judge interface {
	// Add takes in the next chunk and returns what to deliver, nil for
	// nothing. done says that all later chunks pass unseen.
	Add(c *Chunk) (out *Chunk, done bool)
	// End is told of the good end. What it returns is the last chunk.
	End(has []assemble.Received) *Chunk
}

func (r *recovery) next() (*Chunk, error) {
	for {
		in := r.reading()
		if in.next() {
			if c := r.pass(in.chunk); c != nil {
				return c, nil
			}
			continue
		}
		err := in.outcome()
		if err == nil {
			if c := r.last(); c != nil {
				return c, nil
			}
			return nil, io.EOF
		}
		if err := r.again(err); err != nil {
			return nil, err
		}
	}
}

// stop ends the attempt that is read, or asked for, on whatever goroutine.
func (r *recovery) stop() {
	r.mu.Lock()
	r.stopped = true
	in := r.in
	r.mu.Unlock()
	in.inner.end(errStreamClosed)
	in.inner.settling.Wait() // its record is complete before the end of this one shows
	r.cancel()
}

// onWait is called by the reader. Each new attempt is waited for, and hears of it then.
func (r *recovery) onWait(f func()) {
	r.waits = f
	r.reading().onWait(f)
}

func (r *recovery) info() CallInfo { return r.reading().src.info() }

func (r *recovery) reading() *flow {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.in.inner
}

// take reads s from now on. It reports false when the reader has gone.
func (r *recovery) take(s *Stream) bool {
	r.mu.Lock()
	stopped := r.stopped
	if !stopped {
		r.in = s
	}
	r.mu.Unlock()
	if stopped {
		return false
	}
	// A caller that goes away ends an attempt that nobody reads; the stream has
	// to end with it.
	s.inner.onEnd(endingFunc(func(err error) {
		if gone(err) {
			r.out.end(r.finalError(err))
		}
	}))
	return true
}

// pass delivers a chunk of the attempt, or what of it is news.
func (r *recovery) pass(c *Chunk) *Chunk {
	if r.judge != nil {
		out, done := r.judge.Add(c)
		if done {
			r.judge = nil
		}
		if out == nil {
			return nil
		}
		c = out
	}
	return r.account(c)
}

// last delivers what a judge still holds at the good end.
func (r *recovery) last() *Chunk {
	if r.judge == nil {
		return nil
	}
	has, _ := r.out.received()
	c := r.judge.End(has)
	r.judge = nil
	if c == nil {
		return nil
	}
	return r.account(c)
}

// account adds up the usage of attempts that together made the text.
func (r *recovery) account(c *Chunk) *Chunk {
	r.adds = r.adds && !c.Restarted
	if c.Usage != nil && r.adds {
		r.own.Update(c.Usage)
		sum := c.Head() // without Raw: the event's own bytes tell of the last attempt only
		sum.Choices, sum.Usage = c.Choices, new(r.base.Plus(r.own))
		return &sum
	}
	return c
}

// again asks for another answer after an interruption. An error is the end.
func (r *recovery) again(err error) error {
	r.mu.Lock()
	stopped := r.stopped
	if r.first == nil && !gone(err) {
		r.first = err
	}
	r.mu.Unlock()
	switch {
	case stopped:
		return errStreamClosed
	case gone(err):
		return r.finalError(err)
	case !resumable(err), unended(err) && r.st.account.unended() > 1:
		r.st.account.noteStop(StopNotRetryable)
		return r.finalError(err)
	case r.unpaced && max(r.turns+1, r.st.account.sent()) >= r.st.settings.retry.mostRequests(len(r.st.client.plan.targets)):
		r.st.account.noteStop(StopAttempts)
		return r.finalError(err)
	}
	r.turns++
	r.st.account.noteTrouble(err)
	failure := err
	r.st.account.noteStop("")
	had, usage := r.out.received()
	call := *r.call
	if at := r.st.lastTarget(); at != r.brokeAt {
		r.brokeAt, r.brokeAfter = at, r.st.account.sent()
	}
	call.resume = &resumption{failure: err, brokeAfter: r.brokeAfter}
	if r.mode == RecoverContinue {
		call.resume.prefill = prefill.Of(call.Request, had, usage)
	}
	if r.waits != nil {
		r.waits()
	}
	s, err := r.ask(&call)
	if err != nil {
		return r.finalError(err)
	}
	s.inner.onWait(r.waits)
	r.unpaced = !call.resume.taken
	r.adds, r.base, r.own = s == call.resume.continues, usage, Usage{}
	if r.adds {
		r.judge = assemble.NewContinuation(had[0].Text(), call.resume.prefill.Text)
	} else {
		r.judge = assemble.NewRepeat(had)
	}
	if !r.take(s) {
		_ = s.Close()
		s.inner.settling.Wait() // its context may be ending it
		return errStreamClosed
	}
	at := r.st.lastTarget()
	r.st.client.audience.Recovery(r.ctx, event.Recovery{Call: r.st.id, Endpoint: at.endpoint, Model: at.model, Continued: r.adds, Err: failure})
	return nil
}

// ask goes down the chain once more.
func (r *recovery) ask(call *Call) (*Stream, error) {
	reply, err := r.handler(r.ctx, call)
	switch {
	case err != nil:
		return nil, err
	case reply != nil && reply.Stream != nil:
		return reply.Stream, nil
	case reply != nil && reply.Response != nil:
		return newWholeStream(reply.Response), nil
	}
	return nil, errNoReply
}

// finalError is the error of a stream that ends for good: the caller's doing, or else
// the first interruption, whatever became of the attempts to mend it.
func (r *recovery) finalError(err error) error {
	r.mu.Lock()
	first := r.first
	r.mu.Unlock()
	switch {
	case first == nil:
		return withoutPartial(err)
	case !gone(err):
		return withoutPartial(first)
	}
	return &recoveringError{endedError{end: withoutPartial(endAlone(err)), last: first}}
}

// recoveringError is a recovery that was cut short, and the interruption that
// it followed.
type recoveringError struct{ endedError }

// Is finds the interruption by its kind, too: it happened to the stream itself, and
// its reader has seen the half of an answer.
func (e *recoveringError) Is(target error) bool { return errors.Is(e.last, target) }

func (e *recoveringError) Error() string {
	return e.end.Error() + "; it went on after: " + e.last.Error()
}

// withoutPartial copies a transport error, which observers have, for a reader of its
// own: its Partial will be what that reader has.
func withoutPartial(err error) error {
	if te, ok := err.(*TransportError); ok && err != errStreamClosed {
		own := *te
		own.Partial = nil
		return &own
	}
	return err
}

// gone reports whether the caller has left, or its time is up.
func gone(err error) bool { return KindOf(err) == ErrCanceled || endedByDeadline(err) }

// resumable reports whether a stream that was interrupted by err may go on:
// another attempt or another target may do better. Going round a refusal for
// its content is nothing to be done in the middle of an answer.
func resumable(err error) bool {
	kind := KindOf(err)
	if kind == ErrModeration || kind.Is(ErrInvalidRequest) {
		return false
	}
	target := verdictOf(kind).target
	return IsRetryable(err) || target == targetYes || target == targetLongWait
}
