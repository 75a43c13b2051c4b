package behaviour_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// ownPlace is where an application hands buoy an error of its own.
type ownPlace struct {
	opts []buoy.Option
	send roundTripper // nil: answers well
	ctx  func() (context.Context, context.CancelFunc)
	// calls is how many are made, 0 for one.
	calls int
}

func inMiddleware(of func(next buoy.Handler) buoy.Handler) ownPlace {
	return ownPlace{opts: []buoy.Option{buoy.WithMiddleware(of)}}
}

func inAttempt(of func(next buoy.Handler) buoy.Handler) ownPlace {
	return ownPlace{opts: []buoy.Option{buoy.WithAttemptMiddleware(of)}}
}

func failingHandler(err error) func(buoy.Handler) buoy.Handler {
	return func(buoy.Handler) buoy.Handler {
		return func(context.Context, *buoy.Call) (*buoy.Reply, error) { return nil, err }
	}
}

func answering(status int, body string) roundTripper {
	return func(*http.Request) (*http.Response, error) { return replyWith(status, nil, body), nil }
}

var ownPlaces = map[string]func(err error) ownPlace{
	"middleware":            func(err error) ownPlace { return inMiddleware(failingHandler(err)) },
	"middleware, of a kind": func(err error) ownPlace { return inMiddleware(failingHandler(fmt.Errorf("%w: %w", buoy.ErrAuth, err))) },
	"attempt":               func(err error) ownPlace { return inAttempt(failingHandler(err)) },
	"breaker": func(err error) ownPlace {
		p := inAttempt(failingHandler(fmt.Errorf("%w: %w", buoy.ErrServer, err)))
		p.calls = 3
		return p
	},
	"attempt, about a key": func(err error) ownPlace { return inAttempt(failingHandler(fmt.Errorf("%w: %w", buoy.ErrQuota, err))) },
	"about a refusal": func(err error) ownPlace {
		p := inMiddleware(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, c *buoy.Call) (*buoy.Reply, error) {
				_, refused := next(ctx, c)
				return nil, fmt.Errorf("%w, and %w", err, refused)
			}
		})
		p.send = answering(403, `{"error":{"message":"no"}}`)
		return p
	},
	"repaired": func(err error) ownPlace {
		p := inAttempt(func(next buoy.Handler) buoy.Handler {
			return func(ctx context.Context, c *buoy.Call) (*buoy.Reply, error) {
				if c.Model != "other" {
					return nil, fmt.Errorf("%w: %w", buoy.ErrNotFound, err)
				}
				return next(ctx, c)
			}
		})
		p.opts = append(p.opts, buoy.WithFallback(buoy.Target{Model: "other"}))
		return p
	},
	"cause": func(err error) ownPlace {
		return ownPlace{ctx: func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(context.Background())
			cancel(err)
			return ctx, func() {}
		}}
	},
	"cause of a deadline": func(err error) ownPlace {
		return ownPlace{ctx: func() (context.Context, context.CancelFunc) {
			return context.WithDeadlineCause(context.Background(), time.Now().Add(-time.Second), err)
		}}
	},
	"transport": func(err error) ownPlace {
		return ownPlace{send: func(*http.Request) (*http.Response, error) { return nil, err }}
	},
	"body": func(err error) ownPlace {
		return ownPlace{send: func(*http.Request) (*http.Response, error) {
			return reply(200, "application/json", io.NopCloser(io.MultiReader(strings.NewReader(`{"choices":[`), failing{err}))), nil
		}}
	},
	"last resort": func(err error) ownPlace {
		return ownPlace{send: answering(503, ""), opts: []buoy.Option{buoy.WithFallbackFunc(
			func(context.Context, buoy.Request, error) (*buoy.Response, error) { return nil, err })}}
	},
	"cache": func(err error) ownPlace {
		return ownPlace{opts: []buoy.Option{buoy.WithCache(brokenCache{err}, buoy.CachePolicy{Accept: func(context.Context, *buoy.Request) bool { return true }})}}
	},
}

// failing is a body that breaks off, and where nothing can be kept.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// No error of the application's own brings a prompt or a key into the log, whatever
// calls wrapped it, nor into what a failed call says of itself to slog.
func TestOwnErrorsInTheLog(t *testing.T) {
	turn := 0
	for place, put := range ownPlaces {
		for form, write := range forms {
			for _, secret := range secrets {
				if turn++; testing.Short() && turn%(len(secrets)+1) != 0 && form != "plain" {
					continue
				}
				if place == "cache" && (secret == secretPrompt || secret == secretPerson || secret == secretCall) {
					continue // a cache is told no such thing
				}
				written := write(secret)
				lines := ownErrorLogged(t, secret, put(fmt.Errorf("app: %s of user 7", written)))
				for _, leak := range []string{secret, written, secret[len(secret)/3:]} {
					require.False(t, strings.Contains(lines, leak), "%s in %s of %q: %s", form, place, secret, lines)
				}
			}
		}
		for _, honest := range []string{"app: the vault is sealed", "sealed"} {
			lines := ownErrorLogged(t, secretKey, put(errors.New(honest)))
			if place != "last resort" { // its error is not the call's
				require.Contains(t, lines, honest, place)
			}
		}
		long := ownErrorLogged(t, secretKey, put(errors.New(strings.Repeat("a long story ", 1<<14))))
		require.Less(t, len(long), 20_000, place)
	}
}

// ownErrorLogged is all that the log has of a call with an error of the application's.
func ownErrorLogged(t *testing.T, secret string, p ownPlace) string {
	t.Helper()
	var b book
	e := secretEndpoint(secret)
	if p.send == nil {
		p.send = answering(200, wholeFine)
	}
	client, err := buoy.New(e, append(p.opts, noRetry, buoy.WithBreaker(buoy.BreakerPolicy{Consecutive: 2}), buoy.WithLogger(b.logger()),
		buoy.WithHTTPClient(&http.Client{Transport: p.send}))...)
	require.NoError(t, err)
	defer client.Close()
	req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(secretPrompt)}, User: secretPerson}
	shown := ""
	for range max(p.calls, 1) {
		ctx, cancel := t.Context(), context.CancelFunc(func() {})
		if p.ctx != nil {
			ctx, cancel = p.ctx()
		}
		_, err = client.Chat(ctx, req, buoy.WithHeader("X-Trace-Secret", secretCall))
		cancel()
		shown += fmt.Sprint(slog.AnyValue(err).Resolve())
	}
	for _, l := range b.lines(t, "", slog.LevelDebug) {
		shown += fmt.Sprintln(l)
	}
	return shown
}

// brokenCache fails.
type brokenCache struct{ err error }

func (c brokenCache) Get(context.Context, string) ([]byte, bool, error) { return nil, false, c.err }

func (c brokenCache) Set(context.Context, string, []byte, time.Duration) error { return c.err }
