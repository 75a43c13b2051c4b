package testdesk

import (
	"context"
	"errors"
	"testing"

	"github.com/buoy-go/buoy"
)

// Caller is a client, or a desk or pair around one.
type Caller interface {
	Chat(context.Context, buoy.Request, ...buoy.CallOption) (*buoy.Response, error)
	Stream(context.Context, buoy.Request, ...buoy.CallOption) (*buoy.Stream, error)
}

// Call asks [Hello], as a chat or as a stream that is read to its end.
func Call(ctx context.Context, c Caller, stream bool) error {
	return CallWith(ctx, c, Hello, stream)
}

// CallWith asks req, as a chat or as a stream that is read to its end.
func CallWith(ctx context.Context, c Caller, req buoy.Request, stream bool) error {
	if !stream {
		_, err := c.Chat(ctx, req)
		return err
	}
	s, err := c.Stream(ctx, req)
	if err != nil {
		return err
	}
	_, err = Read(s)
	return err
}

// TextOf asks [Hello] and returns the answer's text and the call's attempts.
func TextOf(ctx context.Context, c Caller, stream bool, opts ...buoy.CallOption) (string, []buoy.Attempt, error) {
	if !stream {
		resp, err := c.Chat(ctx, Hello, opts...)
		if err != nil {
			return "", attemptsOf(err), err
		}
		return resp.Text(), resp.Info.Attempts, nil
	}
	s, err := c.Stream(ctx, Hello, opts...)
	if err != nil {
		return "", attemptsOf(err), err
	}
	text, err := Read(s)
	return text, s.Info().Attempts, err
}

func attemptsOf(err error) []buoy.Attempt {
	if ce, ok := err.(*buoy.CallError); ok {
		return ce.Attempts
	}
	return nil
}

// StreamOf begins a stream that has to begin.
func StreamOf(t *testing.T, c Caller, opts ...buoy.CallOption) *buoy.Stream {
	t.Helper()
	s, err := c.Stream(t.Context(), Hello, opts...)
	if err != nil {
		t.Fatalf("the stream did not begin: %v", err)
	}
	return s
}

// Read reads a stream to its end and returns the text and the error.
func Read(s *buoy.Stream) (text string, err error) {
	for chunk, err := range s.Chunks() {
		if err != nil {
			return text, err
		}
		text += chunk.Text()
	}
	return text, nil
}

// ErrorOf returns the error of a type that err has to be or to wrap.
func ErrorOf[E error](t *testing.T, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("%v (%T) is not a %T", err, err, e)
	}
	return e
}
