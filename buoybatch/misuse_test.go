package buoybatch_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// results are those of a batch, in the order of its requests.
func results(t *testing.T, d testdesk.Desk, opts buoybatch.Options, asked ...buoy.Request) (all []buoybatch.Result) {
	t.Helper()
	opts.Ordered = true
	for _, r := range buoybatch.Run(t.Context(), d.Client, slices.Values(asked), opts) {
		all = append(all, r)
	}
	return all
}

// fails are ways not to return.
var fails = map[string]struct {
	do  func(secret string)
	how string
}{
	"a panic":       {func(secret string) { panic(secret) }, "panicked with a string in "},
	"an error":      {func(secret string) { panic(errors.New(secret)) }, "panicked with a *errors.errorString in "},
	"no index":      {func(string) { _ = []int{}[len(fmt.Sprint())] }, "panicked with a runtime.boundsError in "},
	"a nil pointer": {func(string) { _ = *(*int)(nil) }, "panicked with a runtime.errorString in "},
	"an exit":       {func(string) { runtime.Goexit() }, "has ended its goroutine in "},
}

// says checks that an error tells what panicked, how and where, and not with what.
func says(t *testing.T, err error, what, how string) {
	t.Helper()
	require.ErrorContains(t, err, what+" "+how)
	require.ErrorContains(t, err, "buoybatch_test.")
	require.ErrorContains(t, err, "(misuse_test.go:")
	require.NotContains(t, err.Error(), "hush")
	require.Equal(t, buoy.ErrUnknown, buoy.KindOf(err))
}

// A panic of Accept is no verdict: the answer is there, and is neither lost nor paid again.
func TestAcceptThatPanics(t *testing.T) {
	for name, fail := range fails {
		t.Run(name, func(t *testing.T) {
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				j, f := open(t, nil)
				var p buoybatch.Progress
				opts := buoybatch.Options{Journal: j, Concurrency: 1, Progress: func(now buoybatch.Progress) { p = now }}
				opts.Accept = func(resp *buoy.Response) error {
					if strings.HasPrefix(resp.Text(), "hush") {
						fail.do(resp.Text())
					}
					return good(resp)
				}
				opts.Repair = func(*buoy.Request, *buoy.Response, error) (buoy.Request, bool) {
					t.Error("there is no refusal to be repaired")
					return buoy.Request{}, false
				}
				all := results(t, d, opts, askAll("a b c")...)
				require.Len(t, all, 3)
				for _, i := range []int{0, 2} {
					says(t, all[i].Err, "Options.Accept", fail.how)
					require.Equal(t, fmt.Sprint("hush ", i), all[i].Response.Text())
				}
				require.NoError(t, all[1].Err)
				require.Equal(t, 3, j.Answered())
				require.Equal(t, []int{1, 2, 0}, []int{p.Done, p.Failed, p.Resumed})

				if name != "an exit" { // the goroutine is the test's here
					j, f = open(t, f.data)
					opts.Journal = j
					all = results(t, d, opts, askAll("a b c")...)
					says(t, all[0].Err, "Options.Accept", fail.how)
					require.Equal(t, "hush 0", all[0].Response.Text())
					require.True(t, all[0].Resumed)
					require.Equal(t, []int{1, 2, 1}, []int{p.Done, p.Failed, p.Resumed})
				}
				j, _ = open(t, f.data)
				require.Equal(t, []string{"[hush 0]", "[fine]", "[hush 2]"}, texts(t, d, buoybatch.Options{Journal: j, Accept: good}, askAll("a b c")...))
				require.Len(t, d.Server.Requests(), 3)
			}, buoytest.Reply("hush 0"), buoytest.Reply("fine"), buoytest.Reply("hush 2"))
		})
	}
}

// The refusal stands, and the answer is asked again by the next run.
func TestRepairThatPanics(t *testing.T) {
	for name, fail := range fails {
		t.Run(name, func(t *testing.T) {
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				j, f := open(t, nil)
				opts := buoybatch.Options{Journal: j, Accept: good, Repair: func(*buoy.Request, *buoy.Response, error) (buoy.Request, bool) {
					fail.do("hush")
					return buoy.Request{}, true
				}}
				all := results(t, d, opts, askAll("a")...)
				require.Len(t, all, 1)
				require.ErrorIs(t, all[0].Err, errBad)
				if name != "an exit" {
					says(t, all[0].Err, "that is no good; the repair failed: buoy: Options.Repair", fail.how)
				}
				require.Equal(t, "bad", all[0].Response.Text())
				require.Equal(t, 0, j.Answered())
				opts.Journal, _ = open(t, f.data)
				require.Equal(t, []string{"better"}, texts(t, d, opts, askAll("a")...))
			}, buoytest.Reply("bad"), buoytest.Reply("better"))
		})
	}
}

// The second answer has no verdict, and the journal keeps that one.
func TestAcceptThatPanicsOverARepair(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		opts := buoybatch.Options{Journal: j, Repair: politely, Accept: func(resp *buoy.Response) error {
			if resp.Text() == "hush" {
				panic(resp.Text())
			}
			return good(resp)
		}}
		all := results(t, d, opts, askAll("a")...)
		says(t, all[0].Err, "Options.Accept", "panicked with a string in ")
		require.Equal(t, "hush", all[0].Response.Text())
		require.Len(t, all[0].Response.Info.Attempts, 2)
		j, _ = open(t, f.data)
		require.Equal(t, []string{"[hush]"}, texts(t, d, buoybatch.Options{Journal: j, Accept: good}, askAll("a")...))
	}, buoytest.Reply("bad"), buoytest.Reply("hush"))
}

