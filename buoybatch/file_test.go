package buoybatch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// memFile is a journal's file in memory.
type memFile struct {
	mu     sync.Mutex // guards the fields below
	data   []byte
	synced int // bytes that an fsync has made safe
	syncs  int
	fail   func(op string) error // before anything is done; nil for never
	torn   int                   // bytes that a failing write writes all the same
}

func (f *memFile) check(op string) error {
	if f.fail == nil {
		return nil
	}
	return f.fail(op)
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check("read"); err != nil {
		return 0, err
	}
	if off >= int64(len(f.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.check("write")
	if err != nil {
		p = p[:min(f.torn, len(p))]
	}
	if grow := int(off) + len(p) - len(f.data); grow > 0 {
		f.data = append(f.data, make([]byte, grow)...)
	}
	return copy(f.data[off:], p), err
}

func (f *memFile) Truncate(size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check("truncate"); err != nil {
		return err
	}
	f.data = f.data[:size]
	f.synced = min(f.synced, len(f.data))
	return nil
}

func (f *memFile) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check("sync"); err != nil {
		return err
	}
	f.synced = len(f.data)
	f.syncs++
	return nil
}

// safe is what would outlast a crash of the machine.
func (f *memFile) safe() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.data[:f.synced])
}

func (f *memFile) Close() error { return nil }

var errDisk = errors.New("no space left on device")

// failing returns a memFile.fail that fails one operation from its n-th time on.
func failing(op string, n int) func(string) error {
	return func(o string) error {
		if o == op {
			n--
		}
		if o == op && n < 0 {
			return errDisk
		}
		return nil
	}
}

// Where an answer cannot be written it is yielded with the error, and the batch
// stops: what comes after would be paid again.
func TestRunStopsWhereItsJournalFails(t *testing.T) {
	for _, op := range []string{"write", "sync"} {
		for torn := range 3 {
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				f := &memFile{torn: torn * 100}
				j, err := buoybatch.NewJournal(f)
				require.NoError(t, err)
				f.fail = failing(op, 5)
				answers, failures := 0, 0
				var last error
				for _, r := range buoybatch.Run(t.Context(), d.Client, numbered(50), buoybatch.Options{Concurrency: 1, Journal: j}) {
					if r.Response != nil {
						answers++
					}
					if r.Err != nil {
						failures++
						require.ErrorIs(t, r.Err, errDisk)
					}
					last = r.Err
				}
				require.Equal(t, 6, answers, "what was paid is yielded")
				require.Equal(t, 2, failures)
				_, stopped := errors.AsType[*buoybatch.Error](last)
				require.True(t, stopped)
				require.Len(t, d.Server.Requests(), 6)

				// The disk is mended: nothing half written is in the way.
				again, g := open(t, f.data)
				require.GreaterOrEqual(t, again.Answered(), 5)
				for _, r := range buoybatch.Run(t.Context(), d.Client, numbered(50), buoybatch.Options{Journal: again}) {
					require.NoError(t, r.Err)
				}
				third, _ := open(t, g.data)
				require.Equal(t, 50, third.Answered())
			}, buoytest.Always(buoytest.Echo()))
		}
	}
}

// After a write whose remains could not be cut off, and after an fsync that failed,
// nobody knows what the file holds: nothing more is written.
func TestJournalThatCannotBeMendedIsClosed(t *testing.T) {
	for name, fails := range map[string]map[string]error{"write": {"write": errDisk, "truncate": errDisk}, "sync": {"sync": errDisk}} {
		t.Run(name, func(t *testing.T) {
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				f := &memFile{torn: 20}
				j, err := buoybatch.NewJournal(f)
				require.NoError(t, err)
				f.fail = func(op string) error { return fails[op] }
				for range buoybatch.Run(t.Context(), d.Client, numbered(3), buoybatch.Options{Concurrency: 1, Journal: j}) {
				}
				f.fail = nil
				size := len(f.data)
				for _, r := range buoybatch.Run(t.Context(), d.Client, numbered(3), buoybatch.Options{Journal: j}) {
					require.ErrorIs(t, r.Err, errDisk)
				}
				require.Len(t, f.data, size)
			}, buoytest.Always(buoytest.Echo()))
		})
	}
}

func TestNewJournalReportsItsFile(t *testing.T) {
	for _, op := range []string{"read", "write", "sync"} {
		_, err := buoybatch.NewJournal(&memFile{fail: failing(op, 0)})
		require.ErrorIs(t, err, errDisk, op)
	}
	_, err := buoybatch.NewJournal(&memFile{data: append(written(t), "half a line"...), fail: failing("truncate", 0)})
	require.ErrorIs(t, err, errDisk)
}

// One fsync serves all answers that were written before it.
func TestJournalSharesItsSyncs(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		f := &memFile{}
		j, err := buoybatch.NewJournal(&slowDisk{f})
		require.NoError(t, err)
		for i, r := range buoybatch.Run(t.Context(), d.Client, numbered(64), buoybatch.Options{Concurrency: 64, Journal: j}) {
			require.NoError(t, r.Err)
			require.Contains(t, f.safe(), fmt.Sprintf(`{"index":%d,`, i), "on the disk before it is yielded")
		}
		require.LessOrEqual(t, f.syncs, 4)
	}, buoytest.Always(buoytest.Echo()))
}

type slowDisk struct{ *memFile }

func (s *slowDisk) Sync() error {
	err := s.memFile.Sync()
	time.Sleep(time.Second)
	return err
}

