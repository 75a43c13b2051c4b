package logbook

import (
	"context"
	"log/slog"
	"time"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/demand"
)

// Call is a call that has ended.
type Call struct {
	ID       uint64
	Op       string
	Model    string // as requested
	Endpoint string
	Stop     string // why no further attempt was made
	Attempts int
	Fault    Fault // zero for a call that was answered
	Repaired Fault // the first failure of a call that was answered all the same
	Request  demand.Params

	Duration   time.Duration
	FirstToken time.Duration
	RequestID  string // of the answer
	Usage      chat.Usage
	Cache      string
	Degraded   bool
}

// Level is how loudly a call is logged: a failed one as its kind says; one that the
// chain has repaired, or that was given a substitute, as a warning, and as an error
// where a human must act and no other line says so; all others for those who look.
func (c *Call) Level() slog.Level {
	switch {
	case c.Fault.Kind != "":
		return c.Fault.Level
	case c.Repaired.Kind == "permission": // of a key that goes out the line is the key's
		return slog.LevelError
	case c.Repaired.Kind != "" || c.Degraded:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

// Attrs are the facts of a call.
func (c *Call) Attrs() []slog.Attr {
	l := line{make([]slog.Attr, 0, 24)}
	l.text("op", c.Op)
	l.text("model", c.Model)
	l.text("endpoint", c.Endpoint)
	if c.Fault.RequestID == "" {
		c.Fault.RequestID = c.RequestID
	}
	l.fault(c.Fault)
	l.text("stop", c.Stop)
	l.number("attempts", c.Attempts)
	l.duration("duration", c.Duration)
	l.duration("first_token", c.FirstToken)
	l.text("repaired", c.Repaired.Kind)
	l.text("repaired_message", c.Repaired.Message)
	l.flag("degraded", c.Degraded)
	l.text("cache", c.Cache)
	l.params(c.Request)
	l.number("prompt_tokens", c.Usage.PromptTokens)
	l.number("completion_tokens", c.Usage.CompletionTokens)
	l.cost("cost_rub", c.Usage.CostRUB)
	l.cost("cost", c.Usage.Cost)
	l.id(c.ID)
	return l.attrs
}

func (l *line) duration(name string, d time.Duration) {
	if d > 0 {
		l.attrs = append(l.attrs, slog.Duration(name, d))
	}
}

func (l *line) cost(name string, cost *float64) {
	if cost != nil && *cost != 0 {
		l.attrs = append(l.attrs, slog.Float64(name, *cost))
	}
}

// id is what the lines of one call have in common.
func (l *line) id(call uint64) {
	if call != 0 {
		l.attrs = append(l.attrs, slog.Uint64("call", call))
	}
}

// Call writes the line of a call.
func (b *Book) Call(ctx context.Context, c Call) {
	if level := c.Level(); b.On(ctx, level) {
		b.write(ctx, level, "buoy call", c.Attrs())
	}
}

// Attempt writes the line of an attempt.
func (b *Book) Attempt(ctx context.Context, call uint64, op string, number int, a *chat.Attempt) {
	if !b.On(ctx, slog.LevelDebug) {
		return
	}
	l := line{make([]slog.Attr, 0, 20)}
	l.text("op", op)
	l.number("attempt", number)
	l.target(a.Endpoint, a.Model)
	l.text("key", a.Key)
	var f Fault
	if a.Err != nil {
		f = b.fault(a.Err)
	}
	if f.RequestID == "" {
		f.RequestID = a.RequestID
	}
	l.fault(f)
	l.duration("wait", a.Wait)
	l.duration("duration", a.Duration)
	l.duration("first_token", a.FirstToken)
	l.flag("hedge", a.Hedge)
	l.number("prompt_tokens", a.Usage.PromptTokens)
	l.number("completion_tokens", a.Usage.CompletionTokens)
	l.id(call)
	b.write(ctx, slog.LevelDebug, "buoy attempt", l.attrs)
}
