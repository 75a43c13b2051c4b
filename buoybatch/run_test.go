package buoybatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
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

// numbered is a sequence of n requests that ask for their own number.
func numbered(n int) iter.Seq[buoy.Request] {
	return func(yield func(buoy.Request) bool) {
		for i := range n {
			if !yield(asks(strconv.Itoa(i))) {
				return
			}
		}
	}
}

func asks(text string) buoy.Request {
	return buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(text)}}
}

// traffic counts the requests that a provider answers at the same time.
type traffic struct {
	mu        sync.Mutex // guards the fields below
	now, most int
	answered  int
	refuse    map[string]int // by text: the status
	slow      string         // this one takes a minute
}

// askedText is the text of a request's only message.
func askedText(r *http.Request) string {
	var in struct{ Messages []struct{ Content string } }
	if json.NewDecoder(r.Body).Decode(&in) != nil || len(in.Messages) == 0 {
		return ""
	}
	return in.Messages[0].Content
}

// step answers with the request's own text, after a second for each digit of it.
func (tr *traffic) step() buoytest.Step {
	return buoytest.Func(func(w http.ResponseWriter, r *http.Request) {
		tr.mu.Lock()
		tr.now++
		tr.most = max(tr.most, tr.now)
		tr.mu.Unlock()
		defer func() {
			tr.mu.Lock()
			tr.now--
			tr.mu.Unlock()
		}()
		text := askedText(r)
		wait := time.Duration(1+len(text)) * time.Second
		if text == tr.slow {
			wait = time.Minute
		}
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return
		}
		tr.mu.Lock()
		status := tr.refuse[text]
		if status == 0 {
			tr.answered++
		}
		tr.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if status != 0 {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"code":%d,"message":"no"}}`, status)
			return
		}
		fmt.Fprintf(w, `{"id":"a","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1,"cost_rub":0.5}}`, text)
	})
}

// collect runs a batch to its end and checks that answers belong to their requests.
func collect(t *testing.T, seq iter.Seq2[int, buoybatch.Result]) (order []int, results map[int]buoybatch.Result) {
	t.Helper()
	results = make(map[int]buoybatch.Result)
	for i, r := range seq {
		order = append(order, i)
		require.NotContains(t, results, i, "each once")
		results[i] = r
		require.Equal(t, strconv.Itoa(i), r.Request.Messages[0].Content)
		if r.Err == nil {
			require.Equal(t, strconv.Itoa(i), r.Response.Text())
		} else {
			require.Nil(t, r.Response)
		}
	}
	return order, results
}

func TestRun(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		tr := &traffic{}
		testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
			order, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(105), buoybatch.Options{Ordered: ordered}))
			require.Len(t, results, 105)
			require.Equal(t, ordered, slices.IsSorted(order))
			require.Equal(t, 8, tr.most)
			for _, r := range results {
				require.NoError(t, r.Err)
				require.False(t, r.Resumed)
			}
		}, buoytest.Always(tr.step()))
	}
}

func TestRunOfNothing(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		order, _ := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(0), buoybatch.Options{Ordered: true}))
		require.Empty(t, order)
	})
}

// Requests are taken when a call can begin, and no further ahead of what was
// yielded than the options say.
func TestRunTakesRequestsAsTheyAreWanted(t *testing.T) {
	for _, tc := range []struct {
		name  string
		opts  buoybatch.Options
		ahead int
	}{
		{"as completed", buoybatch.Options{Concurrency: 3}, 3},
		{"one at a time", buoybatch.Options{Concurrency: 1}, 1},
		{"ordered", buoybatch.Options{Concurrency: 3, Ordered: true}, 12},
		{"a small window", buoybatch.Options{Concurrency: 8, Ordered: true, Window: 2}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := &traffic{}
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				taken, yielded, most := 0, 0, 0
				reqs := func(yield func(buoy.Request) bool) {
					for i := range 60 {
						taken++
						most = max(most, taken-yielded)
						if !yield(asks(strconv.Itoa(i))) {
							return
						}
					}
				}
				for range buoybatch.Run(t.Context(), d.Client, reqs, tc.opts) {
					yielded++
					if yielded%7 == 0 {
						time.Sleep(time.Minute) // a slow reader
						require.LessOrEqual(t, taken-yielded, tc.ahead)
					}
				}
				require.Equal(t, 60, yielded)
				require.LessOrEqual(t, most, tc.ahead)
				require.LessOrEqual(t, tr.most, tc.opts.Concurrency)
			}, buoytest.Always(tr.step()))
		})
	}
}

