package buoytyped_test

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

func questions(texts ...string) iter.Seq[buoy.Request] {
	var all []buoy.Request
	for _, text := range texts {
		all = append(all, buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(text)}})
	}
	return slices.Values(all)
}

func journal(t *testing.T, path string) *buoybatch.Journal {
	t.Helper()
	j, err := buoybatch.OpenJournal(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// batched runs a batch in order and returns what became of each request.
func batched[T any](t *testing.T, client *buoy.Client, reqs iter.Seq[buoy.Request], o buoybatch.Options, opts ...buoytyped.Option) (all []string, results []buoytyped.BatchResult[T]) {
	t.Helper()
	o.Ordered, o.Concurrency = true, 1
	for i, r := range buoytyped.BatchAs[T](t.Context(), client, reqs, o, opts...) {
		require.Equal(t, len(all), i)
		text := fmt.Sprint(r.Value)
		switch {
		case r.Err != nil:
			text = r.Err.Error()
		case r.Resumed:
			text = "[" + text + "]"
		}
		all, results = append(all, text), append(results, r)
	}
	return all, results
}

func value(n int) buoytest.Step { return buoytest.Reply(fmt.Sprintf(`{"value":%d}`, n)) }

// An answer that is no T is not kept: the next run asks again, and pays for nothing else.
func TestBatchAsKeepsNoBadAnswer(t *testing.T) {
	srv, client := provider(t, value(1), buoytest.Reply("seven, I think"), value(3), value(2))
	path := filepath.Join(t.TempDir(), "j")
	j := journal(t, path)
	var p buoybatch.Progress
	all, results := batched[int](t, client, questions("a", "b", "c"), buoybatch.Options{Journal: j, Progress: func(now buoybatch.Progress) { p = now }})
	require.Equal(t, []string{"1", "the answer is no int: it is not JSON", "3"}, all)
	require.Equal(t, "seven, I think", results[1].Response.Text())
	require.Equal(t, buoy.ErrMalformed, buoy.KindOf(results[1].Err))
	require.Equal(t, []int{2, 1}, []int{p.Done, p.Failed})
	require.Equal(t, "json_schema", bodyOf(t, srv.Requests()[0]).ResponseFormat.Type)
	require.NoError(t, j.Close())

	all, _ = batched[int](t, client, questions("a", "b", "c"), buoybatch.Options{Journal: journal(t, path)})
	require.Equal(t, []string{"[1]", "2", "[3]"}, all)
	require.Len(t, srv.Requests(), 4)
}

// A journal that an untyped batch has written, with bad answers in it.
func TestBatchAsJudgesTheJournal(t *testing.T) {
	srv, client := provider(t, value(1), buoytest.Reply("no number"), value(2))
	path := filepath.Join(t.TempDir(), "j")
	format, err := buoytyped.Format[int]()
	require.NoError(t, err)
	j := journal(t, path)
	untyped := func(yield func(buoy.Request) bool) {
		for req := range questions("a", "b") {
			req.ResponseFormat = format
			_ = yield(req)
		}
	}
	for _, r := range buoybatch.Run(t.Context(), client, untyped, buoybatch.Options{Journal: j, Concurrency: 1}) {
		require.NoError(t, r.Err)
	}
	require.NoError(t, j.Close())
	for _, want := range [][]string{{"[1]", "2"}, {"[1]", "[2]"}} {
		j := journal(t, path)
		all, _ := batched[int](t, client, questions("a", "b"), buoybatch.Options{Journal: j})
		require.Equal(t, want, all)
		require.NoError(t, j.Close())
	}
	require.Len(t, srv.Requests(), 3)
}

func TestBatchAsRepairs(t *testing.T) {
	srv, client := provider(t,
		buoytest.Reply(`{"value":"one"}`), value(1),
		buoytest.Reply("two"), buoytest.Reply("deux"),
		buoytest.Reply("three"), buoytest.Fail(403))
	j := journal(t, filepath.Join(t.TempDir(), "j"))
	all, results := batched[int](t, client, questions("a", "b", "c"), buoybatch.Options{Journal: j}, buoytyped.WithRepair(), buoytyped.WithJSONMode(),
		buoytyped.WithCallOptions(buoy.WithHeader("X-Trace", "7")))
	require.Equal(t, []string{"1", "the answer is no int: it is not JSON"}, all[:2])
	require.Len(t, results[0].Response.Info.Attempts, 2)
	require.Equal(t, "deux", results[1].Response.Text())
	require.Len(t, results[1].Response.Info.Attempts, 2)
	bad, ok := errors.AsType[*buoytyped.MismatchError](results[2].Err)
	require.True(t, ok)
	require.ErrorIs(t, bad.Repair, buoy.ErrPermission)
	require.Equal(t, "three", bad.Text)
	require.Equal(t, 1, j.Answered())

	sent := bodyOf(t, srv.Requests()[1])
	require.Equal(t, "json_object", sent.ResponseFormat.Type)
	require.Contains(t, sent.Messages[len(sent.Messages)-1].Content, "value: is a string where an integer is due")
	for _, r := range srv.Requests() {
		require.Equal(t, "7", r.Header.Get("X-Trace"))
	}
}

// What is no answer at all is not repaired.
func TestBatchAsDoesNotRepairRefusals(t *testing.T) {
	srv, client := provider(t,
		buoytest.ReplyWith(buoytest.Answer{Refusal: "I will not."}),
		buoytest.ReplyWith(buoytest.Answer{Text: `{"val`, FinishReason: "length"}),
		buoytest.ReplyWith(buoytest.Answer{ToolCalls: []buoytest.ToolCall{{Name: "f", Arguments: "{}"}}}))
	_, results := batched[int](t, client, questions("a", "b", "c"), buoybatch.Options{}, buoytyped.WithRepair())
	_, refusal := errors.AsType[*buoytyped.RefusalError](results[0].Err)
	_, truncated := errors.AsType[*buoytyped.TruncatedError](results[1].Err)
	require.True(t, refusal)
	require.True(t, truncated)
	require.EqualError(t, results[2].Err, "the answer is no int: it calls a tool")
	require.Len(t, srv.Requests(), 3)
}

// The caller's own functions are asked about what is a T.
func TestBatchAsAsksTheCallersOwnFunctions(t *testing.T) {
	errOdd := errors.New("it is odd")
	odd := func(resp *buoy.Response) error {
		if n, err := buoytyped.Decode[int](resp); err != nil || n%2 == 1 {
			require.NoError(t, err, "it was no number")
			return errOdd
		}
		return nil
	}
	again := func(req *buoy.Request, _ *buoy.Response, refusal error) (buoy.Request, bool) {
		next := *req
		next.Messages = append(slices.Clone(req.Messages), buoy.User("even, please"))
		return next, errors.Is(refusal, errOdd)
	}
	_, client := provider(t, value(1), value(2), value(3), value(5), buoytest.Reply("none"), value(4))
	all, _ := batched[int](t, client, questions("a", "b", "c"), buoybatch.Options{Accept: odd, Repair: again}, buoytyped.WithRepair())
	require.Equal(t, []string{"2", "it is odd", "4"}, all)
}

func TestBatchAsRefusesWhatItCannotDo(t *testing.T) {
	srv, client := provider(t, value(1))
	all, results := batched[tree](t, client, questions("a"), buoybatch.Options{})
	require.Len(t, all, 1)
	require.ErrorIs(t, results[0].Err, buoy.ErrInvalidRequest)
	require.Empty(t, srv.Requests())

	reqs := slices.Collect(questions("a", "b", "c"))
	reqs[1].ResponseFormat = buoy.JSONObject()
	all, ints := batched[int](t, client, slices.Values(reqs), buoybatch.Options{})
	require.Len(t, all, 2)
	require.Equal(t, "1", all[0])
	_, stopped := errors.AsType[*buoybatch.Error](ints[1].Err)
	require.True(t, stopped)
	require.ErrorContains(t, ints[1].Err, "response_format: is set, but it is ChatAs's to set")
	require.Len(t, srv.Requests(), 1)

	for range buoytyped.BatchAs[int](t.Context(), client, questions("a", "b"), buoybatch.Options{}) {
		break // leaving early leaves nothing behind
	}
}
