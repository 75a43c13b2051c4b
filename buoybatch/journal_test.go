package buoybatch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

// open reads a journal that has these bytes.
func open(t *testing.T, data []byte) (*buoybatch.Journal, *memFile) {
	t.Helper()
	f := &memFile{data: bytes.Clone(data), synced: len(data)}
	j, err := buoybatch.NewJournal(f)
	require.NoError(t, err)
	return j, f
}

// written is the journal of a batch whose request "2" failed.
func written(t *testing.T) []byte {
	var data []byte
	tr := &traffic{refuse: map[string]int{"2": 400}}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, nil)
		collect(t, buoybatch.Run(t.Context(), d.Client, numbered(5), buoybatch.Options{Concurrency: 1, Journal: j}))
		require.Equal(t, 4, j.Answered())
		data = f.data
	}, buoytest.Always(tr.step()))
	return data
}

func TestJournalIsLinesOfJSON(t *testing.T) {
	data := written(t)
	require.Equal(t, 6, bytes.Count(data, []byte("\n")))
	for line := range bytes.Lines(data) {
		require.True(t, json.Valid(line), "%s", line)
	}
	require.Contains(t, string(data), `"error":"invalid_request"`)
	require.NotContains(t, string(data), testdesk.Key)
}

// A crash may leave any part of the last line. Whatever is whole is kept, the rest
// is asked again, and the journal goes on from there.
func TestJournalTornAtEveryByte(t *testing.T) {
	data := written(t)
	last := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
	for cut := last; cut <= len(data); cut++ {
		for _, tail := range []string{"", "\x00\x00\x00"} {
			torn := append(bytes.Clone(data[:cut]), tail...)
			j, f := open(t, torn)
			want := 3
			if cut == len(data) || cut == len(data)-1 && tail == "" {
				want = 4
			}
			require.Equal(t, want, j.Answered(), "cut at %d of %d", cut, len(data))
			if want == 3 {
				require.Equal(t, data[:last], f.data)
			} else {
				require.Equal(t, data, f.data)
			}
			again, _ := open(t, f.data)
			require.Equal(t, want, again.Answered())
		}
	}
	for cut := range last { // so is a first line, and a middle one that was the last
		j, f := open(t, data[:cut])
		again, _ := open(t, f.data)
		require.Equal(t, j.Answered(), again.Answered(), "cut at %d", cut)
		require.True(t, bytes.HasPrefix(data, f.data), "cut at %d", cut)
	}
}

// A damaged file yields no wrong answer: the batch is refused, or what was damaged is
// asked again. Before lines had sums, 241 of 600 flipped bits were resumed from.
func TestJournalWithAnyBitFlipped(t *testing.T) {
	data := written(t)
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		refused, asked := 0, 0
		for bit := range len(data) * 8 {
			flipped := bytes.Clone(data)
			flipped[bit/8] ^= 1 << (bit % 8)
			j, err := buoybatch.NewJournal(&memFile{data: flipped})
			if err != nil {
				refused++
				continue
			}
			asked++
			require.GreaterOrEqual(t, bit/8, bytes.LastIndexByte(data[:len(data)-1], '\n'), "only the last line may be one that a crash has torn")
			if bit%5 > 0 {
				continue // a batch takes a while
			}
			_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(5), buoybatch.Options{Journal: j}))
			for i, r := range results {
				require.NoError(t, r.Err)
				require.Equal(t, fmt.Sprint(i), r.Response.Text(), "bit %d", bit)
			}
		}
		require.Greater(t, refused, asked)

		// What is damaged after it was read is found when it is needed.
		j, f := open(t, data)
		f.data[bytes.Index(f.data, []byte(`"content":"1"`))+11] ^= 1
		_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(5), buoybatch.Options{Journal: j}))
		require.ErrorContains(t, results[1].Err, "sum")
	}, buoytest.Always(buoytest.Echo()))
}

