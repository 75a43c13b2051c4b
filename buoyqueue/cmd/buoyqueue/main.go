// Buoyqueue lists the jobs of a queue, tries dead ones again, and watches the queue.
//
//	buoyqueue -db answers.db list -state dead
//	buoyqueue -db postgres://user@host/name requeue -kind auth
//	buoyqueue -db answers.db watch
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/postgres"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
)

const usage = `buoyqueue lists, requeues and watches the jobs of a queue.

  buoyqueue -db DATABASE list [-state STATE] [-tenant TENANT] [-kind KIND]
  buoyqueue -db DATABASE requeue ID...
  buoyqueue -db DATABASE requeue -kind KIND | -all    dead jobs whose error is of that kind, or all dead jobs
  buoyqueue -db DATABASE watch [-every 1s]            until no job waits or runs

DATABASE is a SQLite file, or the URL of a PostgreSQL database. Instead of -db, the
environment variable BUOYQUEUE_DB may have it, so that no password is on the command line.
States are waiting, running, done, dead and canceled.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Getenv); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "buoyqueue:", strings.TrimPrefix(err.Error(), "buoyqueue: "))
		}
		stop()
		os.Exit(1)
	}
}

// queue is what the command needs of a queue, of either engine.
type queue interface {
	Job(ctx context.Context, id int64) (buoyqueue.Job, error)
	Jobs(ctx context.Context, f buoyqueue.Filter) iter.Seq2[buoyqueue.Job, error]
	Counts(ctx context.Context) (buoyqueue.Counts, error)
	Requeue(ctx context.Context, id int64) error
	Close() error
}

func run(ctx context.Context, args []string, out io.Writer, env func(string) string) error {
	flags := flag.NewFlagSet("buoyqueue", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // it would print the default of -db, which may have a password
	db := flags.String("db", "", "")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
		fmt.Fprint(out, usage)
		return errors.Join(err, flag.ErrHelp)
	}
	do, ok := map[string]func(context.Context, queue, []string, io.Writer) error{"list": list, "requeue": requeue, "watch": watch}[flags.Arg(0)]
	if !ok {
		return fmt.Errorf("%q is no command: list, requeue or watch", flags.Arg(0))
	}
	if *db == "" {
		*db = env("BUOYQUEUE_DB")
	}
	q, err := open(ctx, *db)
	if err != nil {
		return err
	}
	defer q.Close()
	return do(ctx, q, flags.Args()[1:], out)
}

// open opens the queue that is there. A file that is missing is not made: its name is
// most likely a mistake.
func open(ctx context.Context, db string) (queue, error) {
	switch {
	case db == "":
		return nil, errors.New("-db or BUOYQUEUE_DB must have a SQLite file or the URL of a PostgreSQL database")
	case strings.Contains(db, "://"):
		engine, err := postgres.Open(ctx, db)
		if err != nil {
			return nil, err
		}
		return opened(ctx, engine)
	}
	if _, err := os.Stat(db); err != nil {
		return nil, err
	}
	engine, err := sqlite.Open(db)
	if err != nil {
		return nil, err
	}
	return opened(ctx, engine)
}

func opened[TTx any](ctx context.Context, engine buoyqueue.Engine[TTx]) (queue, error) {
	q, err := buoyqueue.Open(ctx, engine, nil, buoyqueue.Options{})
	if err != nil {
		_ = engine.Close()
		return nil, err
	}
	return q, nil
}

var states = []buoyqueue.State{buoyqueue.StateWaiting, buoyqueue.StateRunning, buoyqueue.StateDone, buoyqueue.StateDead, buoyqueue.StateCanceled}

func list(ctx context.Context, q queue, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("list", flag.ContinueOnError)
	state := flags.String("state", "", "only jobs in this state")
	tenant := flags.String("tenant", "", "only jobs of this tenant")
	kind := flags.String("kind", "", "only jobs whose last error is of this kind")
	if err := flags.Parse(args); err != nil {
		return err
	}
	f := buoyqueue.Filter{Tenant: *tenant}
	if *state != "" {
		if !slices.Contains(states, buoyqueue.State(*state)) {
			return fmt.Errorf("%q is no state: waiting, running, done, dead or canceled", *state)
		}
		f.States = []buoyqueue.State{buoyqueue.State(*state)}
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tMODEL\tTENANT\tTRIES\tWAITS\tAGE\tERROR")
	n := 0
	for j, err := range q.Jobs(ctx, f) {
		if err != nil {
			return err
		}
		if *kind != "" && (j.Failure == nil || j.Failure.Kind != buoy.Kind(*kind)) {
			continue
		}
		failure := ""
		if j.Failure != nil {
			failure = shown(j.Failure.Error(), 100)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d/%d\t%d\t%s\t%s\n", j.ID, j.State, shown(j.Model, 40), shown(j.Tenant, 30),
			j.Attempts, j.MaxAttempts, j.Waits, time.Since(j.Enqueued).Round(time.Second), failure)
		if n++; n%1000 == 0 {
			_ = w.Flush()
		}
	}
	return w.Flush()
}

// shown is a text for a terminal, which foreign characters must not steer.
func shown(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "..."
	}
	return s
}

func requeue(ctx context.Context, q queue, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("requeue", flag.ContinueOnError)
	kind := flags.String("kind", "", "dead jobs whose error is of this kind")
	all := flags.Bool("all", false, "all dead jobs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var ids []int64
	for _, arg := range flags.Args() {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no number of a job", arg)
		}
		ids = append(ids, id)
	}
	if (len(ids) > 0) == (*kind != "" || *all) {
		return errors.New("requeue needs numbers of jobs, or -kind, or -all")
	}
	if len(ids) == 0 {
		for j, err := range q.Jobs(ctx, buoyqueue.Filter{States: []buoyqueue.State{buoyqueue.StateDead}}) {
			if err != nil {
				return err
			}
			if *all || j.Failure.Kind == buoy.Kind(*kind) {
				ids = append(ids, j.ID)
			}
		}
	}
	done := 0
	var failed error
	for _, id := range ids {
		if err := q.Requeue(ctx, id); err != nil {
			failed = errors.Join(failed, fmt.Errorf("job %d: %w", id, err))
			continue
		}
		done++
	}
	fmt.Fprintf(out, "%d requeued\n", done)
	return failed
}

func watch(ctx context.Context, q queue, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("watch", flag.ContinueOnError)
	every := flags.Duration("every", time.Second, "how often to look")
	if err := flags.Parse(args); err != nil {
		return err
	}
	tick := time.NewTicker(max(*every, 10*time.Millisecond))
	defer tick.Stop()
	begin, end := "", "\n"
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			// A terminal: the line is written over, and does not go on below on a narrow one.
			begin, end = "\033[?7l", "\033[K\033[?7h\r"
		}
	}
	for {
		c, err := q.Counts(ctx)
		if err != nil {
			if begin != "" {
				fmt.Fprintln(out) // the error has a line of its own
			}
			return err
		}
		fmt.Fprint(out, begin, line(c), end)
		if c.Waiting+c.Running == 0 {
			fmt.Fprintln(out)
			return nil
		}
		select {
		case <-ctx.Done():
			fmt.Fprintln(out)
			return nil
		case <-tick.C:
		}
	}
}

// line is the progress of a queue. What a narrow terminal cuts off is the bar.
func line(c buoyqueue.Counts) string {
	const width = 30
	total := c.Waiting + c.Running + c.Done + c.Ended
	full := 0
	if total > 0 {
		full = width * (c.Done + c.Ended) / total
	}
	return fmt.Sprintf("%d waiting, %d running, %d done, %d dead or canceled [%s%s]",
		c.Waiting, c.Running, c.Done, c.Ended, strings.Repeat("#", full), strings.Repeat(".", width-full))
}
