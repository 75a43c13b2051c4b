package buoyredis

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/service"
)

// fakeTime is a real Redis whose clock is that of a bubble: the script gets the time of the
// one who asks. The bubble's time stands still meanwhile.
type fakeTime struct {
	redis.UniversalClient
	takes time.Duration               // each command
	down  func(at time.Duration) bool // whether nobody listens at a time; nil for never
	began time.Time

	mu   sync.Mutex // one command at a time; guards the field below
	last int64      // time of the last visit
	asks chan func(*redis.Client)
	done chan struct{}
}

// inFakeTime runs a test in a bubble, with a Redis outside of it.
func inFakeTime(t *testing.T, test func(*testing.T, *fakeTime)) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: service.Redis(t).Addr()})
	f := &fakeTime{asks: make(chan func(*redis.Client)), done: make(chan struct{})}
	var wg sync.WaitGroup
	wg.Go(func() {
		for ask := range f.asks {
			ask(client)
			f.done <- struct{}{}
		}
	})
	defer func() {
		close(f.asks)
		wg.Wait()
		require.NoError(t, client.Close())
	}()
	synctest.Test(t, func(t *testing.T) {
		f.began = time.Now()
		test(t, f)
	})
}

func (f *fakeTime) since() time.Duration { return time.Since(f.began) }

func (f *fakeTime) Process(_ context.Context, cmd redis.Cmder) error {
	time.Sleep(f.takes)
	if f.down != nil && f.down(f.since()) {
		return refusedDial
	}
	c := cmd.(once).Cmder.(*redis.Cmd)
	args := c.Args()
	n := args[2].(int)
	keys := make([]string, n)
	for i := range keys {
		keys[i] = args[3+i].(string)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = max(f.last+1, time.Now().UnixMicro())
	var got any
	var err error
	f.asks <- func(client *redis.Client) {
		got, err = clocked.Run(context.Background(), client, keys, append(slices.Clone(args[3+n:]), f.last)...).Result()
	}
	<-f.done
	c.SetVal(got)
	return err
}

// visit is a call of a test.
type visit struct {
	at, within time.Duration
	name       string
	tokens     int
	tenant     string
	options    []buoy.CallOption
}

// visits is what became of calls of an instance.
type visits struct {
	mu   sync.Mutex
	went []went
	late map[string]int // by name
	vain map[string]int // those of them who had waited
}

type went struct {
	at   time.Duration
	name string
}

type tenantName struct{}

// come makes the calls of one instance and waits for all of them.
func (v *visits) come(t *testing.T, f *fakeTime, limit buoy.RateLimit, calls []visit, opts ...LimiterOption) {
	t.Helper()
	limit.Estimate = func(*buoy.Request) int { return 1 }
	l, err := NewLimiter(f, limit, append([]LimiterOption{WithInstances(1), WithLogger(slog.New(slog.DiscardHandler))}, opts...)...)
	require.NoError(t, err)
	end := func(buoy.Handler) buoy.Handler {
		return func(ctx context.Context, c *buoy.Call) (*buoy.Reply, error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.went = append(v.went, went{f.since(), c.Request.Model})
			return &buoy.Reply{Response: &buoy.Response{}}, nil
		}
	}
	parts := buoy.StandardParts()
	parts.Rate = buoy.Chain(l.Middleware(), end)
	client, err := buoy.New(buoy.Endpoint{BaseURL: "http://127.0.0.1:1/v1"}, buoy.WithChain(parts.List()...),
		buoy.WithTenantLimit(func(ctx context.Context, _ *buoy.Request) string {
			name, _ := ctx.Value(tenantName{}).(string)
			return name
		}, buoy.RateLimit{}))
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	var wg sync.WaitGroup
	for _, c := range calls {
		wg.Go(func() {
			time.Sleep(c.at - f.since())
			ctx := context.WithValue(t.Context(), tenantName{}, c.tenant)
			if c.within > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.within)
				defer cancel()
			}
			answer := c.tokens - 1
			begun := time.Now()
			_, err := client.Chat(ctx, buoy.Request{Model: c.name, MaxTokens: &answer, Messages: []buoy.Message{buoy.User("hello")}}, c.options...)
			if err != nil {
				v.mu.Lock()
				defer v.mu.Unlock()
				if v.late == nil {
					v.late, v.vain = map[string]int{}, map[string]int{}
				}
				v.late[c.name]++
				if time.Since(begun) > 500*time.Millisecond {
					v.vain[c.name]++
				}
				if !errors.Is(err, buoy.ErrLimit) && !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// most is the most that went within a time.
func (v *visits) most(within time.Duration) (n int) {
	from := 0
	for i := range v.went {
		for v.went[i].at-v.went[from].at >= within {
			from++
		}
		n = max(n, i-from+1)
	}
	return n
}

// silence is the longest time in which nobody went.
func (v *visits) silence() (d time.Duration) {
	for i := 1; i < len(v.went); i++ {
		d = max(d, v.went[i].at-v.went[i-1].at)
	}
	return d
}

// last is when the last one of a name went.
func (v *visits) last(name string) (at time.Duration) {
	for _, w := range v.went {
		if w.name == name {
			at = w.at
		}
	}
	return at
}
