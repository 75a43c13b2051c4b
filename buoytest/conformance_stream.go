package buoytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/buoy-go/buoy"
)

// The promises about streams are checked through a real client, since only a client makes streams.

// bench is a client whose whole chain is one middleware between two onlookers.
type bench struct {
	srv    *Server
	client *buoy.Client
	above  endings // what OnEnd told, on the replies that left the middleware
	below  endings // on those that went in

	mu       sync.Mutex                       // guards the fields below
	contexts map[*buoy.Stream]context.Context // of the calls below that began a stream
	last     context.Context                  // that of the stream that left the middleware, nil for none
	cut      bool                             // it had ended by then
}

// endings notes the calls of OnEnd callbacks.
type endings struct {
	mu      sync.Mutex // guards the fields below
	changed *sync.Cond // on mu
	replies int
	calls   int
	last    error
	over    bool // nobody waits any more
}

func newBench(m buoy.Middleware, steps ...Step) (*bench, error) {
	b := &bench{srv: NewMemServer(nil, steps...), contexts: map[*buoy.Stream]context.Context{}}
	b.above.changed, b.below.changed = sync.NewCond(&b.above.mu), sync.NewCond(&b.below.mu)
	var err error
	b.client, err = buoy.New(b.srv.Endpoint(),
		buoy.WithHTTPClient(&http.Client{Transport: b.srv.RoundTripper()}),
		buoy.WithChain(b.above.watch, b.look, m, b.note, b.below.watch))
	if err != nil {
		b.srv.Close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() {
	b.above.giveUp()
	b.below.giveUp()
	_ = b.client.Close() // never fails
	b.srv.Close()
}

// note keeps the context with which a stream began.
func (b *bench) note(next buoy.Handler) buoy.Handler {
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		reply, err := next(ctx, call)
		if err == nil && reply != nil && reply.Stream != nil {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.contexts[reply.Stream] = ctx
		}
		return reply, err
	}
}

// look asks that context as soon as the middleware has returned. Of what it has cancelled by
// then, a part of the stream may still arrive, or all of it: to read it shows nothing.
func (b *bench) look(next buoy.Handler) buoy.Handler {
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		reply, err := next(ctx, call)
		if err == nil && reply != nil && reply.Stream != nil {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.last = b.contexts[reply.Stream]; b.last != nil {
				b.cut = b.last.Err() != nil
			}
		}
		return reply, err
	}
}

// lives reports whether the context of the stream that is being read goes on.
func (b *bench) lives() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.cut && (b.last == nil || b.last.Err() == nil)
}

// watch is a middleware that registers a callback with each reply.
func (e *endings) watch(next buoy.Handler) buoy.Handler {
	return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
		reply, err := next(ctx, call)
		if err == nil && reply != nil {
			e.mu.Lock()
			e.replies++
			e.mu.Unlock()
			reply.OnEnd(e.note)
		}
		return reply, err
	}
}

func (e *endings) note(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls++
	e.last = err
	e.changed.Broadcast()
}

func (e *endings) giveUp() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	e.changed.Broadcast()
}

// await waits until every reply has been told its end.
func (e *endings) await() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.calls < e.replies && !e.over {
		e.changed.Wait()
	}
}

// judge says what is wrong with the endings of one stream.
func (e *endings) judge(where string, well bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.calls != e.replies:
		return fmt.Errorf("%s, OnEnd was called %d times for %d replies", where, e.calls, e.replies)
	case well && e.last != nil:
		return fmt.Errorf("%s, OnEnd got the error %w for a good end", where, e.last)
	case !well && e.last == nil:
		return fmt.Errorf("%s, OnEnd got nil for a stream that did not reach its end", where)
	}
	return nil
}

func streamPasses(m buoy.Middleware) error {
	b, err := newBench(m, Stream("one", " two", " three"))
	if err != nil {
		return err
	}
	defer b.close()
	var text string
	lives := true
	err, late := within(func() error {
		s, err := b.client.Stream(context.Background(), ask())
		if err != nil {
			return err
		}
		defer s.Close()
		lives = b.lives()
		for s.Next() {
			if text == "" { // there is more to come
				lives = lives && b.lives()
			}
			text += s.Chunk().Text()
		}
		return s.Err()
	})
	switch {
	case late != nil:
		return late
	case !lives:
		return errors.New("the context of a stream was cancelled when the middleware had returned: the stream has only begun then, so cancel the context in Reply.OnEnd")
	case err != nil:
		return fmt.Errorf("a good stream failed: %w", err)
	case text != "one two three":
		return fmt.Errorf(`the stream "one two three" became %q`, text)
	}
	return nil
}

func endsOnce(m buoy.Middleware) error {
	for _, end := range []struct {
		name string
		step Step
		read func(s *buoy.Stream, cancel func())
		well bool
	}{
		{"read to its end", Stream("one", " two"), func(s *buoy.Stream, _ func()) { drain(s) }, true},
		{"cut in the middle", Cut(2), func(s *buoy.Stream, _ func()) { drain(s) }, false},
		{"closed early", Stall(2, 0), func(s *buoy.Stream, _ func()) {
			s.Next()
			_ = s.Close() // never fails
		}, false},
		{"cancelled", Stall(2, 0), func(s *buoy.Stream, cancel func()) {
			s.Next()
			cancel()
			drain(s)
		}, false},
		{"cancelled and forgotten", Stall(2, 0), func(_ *buoy.Stream, cancel func()) { cancel() }, false},
	} {
		if err := endOnce(m, end.step, end.read, end.well); err != nil {
			return fmt.Errorf("a stream that is %s: %w", end.name, err)
		}
	}
	return nil
}

func endOnce(m buoy.Middleware, step Step, read func(*buoy.Stream, func()), well bool) error {
	b, err := newBench(m, step)
	if err != nil {
		return err
	}
	defer b.close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err, late := within(func() error {
		s, err := b.client.Stream(ctx, ask())
		if err != nil {
			return err
		}
		read(s, cancel)
		b.above.await()
		b.below.await()
		_ = s.Close() // once more must tell nobody
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(late, b.below.judge("below the middleware", well), b.above.judge("above it", well))
}

func drain(s *buoy.Stream) {
	for s.Next() {
	}
}

// callsApart makes calls from several goroutines and checks that each gets its own answer.
func callsApart(m buoy.Middleware) error {
	const workers, each = 8, 6
	b, err := newBench(m, Always(Echo()))
	if err != nil {
		return err
	}
	defer b.close()
	err, late := within(func() error {
		errs := make([]error, workers)
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := range each {
					errs[w] = errors.Join(errs[w], b.echo(fmt.Sprintf("caller %d call %d", w, i), i%2 == 0))
				}
			})
		}
		wg.Wait()
		return errors.Join(errs...)
	})
	return errors.Join(late, err)
}

// echo says text and expects it back.
func (b *bench) echo(text string, streamed bool) error {
	r := ask()
	r.Messages = []buoy.Message{buoy.User(text)}
	var resp *buoy.Response
	var err error
	if streamed {
		var s *buoy.Stream
		if s, err = b.client.Stream(context.Background(), r); err == nil {
			defer s.Close()
			drain(s)
			resp, err = s.Response(), s.Err()
		}
	} else {
		resp, err = b.client.Chat(context.Background(), r)
	}
	if err == nil && resp.Text() != text {
		err = fmt.Errorf("the question %q got the answer %q", text, resp.Text())
	}
	return err
}
