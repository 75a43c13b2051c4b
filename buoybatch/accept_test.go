package buoybatch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

var errBad = errors.New("that is no good")

// good accepts all but answers that begin with "bad".
func good(resp *buoy.Response) error {
	if strings.HasPrefix(resp.Text(), "bad") {
		return errBad
	}
	return nil
}

// What Accept refuses is a failure that has its answer, is in no journal as an answer,
// and is asked again by the next run.
func TestAcceptIsAskedBeforeTheJournal(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		var last buoybatch.Progress
		opts := buoybatch.Options{Journal: j, Accept: good, Ordered: true, Concurrency: 1, Progress: func(p buoybatch.Progress) { last = p }}
		var results []buoybatch.Result
		for _, r := range buoybatch.Run(t.Context(), d.Client, slices.Values(askAll("a b c")), opts) {
			results = append(results, r)
		}
		require.NoError(t, results[0].Err)
		require.ErrorIs(t, results[1].Err, errBad)
		require.Equal(t, "bad", results[1].Response.Text())
		require.Len(t, results[1].Response.Info.Attempts, 1)
		require.NoError(t, results[2].Err)
		require.Equal(t, 2, j.Answered())
		require.Equal(t, []int{2, 1, 0}, []int{last.Done, last.Failed, last.Canceled})
		require.Positive(t, last.CompletionTokens)

		opts.Journal, _ = open(t, f.data)
		require.Equal(t, []string{"[one]", "better", "[three]"}, texts(t, d, opts, askAll("a b c")...))
	}, buoytest.Reply("one"), buoytest.Reply("bad"), buoytest.Reply("three"), buoytest.Reply("better"))
}

// A journal that was written without Accept may hold answers that it refuses. They are
// asked again, once: the next run finds the better answer behind the bad one.
func TestAcceptJudgesTheJournal(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		texts(t, d, buoybatch.Options{Journal: j, Concurrency: 1}, askAll("a b")...)
		for _, want := range [][]string{{"[a]", "better"}, {"[a]", "[better]"}, {"[a]", "[better]"}} {
			j, f = open(t, f.data)
			require.Equal(t, want, texts(t, d, buoybatch.Options{Journal: j, Accept: good}, askAll("a b")...))
		}
		require.Len(t, d.Server.Requests(), 3)
	}, buoytest.Reply("a"), buoytest.Reply("bad"), buoytest.Reply("better"))
}

func TestAcceptMayEndTheBatch(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		opts := buoybatch.Options{
			Accept: func(*buoy.Response) error { return errBad }, Concurrency: 1,
			StopOn: func(err error) bool { return errors.Is(err, errBad) },
		}
		_, stopped := errors.AsType[*buoybatch.Error](last(t, d, opts, numberedList(5)))
		require.True(t, stopped)
		require.Len(t, d.Server.Requests(), 1)
	}, buoytest.Always(buoytest.Echo()))
}

func numberedList(n int) []buoy.Request { return slices.Collect(numbered(n)) }

// last is the error of a batch's last result.
func last(t *testing.T, d testdesk.Desk, opts buoybatch.Options, reqs []buoy.Request) (err error) {
	t.Helper()
	for _, r := range buoybatch.Run(t.Context(), d.Client, slices.Values(reqs), opts) {
		err = r.Err
	}
	return err
}

// politely repairs by asking again with the refusal.
func politely(req *buoy.Request, resp *buoy.Response, refusal error) (buoy.Request, bool) {
	again := *req
	again.Messages = append(slices.Clone(req.Messages), resp.Choices[0].Message, buoy.User(refusal.Error()))
	return again, true
}

