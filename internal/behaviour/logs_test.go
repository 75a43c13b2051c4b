package behaviour_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// book collects lines of a logger.
type book struct {
	mu  sync.Mutex // guards the field below
	out bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.Write(p)
}

func (b *book) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type entry = map[string]any

// lines returns the lines of a message, all for "", that are at least so loud.
func (b *book) lines(t *testing.T, what string, least slog.Level) (lines []entry) {
	t.Helper()
	b.mu.Lock()
	text := b.out.String()
	b.mu.Unlock()
	for l := range strings.Lines(text) {
		var e entry
		require.NoError(t, json.Unmarshal([]byte(l), &e))
		var level slog.Level
		require.NoError(t, level.UnmarshalText([]byte(e["level"].(string))))
		if (what == "" || e["msg"] == what) && level >= least {
			lines = append(lines, e)
		}
	}
	return lines
}

// loud is a line that an operator sees: all but what is for debugging.
const loud = slog.LevelInfo

// nothingEmpty fails where an attribute says nothing.
func nothingEmpty(t *testing.T, e entry) {
	t.Helper()
	for name, value := range e {
		switch value {
		case "", 0.0, false, nil:
			t.Errorf("%s is empty in %v", name, e)
		}
	}
}

// A failed call is one line, on the level of its kind; its attempts are for debugging.
func TestAFailedCallIsOneLine(t *testing.T) {
	fail := func(status int, code string) buoytest.Step { return buoytest.OpenAIError(status, code, "sorry") }
	for _, tc := range []struct {
		kind  buoy.Kind
		level string
		step  buoytest.Step
	}{
		{buoy.ErrAuth, "ERROR", badKey},
		{buoy.ErrQuota, "ERROR", noMoney},
		{buoy.ErrPermission, "ERROR", forbidden},
		{buoy.ErrServer, "ERROR", fail(500, "")},
		{buoy.ErrOverloaded, "ERROR", fail(503, "")},
		{buoy.ErrUpstream, "ERROR", fail(502, "")},
		{buoy.ErrTimeout, "ERROR", fail(504, "")},
		{buoy.ErrConnection, "ERROR", buoytest.Reset()},
		{buoy.ErrMalformed, "ERROR", buoytest.HTML(200)},
		{buoy.ErrRateLimit, "WARN", tooFast},
		{buoy.ErrInvalidRequest, "INFO", fail(400, "")},
		{buoy.ErrContextLength, "INFO", fail(400, "context_length_exceeded")},
		{buoy.ErrNotFound, "INFO", fail(404, "model_not_found")},
		{buoy.ErrModeration, "INFO", fail(400, "content_filter")},
		{buoy.ErrTooLarge, "INFO", fail(413, "")},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprint(tc.kind, stream), func(t *testing.T) {
				var b book
				bubble(t, []buoy.Option{buoy.WithLogger(b.logger())}, func(t *testing.T, d desk) {
					err := call(t.Context(), d, stream)
					require.ErrorIs(t, err, tc.kind)
					calls := b.lines(t, "buoy call", slog.LevelDebug)
					require.Len(t, calls, 1)
					require.Equal(t, tc.level, calls[0]["level"])
					require.Equal(t, string(tc.kind), calls[0]["kind"])
					require.Equal(t, "desk", calls[0]["endpoint"])
					require.EqualValues(t, len(callError(t, err).Attempts), calls[0]["attempts"])
					require.NotEmpty(t, calls[0]["message"])
					for _, e := range b.lines(t, "", loud) {
						if e["msg"] != "buoy call" { // what else is heard is of the key
							require.Equal(t, "buoy key", e["msg"])
							require.Contains(t, []buoy.Kind{buoy.ErrAuth, buoy.ErrQuota}, tc.kind)
						}
					}
					attempts := b.lines(t, "buoy attempt", slog.LevelDebug)
					require.Len(t, attempts, len(callError(t, err).Attempts))
					for _, e := range b.lines(t, "", slog.LevelDebug) {
						nothingEmpty(t, e)
					}
					for _, e := range attempts {
						require.Equal(t, "DEBUG", e["level"])
						require.Equal(t, string(tc.kind), e["kind"])
						require.Equal(t, calls[0]["call"], e["call"])
					}
				}, buoytest.Always(tc.step))
			})
		}
	}
}

