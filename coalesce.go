package buoy

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/event"
	"github.com/buoy-go/buoy/internal/cachekey"
	"github.com/buoy-go/buoy/internal/cachestore"
	"github.com/buoy-go/buoy/internal/coalesce"
)

// shared is what a request that several calls wait for has come to: a whole answer, or
// a stream that is still being read.
type shared struct {
	resp   *Response // the first caller's own ...
	about  CallInfo  // ... its Info, and ...
	body   []byte    // ... what the copies of the others are made of
	tape   *coalesce.Tape[*Chunk]
	stream func() CallInfo
}

// info says how a call got the answer that another one paid for.
func (s *shared) info() CallInfo {
	info := s.about
	if s.stream != nil {
		info = s.stream()
	}
	info.Attempts, info.Cache = nil, cmp.Or(info.Cache, "coalesced")
	return info
}

// share joins the request of an equal call, or begins one that others can join.
func (l *lookup) share(ctx context.Context, next Handler) (*Reply, error) {
	begun := l.st.now()
	key := l.Key
	if l.call.Stream { // whoever wants a stream does not wait for a whole answer
		key = "stream " + key
	}
	own, copied := *l.call, make(chan struct{})
	member, first := l.m.runs.Join(ctx, key, func(ctx context.Context, r *coalesce.Run[*shared]) (_ *shared, err error) {
		done := sync.OnceFunc(func() { close(copied) })
		defer done() // where copying panics
		if own.Request, err = cachekey.Copy(own.Request); err != nil {
			return nil, err
		}
		done()
		return l.run(ctx, &own, next, r)
	})
	if first {
		<-copied // the caller may leave now, and change its request while the run goes on
	}
	s, err := member.Wait(ctx)
	if err == coalesce.ErrLeft {
		return nil, leftEarly(ctx)
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
	resp := new(Response)
	if _, err := (chat.Asked{N: l.N}).DecodeResponse(s.body, resp); err != nil {
		return nil, &TransportError{Kind: ErrMalformed, Op: "decode", Sent: true, Err: err}
	}
	resp.Info = s.info()
	l.tell(ctx, event.Cache{Result: event.CacheCoalesced, Wait: l.st.now().Sub(begun), Saved: resp.Usage})
	return l.answer(ctx, &cachestore.Found{Response: resp, Body: s.body}), nil
}

// run asks for all. Somebody may have stored the answer since this call looked, so it
// looks once more: of many equal calls only one then asks the provider.
func (l *lookup) run(ctx context.Context, call *Call, next Handler, r *coalesce.Run[*shared]) (*shared, error) {
	if old := l.look(ctx, false); old != nil && old.Fresh {
		return &shared{resp: old.Response, body: old.Body, about: old.Response.Info}, nil
	}
	var body []byte
	reply, err := boundCall(ctx, call, l.st.settings.timeouts, func(ctx context.Context, call *Call) (reply *Reply, err error) {
		reply, body, err = l.ask(ctx, call, next)
		return reply, err
	})
	switch {
	case err != nil:
		return nil, err
	case reply == nil || reply.Response == nil && reply.Stream == nil:
		return nil, errNoReply
	case reply.Response != nil:
		// The first caller may change its answer while the others copy theirs.
		return &shared{resp: reply.Response, body: body, about: reply.Response.Info}, nil
	}
	f := reply.Stream.inner
	defer runtime.KeepAlive(reply.Stream.root)
	s := &shared{tape: new(coalesce.Tape[*Chunk]), stream: f.src.info}
	defer s.tape.End(errLostRun) // where reading panics
	r.Settle(s, nil)
	for f.next() {
		s.tape.Add(f.chunk.Clone())
	}
	s.tape.End(f.outcome())
	return s, nil
}

// errLostRun is the end of a shared stream whose reading panicked.
var errLostRun = &TransportError{Kind: ErrStreamInterrupted, Op: "read", Sent: true, Err: errors.New("the shared request ended in a panic")}

// play makes the stream of one of those who share it.
func (l *lookup) play(ctx context.Context, m *coalesce.Member[*shared], s *shared, first bool) *Reply {
	p := &player{Reader: s.tape.Reader(), shared: s, member: m, first: first}
	f := new(flow)
	reply := newStream(p, f)
	if !first {
		l.tell(ctx, event.Cache{Result: event.CacheCoalesced, Wait: l.st.now().Sub(l.st.begun)})
	}
	stop := context.AfterFunc(ctx, func() { f.end(leftEarly(ctx)) })
	f.onEnd(endingFunc(func(error) { stop() }))
	return reply
}

// leftEarly is the error of a call whose context ended before a shared request.
func leftEarly(ctx context.Context) error {
	e := &TransportError{Op: "await", Sent: true}
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
		return p.shared.stream()
	}
	return p.shared.info()
}
