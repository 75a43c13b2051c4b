package logbook

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/buoy-go/buoy/event"
)

// Book writes to a logger. It is safe for concurrent use.
type Book struct {
	log   *slog.Logger
	fault func(error) Fault
	text  func(error) string
	about []func(context.Context) []slog.Attr

	cacheTold atomic.Int64 // when a cache's failure was last a warning, in nanoseconds
}

// New makes a book. fault reads the errors of calls, text those of what the caller has
// plugged in, such as a store; about adds the caller's attributes to each line.
func New(log *slog.Logger, fault func(error) Fault, text func(error) string, about []func(context.Context) []slog.Attr) *Book {
	return &Book{log: log, fault: fault, text: text, about: about}
}

// On reports whether lines of a level are wanted.
func (b *Book) On(ctx context.Context, level slog.Level) bool { return b.log.Enabled(ctx, level) }

func (b *Book) write(ctx context.Context, level slog.Level, what string, attrs []slog.Attr) {
	for _, f := range b.about {
		attrs = append(attrs, asked(ctx, f)...)
	}
	b.log.LogAttrs(ctx, level, what, attrs...)
}

// asked keeps a panic of the caller's function from the line, and from the call.
func asked(ctx context.Context, f func(context.Context) []slog.Attr) (attrs []slog.Attr) {
	defer func() {
		if v := recover(); v != nil {
			attrs = []slog.Attr{slog.String("attrs_panicked", fmt.Sprintf("%T", v))}
		}
	}()
	return f(ctx)
}

// Warn writes a warning that belongs to no call.
func (b *Book) Warn(ctx context.Context, what string, err error) {
	if b.On(ctx, slog.LevelWarn) {
		b.write(ctx, slog.LevelWarn, what, []slog.Attr{slog.String("message", b.text(err))})
	}
}

// Panicked writes that an observer panicked. The value may hold anything, so only its
// type is shown.
func (b *Book) Panicked(value any) {
	b.write(context.Background(), slog.LevelError, "buoy observer", []slog.Attr{slog.String("panic", fmt.Sprintf("%T", value))})
}

// ObserveKey writes an error for a key that goes out or rests for money, since a human
// must act, and a note when it is back. A key that was too fast is the chain's to handle.
func (b *Book) ObserveKey(ctx context.Context, e event.Key) {
	level := slog.LevelDebug
	switch {
	case e.Reason == "rate_limit":
	case e.State == event.KeyBack:
		level = slog.LevelInfo
	default:
		level = slog.LevelError
	}
	if !b.On(ctx, level) {
		return
	}
	var l line
	var f Fault
	if e.Err != nil {
		f = b.fault(e.Err)
	}
	f.Kind = e.Reason
	l.text("state", string(e.State))
	l.text("endpoint", e.Endpoint)
	l.text("key", e.Key)
	l.text("model", e.Model)
	l.fault(f)
	l.until(e.Until)
	l.id(e.Call)
	b.write(ctx, level, "buoy key", l.attrs)
}

// ObserveQuota writes a warning, and an error for a quota that is used up.
func (b *Book) ObserveQuota(ctx context.Context, e event.QuotaReached) {
	level := slog.LevelWarn
	if e.Threshold >= 1 {
		level = slog.LevelError
	}
	if !b.On(ctx, level) {
		return
	}
	l := line{[]slog.Attr{slog.String("quota", e.Name), slog.Float64("threshold", e.Threshold), slog.Float64("share", e.Share)}}
	l.number("tokens", int(e.Tokens))
	l.number("token_limit", int(e.TokenLimit))
	if e.CostLimit > 0 {
		l.cost("cost", &e.Cost)
		l.cost("cost_limit", &e.CostLimit)
		l.text("currency", e.Currency)
	}
	l.attrs = append(l.attrs, slog.Time("until", e.Until))
	b.write(ctx, level, "buoy quota", l.attrs)
}