// Whatever a provider answers comes back from the journal as it was.
func TestJournalKeepsAnswersWhole(t *testing.T) {
	body := `{"id":"x","object":"chat.completion","created":1.7e9,"model":"really","provider":"P","choices":[` +
		`{"index":0,"message":{"role":"assistant","content":"a\n\u2028<b>\ud83d\ude00","refusal":null,"reasoning":"hm","reasoning_details":[{"a" :
 1}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}}],"new":{"deep":[1, 2,
 3]}},"logprobs":null,"finish_reason":"tool_calls","native_finish_reason":"tool"},` +
		`{"index":1,"message":{"role":"assistant","content":""},"finish_reason":"length"}],` +
		`"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"cost_rub":0.0123,"balance":99.5,"odd":true},"extra":"<&>"}`
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		var first, second *buoy.Response
		for _, r := range buoybatch.Run(t.Context(), d.Client, numbered(1), buoybatch.Options{Journal: j}) {
			first = r.Response
		}
		again, _ := open(t, f.data)
		for _, r := range buoybatch.Run(t.Context(), d.Client, numbered(1), buoybatch.Options{Journal: again}) {
			require.True(t, r.Resumed)
			second = r.Response
		}
		require.Equal(t, "desk", second.Info.Endpoint)
		require.Equal(t, first.Info.RequestID, second.Info.RequestID)
		require.Equal(t, first.Info.Model, second.Info.Model)
		a, err := first.MarshalJSON()
		require.NoError(t, err)
		b, err := second.MarshalJSON()
		require.NoError(t, err)
		require.JSONEq(t, string(a), string(b))
		require.Equal(t, first.Choices[0].Message.Content, second.Choices[0].Message.Content)
		require.Equal(t, first.Usage.CostRUB, second.Usage.CostRUB)
		require.Equal(t, 2, bytes.Count(f.data, []byte("\n")), "one line, whatever the provider's line feeds")
	}, buoytest.Raw(200, "application/json", []byte(body), "X-Request-Id: req-9"))
}

// A canned answer is none that was paid for: a resume asks again.
func TestJournalLeavesOutSubstitutes(t *testing.T) {
	canned := buoy.WithFallbackFunc(func(context.Context, buoy.Request, error) (*buoy.Response, error) {
		return &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant("sorry")}}}, nil
	})
	testdesk.Bubble(t, []buoy.Option{testdesk.NoRetry, canned}, func(t *testing.T, d testdesk.Desk) {
		j, _ := open(t, nil)
		for _, want := range []string{"sorry", "0", "0"} {
			for _, r := range buoybatch.Run(t.Context(), d.Client, numbered(1), buoybatch.Options{Journal: j}) {
				require.Equal(t, want, r.Response.Text())
			}
		}
		require.Len(t, d.Server.Requests(), 2)
	}, buoytest.Error(500, ""), buoytest.Always(buoytest.Echo()))
}

// What was cut off by leaving the loop is not a failure of its own.
func TestJournalLeavesOutWhatWasCancelled(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range buoybatch.Run(ctx, d.Client, numbered(3), buoybatch.Options{Journal: j}) {
		}
		for range buoybatch.Run(t.Context(), d.Client, numbered(3), buoybatch.Options{Journal: j}) {
			break
		}
		require.NotContains(t, string(f.data), "cancel")
	}, buoytest.Times(3, buoytest.Hang(0)), buoytest.Echo(), buoytest.Always(buoytest.Hang(0)))
}

func TestJournalServesOneBatchAtATime(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, _ := open(t, nil)
		for range buoybatch.Run(t.Context(), d.Client, numbered(2), buoybatch.Options{Journal: j}) {
			_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(2), buoybatch.Options{Journal: j}))
			require.Len(t, results, 1)
			require.ErrorContains(t, results[0].Err, "another batch")
		}
		synctest.Wait()
		_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(2), buoybatch.Options{Journal: j}))
		require.True(t, results[1].Resumed)
	}, buoytest.Always(buoytest.Echo()))
}

// A request that cannot be written as JSON fails alone.
func TestRunWithARequestThatCannotBeSent(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, _ := open(t, nil)
		bad := asks("1")
		bad.Extra = map[string]any{"f": func() {}}
		reqs := func(yield func(buoy.Request) bool) { _ = yield(asks("0")) && yield(bad) && yield(asks("2")) }
		var failed []int
		for i, r := range buoybatch.Run(t.Context(), d.Client, reqs, buoybatch.Options{Journal: j, Ordered: true}) {
			if r.Err != nil {
				require.ErrorIs(t, r.Err, buoy.ErrInvalidRequest)
				failed = append(failed, i)
			}
		}
		require.Equal(t, []int{1}, failed)
		require.Equal(t, 2, j.Answered())
	}, buoytest.Always(buoytest.Echo()))
}

// The order of a map's entries does not matter, and neither does the version that
// wrote the body.
func TestJournalKnowsARequestAgain(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, _ := open(t, nil)
		for range 20 {
			req := asks("0")
			req.Extra = map[string]any{"z": 1, "a": map[string]any{"y": 1, "b": strings.Repeat("x", 3)}, "m": []int{1}}
			for _, r := range buoybatch.Run(t.Context(), d.Client, func(yield func(buoy.Request) bool) { yield(req) }, buoybatch.Options{Journal: j}) {
				require.NoError(t, r.Err)
			}
		}
		require.Len(t, d.Server.Requests(), 1)
	}, buoytest.Always(buoytest.Echo()))
}
