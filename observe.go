package buoy

import (
	"context"
	"log/slog"
	"time"
)

// Observer is called once per attempt and once per call, each time after the end. For a
// stream that is long after its beginning. Implementations must be safe for concurrent
// use, and quick, because they run on the caller's goroutine. They run outside any lock
// and may call any method of this package.
type Observer interface {
	ObserveAttempt(ctx context.Context, e AttemptEvent)
	ObserveCall(ctx context.Context, e CallEvent)
}

// AttemptEvent describes one request that was sent and has ended.
type AttemptEvent struct {
	Op     string // "chat", "stream", "balance" or "catalogue"
	Number int    // 1 for the first of its call
	Attempt
}

// CallEvent describes one call that has ended.
type CallEvent struct {
	Op       string // "chat", "stream", "balance" or "catalogue"
	Model    string // as requested
	Duration time.Duration
	Info     CallInfo
	Usage    Usage
	Err      error // nil, or the error that the caller got
}

// logObserver writes events to slog; see WithLogger for the levels.
type logObserver struct{ log *slog.Logger }

// level is how loudly an outcome is logged.
func level(err error) slog.Level {
	if err == nil {
		return slog.LevelDebug
	}
	switch KindOf(err).Severity() {
	case SeverityCritical:
		return slog.LevelError
	case SeverityImportant, SeverityStandard:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func (o logObserver) ObserveAttempt(ctx context.Context, e AttemptEvent) {
	// A failed attempt is mostly repaired by the next: one step quieter than
	// the call that fails.
	lvl := min(level(e.Err), slog.LevelWarn)
	if !o.log.Enabled(ctx, lvl) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", e.Op), slog.Int("attempt", e.Number), slog.String("endpoint", e.Endpoint),
		slog.String("model", e.Attempt.Model), slog.String("key", e.Key), slog.Duration("duration", e.Attempt.Duration),
	}
	if e.Wait > 0 {
		attrs = append(attrs, slog.Duration("wait", e.Wait))
	}
	if e.Hedge {
		attrs = append(attrs, slog.Bool("hedge", true))
	}
	if e.Attempt.Err != nil {
		attrs = append(attrs, slog.String("kind", string(KindOf(e.Attempt.Err))), slog.String("error", e.Attempt.Err.Error()))
	}
	o.log.LogAttrs(ctx, lvl, "buoy attempt", attrs...)
}

func (o logObserver) ObserveCall(ctx context.Context, e CallEvent) {
	lvl := level(e.Err)
	if !o.log.Enabled(ctx, lvl) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", e.Op), slog.String("model", e.Model), slog.String("endpoint", e.Info.Endpoint),
		slog.Int("attempts", len(e.Info.Attempts)), slog.Duration("duration", e.Duration),
		slog.Int("prompt_tokens", e.Usage.PromptTokens), slog.Int("completion_tokens", e.Usage.CompletionTokens),
	}
	if e.Info.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", e.Info.RequestID))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("kind", string(KindOf(e.Err))), slog.String("error", e.Err.Error()))
	}
	o.log.LogAttrs(ctx, lvl, "buoy call", attrs...)
}
