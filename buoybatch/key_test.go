package buoybatch_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// texts runs a batch in order and returns the answers, those of the journal in
// brackets.
func texts(t *testing.T, d testdesk.Desk, opts buoybatch.Options, asked ...buoy.Request) (all []string) {
	t.Helper()
	opts.Ordered = true
	for _, r := range buoybatch.Run(t.Context(), d.Client, slices.Values(asked), opts) {
		text := ""
		switch {
		case r.Err != nil:
			text = "error: " + string(buoy.KindOf(r.Err))
		case r.Resumed:
			text = "[" + r.Response.Text() + "]"
		default:
			text = r.Response.Text()
		}
		all = append(all, text)
	}
	return all
}

// askAll makes a request for each word.
func askAll(words string) (all []buoy.Request) {
	for word := range strings.FieldsSeq(words) {
		all = append(all, asks(word))
	}
	return all
}

// A document may come, go, or move: each request has the answer to itself.
func TestJournalFollowsItsRequests(t *testing.T) {
	for _, tc := range []struct{ name, first, then, want string }{
		{"the same", "a b c", "a b c", "[a] [b] [c]"},
		{"one more at the end", "a b", "a b c", "[a] [b] c"},
		{"one more in the front", "a b", "x a b", "x [a] [b]"},
		{"one more in the middle", "a b", "a x b", "[a] x [b]"},
		{"one less", "a b c", "a c", "[a] [c]"},
		{"none left", "a b c", "", ""},
		{"another order", "a b c", "c a b", "[c] [a] [b]"},
		{"changed", "a b c", "a B c", "[a] B [c]"},
		{"all others", "a b c", "d e", "d e"},
		{"equal ones", "a a b", "a b a", "[a] [b] [a]"},
		{"one more equal", "a b", "a a b", "[a] a [b]"},
		{"one less equal", "a a a", "a", "[a]"},
		{"from nothing", "", "a a", "a a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				j, f := open(t, nil)
				texts(t, d, buoybatch.Options{Journal: j}, askAll(tc.first)...)
				again, f := open(t, f.data)
				require.Equal(t, strings.Fields(tc.want), append([]string{}, texts(t, d, buoybatch.Options{Journal: again}, askAll(tc.then)...)...))
				// And what was asked now is there the next time, whatever else was.
				third, _ := open(t, f.data)
				for _, text := range texts(t, d, buoybatch.Options{Journal: third}, askAll(tc.then)...) {
					require.True(t, strings.HasPrefix(text, "["), text)
				}
			}, buoytest.Always(buoytest.Echo()))
		})
	}
}

// Two requests that are the same are two questions: each is asked and has its own
// answer, in this run and in the next, whichever of them is answered first.
func TestEqualRequestsHaveAnAnswerEach(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		opts := buoybatch.Options{Concurrency: 3, Journal: j}
		first := texts(t, d, opts, askAll("a a a a a")...)
		require.ElementsMatch(t, []string{"1", "2", "3", "4", "5"}, first)
		for range 2 { // the same journal may serve another run
			opts.Journal, _ = open(t, f.data)
			again := texts(t, d, opts, askAll("a a a a a")...)
			require.ElementsMatch(t, []string{"[1]", "[2]", "[3]", "[4]", "[5]"}, again)
			require.Equal(t, again, texts(t, d, opts, askAll("a a a a a")...))
		}
	}, buoytest.Reply("1"), buoytest.Reply("2"), buoytest.Reply("3"), buoytest.Reply("4"), buoytest.Reply("5"))
}

// doc is a request about a document.
func doc(name, text string) buoy.Request {
	r := asks(text)
	r.Metadata = map[string]string{"doc": name}
	return r
}

func byDoc(r *buoy.Request) string { return r.Metadata["doc"] }

func TestKey(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		opts := buoybatch.Options{Journal: j, Key: byDoc}
		require.Equal(t, []string{"a", "b", "none"}, texts(t, d, opts, doc("1", "a"), doc("2", "b"), doc("", "none")))
		require.Contains(t, string(f.data), `"key":"2"`)

		opts.Journal, f = open(t, f.data)
		require.Equal(t, []string{"[none]", "[b]", "c", "[a]"}, texts(t, d, opts, doc("", "none"), doc("2", "b"), doc("3", "c"), doc("1", "a")))
		require.Equal(t, []string{"[a]", "[b]", "[c]"}, texts(t, d, opts, doc("1", "a"), doc("2", "b"), doc("3", "c")), "one journal serves several runs")
		// Without Key the body alone counts.
		opts.Journal, _ = open(t, f.data)
		opts.Key = nil
		require.Equal(t, []string{"[b]", "[a]", "[c]", "[none]"}, texts(t, d, opts, doc("2", "b"), doc("1", "a"), doc("3", "c"), doc("", "none")))
	}, buoytest.Always(buoytest.Echo()))
}

