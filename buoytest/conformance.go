package buoytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
)

// patience is how long a middleware may take for what should take no time.
const patience = 10 * time.Second

// TestMiddleware checks that a middleware does what the other layers rely on. It calls
// middleware for a new one for each check, and runs each check as a subtest:
//
//	func TestMine(t *testing.T) {
//		buoytest.TestMiddleware(t, func() buoy.Middleware { return Mine(options) })
//	}
//
// It checks that:
//
//   - answers, whole or streamed, and refusals are passed on unchanged;
//   - the Call of the caller is not changed;
//   - the end of a stream is reported once to each OnEnd, including those of the layers
//     below;
//   - the context reaches the layers below, ends a wait, and lives as long as a stream;
//   - calls at the same time do not disturb each other;
//   - a panic is not turned into an answer.
//
// It is meant for middleware that leaves ordinary calls alone. A middleware that
// changes every answer on purpose fails the checks for answers, and no others. Run it
// with -race. A check fails after ten seconds if the middleware keeps it waiting.
func TestMiddleware(t *testing.T, middleware func() buoy.Middleware) {
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			if err := p.check(middleware()); err != nil {
				t.Error(err)
			}
		})
	}
}

// promise is one thing that a middleware must do. check says how m breaks it.
type promise struct {
	name  string
	check func(m buoy.Middleware) error
}

var promises = []promise{
	{"a whole answer passes", wholePasses},
	{"a stream passes", streamPasses},
	{"a refusal passes", refusalsPass},
	{"the caller's call is not changed", callUnchanged},
	{"the end of a stream is told once", endsOnce},
	{"the context reaches the layers below", contextPasses},
	{"a cancelled call ends", cancelEnds},
	{"calls do not disturb each other", callsApart},
	{"a panic is no answer", panicIsNoAnswer},
}

// ask is the call that the checks make.
func ask() buoy.Request {
	return buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("hello")}}
}

// outcome is what a handler returns.
type outcome struct {
	reply *buoy.Reply
	err   error
}

// runDirect runs m over a handler of our own, without a client.
func runDirect(ctx context.Context, m buoy.Middleware, call *buoy.Call, below buoy.Handler) (*buoy.Reply, error) {
	o, late := within(func() (o outcome) {
		o.reply, o.err = m(below)(ctx, call)
		return o
	})
	if late != nil {
		return nil, late
	}
	return o.reply, o.err
}

// errLate is the failure of a check whose middleware does not come to an end.
var errLate = fmt.Errorf("the middleware was still waiting after %v", patience)

// within runs f, which must end; else it is left behind and the error is errLate.
func within[T any](f func() T) (T, error) {
	done := make(chan T, 1)
	go func() { done <- f() }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v := <-done:
		return v, nil
	case <-timer.C:
		var none T
		return none, errLate
	}
}

func answered(text string) (*buoy.Reply, error) {
	return &buoy.Reply{Response: &buoy.Response{Model: "m", Choices: []buoy.Choice{{
		Message: buoy.Assistant(text), FinishReason: "stop",
	}}}}, nil
}

func wholePasses(m buoy.Middleware) error {
	reply, err := runDirect(context.Background(), m, newCall(), func(context.Context, *buoy.Call) (*buoy.Reply, error) {
		return answered("the answer")
	})
	switch {
	case err != nil:
		return fmt.Errorf("a good answer became the error %w", err)
	case reply == nil || reply.Response == nil || reply.Stream != nil:
		return fmt.Errorf("a good answer became %+v, want a Reply with a Response only", reply)
	case reply.Response.Text() != "the answer":
		return fmt.Errorf(`the answer "the answer" became %q`, reply.Response.Text())
	}
	ended := 0
	reply.OnEnd(func(err error) {
		if ended++; err != nil {
			ended += 100
		}
	})
	if ended != 1 {
		return errors.New("OnEnd of a whole answer is not called once, with nil")
	}
	return nil
}

func newCall() *buoy.Call {
	r := ask()
	return &buoy.Call{Request: &r, Model: r.Model, Attempt: 1, Endpoint: "test"}
}