// A slow first answer holds back only as much as the window allows.
func TestRunOrderedGoesOnBehindASlowOne(t *testing.T) {
	tr := &traffic{slow: "0"}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		var order []int
		for i := range buoybatch.Run(t.Context(), d.Client, numbered(40), buoybatch.Options{Ordered: true, Concurrency: 4, Window: 10}) {
			if len(order) == 0 {
				require.Equal(t, 10, len(d.Server.Requests()))
			}
			order = append(order, i)
		}
		require.Len(t, order, 40)
		require.True(t, slices.IsSorted(order))
	}, buoytest.Always(tr.step()))
}

// A source that makes its caller wait does not hold back what is ready longer
// than its own wait.
func TestRunYieldsBetweenSlowRequests(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		reqs := func(yield func(buoy.Request) bool) {
			for i := range 8 {
				time.Sleep(10 * time.Second)
				if !yield(asks(strconv.Itoa(i))) {
					return
				}
			}
		}
		begun := time.Now()
		for i := range buoybatch.Run(t.Context(), d.Client, reqs, buoybatch.Options{}) {
			require.LessOrEqual(t, time.Since(begun), time.Duration(i+2)*10*time.Second)
		}
	}, buoytest.Always(buoytest.Echo()))
}

// One failure does not end the others.
func TestRunFailsInPart(t *testing.T) {
	tr := &traffic{refuse: map[string]int{"3": 400, "11": 404, "20": 403}}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(30), buoybatch.Options{}))
		require.Len(t, results, 30)
		for i, want := range map[int]buoy.Kind{3: buoy.ErrInvalidRequest, 11: buoy.ErrNotFound, 20: buoy.ErrPermission, 4: ""} {
			require.Equal(t, want, buoy.KindOf(results[i].Err))
		}
		require.Equal(t, 27, tr.answered)
	}, buoytest.Always(tr.step()))
}

// What all others would meet as well ends the batch, and the last result says so.
func TestRunStopsWhereNothingElseCanSucceed(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		opts   buoybatch.Options
		stops  buoy.Kind
	}{
		{"a dead key", 401, buoybatch.Options{}, buoy.ErrAuth},
		{"no money", 402, buoybatch.Options{Ordered: true}, buoy.ErrQuota},
		{"unless told to go on", 402, buoybatch.Options{StopOn: func(error) bool { return false }}, ""},
		{"or to stop for less", 404, buoybatch.Options{StopOn: func(err error) bool { return errors.Is(err, buoy.ErrNotFound) }}, buoy.ErrNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := &traffic{refuse: map[string]int{"9": tc.status}}
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				order, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(100), tc.opts))
				require.Error(t, results[9].Err)
				if tc.stops == "" {
					require.Len(t, order, 100)
					return
				}
				require.Less(t, len(order), 40)
				last := order[len(order)-1]
				require.Equal(t, last, slices.Max(order), "the first that was not asked")
				require.Len(t, order, last+1, "all before it were")
				be, ok := errors.AsType[*buoybatch.Error](results[last].Err)
				require.True(t, ok)
				require.ErrorIs(t, be, tc.stops)
				require.Equal(t, last, len(d.Server.Requests()))
			}, buoytest.Always(tr.step()))
		})
	}
}

