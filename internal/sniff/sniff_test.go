package sniff_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/sniff"
)

const bom = "\xEF\xBB\xBF"

// Each answer may come in pieces of any size: until the byte that decides it is unclear, and from then on it stays what
// it is. after is how many bytes that takes.
func TestOf(t *testing.T) {
	for _, tt := range []struct {
		in    string
		want  sniff.Form
		after int
	}{
		{`data: {"id":"x"}` + "\n\n", sniff.Stream, 5},
		{"data:{}", sniff.Stream, 5},
		{"event: error\n", sniff.Stream, 6},
		{"id: 1\n", sniff.Stream, 3},
		{"retry: 100\n", sniff.Stream, 6},
		{"error: {}\n", sniff.Stream, 6},
		{": OPENROUTER PROCESSING\n\n", sniff.Stream, 1},
		{"data\n\n", sniff.Stream, 5},
		{"data\r\n", sniff.Stream, 5},
		{"\n\r\n\t data: x\n", sniff.Stream, 10},
		{bom + "data: x\n", sniff.Stream, 8},
		{" " + bom + "\n: x\n", sniff.Stream, 6},
		{"\x00\x00data: x\n", sniff.Stream, 7},

		{`{"choices":[]}`, sniff.Whole, 1},
		{"[1]", sniff.Whole, 1},
		{`"text"`, sniff.Whole, 1},
		{"<!DOCTYPE html>", sniff.Whole, 1},
		{"\r\n\r\n  {}", sniff.Whole, 7},
		{bom + "{}", sniff.Whole, 4},
		{"\xEF{}", sniff.Whole, 2},
		{"\xEF\xBB{}", sniff.Whole, 3},
		{"dating", sniff.Whole, 4},
		{"database is locked", sniff.Whole, 5},
		{"data {}", sniff.Whole, 5},
		{"events", sniff.Whole, 6},
		{"identity", sniff.Whole, 3},
		{"retry later", sniff.Whole, 6},
		{"errors", sniff.Whole, 6},
		{"rate limit", sniff.Whole, 2},
		{"Data: x", sniff.Whole, 1},

		{"", sniff.Unclear, 0},
		{" \r\n\t", sniff.Unclear, 0},
		{bom, sniff.Unclear, 0},
		{"\xEF\xBB", sniff.Unclear, 0},
		{"dat", sniff.Unclear, 0},
		{"event", sniff.Unclear, 0},
	} {
		t.Run(tt.in, func(t *testing.T) {
			for n := range len(tt.in) + 1 {
				want := tt.want
				if n < tt.after {
					want = sniff.Unclear
				}
				require.Equal(t, want, sniff.Of([]byte(tt.in[:n])), "%q", tt.in[:n])
			}
		})
	}
}

func TestLeadAndTrim(t *testing.T) {
	for _, tt := range []struct{ in, lead, trim string }{
		{"", "", ""},
		{" \t\r\n\x00", "", ""},
		{"{} ", "{} ", "{}"},
		{"\n\n{}\r\n\x00", "{}\r\n\x00", "{}"},
		{bom + "{}", "{}", "{}"},
		{" " + bom + " {}", "{}", "{}"},
		{"{}" + bom, "{}" + bom, "{}" + bom},
		{bom + bom + "{}", bom + "{}", bom + "{}"},
		{"a b", "a b", "a b"},
		{"\xEF\xBB", "\xEF\xBB", "\xEF\xBB"},
	} {
		require.Equal(t, tt.lead, string(sniff.Lead([]byte(tt.in))), "%q", tt.in)
		require.Equal(t, tt.trim, string(sniff.Trim([]byte(tt.in))), "%q", tt.in)
	}
}

func TestSniffingDoesNotAllocate(t *testing.T) {
	b := []byte("\r\n: comment")
	require.Zero(t, testing.AllocsPerRun(100, func() { sniff.Of(b) }))
}

// Where the content type says that it is a stream, any field may be the first.
func TestOfEvents(t *testing.T) {
	for in, want := range map[string]sniff.Form{
		"x-gateway: abc\ndata: {}":      sniff.Stream,
		"Trace_1:":                      sniff.Stream,
		"data: {}":                      sniff.Stream,
		"x-gat":                         sniff.Unclear,
		"":                              sniff.Unclear,
		"{}":                            sniff.Whole,
		"<html>":                        sniff.Whole,
		"hello, I am text":              sniff.Whole,
		"Error: boom":                   sniff.Whole,
		"upstream connect error: reset": sniff.Whole,
		"a" + strings.Repeat("b", 100):  sniff.Whole,
	} {
		require.Equal(t, want, sniff.OfEvents([]byte(in)), in)
	}
}

func TestBegunAnew(t *testing.T) {
	for data, want := range map[string]string{
		`{"id":"A","objdata: {"id":"B"}`:             `{"id":"B"}`,
		`{"id":data:{"id":"data: x"} `:               `{"id":"data: x"}`,
		`{"a":"data: data: {"id":"B"}`:               `{"id":"B"}`,
		`{"id":"A","objdata: {"id":"B"`:              "",
		`{"id":"A"`:                                  "",
		`{"content":"data: {}`:                       "",
		`{"content":"write data: { } `:               "",
		strings.Repeat("data: ", 100) + `{"id":"B"}`: "",
	} {
		require.Equal(t, want, string(sniff.BegunAnew([]byte(data))), data)
	}
}

// A text of many objects that do not end is gone through once.
func TestEventsOfManyCutObjects(t *testing.T) {
	text := bytes.Repeat([]byte("{\n"), 1<<20)
	start := time.Now()
	require.Equal(t, 1<<20, bytes.Count(sniff.Events(text), []byte("data: {\n\n")))
	require.Less(t, time.Since(start), 10*time.Second)
}
