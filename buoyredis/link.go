package buoyredis

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// How Redis is asked.
const (
	defaultPatience = 100 * time.Millisecond
	// underWay bounds the commands of one link, beside the connections of its client. More
	// would only wait for those, and that would be taken for Redis's time. With a Redis
	// that hangs they would pile up.
	underWay = 64
)

var (
	errAway = errors.New("redis has failed and is left alone for a second")
	errBusy = errors.New("redis has too many commands under way")
	errSlow = errors.New("redis did not answer in time")
)

// link sends commands to Redis, each with a short wait of its own: the client's timeouts
// are for its owner's use of it, and are seconds by default. A Redis that is away, see
// health, is left alone for a second at a time, so that it costs few calls a moment.
type link struct {
	client   redis.UniversalClient
	bounded  bool // the client ends each command in time by itself
	whole    bool // a command that was begun is waited for, whoever has left meanwhile
	patience time.Duration
	log      *slog.Logger
	what     string        // such as "limit"
	without  string        // what happens while Redis is away
	slots    chan struct{} // one for each command under way
	health   health
}

func newLink(client redis.UniversalClient, s *settings, what, without string) *link {
	l := &link{patience: cmp.Or(s.patience, defaultPatience), log: s.log, what: what, without: without, slots: make(chan struct{}, mostUnderWay(client))}
	l.client, l.bounded = inTime(client, l.patience)
	return l
}

// mostUnderWay is how many commands a client can have under way at once. One of several
// servers has connections for each.
func mostUnderWay(client redis.UniversalClient) int {
	if c, ok := client.(*redis.Client); ok {
		return max(1, min(underWay, c.Options().PoolSize))
	}
	return underWay
}

// once keeps the client from repeating a command by itself: one whose answer got lost
// may have been carried out.
type once struct{ redis.Cmder }

func (once) NoRetry() bool { return true }

// send carries out a command. After an error its result must not be read: the command
// may still be under way.
func (l *link) send(ctx context.Context, cmd redis.Cmder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	stores, asked := stores(cmd), time.Now()
	if !l.health.asks(asked, stores) {
		return errAway
	}
	waited, err := l.slot(ctx)
	if err == nil && waited && l.health.goneSince(asked, stores) {
		<-l.slots
		return errAway
	}
	begun := time.Now() // the wait for a slot is none for Redis
	if err == nil {
		err = l.within(ctx, cmd)
	}
	if ctx.Err() == nil || err == nil {
		l.learn(ctx, err, stores, begun)
	}
	return err
}

// crowded reports that there is no free slot.
func (l *link) crowded() bool { return len(l.slots) == cap(l.slots) }

// slot takes one, and reports whether it had to wait for it.
func (l *link) slot(ctx context.Context) (waited bool, err error) {
	select {
	case l.slots <- struct{}{}:
		return false, nil
	default:
	}
	timer := time.NewTimer(l.patience)
	defer timer.Stop()
	select {
	case l.slots <- struct{}{}:
		return true, nil
	case <-timer.C:
		return true, errBusy
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

// stores reports a command that Redis refuses while it takes no data.
func stores(cmd redis.Cmder) bool {
	switch cmd.Name() {
	case "getrange", "evalsha_ro", "eval_ro", "unlink", "zrem":
		return false
	}
	return true
}

// within carries out a command that has a slot, and gives that back.
func (l *link) within(ctx context.Context, cmd redis.Cmder) error {
	if l.whole {
		ctx = context.WithoutCancel(ctx)
	}
	own, cancel := context.WithTimeout(ctx, l.patience)
	if l.bounded {
		defer func() {
			cancel()
			<-l.slots
		}()
		return l.client.Process(own, once{cmd})
	}
	done := make(chan error, 1)
	go func() {
		defer func() {
			cancel()
			<-l.slots
		}()
		done <- l.client.Process(own, once{cmd})
	}()
	select {
	case err := <-done:
		return err
	case <-own.Done():
	}
	select {
	case err := <-done: // whose end has ended its context
		return err
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errSlow
}

// inTime returns a client whose reads and writes end in time by themselves, on the same
// connections. Others do not heed a context while they read, unless they were told to,
// and each command needs a goroutine that may be left behind: with a Redis that hangs,
// until the client's ReadTimeout.
func inTime(client redis.UniversalClient, patience time.Duration) (_ redis.UniversalClient, bounded bool) {
	switch c := client.(type) {
	case *redis.Client:
		return c.WithTimeout(patience), true
	case *redis.ClusterClient:
		return c, c.Options().ContextTimeoutEnabled
	case *redis.Ring:
		return c, c.Options().ContextTimeoutEnabled
	}
	return client, false
}

// learn keeps whether Redis is there, and logs each change once.
func (l *link) learn(ctx context.Context, err error, stores bool, begun time.Time) {
	n := l.health.learn(err, stores, begun, time.Now())
	if n.doubt {
		l.log.WarnContext(ctx, "buoyredis: Redis did not answer a command", "for", l.what, "err", err, "once", l.without)
	}
	if n.away {
		l.log.WarnContext(ctx, "buoyredis: Redis is away", "for", l.what, "err", err, "meanwhile", l.without)
	}
	if n.back > 0 {
		l.log.InfoContext(ctx, "buoyredis: Redis is back", "for", l.what, "after", n.back.Round(time.Millisecond))
	}
	if n.odd {
		l.log.WarnContext(ctx, "buoyredis: a key in Redis holds something else", "for", l.what, "err", err, "meanwhile", l.without)
	}
}

// script is a Lua script, sent whole where the server does not have it.
type script struct {
	*redis.Script
	text string
	mode string // of EVAL: "_ro" for one that only reads
}

// newScript makes a script that may store. With its first line Redis looks whether it takes
// data before the script begins, and not only where this one comes to store something.
func newScript(text string) script {
	text = "#!lua\n" + text
	return script{redis.NewScript(text), text, ""}
}

// newReader makes a script that only reads.
func newReader(text string) script { return script{redis.NewScript(text), text, "_ro"} }

// run runs a script on keys that must be in one slot of a cluster.
func (l *link) run(ctx context.Context, s script, keys []string, args ...any) (any, error) {
	cmd := scriptCmd(ctx, "evalsha"+s.mode, s.Hash(), keys, args)
	err := l.send(ctx, cmd)
	if redis.HasErrorPrefix(err, "NOSCRIPT") { // a new server, or SCRIPT FLUSH
		cmd = scriptCmd(ctx, "eval"+s.mode, s.text, keys, args)
		err = l.send(ctx, cmd)
	}
	if err != nil {
		return nil, err
	}
	return cmd.Val(), nil
}

func scriptCmd(ctx context.Context, verb, text string, keys []string, args []any) *redis.Cmd {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, verb, text, len(keys))
	for _, key := range keys {
		all = append(all, key)
	}
	cmd := redis.NewCmd(ctx, append(all, args...)...)
	if len(keys) > 0 {
		cmd.SetFirstKeyPos(3)
	}
	return cmd
}
