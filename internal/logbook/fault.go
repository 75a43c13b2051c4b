// Package logbook writes what happens to a call as lines of slog. It knows which facts
// stand in a line and under which names, and on which level. No line has an empty
// attribute, a key, or a word of a request or an answer.
package logbook

import (
	"log/slog"
	"time"

	"github.com/buoy-go/buoy/internal/demand"
)

// Fault is what is known of an error.
type Fault struct {
	Kind      string
	Level     slog.Level // of a call that ends in it
	Status    int
	Code      string
	Message   string
	RequestID string
	Endpoint  string
	Phase     string // how far the request had come
	Timer     string // that fired
}

// Attrs are the facts of a fault.
func (f Fault) Attrs() []slog.Attr {
	var l line
	l.fault(f)
	l.text("endpoint", f.Endpoint)
	return l.attrs
}

// line collects attributes and leaves out what is empty.
type line struct{ attrs []slog.Attr }

func (l *line) text(name, value string) {
	if value != "" {
		l.attrs = append(l.attrs, slog.String(name, value))
	}
}

func (l *line) number(name string, value int) {
	if value != 0 {
		l.attrs = append(l.attrs, slog.Int(name, value))
	}
}

// target is whom a line is about.
func (l *line) target(endpoint, model string) {
	l.text("endpoint", endpoint)
	l.text("model", model)
}

func (l *line) until(at time.Time) {
	if !at.IsZero() {
		l.attrs = append(l.attrs, slog.Time("until", at))
	}
}

func (l *line) flag(name string, value bool) {
	if value {
		l.attrs = append(l.attrs, slog.Bool(name, true))
	}
}

func (l *line) fault(f Fault) {
	l.text("kind", f.Kind)
	l.number("status", f.Status)
	l.text("code", f.Code)
	l.text("message", f.Message)
	l.text("provider_request_id", f.RequestID)
	l.text("phase", f.Phase)
	l.text("timer", f.Timer)
}

func (l *line) params(p demand.Params) {
	l.flag("stream", p.Stream)
	if p.Temperature != nil {
		l.attrs = append(l.attrs, slog.Float64("temperature", *p.Temperature))
	}
	l.number("max_tokens", p.MaxTokens)
	l.text("reasoning", p.Reasoning)
	l.number("messages", p.Messages)
	l.number("tools", p.Tools)
	l.number("bytes", p.Bytes)
}