// ObserveBreaker writes a change of a breaker.
func (b *Book) ObserveBreaker(e event.Breaker) {
	ctx := context.Background()
	if !b.On(ctx, slog.LevelDebug) {
		return
	}
	var l line
	l.target(e.Endpoint, e.Model)
	l.text("from", e.From)
	l.text("to", e.To)
	if e.Err != nil {
		l.fault(b.fault(e.Err))
	}
	l.until(e.Until)
	b.write(ctx, slog.LevelDebug, "buoy breaker", l.attrs)
}

// step writes what the chain did for a call.
func (b *Book) step(ctx context.Context, what string, call uint64, err error, fill func(*line)) {
	if !b.On(ctx, slog.LevelDebug) {
		return
	}
	var l line
	fill(&l)
	if err != nil {
		l.fault(b.fault(err))
	}
	l.id(call)
	b.write(ctx, slog.LevelDebug, what, l.attrs)
}

// ObserveFirstToken writes a first token.
func (b *Book) ObserveFirstToken(ctx context.Context, e event.FirstToken) {
	b.step(ctx, "buoy first token", e.Call, nil, func(l *line) {
		l.target(e.Endpoint, e.Model)
		l.number("attempt", e.Number)
		l.duration("wait", e.Wait)
	})
}

// ObserveLimit writes a wait.
func (b *Book) ObserveLimit(ctx context.Context, e event.LimitWait) {
	b.step(ctx, "buoy wait", e.Call, nil, func(l *line) {
		l.target(e.Endpoint, e.Model)
		l.text("key", e.Key)
		l.text("for", e.For)
		l.duration("wait", e.Wait)
	})
}

// ObserveFallback writes a fallback.
func (b *Book) ObserveFallback(ctx context.Context, e event.Fallback) {
	b.step(ctx, "buoy fallback", e.Call, e.Err, func(l *line) {
		l.target(e.Endpoint, e.Model)
		l.text("to_endpoint", e.ToEndpoint)
		l.text("to_model", e.ToModel)
		l.flag("last_resort", e.LastResort)
	})
}

// ObserveHedge writes a hedge.
func (b *Book) ObserveHedge(ctx context.Context, e event.Hedge) {
	b.step(ctx, "buoy hedge", e.Call, nil, func(l *line) {
		l.target(e.Endpoint, e.Model)
		l.text("to_endpoint", e.ToEndpoint)
		l.text("to_model", e.ToModel)
		l.duration("wait", e.Wait)
	})
}

// ObserveRecovery writes a recovery.
func (b *Book) ObserveRecovery(ctx context.Context, e event.Recovery) {
	b.step(ctx, "buoy recovery", e.Call, e.Err, func(l *line) {
		l.target(e.Endpoint, e.Model)
		l.flag("continued", e.Continued)
	})
}

// cacheQuiet is how long nothing more is said of a cache that fails: each call would say it.
const cacheQuiet = time.Minute

// ObserveCache writes what a cache did, and a warning once a minute where it fails.
func (b *Book) ObserveCache(ctx context.Context, e event.Cache) {
	if e.Result == event.CacheError && b.On(ctx, slog.LevelWarn) {
		now := time.Now().UnixNano()
		if last := b.cacheTold.Load(); (last == 0 || now-last >= int64(cacheQuiet)) && b.cacheTold.CompareAndSwap(last, now) {
			b.Warn(ctx, "buoy cache", e.Err)
		}
	}
	b.step(ctx, "buoy cache", e.Call, nil, func(l *line) {
		l.text("model", e.Model)
		l.text("cache", string(e.Result))
		l.text("level", e.Level)
		l.duration("wait", e.Wait)
		l.number("prompt_tokens", e.Saved.PromptTokens)
		l.number("completion_tokens", e.Saved.CompletionTokens)
		if e.Err != nil {
			l.text("message", b.text(e.Err))
		}
	})
}