// What a line has, with all that a request can say of itself, and nothing of what it says.
func TestWhatALineHas(t *testing.T) {
	type user struct{}
	about := func(ctx context.Context) []slog.Attr {
		if name, ok := ctx.Value(user{}).(string); ok {
			return []slog.Attr{slog.String("user", name), slog.String("session", "s-1")}
		}
		return nil
	}
	req := buoy.Request{
		Model: "o3", Temperature: new(0.2), MaxTokens: new(50), ReasoningEffort: "low",
		Messages: []buoy.Message{buoy.System("Be brief, canary."), buoy.User("Why is the sky blue, canary?")},
		Tools:    []buoy.Tool{buoy.FunctionTool("weather", "canary", nil)},
	}
	refusal := buoytest.Headers(buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota"), "X-Request-Id: req-7")
	var b book
	bubble(t, []buoy.Option{buoy.WithLogger(b.logger()), buoy.WithLogAttrs(about), buoy.WithLogAttrs(nil)}, func(t *testing.T, d desk) {
		_, err := d.Stream(context.WithValue(t.Context(), user{}, "u-42"), req)
		require.Error(t, err)
		want := entry{
			"msg": "buoy call", "level": "ERROR", "op": "stream", "model": "o3", "endpoint": "desk",
			"kind": "quota", "status": 429.0, "code": "insufficient_quota", "message": "You exceeded your current quota", "provider_request_id": "req-7",
			"stop": "not_retryable", "attempts": 1.0,
			"stream": true, "temperature": 0.2, "max_tokens": 50.0, "reasoning": "low", "messages": 2.0, "tools": 1.0, "bytes": 45.0,
			"user": "u-42", "session": "s-1",
		}
		lines := b.lines(t, "buoy call", loud)
		require.Len(t, lines, 1)
		for name, value := range want {
			require.Equal(t, value, lines[0][name], name)
		}
		require.NotEmpty(t, lines[0]["time"])
		for _, e := range b.lines(t, "", slog.LevelDebug) {
			require.Equal(t, "u-42", e["user"], "%v", e)
		}

		// The error says the same to slog, wherever it is logged.
		var own book
		own.logger().Error("mine", "err", err)
		got := own.lines(t, "mine", loud)[0]["err"].(entry)
		for _, name := range []string{"op", "model", "endpoint", "kind", "status", "code", "message", "provider_request_id", "stop", "attempts",
			"stream", "temperature", "max_tokens", "reasoning", "messages", "tools", "bytes"} {
			require.Equal(t, want[name], got[name], name)
		}
		nothingEmpty(t, got)
		for _, cause := range []error{apiError(t, err)} {
			own.logger().Error("cause", "err", cause)
			nothingEmpty(t, own.lines(t, "cause", loud)[0]["err"].(entry))
			require.Equal(t, "req-7", own.lines(t, "cause", loud)[0]["err"].(entry)["provider_request_id"])
		}
		for _, secret := range []string{testKey, "canary", "sky", "Bearer"} {
			require.NotContains(t, b.out.String(), secret)
			require.NotContains(t, own.out.String(), secret)
		}
	}, refusal)
}

// What the chain repaired is a warning; where nothing went wrong there is nothing to see.
func TestARepairedCallIsAWarning(t *testing.T) {
	down := buoytest.Error(503, "")
	for name, tc := range map[string]struct {
		first, second []buoytest.Step
		opts          []buoy.Option
		level         string
		repaired      string
		degraded      any
	}{
		"at once":             {[]buoytest.Step{buoytest.Reply("fine")}, nil, nil, "DEBUG", "", nil},
		"by a retry":          {[]buoytest.Step{down, buoytest.Reply("fine")}, nil, nil, "WARN", "overloaded", nil},
		"by a fallback":       {[]buoytest.Step{buoytest.Always(buoytest.OpenAIError(404, "model_not_found", "no"))}, []buoytest.Step{buoytest.Reply("fine")}, nil, "WARN", "not_found", nil},
		"around a permission": {[]buoytest.Step{buoytest.Always(forbidden)}, []buoytest.Step{buoytest.Reply("fine")}, nil, "ERROR", "permission", nil},
		"by the last resort": {[]buoytest.Step{buoytest.Always(down)}, []buoytest.Step{buoytest.Always(down)}, []buoy.Option{buoy.WithFallbackFunc(
			func(context.Context, buoy.Request, error) (*buoy.Response, error) { return new(buoy.Response), nil })}, "WARN", "overloaded", true},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprint(name, stream), func(t *testing.T) {
				var b book
				twoProviders(t, tc.first, tc.second, nil, append(tc.opts, buoy.WithLogger(b.logger())), func(t *testing.T, p pair) {
					require.NoError(t, call(t.Context(), p, stream))
					lines := b.lines(t, "buoy call", slog.LevelDebug)
					require.Len(t, lines, 1)
					require.Equal(t, tc.level, lines[0]["level"], "%v", lines)
					if tc.repaired != "" {
						require.Equal(t, tc.repaired, lines[0]["repaired"])
					}
					require.Equal(t, tc.degraded, lines[0]["degraded"])
					require.NotContains(t, lines[0], "kind", "it did not fail")
					require.LessOrEqual(t, len(b.lines(t, "", loud)), 1)
					for _, e := range b.lines(t, "", slog.LevelDebug) {
						nothingEmpty(t, e)
					}
				})
			})
		}
	}
}

