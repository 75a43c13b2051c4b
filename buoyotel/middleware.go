package buoyotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"

	"github.com/buoy-go/buoy"
)

// maxFinish bounds the finish reasons that are reported.
const maxFinish = 16

// Middleware reports what only an answer has: its id, its model, its finish reasons and,
// with [WithContent], its text. Give it to [buoy.WithMiddleware], beside
// [buoy.WithObserver]. Without the observer it does nothing.
func (t *Telemetry) Middleware() buoy.Middleware {
	return func(next buoy.Handler) buoy.Handler {
		return func(ctx context.Context, request *buoy.Call) (*buoy.Reply, error) {
			reply, err := next(ctx, request)
			c := t.call(ctx)
			if err != nil || reply == nil || c == nil {
				return reply, err
			}
			if reply.Stream == nil {
				t.answered(ctx, c, reply.Response)
				return reply, nil
			}
			// A copy: a stream that is left alone is released when nobody holds the
			// original any more.
			stream := *reply.Stream
			reply.OnEnd(func(error) { t.answered(ctx, c, stream.Response()) })
			return reply, nil
		}
	}
}

func (t *Telemetry) answered(ctx context.Context, c *call, r *buoy.Response) {
	if r == nil {
		return
	}
	a := answer{id: r.ID, model: r.Model}
	for i := range r.Choices[:min(len(r.Choices), maxFinish)] {
		if reason := r.Choices[i].FinishReason; reason != "" {
			a.finish = append(a.finish, clean(reason))
		}
	}
	c.mu.Lock()
	c.answer = a
	c.mu.Unlock()
	if t.content == nil || !c.span.IsRecording() || len(r.Choices) == 0 {
		return
	}
	messages, finish := make([]buoy.Message, len(r.Choices)), make([]string, len(r.Choices))
	for i := range r.Choices {
		messages[i], finish[i] = r.Choices[i].Message, r.Choices[i].FinishReason
	}
	text, truncated := t.content.messages(ctx, messages, finish)
	c.span.SetAttributes(attribute.String(attrOutputMessages, text))
	if truncated {
		c.span.SetAttributes(attribute.Bool(attrTruncated, true))
	}
}