func TestRepairIsAskedOnce(t *testing.T) {
	usage := buoytest.Usage{PromptTokens: 3, CompletionTokens: 2, TotalTokens: 5, CostRUB: new(1.5)}
	reply := func(text string) buoytest.Step { return buoytest.ReplyWith(buoytest.Answer{Text: text, Usage: usage}) }
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		var p buoybatch.Progress
		opts := buoybatch.Options{Journal: j, Accept: good, Repair: politely, Concurrency: 1, Progress: func(now buoybatch.Progress) { p = now }}
		var results []buoybatch.Result
		for _, r := range buoybatch.Run(t.Context(), d.Client, slices.Values(askAll("a b")), opts) {
			results = append(results, r)
		}
		require.NoError(t, results[0].Err)
		require.Equal(t, "mended", results[0].Response.Text())
		require.Equal(t, 10, results[0].Response.Usage.TotalTokens)
		require.Equal(t, 3.0, *results[0].Response.Usage.CostRUB)
		require.Len(t, results[0].Response.Info.Attempts, 2)
		require.Contains(t, string(d.Server.Requests()[1].Body), errBad.Error())

		require.ErrorIs(t, results[1].Err, errBad)
		require.Equal(t, "bad 3", results[1].Response.Text())
		require.Len(t, d.Server.Requests(), 4)
		require.Equal(t, 1, j.Answered())
		require.Equal(t, 6.0, p.CostRUB)
		require.Len(t, results[1].Request.Messages, 1, "the request is the caller's")

		again, _ := open(t, f.data)
		opts.Journal = again
		require.Equal(t, []string{"[mended]", "at last"}, texts(t, d, opts, askAll("a b")...))
	}, reply("bad 1"), reply("mended"), reply("bad 2"), reply("bad 3"), reply("at last"))
}

func TestRepairThatIsDeclined(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		opts := buoybatch.Options{Accept: good, Repair: func(*buoy.Request, *buoy.Response, error) (buoy.Request, bool) { return buoy.Request{}, false }}
		require.ErrorIs(t, last(t, d, opts, numberedList(1)), errBad)
		require.Len(t, d.Server.Requests(), 1)
	}, buoytest.Always(buoytest.Reply("bad")))
}

// The substitute of a last resort may be refused, and is not repaired: the provider that
// could do so is the one that failed.
func TestRepairIsNotAskedAboutASubstitute(t *testing.T) {
	canned := buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
		return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("bad and canned"), FinishReason: buoy.FinishStop}}}, nil
	})
	testdesk.Bubble(t, []buoy.Option{canned}, func(t *testing.T, d testdesk.Desk) {
		opts := buoybatch.Options{Accept: good, Repair: func(*buoy.Request, *buoy.Response, error) (buoy.Request, bool) {
			t.Error("it was asked")
			return buoy.Request{}, false
		}}
		require.ErrorIs(t, last(t, d, opts, numberedList(1)), errBad)
	}, buoytest.Always(buoytest.Fail(503)))
}

// A repair that fails leaves the answer, and both errors. Its kind counts: a dead key
// ends the batch here as elsewhere.
func TestRepairThatFails(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		n := 0
		for _, r := range buoybatch.Run(t.Context(), d.Client, numbered(3), buoybatch.Options{Accept: good, Repair: politely, Concurrency: 1}) {
			if n++; n == 1 {
				require.Equal(t, "bad", r.Response.Text())
				require.ErrorIs(t, r.Err, errBad)
				require.Equal(t, buoy.ErrQuota, buoy.KindOf(r.Err))
				require.ErrorContains(t, r.Err, "that is no good; the repair failed: buoy: chat m: ")
			}
		}
		require.Equal(t, 2, n)
		require.Len(t, d.Server.Requests(), 2)
	}, buoytest.Reply("bad"), buoytest.Always(buoytest.Fail(402)))
}

// A call that the caller has cut off has not failed: progress says so, the journal does
// not hold it against it, and no StopOn is asked about it.
func TestCanceledCallsAreNoFailures(t *testing.T) {
	for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"canceled": func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) },
		"out of time": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 5*time.Second)
		},
		"with a cause": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			return ctx, func() { cancel(errBad) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr := &traffic{refuse: map[string]int{"1": 400}}
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				ctx, cancel := end(t.Context())
				defer cancel()
				time.AfterFunc(5*time.Second, cancel)
				j, f := open(t, nil)
				var p buoybatch.Progress
				opts := buoybatch.Options{Concurrency: 2, Journal: j, Total: 20, Progress: func(now buoybatch.Progress) { p = now },
					StopOn: func(err error) bool {
						require.Equal(t, buoy.ErrInvalidRequest, buoy.KindOf(err))
						return false
					}}
				var err error
				for _, r := range buoybatch.Run(ctx, d.Client, numbered(20), opts) {
					err = r.Err
				}
				_, stopped := errors.AsType[*buoybatch.Error](err)
				require.True(t, stopped)
				require.Equal(t, []int{3, 1, 2}, []int{p.Done, p.Failed, p.Canceled})
				require.Equal(t, 0.2, p.Share())
				require.Equal(t, 1, strings.Count(string(f.data), `"error":`), "%s", f.data)
			}, buoytest.Always(tr.step()))
		})
	}
}