// A middleware runs on a goroutine of the batch as well.
func TestMiddlewareThatPanics(t *testing.T) {
	for name, fail := range fails {
		t.Run(name, func(t *testing.T) {
			mine := buoy.WithMiddleware(func(next buoy.Handler) buoy.Handler {
				return func(ctx context.Context, call *buoy.Call) (*buoy.Reply, error) {
					if call.Request.Messages[0].Content == "b" {
						fail.do("hush")
					}
					return next(ctx, call)
				}
			})
			testdesk.Bubble(t, []buoy.Option{mine}, func(t *testing.T, d testdesk.Desk) {
				j, f := open(t, nil)
				all := results(t, d, buoybatch.Options{Journal: j, Concurrency: 1}, askAll("a b c")...)
				require.NoError(t, all[0].Err)
				says(t, all[1].Err, "the call", fail.how)
				require.Nil(t, all[1].Response)
				require.NoError(t, all[2].Err)
				require.Equal(t, 2, j.Answered())
				require.Contains(t, string(f.data), fail.how)
			}, buoytest.Always(buoytest.Reply("fine")))
		})
	}
}

// shy is an error whose text panics.
type shy struct{}

func (shy) Error() string { panic("hush") }

func TestErrorThatPanics(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		all := results(t, d, buoybatch.Options{Journal: j, Accept: func(*buoy.Response) error { return shy{} }}, askAll("a")...)
		require.ErrorIs(t, all[0].Err, shy{})
		require.Contains(t, string(f.data), "the text of a buoybatch_test.shy panicked with a string")
	}, buoytest.Reply("fine"))
}

// A file that panics ends the batch, and nothing more is written behind what it may have
// left.
func TestFileThatPanics(t *testing.T) {
	for _, op := range []string{"write", "sync"} {
		testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
			j, f := open(t, nil)
			armed := true
			f.fail = func(now string) error {
				if now == op && armed {
					armed = false
					panic("hush")
				}
				return nil
			}
			all := results(t, d, buoybatch.Options{Journal: j, Concurrency: 1}, askAll("a b")...)
			require.Len(t, all, 2)
			says(t, all[0].Err, "the journal's file", "panicked with a string in ")
			require.Equal(t, "fine", all[0].Response.Text())
			_, stopped := errors.AsType[*buoybatch.Error](all[1].Err)
			require.True(t, stopped)
			require.Len(t, d.Server.Requests(), 1)
			for _, err := range []error{all[1].Err, results(t, d, buoybatch.Options{Journal: j}, askAll("a")...)[0].Err} {
				_, ok := errors.AsType[*buoybatch.JournalError](err)
				require.True(t, ok)
				require.ErrorContains(t, err, "the journal's file panicked")
			}
		}, buoytest.Always(buoytest.Reply("fine")))
	}
}

// What runs on the goroutine of the loop panics there: calls end, and the journal is free.
func TestPanicsOfTheLoop(t *testing.T) {
	for name, set := range map[string]func(*buoybatch.Options){
		"Key":      func(o *buoybatch.Options) { o.Key = func(*buoy.Request) string { panic(loud) } },
		"Progress": func(o *buoybatch.Options) { o.Progress = func(buoybatch.Progress) { panic(loud) } },
		"StopOn": func(o *buoybatch.Options) {
			o.Accept = func(*buoy.Response) error { return errBad }
			o.StopOn = func(error) bool { panic(loud) }
		},
	} {
		testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
			j, _ := open(t, nil)
			opts := buoybatch.Options{Journal: j}
			set(&opts)
			require.PanicsWithValue(t, loud, func() { texts(t, d, opts, askAll("a b c")...) }, name)
			require.Len(t, texts(t, d, buoybatch.Options{Journal: j}, askAll("a b c")...), 3, name)
		}, buoytest.Always(buoytest.Reply("fine")))
	}
}

const loud = "on the goroutine of the loop"

// What cannot work says what to do.
func TestRefused(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		var none context.Context
		some := slices.Values(askAll("a"))
		zero := new(buoybatch.Journal)
		for _, c := range []struct {
			ctx    context.Context
			client *buoy.Client
			reqs   iter.Seq[buoy.Request]
			opts   buoybatch.Options
			says   string
		}{
			{t.Context(), d.Client, nil, buoybatch.Options{}, "requests: are nil: pass an iterator, such as slices.Values of a list"},
			{none, nil, nil, buoybatch.Options{}, "requests: are nil"},
			{none, d.Client, some, buoybatch.Options{}, "context: is nil: pass context.Background()"},
			{t.Context(), nil, some, buoybatch.Options{}, "client: is nil: make one with buoy.New"},
			{t.Context(), d.Client, some, buoybatch.Options{Journal: zero}, "it has no file: get a journal from OpenJournal or NewJournal"},
		} {
			n := 0
			for i, r := range buoybatch.Run(c.ctx, c.client, c.reqs, c.opts) {
				n++
				require.Zero(t, i)
				require.ErrorContains(t, r.Err, c.says)
				_, stopped := errors.AsType[*buoybatch.Error](r.Err)
				require.True(t, stopped)
			}
			require.Equal(t, 1, n, c.says)
		}
		require.Zero(t, zero.Answered())
		require.NoError(t, zero.Close())
		_, err := buoybatch.NewJournal(nil)
		require.ErrorContains(t, err, "the file is nil: pass one that is open, or call OpenJournal")
		_, ok := errors.AsType[*buoybatch.JournalError](err)
		require.True(t, ok)
		require.Empty(t, d.Server.Requests())
	})
}