// Requests that are the same but for their keys have an answer each, and each has its
// own again.
func TestKeyTellsEqualRequestsApart(t *testing.T) {
	names := map[*buoy.Request]string{}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		next := 0
		key := func(r *buoy.Request) string { next++; names[r] = fmt.Sprint("n", next); return names[r] }
		j, f := open(t, nil)
		opts := buoybatch.Options{Concurrency: 1, Journal: j, Key: key}
		texts(t, d, opts, askAll("a a a")...)
		opts.Journal, _ = open(t, f.data)
		next = 1 // the first one is gone
		require.Equal(t, []string{"[a]", "[a]", "a"}, texts(t, d, opts, askAll("a a a")...))
	}, buoytest.Always(buoytest.Echo()))
}

// An answer to another question is not taken for the answer to this one.
func TestKeyOfAnotherRequest(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		for _, ordered := range []bool{false, true} {
			j, f := open(t, nil)
			opts := buoybatch.Options{Journal: j, Key: byDoc, Ordered: ordered}
			texts(t, d, opts, doc("1", "a"), doc("2", "b"))
			asked := len(d.Server.Requests())
			for name, reqs := range map[string][]buoy.Request{
				"changed since":  {doc("1", "a"), doc("2", "other"), doc("3", "c")},
				"twice in a run": {doc("1", "a"), doc("1", "b"), doc("3", "c")},
			} {
				opts.Journal, _ = open(t, f.data)
				var last error
				n := 0
				for i, r := range buoybatch.Run(t.Context(), d.Client, slices.Values(reqs), opts) {
					require.Equal(t, n, i, name)
					n, last = n+1, r.Err
				}
				require.Equal(t, 2, n, name)
				require.ErrorIs(t, last, buoybatch.ErrMismatch)
				require.ErrorContains(t, last, "request 1: another request has this key: give each request a key of its own")
			}
			require.Equal(t, asked, len(d.Server.Requests()))

			// Before any answer is there, too.
			opts.Journal, _ = open(t, nil)
			require.Equal(t, "error: unknown", texts(t, d, opts, doc("1", "a"), doc("1", "b"))[1])

			// One that failed may change.
			refused := buoybatch.Options{Journal: opts.Journal, Key: byDoc, Accept: func(*buoy.Response) error { return buoy.ErrMalformed }}
			opts.Journal, f = open(t, nil)
			refused.Journal = opts.Journal
			require.Equal(t, []string{"error: malformed"}, texts(t, d, refused, doc("1", "a")))
			opts.Journal, _ = open(t, f.data)
			require.Equal(t, []string{"better"}, texts(t, d, opts, doc("1", "better")))
		}
	}, buoytest.Always(buoytest.Echo()))
}

func TestKeysThatNoJournalCanKeep(t *testing.T) {
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		for key, want := range map[string]string{strings.Repeat("k", 1025): "longer than 1024 bytes", "\xff": "not valid UTF-8"} {
			j, _ := open(t, nil)
			_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(3), buoybatch.Options{Journal: j, Key: func(*buoy.Request) string { return key }}))
			require.Len(t, results, 1)
			require.ErrorContains(t, results[0].Err, want)
		}
		require.Empty(t, d.Server.Requests())
	})
}

// Journals of before go on where their requests have moved, with keys and without.
func TestJournalOfAnEarlierVersionInAnotherOrder(t *testing.T) {
	for _, version := range []string{"version1.jsonl", "version2.jsonl"} {
		data, err := os.ReadFile(filepath.Join("testdata", version))
		require.NoError(t, err)
		for _, key := range []func(*buoy.Request) string{nil, func(r *buoy.Request) string { return "doc " + r.Messages[0].Content }} {
			testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
				j, _ := open(t, data)
				opts := buoybatch.Options{Journal: j, Key: key}
				require.Equal(t, []string{"new", "2", "[zero <&>]"}, texts(t, d, opts, askAll("new 2 0")...))
			}, buoytest.Always(buoytest.Echo()))
		}
	}
}

// Whatever happens to a list between runs, nobody gets another's answer, and no
// answer is asked for twice.
func TestJournalFollowsRandomLists(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 11))
		testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
			var file []byte
			most := map[string]int{} // how often a word stood in one list
			for range 6 {
				var words []string
				for range r.IntN(12) {
					words = append(words, fmt.Sprint(r.IntN(8)))
				}
				j, f := open(t, file)
				opts := buoybatch.Options{Journal: j, Concurrency: 1 + r.IntN(4)}
				if seed%2 == 1 {
					opts.Key = func(r *buoy.Request) string { return "k" + r.Messages[0].Content }
				}
				now := map[string]int{}
				for i, text := range texts(t, d, opts, askAll(strings.Join(words, " "))...) {
					now[words[i]]++
					want := words[i]
					if now[want] <= most[want] {
						want = "[" + want + "]"
					}
					require.Equal(t, want, text, "%v", words)
				}
				for word, n := range now {
					most[word] = max(most[word], n)
				}
				file = bytes.Clone(f.data)
			}
		}, buoytest.Always(buoytest.Echo()))
	}
}
