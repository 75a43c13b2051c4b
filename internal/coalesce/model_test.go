package coalesce_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy/internal/coalesce"
	"github.com/stretchr/testify/require"
)

// model knows what each run and each member has to come to.
type model struct {
	t       *testing.T
	r       *rand.Rand
	group   coalesce.Group[int]
	runs    []*modelRun
	current map[string]*modelRun
}

type modelRun struct {
	id      int
	key     string
	members []*modelMember
	end     chan func() (int, error) // how it ends
	over    bool
	ended   chan struct{} // closed when its context has
}

type modelMember struct {
	cancel context.CancelFunc
	result chan string
}

var errWork = errors.New("work failed")

func newModel(t *testing.T, seed uint64) *model {
	return &model{t: t, r: rand.New(rand.NewPCG(seed, 1)), current: map[string]*modelRun{}}
}

func (m *model) run(steps int) {
	for range steps {
		switch m.r.IntN(4) {
		case 0, 1:
			m.join()
		case 2:
			m.leave()
		default:
			m.finish()
		}
		synctest.Wait()
		m.check()
	}
	for _, run := range m.current {
		for _, member := range run.members {
			member.cancel()
		}
	}
	for _, run := range m.runs {
		if !run.over {
			run.end <- func() (int, error) { return 0, nil }
		}
	}
	synctest.Wait()
	require.Zero(m.t, m.group.Len())
}

func (m *model) join() {
	key := fmt.Sprint(m.r.IntN(2))
	run, joins := m.current[key]
	if !joins {
		run = &modelRun{id: len(m.runs), key: key, end: make(chan func() (int, error), 1), ended: make(chan struct{})}
		m.runs, m.current[key] = append(m.runs, run), run
	}
	ctx, cancel := context.WithCancel(context.Background())
	mine := &modelMember{cancel, make(chan string, 1)}
	run.members = append(run.members, mine)
	work := func(ctx context.Context, _ *coalesce.Run[int]) (int, error) {
		stop := context.AfterFunc(ctx, func() { close(run.ended) })
		defer stop()
		return (<-run.end)()
	}
	member, begun := m.group.Join(ctx, key, work)
	require.Equal(m.t, !joins, begun)
	go func() {
		defer cancel()
		defer member.Leave()
		defer func() {
			if p, ok := recover().(*coalesce.Panic); ok {
				mine.result <- fmt.Sprint("panic ", p.Value)
			}
		}()
		v, err := member.Wait(ctx)
		switch err {
		case coalesce.ErrLeft:
			mine.result <- "left"
		case nil:
			mine.result <- fmt.Sprint(v)
		default:
			mine.result <- err.Error()
		}
	}()
}

func (m *model) someRun() *modelRun {
	if len(m.current) == 0 {
		return nil
	}
	keys := make([]string, 0, 2)
	for key := range m.current {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return m.current[keys[m.r.IntN(len(keys))]]
}

// leave lets a member go; the last one takes the run along.
func (m *model) leave() {
	run := m.someRun()
	if run == nil {
		return
	}
	i := m.r.IntN(len(run.members))
	member := run.members[i]
	run.members = slices.Delete(run.members, i, i+1)
	member.cancel()
	require.Equal(m.t, "left", <-member.result)
	if len(run.members) == 0 {
		delete(m.current, run.key)
		<-run.ended
		run.over = true
		run.end <- func() (int, error) { panic("nobody is to see this") }
	}
}

// finish ends a run, and all of its members hear the same.
func (m *model) finish() {
	run := m.someRun()
	if run == nil {
		return
	}
	want := fmt.Sprint(run.id)
	end := func() (int, error) { return run.id, nil }
	switch m.r.IntN(4) {
	case 0:
		want, end = errWork.Error(), func() (int, error) { return 0, errWork }
	case 1:
		want, end = "panic p", func() (int, error) { panic("p") }
	}
	run.end <- end
	for _, member := range run.members {
		require.Equal(m.t, want, <-member.result)
	}
	run.over = true
	delete(m.current, run.key)
}

func (m *model) check() {
	require.Equal(m.t, len(m.current), m.group.Len())
	for _, run := range m.current {
		select {
		case <-run.ended:
			m.t.Fatal("a run was cancelled while somebody waited for it")
		default:
		}
		for _, member := range run.members {
			require.Empty(m.t, member.result)
		}
	}
}