// Where no request is left there is nothing to stop.
func TestRunThatEndsWithItsLastRequest(t *testing.T) {
	tr := &traffic{refuse: map[string]int{"9": 401}}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(10), buoybatch.Options{}))
		require.Len(t, results, 10)
		_, stopped := errors.AsType[*buoybatch.Error](results[9].Err)
		require.False(t, stopped)
	}, buoytest.Always(tr.step()))
}

func TestRunObeysItsContext(t *testing.T) {
	tr := &traffic{}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		ctx, cancel := context.WithTimeout(t.Context(), 11*time.Second)
		defer cancel()
		order, results := collect(t, buoybatch.Run(ctx, d.Client, numbered(100), buoybatch.Options{Concurrency: 5}))
		require.Equal(t, testdesk.Date(2000, 1, 1).Add(11*time.Second).Unix(), time.Now().Unix())
		last := order[len(order)-1]
		require.ErrorIs(t, results[last].Err, context.DeadlineExceeded)
		_, stopped := errors.AsType[*buoybatch.Error](results[last].Err)
		require.True(t, stopped)
		for i := range last {
			if err := results[i].Err; err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
			}
		}
	}, buoytest.Always(tr.step()))
}

// Leaving the loop, however it is left, ends everything; the bubble would fail on a
// goroutine that is left behind.
func TestRunLeftEarly(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		for _, leave := range []string{"break", "panic", "at once"} {
			tr := &traffic{}
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				n, asked := 0, 0
				var left time.Time
				loop := func() {
					defer func() { _ = recover() }()
					for range buoybatch.Run(t.Context(), d.Client, numbered(1000), buoybatch.Options{Ordered: ordered}) {
						if n++; n == 5 || leave == "at once" {
							synctest.Wait()
							asked, left = len(d.Server.Requests()), time.Now()
							if leave == "panic" {
								panic("the reader's own")
							}
							break
						}
					}
				}
				loop()
				require.Equal(t, left, time.Now(), "nothing is waited for")
				synctest.Wait()
				require.Zero(t, tr.now, "no call is under way")
				time.Sleep(time.Hour)
				require.Equal(t, asked, len(d.Server.Requests()))
			}, buoytest.Always(tr.step()))
		}
	}
}

func TestRunRefusesNonsense(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		for _, opts := range []buoybatch.Options{{Concurrency: -1}, {Window: -1}, {Total: -1}} {
			order, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(3), opts))
			require.Equal(t, []int{0}, order)
			require.ErrorIs(t, results[0].Err, buoy.ErrInvalidRequest)
			require.ErrorContains(t, results[0].Err, "negative")
		}
		_, results := collect(t, buoybatch.Run(testdesk.NilContext, d.Client, numbered(3), buoybatch.Options{}))
		require.ErrorIs(t, results[0].Err, buoy.ErrInvalidRequest)
		_, results = collect(t, buoybatch.Run(t.Context(), nil, numbered(3), buoybatch.Options{}))
		require.ErrorContains(t, results[0].Err, "buoy.New")
		require.Empty(t, d.Server.Requests())
	})
}

func TestRunOfAClosedClient(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		require.NoError(t, d.Close())
		order, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(1000), buoybatch.Options{StopOn: func(error) bool { return false }}))
		require.LessOrEqual(t, len(order), 10)
		require.ErrorIs(t, results[0].Err, buoy.ErrClosed)
	})
}

// A 402 that only its own max_tokens caused is no other request's trouble.
func TestRunGoesOnWhereOneRequestAsksForTooMuch(t *testing.T) {
	reserved := buoytest.OpenAIError(402, "insufficient_credits", "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 4000.")
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		order, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(100), buoybatch.Options{}))
		require.Len(t, order, 100)
		refused := 0
		for _, r := range results {
			if r.Err != nil {
				require.ErrorIs(t, r.Err, buoy.ErrQuota)
				refused++
			}
		}
		require.Equal(t, 3, refused)
	}, buoytest.Times(3, reserved), buoytest.Always(buoytest.Echo()))
}