// Random interruptions: whatever was answered and written is never asked again.
func TestRunResumesWithoutPayingTwice(t *testing.T) {
	const n = 60
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 7))
		tr := &traffic{}
		testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
			var file []byte
			journaled := 0 // answers that a run found
			for run := 0; ; run++ {
				require.Less(t, run, 100)
				j, f := open(t, file)
				require.GreaterOrEqual(t, j.Answered(), journaled)
				journaled = j.Answered()
				synctest.Wait() // what the last run has sent has arrived
				asked := len(d.Server.Requests())
				opts := buoybatch.Options{Concurrency: 1 + r.IntN(8), Ordered: r.IntN(2) == 0, Journal: j}
				stopAfter, seen, resumed := journaled+r.IntN(n/2), 0, 0
				for i, res := range buoybatch.Run(t.Context(), d.Client, numbered(n), opts) {
					require.NoError(t, res.Err)
					require.Equal(t, fmt.Sprint(i), res.Response.Text())
					if res.Resumed {
						resumed++
						require.Equal(t, "desk", res.Response.Info.Endpoint)
						require.Empty(t, res.Response.Info.Attempts)
					}
					if seen++; seen == stopAfter {
						break
					}
				}
				require.Equal(t, min(resumed, journaled), resumed)
				// What a crash of the machine leaves: what was synced, and some of the rest.
				f.mu.Lock()
				file = bytes.Clone(f.data[:f.synced+r.IntN(len(f.data)-f.synced+1)])
				f.mu.Unlock()
				if seen == n {
					require.Equal(t, n, j.Answered())
					require.Equal(t, asked+n-journaled, len(d.Server.Requests()), "the last run asked only what was missing")
					break
				}
			}
			// Each answer that was given away with the loop was answered by the
			// provider once, and those that were cut off while under way once more.
			require.GreaterOrEqual(t, tr.answered, n)
			j, _ := open(t, file)
			asked := len(d.Server.Requests())
			_, results := collect(t, buoybatch.Run(t.Context(), d.Client, numbered(n), buoybatch.Options{Journal: j}))
			require.Len(t, results, n)
			require.Equal(t, asked, len(d.Server.Requests()), "nothing is left to be asked")
		}, buoytest.Always(tr.step()))
	}
}

// Without an interruption that cuts calls off, each request is paid exactly once.
func TestRunThatStopsByItselfPaysOnce(t *testing.T) {
	tr := &traffic{refuse: map[string]int{"7": 402, "23": 402, "31": 400}}
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, _ := open(t, nil)
		runs := 0
		for left := true; left; runs++ {
			left = false
			for _, res := range buoybatch.Run(t.Context(), d.Client, numbered(50), buoybatch.Options{Journal: j}) {
				left = left || res.Err != nil
			}
			tr.mu.Lock()
			for text := range tr.refuse { // topped up, mended
				delete(tr.refuse, text)
				break
			}
			tr.mu.Unlock()
		}
		require.Greater(t, runs, 1)
		require.Equal(t, 50, tr.answered)
	}, buoytest.Always(tr.step()))
}

// What a journal does not know is asked, whatever else it holds.
func TestJournalOfAnotherBatch(t *testing.T) {
	data := written(t)
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, _ := open(t, data)
		reqs := slices.Values([]buoy.Request{asks("other"), asks("1"), asks("another")})
		var texts []string
		for _, r := range buoybatch.Run(t.Context(), d.Client, reqs, buoybatch.Options{Journal: j, Ordered: true}) {
			require.NoError(t, r.Err)
			texts = append(texts, r.Response.Text())
			require.Equal(t, r.Response.Text() == "1", r.Resumed)
		}
		require.Equal(t, []string{"other", "1", "another"}, texts)
		require.Len(t, d.Server.Requests(), 2)
	}, buoytest.Always(buoytest.Echo()))
}

func TestJournalRefusesDamage(t *testing.T) {
	data := written(t)
	lines := bytes.SplitAfter(data, []byte("\n"))
	head := string(lines[0])
	lines[0] = []byte(`{"journal":"buoy batch","version":1}` + "\n") // whose lines need no sum
	for name, tc := range map[string]struct {
		data string
		line int
	}{
		"not a journal":  {"{}\n", 1},
		"text":           {"hello", 1},
		"later version":  {`{"journal":"buoy batch","version":3}` + "\n", 1},
		"without sums":   {head + string(lines[1][:bytes.LastIndex(lines[1], []byte(",\"crc32c"))]) + "}\n" + string(lines[2]), 2},
		"another's sum":  {string(lines[0]) + string(lines[1][:len(lines[1])-12]) + string(lines[2][len(lines[2])-12:]) + string(lines[2]), 2},
		"a broken line":  {string(lines[0]) + "{\n" + string(lines[1]), 2},
		"no index":       {string(lines[0]) + string(lines[1]) + `{"request":"","answer":{}}` + "\n" + string(lines[2]), 3},
		"no digest":      {string(lines[0]) + `{"index":1,"request":"zz","answer":{}}` + "\n" + string(lines[2]), 2},
		"a false digest": {string(lines[0]) + `{"index":1,"request":"` + string(bytes.Repeat([]byte("zz"), 32)) + `","answer":{}}` + "\n" + string(lines[2]), 2},
		"nothing":        {string(lines[0]) + `{"index":1,"request":"` + string(bytes.Repeat([]byte("00"), 32)) + `"}` + "\n" + string(lines[2]), 2},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := buoybatch.NewJournal(&memFile{data: []byte(tc.data)})
			je, ok := errors.AsType[*buoybatch.JournalError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, tc.line, je.Line, "%v", err)
			require.ErrorContains(t, err, fmt.Sprintf("line %d", tc.line))
		})
	}
}

func TestOpenJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.jsonl")
	for run := range 3 {
		synctest.Test(t, func(t *testing.T) {
			srv := buoytest.NewMemServer(t, buoytest.Always(buoytest.Echo()))
			c, err := buoy.New(testdesk.Endpoint(srv), buoy.WithHTTPClient(srv.Client()))
			require.NoError(t, err)
			j, err := buoybatch.OpenJournal(path)
			require.NoError(t, err)
			if runtime.GOOS != "windows" {
				_, err = buoybatch.OpenJournal(path)
				require.ErrorContains(t, err, "has it open")
				require.ErrorContains(t, err, path)
			}
			collect(t, buoybatch.Run(t.Context(), c, numbered(10), buoybatch.Options{Journal: j}))
			require.Equal(t, map[bool]int{true: 10, false: 0}[run == 0], len(srv.Requests()))
			require.NoError(t, j.Close())
			require.NoError(t, j.Close())
			_, results := collect(t, buoybatch.Run(t.Context(), c, numbered(1), buoybatch.Options{Journal: j}))
			require.ErrorContains(t, results[0].Err, "closed")
			require.NoError(t, c.Close())
			srv.Close()
		})
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "answers are private")
	}
	_, err = buoybatch.OpenJournal(filepath.Join(t.TempDir(), "no", "such"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A journal of v0's first version, with a request that is sent as less than it has:
// what identified it then identifies it now.
func TestJournalOfAnEarlierVersion(t *testing.T) {
	for _, version := range []string{"version1.jsonl", "version2.jsonl"} {
		testJournalOfVersion(t, version)
	}
}

func testJournalOfVersion(t *testing.T, version string) {
	data, err := os.ReadFile(filepath.Join("testdata", version))
	require.NoError(t, err)
	reqs := slices.Values([]buoy.Request{asks("0"), {
		Model: "m", StreamOptions: &buoy.StreamOptions{IncludeUsage: new(true)},
		Messages: []buoy.Message{
			buoy.System("Be <brief> & clear."),
			{Role: buoy.RoleAssistant, Content: "a", Audio: &buoy.Audio{ID: "au", Data: "AAAA", Transcript: "a"},
				Annotations: []buoy.Annotation{{Type: "url_citation"}, {Type: "file"}}},
			{Role: buoy.RoleAssistant, Content: "b", Audio: &buoy.Audio{Data: "AAAA"}, Annotations: []buoy.Annotation{{Type: "url_citation"}}},
			buoy.User("1"),
		},
		Temperature: new(0.2), MaxTokens: new(100), Extra: map[string]any{"z": 1, "a": []any{1.5, "x", nil}},
	}, asks("2")})
	testdesk.Bubble(t, nil, func(t *testing.T, d testdesk.Desk) {
		j, f := open(t, data)
		require.Equal(t, 2, j.Answered())
		var texts []string
		for _, r := range buoybatch.Run(t.Context(), d.Client, reqs, buoybatch.Options{Ordered: true, Journal: j}) {
			require.NoError(t, r.Err)
			texts = append(texts, r.Response.Text())
		}
		require.Equal(t, []string{"zero <&>", "one", "2"}, texts)
		require.Len(t, d.Server.Requests(), 1, "only what has failed is asked")
		require.Equal(t, data, f.data[:len(data)])
		again, _ := open(t, f.data)
		require.Equal(t, 3, again.Answered())
	}, buoytest.Always(buoytest.Echo()))
}
