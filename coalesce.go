package buoy

import (
	"context"
	"runtime"
	"sync"

	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/cachekey"
	"github.com/buoy-go/buoy/internal/cachestore"
	"github.com/buoy-go/buoy/internal/coalesce"
)

// shared is what a request that several calls wait for has come to: a whole answer, or
// a stream that is still being read.
type shared struct {
	resp *Response              // the first caller's own ...
	body []byte                 // ... and what the copies of the others are made of
	tape *coalesce.Tape[*Chunk] // nil for a whole answer
	info func() CallInfo
}

// wholeShared keeps the Info, which the first caller may change.
func wholeShared(resp *Response, body []byte) *shared {
	info := resp.Info
	return &shared{resp: resp, body: body, info: func() CallInfo { return info }}
}

// share joins the request of an equal call, or begins one that others can join.
func (l *lookup) share(ctx context.Context, next Handler) (*Reply, error) {
	begun := l.st.now()
	key := l.Key
	if l.call.Stream { // whoever wants a stream does not wait for a whole answer
		key = "stream " + key
	}
	mine, copied := *l.call, make(chan struct{})
	member, first := l.m.runs.Join(ctx, key, func(ctx context.Context, r *coalesce.Run[*shared]) (_ *shared, err error) {
		done := sync.OnceFunc(func() { close(copied) })
		defer done() // where copying panics
		if mine.Request, err = cachekey.Copy(mine.Request); err != nil {
			return nil, err
		}
		done()
		return l.run(ctx, &mine, next, r)
	})
	if first {
		<-copied // the caller may leave now, and change its request while the run goes on
	}
	s, err := member.Wait(ctx)
	if err == coalesce.ErrLeft {
		return nil, leftEarly(ctx, "await")
	}
	if err == nil && s.tape != nil {
		return l.play(ctx, member, s, first), nil
	}
	member.Leave()
	if err != nil {
		return nil, err
	}
	if first {
		return &Reply{Response: s.resp}, nil
	}
	own, err := cachestore.Again(s.body, l.N, s.info())
	if err != nil {
		return nil, &TransportError{Kind: ErrMalformed, Op: "decode", Sent: true, Err: err}
	}
	l.tell(ctx, event.Cache{Result: event.CacheCoalesced, Wait: l.st.now().Sub(begun), Saved: own.Response.Usage})
	return l.answer(ctx, own), nil
}

// run asks for all. Somebody may have stored the answer since this call looked, so it
// looks once more: of many equal calls only one then asks the provider.
func (l *lookup) run(ctx context.Context, call *Call, next Handler, r *coalesce.Run[*shared]) (*shared, error) {
	if old := l.look(ctx, false); old != nil && old.Fresh {
		return wholeShared(old.Response, old.Body), nil
	}
	var body []byte
	reply, err := boundCall(ctx, call, &l.st.settings.timeouts, func(ctx context.Context, call *Call) (reply *Reply, err error) {
		reply, body, err = l.ask(ctx, call, next)
		return reply, err
	})
	switch {
	case err != nil:
		return nil, err
	case reply == nil || reply.Response == nil && reply.Stream == nil:
		return nil, errNoReply
	case reply.Response != nil:
		return wholeShared(reply.Response, body), nil
	}
	f := reply.Stream.inner
	defer runtime.KeepAlive(reply.Stream.root)
	s := &shared{tape: new(coalesce.Tape[*Chunk]), info: f.src.info}
	end := func(err error) { r.Close(); s.tape.End(err) }
	defer end(&TransportError{Kind: ErrStreamInterrupted, Op: "read", Sent: true, Err: coalesce.ErrPanicked}) // where reading panics
	r.Settle(s, nil)
	for f.next() {
		s.tape.Add(f.chunk.Clone())
	}
	end(f.outcome())
	return s, nil
}

// play makes the stream of one of those who share it.
func (l *lookup) play(ctx context.Context, m *coalesce.Member[*shared], s *shared, first bool) *Reply {
	p := &player{Reader: s.tape.Reader(), shared: s, member: m, first: first}
	f := new(flow)
	reply := newStream(p, f)
	if !first {
		l.tell(ctx, event.Cache{Result: event.CacheCoalesced, Wait: l.st.now().Sub(l.st.begun)})
	}
	stop := context.AfterFunc(ctx, func() { f.end(leftEarly(ctx, "read")) })
	f.onEnd(endingFunc(func(error) { stop() }))
	return reply
}

// leftEarly is the error of a call whose context ended before a shared request.
func leftEarly(ctx context.Context, op string) error {
	e := &TransportError{Op: op, Sent: true}
	e.Kind, e.Timer, e.Err = endOf(ctx, ctx.Err())
	return e
}

// player reads a shared stream from its start, as the source of one caller's.
type player struct {
	*coalesce.Reader[*Chunk]
	shared *shared
	member *coalesce.Member[*shared]
	first  bool
}

func (p *player) next() (*Chunk, error) {
	c, err := p.Next()
	switch {
	case err == coalesce.ErrLeft:
		return nil, errStreamClosed
	case err != nil:
		return nil, withoutPartial(err) // it is to have what this reader has
	}
	return c.Clone(), nil
}

func (p *player) onWait(f func()) { p.OnWait(f) }

func (p *player) stop() {
	p.Stop()
	p.member.Leave()
}

func (p *player) info() CallInfo {
	if p.first {
		return p.shared.info()
	}
	return cachestore.Coalesced(p.shared.info())
}