// A breaker that was open on the way to the answer is repaired trouble, too, and an error
// where the call fails of it.
func TestAnOpenBreakerInTheLog(t *testing.T) {
	var b book
	breaker := buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 2})
	twoProviders(t, []buoytest.Step{buoytest.Always(buoytest.Error(500, ""))}, nil, nil, []buoy.Option{buoy.WithLogger(b.logger()), breaker, noRetry}, func(t *testing.T, p pair) {
		for range 3 {
			require.NoError(t, call(t.Context(), p, false))
		}
		lines := b.lines(t, "buoy call", loud)
		require.Len(t, lines, 3)
		require.Equal(t, "circuit_open", lines[2]["repaired"])
		require.Equal(t, "WARN", lines[2]["level"])
		require.Equal(t, "second", lines[2]["endpoint"])
		require.Len(t, b.lines(t, "buoy breaker", slog.LevelDebug), 1)
		require.Len(t, b.lines(t, "", loud), 3)
	})
	var alone book
	bubble(t, []buoy.Option{buoy.WithLogger(alone.logger()), breaker, noRetry}, func(t *testing.T, d desk) {
		for range 3 {
			require.Error(t, call(t.Context(), d, false))
		}
		last := alone.lines(t, "buoy call", loud)[2]
		require.Equal(t, "ERROR", last["level"])
		require.Equal(t, "circuit_open", last["kind"])
		require.Equal(t, "desk", last["endpoint"])
	}, buoytest.Always(buoytest.Error(500, "")))
}

// A key that goes out or rests for money is an error of its own, once, though another
// one answered; its return is a note.
func TestAKeyThatGoesOutIsALineOfItsOwn(t *testing.T) {
	for name, tc := range map[string]struct {
		refusal buoytest.Step
		kind    string
		state   string
	}{
		"wrong":        {badKey, "auth", "disabled"},
		"out of money": {noMoney, "quota", "cooled"},
	} {
		t.Run(name, func(t *testing.T) {
			var b book
			steps := []buoytest.Step{buoytest.Times(2, buoytest.ForKey("sk-1", tc.refusal))}
			keyed(t, []string{"sk-1", "sk-2"}, steps, []buoy.Option{buoy.WithLogger(b.logger())}, func(t *testing.T, d desk) {
				for range 20 {
					require.NoError(t, call(t.Context(), d, false))
					time.Sleep(time.Minute)
				}
				errs := b.lines(t, "", slog.LevelError)
				require.Len(t, errs, 1, "refused twice, and told once")
				require.Equal(t, "buoy key", errs[0]["msg"])
				require.Equal(t, tc.kind, errs[0]["kind"])
				require.Equal(t, tc.state, errs[0]["state"])
				require.Equal(t, "desk", errs[0]["endpoint"])
				require.NotEmpty(t, errs[0]["key"])
				require.NotEmpty(t, errs[0]["status"])
				require.NotEmpty(t, errs[0]["until"])
				require.NotEmpty(t, errs[0]["call"])
				nothingEmpty(t, errs[0])
				time.Sleep(2 * time.Hour)
				for range 4 {
					require.NoError(t, call(t.Context(), d, false))
				}
				keys := b.lines(t, "buoy key", loud)
				require.Len(t, keys, 2)
				require.Equal(t, "back", keys[1]["state"])
				require.Equal(t, "INFO", keys[1]["level"])
				require.Equal(t, errs[0]["key"], keys[1]["key"])
			})
			require.NotContains(t, b.out.String(), "sk-1")
		})
	}
}

