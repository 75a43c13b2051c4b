package race

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var errFirst, errSecond = errors.New("first"), errors.New("second")

// run is one of two attempts: it takes a time and brings a word or an error.
type run struct {
	takes time.Duration
	err   error
	panic any
}

func (r run) attempt(ctx context.Context, word string) (string, error) {
	select {
	case <-time.After(r.takes):
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if r.panic != nil {
		panic(r.panic)
	}
	if r.err != nil {
		return "", r.err
	}
	return word, nil
}

// pair is a race of two such attempts.
type pair struct {
	race          Race[string, int]
	first, second run
	wait          time.Duration // until the second; 0 for never
	nobody        bool          // to ask for the second
	helps         bool
	discarded     []string
	waited        time.Duration
}

func (p *pair) First(ctx context.Context) (string, error) {
	if p.wait > 0 {
		p.race.Arm(p.wait, 7)
		p.race.Arm(time.Nanosecond, 8)
	}
	return p.first.attempt(ctx, "a")
}

func (p *pair) Second(first int, wait time.Duration) func(context.Context) (string, error) {
	if p.nobody {
		return nil
	}
	p.waited = wait * time.Duration(first)
	return func(ctx context.Context) (string, error) { return p.second.attempt(ctx, "b") }
}

func (p *pair) Helps(error) bool { return p.helps }

func (p *pair) Discard(s string) { p.discarded = append(p.discarded, s) }

func TestRaces(t *testing.T) {
	const s = time.Second
	for name, tc := range map[string]struct {
		*pair
		reply  string
		err    error
		second bool
		took   time.Duration
	}{
		"not armed":                      {&pair{first: run{takes: 9 * s}}, "a", nil, false, 9 * s},
		"the first is quick":             {&pair{first: run{takes: s}, wait: 2 * s}, "a", nil, false, s},
		"nobody to ask":                  {&pair{first: run{takes: 5 * s}, wait: 2 * s, nobody: true}, "a", nil, false, 5 * s},
		"the second wins":                {&pair{first: run{takes: 9 * s}, second: run{takes: s}, wait: 2 * s}, "b", nil, true, 3 * s},
		"the first wins all the same":    {&pair{first: run{takes: 3 * s}, second: run{takes: 9 * s}, wait: 2 * s}, "a", nil, true, 3 * s},
		"the second fails":               {&pair{first: run{takes: 9 * s}, second: run{takes: s, err: errSecond}, wait: 2 * s}, "a", nil, true, 9 * s},
		"the first fails, it is no help": {&pair{first: run{takes: 3 * s, err: errFirst}, second: run{takes: 9 * s}, wait: 2 * s}, "", errFirst, true, 3 * s},
		"the first fails, the second is": {&pair{first: run{takes: 3 * s, err: errFirst}, second: run{takes: 9 * s}, wait: 2 * s, helps: true}, "b", nil, true, 11 * s},
		"both fail":                      {&pair{first: run{takes: 3 * s, err: errFirst}, second: run{takes: 9 * s, err: errSecond}, wait: 2 * s, helps: true}, "", errFirst, true, 11 * s},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				p := tc.pair
				r := p.race.Run(t.Context(), p)
				require.Equal(t, []any{tc.reply, tc.err, tc.second, nil}, []any{r.Reply, r.Err, r.Second, r.Panicked})
				require.Equal(t, tc.took, time.Since(begun))
				if tc.second {
					require.Equal(t, 14*s, p.waited, "it is told of the first that armed the race, and of its wait")
				}
				require.False(t, slices.Contains(p.discarded, tc.reply) && tc.reply != "", "%q", p.discarded)
				r.Cancel(nil)
			})
		})
	}
}

func TestTheLoserIsToldWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p stubborn
		r := p.race.Run(t.Context(), &p)
		require.Equal(t, "b", r.Reply)
		require.Equal(t, []string{"a"}, p.discarded, "what the loser brought nevertheless")
		require.Equal(t, ErrLost, p.cause)
		r.Cancel(nil)
	})
}

// stubborn is a race whose first brings something although it has lost.
type stubborn struct {
	race      Race[string, struct{}]
	cause     error
	discarded []string
}

func (p *stubborn) First(ctx context.Context) (string, error) {
	p.race.Arm(time.Second, struct{}{})
	<-ctx.Done()
	p.cause = context.Cause(ctx)
	return "a", nil
}

func (p *stubborn) Second(struct{}, time.Duration) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return "b", nil }
}

func (p *stubborn) Helps(error) bool { return false }
func (p *stubborn) Discard(s string) { p.discarded = append(p.discarded, s) }

func TestThePanicOfTheSecondIsHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pair{first: run{takes: 5 * time.Second}, second: run{takes: time.Second, panic: "boom"}, wait: time.Second}
		r := p.race.Run(t.Context(), p)
		require.Equal(t, "boom", r.Panicked)
		require.Contains(t, p.discarded, "a")
		r.Cancel(nil)
	})
}

func TestAPanicOfTheFirstLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pair{first: run{takes: 3 * time.Second, panic: "boom"}, second: run{takes: time.Hour}, wait: time.Second}
		require.PanicsWithValue(t, "boom", func() { p.race.Run(t.Context(), p) })
	})
}

func TestACallerThatLeavesEndsBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		p := &pair{first: run{takes: time.Hour}, second: run{takes: time.Hour}, wait: time.Second, helps: true}
		r := p.race.Run(ctx, p)
		require.Equal(t, context.DeadlineExceeded, r.Err)
		r.Cancel(nil)
	})
}