// refusalsPass uses refusals that no layer may answer with another try.
func refusalsPass(m buoy.Middleware) error {
	invalid := &buoy.APIError{Kind: buoy.ErrInvalidRequest, StatusCode: 400, Message: "temperature is too high", Param: "temperature"}
	flagged := &buoy.APIError{Kind: buoy.ErrModeration, StatusCode: 403, Moderation: &buoy.Moderation{Reasons: []string{"violence"}}}
	large := &buoy.TransportError{Kind: buoy.ErrResponseTooLarge, Op: "read", Sent: true, Err: errors.New("over 32 MiB")}
	for _, refusal := range []error{invalid, flagged, large} {
		reply, err := runDirect(context.Background(), m, newCall(), func(context.Context, *buoy.Call) (*buoy.Reply, error) {
			return nil, refusal
		})
		switch {
		case err == nil || reply != nil:
			return fmt.Errorf("the error %q became the reply %+v and the error %v, want no reply and the error", refusal, reply, err)
		case errors.Is(err, errLate):
			return err
		case buoy.KindOf(err) != buoy.KindOf(refusal) || !errors.Is(err, buoy.KindOf(refusal)):
			return fmt.Errorf("errors.Is no longer finds the kind %v in %w", buoy.KindOf(refusal), err)
		}
		if want, ok := errors.AsType[*buoy.APIError](refusal); ok {
			got, ok := errors.AsType[*buoy.APIError](err)
			if !ok || got.StatusCode != want.StatusCode || got.Message != want.Message || got.Param != want.Param {
				return fmt.Errorf("errors.AsType no longer finds the *buoy.APIError in %w", err)
			}
		}
		if want, ok := errors.AsType[*buoy.TransportError](refusal); ok {
			got, ok := errors.AsType[*buoy.TransportError](err)
			if !ok || got.Op != want.Op || got.Sent != want.Sent {
				return fmt.Errorf("errors.AsType no longer finds the *buoy.TransportError in %w", err)
			}
		}
	}
	return nil
}

func callUnchanged(m buoy.Middleware) error {
	call := newCall()
	call.Header = map[string][]string{"X-Mine": {"1"}}
	call.Request.Metadata = map[string]string{"a": "b"}
	before, request := *call, *call.Request
	written, err := json.Marshal(call.Request)
	if err != nil {
		return err
	}
	_, _ = runDirect(context.Background(), m, call, func(context.Context, *buoy.Call) (*buoy.Reply, error) { return answered("yes") })
	after, err := json.Marshal(call.Request)
	if err != nil {
		return err
	}
	switch {
	case call.Request != before.Request || call.Model != before.Model || call.Stream || call.Attempt != before.Attempt || call.Endpoint != before.Endpoint:
		return errors.New("the Call that it was over was changed: change a copy of it")
	case !reflect.DeepEqual(map[string][]string(call.Header), map[string][]string{"X-Mine": {"1"}}):
		return errors.New("Call.Header was changed in place: make a new one in a copy of the Call")
	case string(written) != string(after) || !reflect.DeepEqual(request, *call.Request):
		return errors.New("the Request was changed in place: change a copy of it, in a copy of the Call")
	}
	return nil
}

func contextPasses(m buoy.Middleware) error {
	type key struct{}
	ctx := context.WithValue(context.Background(), key{}, "v")
	var value any
	_, err := runDirect(ctx, m, newCall(), func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
		value = ctx.Value(key{})
		return answered("yes")
	})
	if err == nil && value != "v" {
		err = errors.New("the context below has lost the values of the caller's")
	}
	return err
}

func cancelEnds(m buoy.Middleware) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	over := make(chan struct{}) // closed when the check gives up, so that nothing is left waiting
	defer close(over)
	wait := func(ctx context.Context, _ *buoy.Call) (*buoy.Reply, error) {
		cancel() // while the layers below are at work
		select {
		case <-ctx.Done():
		case <-over:
		}
		return nil, ctx.Err()
	}
	for _, when := range []string{"during", "before"} { // the second call finds the context cancelled
		reply, err := runDirect(ctx, m, newCall(), wait)
		switch {
		case errors.Is(err, errLate):
			return fmt.Errorf("cancelled %s the call: %w", when, err)
		case reply != nil:
			return fmt.Errorf("cancelled %s the call, it was answered all the same", when)
		case !errors.Is(err, context.Canceled):
			return fmt.Errorf("cancelled %s the call, context.Canceled is not to be found in the error %w", when, err)
		}
	}
	return nil
}

func panicIsNoAnswer(m buoy.Middleware) error {
	type ending struct {
		outcome
		recovered any
	}
	e, late := within(func() (e ending) {
		defer func() { e.recovered = recover() }()
		e.reply, e.err = m(func(context.Context, *buoy.Call) (*buoy.Reply, error) { panic("below") })(context.Background(), newCall())
		return e
	})
	switch {
	case late != nil:
		return late
	case e.recovered == nil && e.err == nil:
		return fmt.Errorf("a panic below became the reply %+v without an error", e.reply)
	}
	return nil
}