// An only key goes on, and is told all the same: a fallback answers for it.
func TestAnOnlyKeyThatIsRefused(t *testing.T) {
	for kind, refusal := range map[string]buoytest.Step{"auth": badKey, "quota": noMoney} {
		var b book
		twoProviders(t, []buoytest.Step{buoytest.Always(refusal)}, nil, nil, []buoy.Option{buoy.WithLogger(b.logger())}, func(t *testing.T, p pair) {
			for range 3 {
				require.NoError(t, call(t.Context(), p, false))
			}
			require.Equal(t, []any{"refused", kind, time.Time{}}, []any{string(p.Keys()[0].State), p.Keys()[0].Reason, p.Keys()[0].Until})
			errs := b.lines(t, "", slog.LevelError)
			require.Len(t, errs, 1)
			require.Equal(t, []any{"buoy key", kind, "refused"}, []any{errs[0]["msg"], errs[0]["kind"], errs[0]["state"]})
			require.NotContains(t, errs[0], "until")
			require.Len(t, b.lines(t, "buoy call", slog.LevelWarn), 3)
		})
	}
}

// A stream that its reader closes has not failed, and one that breaks has.
func TestStreamsInTheLog(t *testing.T) {
	var b book
	bubble(t, []buoy.Option{buoy.WithLogger(b.logger())}, func(t *testing.T, d desk) {
		s := streamOf(t, d)
		require.True(t, s.Next())
		require.NoError(t, s.Close())
		lines := b.lines(t, "buoy call", slog.LevelDebug)
		require.Len(t, lines, 1)
		require.Equal(t, "DEBUG", lines[0]["level"])
		require.Error(t, call(t.Context(), d, true))
		lines = b.lines(t, "buoy call", loud)
		require.Len(t, lines, 1)
		require.Equal(t, "ERROR", lines[0]["level"])
		require.Equal(t, "stream_interrupted", lines[0]["kind"])
		require.Equal(t, "started", lines[0]["stop"])
		require.Equal(t, "desk", lines[0]["endpoint"])
		require.NotEmpty(t, lines[0]["first_token"])
	}, buoytest.Stream("a", "b", "c"), buoytest.Cut(1))
}

// A function for attributes that panics costs the line its attributes, and nothing else.
func TestLogAttrsThatPanic(t *testing.T) {
	var b book
	bubble(t, []buoy.Option{buoy.WithLogger(b.logger()), buoy.WithLogAttrs(func(context.Context) []slog.Attr { panic(errors.New("secret")) })}, func(t *testing.T, d desk) {
		require.ErrorIs(t, call(t.Context(), d, false), buoy.ErrInvalidRequest)
		lines := b.lines(t, "buoy call", loud)
		require.Len(t, lines, 1)
		require.Equal(t, "*errors.errorString", lines[0]["attrs_panicked"])
		require.NotContains(t, b.out.String(), "secret")
	}, buoytest.Error(400, ""))
}

// Calls that nobody sent have a line as well.
func TestCallsThatWereNeverSent(t *testing.T) {
	var b book
	bubble(t, []buoy.Option{buoy.WithLogger(b.logger())}, func(t *testing.T, d desk) {
		_, err := d.Chat(t.Context(), buoy.Request{})
		require.Error(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Error(t, call(ctx, d, false))
		lines := b.lines(t, "buoy call", loud)
		require.Equal(t, []any{"invalid_request", "canceled"}, []any{lines[0]["kind"], lines[1]["kind"]})
		require.True(t, slices.IndexFunc(lines, func(e entry) bool { return e["level"] != "INFO" }) < 0)
		for _, e := range lines {
			nothingEmpty(t, e)
		}
	})
}

// A local limit that sent a call to the next target was in its way.
func TestALimitThatWasGoneRound(t *testing.T) {
	var b book
	twoProviders(t, nil, nil, nil, []buoy.Option{buoy.WithLogger(b.logger()), buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 1})}, func(t *testing.T, p pair) {
		require.NoError(t, call(t.Context(), p, false))
		require.NoError(t, call(t.Context(), p, false))
		lines := b.lines(t, "buoy call", loud)
		require.Len(t, lines, 1)
		require.Equal(t, []any{"WARN", "limit", "second"}, []any{lines[0]["level"], lines[0]["repaired"], lines[0]["endpoint"]})
	})
}
