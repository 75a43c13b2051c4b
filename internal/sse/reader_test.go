package sse_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/sse"
)

func data(s string) seen  { return seen{field: sse.Data, data: s, lines: 1 + strings.Count(s, "\n")} }
func fault(s string) seen { return seen{field: sse.Error, data: s, lines: 1 + strings.Count(s, "\n")} }
func stray(s string) seen { return seen{field: sse.Stray, data: s, lines: 1 + strings.Count(s, "\n")} }

func (s seen) named(name string) seen { s.name = name; return s }
func (s seen) open() seen             { s.unterminated = true; return s }

// framing says what each way of framing means. Every case is read whole, one
// byte at a time and split at every byte, and must be the same each time.
var framing = []struct {
	name string
	in   string
	want []seen
}{
	{"nothing", "", nil},
	{"line feed", "data: a\n\ndata: b\n\n", []seen{data("a"), data("b")}},
	{"carriage return", "data: a\r\rdata: b\r\r", []seen{data("a"), data("b")}},
	{"both", "data: a\r\n\r\ndata: b\r\n\r\n", []seen{data("a"), data("b")}},
	{"ends mixed", "data: a\n\r\ndata: b\r\n\rdata: c\r\ndata: d\n\ndata: e\r\n\n", []seen{data("a"), data("b"), data("c\nd"), data("e")}},
	{"lf after cr is no blank line", "data: a\r\ndata: b\n\n", []seen{data("a\nb")}},
	{"lf, then cr, is a blank line", "data: a\n\rdata: b\n\n", []seen{data("a"), data("b")}},
	{"many blank lines", "\n\r\n\rdata: a\n\n\n\n\r\r\ndata: b\n\n", []seen{data("a"), data("b")}},
	{"byte order mark", "\xEF\xBB\xBFdata: a\n\n", []seen{data("a")}},
	{"byte order mark alone", "\xEF\xBB\xBF", nil},
	{"half a byte order mark", "\xEF\xBBdata: a\n\ndata: b\n\n", []seen{data("b")}},
	{"byte order mark later", "data: a\n\n\xEF\xBB\xBFdata: b\n\ndata: c\n\n", []seen{data("a"), data("c")}},
	{"two byte order marks", "\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n", []seen{data("b")}},
	{"byte order mark before JSON", "\xEF\xBB\xBF{}\n", []seen{stray("{}").open()}},
	{"no space", "data:a\n\n", []seen{data("a")}},
	{"one space of two", "data:  a \n\n", []seen{data(" a ")}},
	{"a tab is no space", "data:\ta\n\n", []seen{data("\ta")}},
	{"colons in the value", "data::a:b\n\ndata: : \n\n", []seen{data(":a:b"), data(": ")}},
	{"several lines", "data: a\ndata:\ndata: b\ndata: c\n\n", []seen{data("a\n\nb\nc")}},
	{"no value", "data:\n\n", []seen{data("")}},
	{"a value of one space", "data: \n\n", []seen{data("")}},
	{"no colon", "data\n\n", []seen{data("")}},
	{"no colon, twice", "data\ndata\n\n", []seen{data("\n")}},
	{"no colon at the end", "data: a\n\ndata", []seen{data("a"), data("").open()}},
	{"a field that begins alike", "database: x\ndata: a\ndat: y\ndata-x: z\nDATA: z\n\n", []seen{data("a")}},
	{"indented field is none", " data: a\n\n\tdata: b\n\n", nil},
	{"no data", "event: ping\n\nid: 1\n\ndata: a\n\n", []seen{{data: "a", lines: 1, lastID: "1"}}},
	{"comments", ": OPENROUTER PROCESSING\n\n:\n:data: x\ndata: a\n: in between\ndata: b\n\n: end", []seen{{data: "a\nb", lines: 2, comments: 4}}},
	{"name", "event: ping\ndata: a\n\ndata: b\n\n", []seen{data("a").named("ping"), data("b")}},
	{"name after the data", "data: a\nevent: ping\n\n", []seen{data("a").named("ping")}},
	{"last name counts", "event: x\nevent: y\ndata: a\n\nevent: x\nevent\ndata: b\n\n", []seen{data("a").named("y"), data("b")}},
	{"name without data is forgotten", "event: x\n\ndata: a\n\n", []seen{data("a")}},
	{"unknown fields", "foo: x\nbar\ndata: a\nbaz:\n\n", []seen{data("a")}},
	{"id", "id: 7\ndata: a\n\nid: 8\x00\ndata: b\n\nid\ndata: c\n\n", []seen{
		{data: "a", lines: 1, lastID: "7"}, {data: "b", lines: 1, lastID: "7"}, {data: "c", lines: 1},
	}},
	{"no blank line", "data: a\n\ndata: b\n", []seen{data("a"), data("b").open()}},
	{"no line end", "data: a\n\ndata: b", []seen{data("a"), data("b").open()}},
	{"no blank line after cr", "data: a\r", []seen{data("a").open()}},
	{"no blank line after both", "data: a\r\n", []seen{data("a").open()}},
	{"only the first line of an event is whole", "data: a\ndata: b", []seen{data("a\nb").open()}},
	{"end amid a name", "data: a\n\neve", []seen{data("a")}},
	{"bytes that are not text", "data: \x00\xff\xfe\x00\n\n", []seen{data("\x00\xff\xfe\x00")}},

	// What servers send that the standard does not know.
	{"error field", "data: {\"a\":1}\n\nerror: {\"code\":500}\n\n", []seen{data(`{"a":1}`), fault(`{"code":500}`)}},
	{"error field, no space", "error:{}\r\n\r\n", []seen{fault("{}")}},
	{"error field, no blank line", "error: {}", []seen{fault("{}").open()}},
	{"error between data", "data: a\nerror: b\nerror: c\ndata: d\n\n", []seen{data("a"), fault("b\nc"), data("d")}},
	{"error has the block's name", "event: x\ndata: a\nerror: b\n\nerror: c\n\n", []seen{data("a").named("x"), fault("b").named("x"), fault("c")}},
	{"the bare word error", "error\n\nerrors: x\n\ner", nil},
	{"JSON instead of a stream", `{"error":{"code":500}}`, []seen{stray(`{"error":{"code":500}}`).open()}},
	{"JSON of several lines", "{\n  \"error\": {\n\t\"code\": 500\n  }\n}\n", []seen{stray("{\n  \"error\": {\n\t\"code\": 500\n  }\n}").open()}},
	{"JSON that is not indented", "{\n\"error\": 1,\n\"data\": 2\n}\n\n", []seen{stray("{\n\"error\": 1,\n\"data\": 2\n}")}},
	{"lines of JSON", "{\"a\":1}\n{\"b\":2}\r\n", []seen{stray("{\"a\":1}\n{\"b\":2}").open()}},
	{"array, string, HTML", "[\n\n\"x\"\n\n<html>\ntext\n</html>\n\n", []seen{stray("["), stray(`"x"`), stray("<html>\ntext\n</html>")}},
	{"JSON glued to the end", "data: [DONE]\n\n{\"error\":1}", []seen{data("[DONE]"), stray(`{"error":1}`).open()}},
	{"JSON glued without a blank line", "data: [DONE]\n{\"error\":1}\n\n", []seen{data("[DONE]"), stray(`{"error":1}`)}},
	{"JSON amid an event", "event: x\ndata: a\n{\ndata: b\n\n", []seen{data("a").named("x"), stray("{").named("x"), data("b").named("x")}},
	{"JSON after a name", "event: error\n{\"code\":1}\n\n", []seen{stray(`{"code":1}`).named("error")}},
	{"stray text ends at a name", "{\nevent: x\ndata: a\n\n", []seen{stray("{"), data("a").named("x")}},
	{"stray text ends at an error", "<p>\nerror: x\n\n", []seen{stray("<p>"), fault("x")}},
	{"stray text ends at a comment", "{\n: hello\n}\n\n", []seen{stray("{")}},
	{"stray text ends at an id", "{\nid: 1\n\n{\nretry: 1\n\n", []seen{stray("{"), {field: sse.Stray, data: "{", lines: 1, lastID: "1"}}},
	{"bare names amid stray text", "{\ndata\nid\nerror\neventually: x\n da\n\n", []seen{stray("{\ndata\nid\nerror\neventually: x\n da")}},
	{"white space before JSON", "\n  \n\t\n   {\"a\":1}\n\n", []seen{stray(`{"a":1}`)}},
	{"white space before JSON, amid an event", "data: a\n  \n  {\n  }\n\n", []seen{data("a"), stray("{\n  }")}},
	{"white space alone", "data: a\n  \n\t\ndata: b\n\n   ", []seen{data("a\nb")}},
	{"white space before other text", "  x{\n\n", nil},
	{"other text", "Internal Server Error\n\nupstream {\n}\n", nil},
}

// reads are the ways in which a source may hand out its bytes.
func reads(in string, end error) map[string]*source {
	all := map[string]*source{}
	for _, together := range []bool{false, true} {
		all[fmt.Sprintf("whole/%v", together)] = &source{in, always(1 << 30), end, together}
		all[fmt.Sprintf("bytes/%v", together)] = &source{in, always(1), end, together}
		for i := 1; i < len(in); i++ {
			all[fmt.Sprintf("split %d/%v", i, together)] = &source{in, splitAt(i), end, together}
		}
	}
	return all
}

func TestReader_Framing(t *testing.T) {
	for _, tt := range framing {
		t.Run(tt.name, func(t *testing.T) {
			want := reference(tt.in, 1000, io.EOF)
			require.Equal(t, tt.want, want.events, "the reference")
			for name, src := range reads(tt.in, io.EOF) {
				require.Equal(t, want, read(t, src, 1000), name)
			}
		})
	}
}

// A server may hold the connection open at any point: what is complete by then
// has to be delivered, and what a cut leaves behind must not be.
func TestReader_CutAnywhere(t *testing.T) {
	for _, tt := range framing {
		for i := range len(tt.in) + 1 {
			in := tt.in[:i]
			want := reference(in, 1000, errCut)
			require.ErrorIs(t, want.err, errCut)
			for name, src := range reads(in, errCut) {
				require.Equal(t, want, read(t, src, 1000), "%q %s", in, name)
			}
		}
	}
}

func TestReader_RetryDelay(t *testing.T) {
	for in, want := range map[string]string{
		"1500":                 "1.5s",
		"0":                    "0s",
		"007":                  "7ms",
		"86400000":             "24h0m0s",
		"86400001":             "",
		"99999999999999999999": "",
		"":                     "",
		"-1":                   "",
		"+1":                   "",
		"1.5":                  "",
		"1 ":                   "",
		" 1":                   "",
		"1e3":                  "",
		"१":                    "",
	} {
		r := sse.NewReader(strings.NewReader("retry: "+in+"\n\n"), 0)
		_, err := r.Next()
		require.Equal(t, io.EOF, err)
		d, ok := r.RetryDelay()
		require.Equal(t, want != "", ok, "%q", in)
		if ok {
			require.Equal(t, want, d.String())
		}
	}

	r := sse.NewReader(strings.NewReader("retry: 5\nretry: x\nretry"), 0)
	_, err := r.Next()
	require.Equal(t, io.EOF, err)
	d, ok := r.RetryDelay()
	require.True(t, ok)
	require.Equal(t, "5ms", d.String(), "an invalid one changes nothing")
}

func TestReader_Buffered(t *testing.T) {
	r := sse.NewReader(strings.NewReader("data: [DONE]\r\n\r\n tail\r\n"), 0)
	require.Empty(t, r.Buffered(), "nothing is read ahead of Next")
	_, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, " tail\r\n", string(r.Buffered()), "without the rest of the event's own line end")

	for _, in := range []string{"data: a\n\n tail", "data: a\ndata: b\n\n tail"} {
		r.Reset(strings.NewReader(in), 0)
		ev, err := r.Next()
		require.NoError(t, err)
		_ = append(ev.Data, "overwritten"...)
		require.Equal(t, " tail", string(r.Buffered()), "appending to an event copies it")
	}
}

func TestReader_Reset(t *testing.T) {
	r := sse.NewReader(strings.NewReader(": c\nid: 1\nretry: 1\nevent: x\ndata: a\r"), 0)
	ev, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, "x", ev.Name)
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF} {
		r.Reset(&source{"\n\ndata: b\n\ndata: c\n", always(1), end, false}, 0)
		require.Zero(t, r.Comments())
		require.Empty(t, r.LastID())
		require.Empty(t, r.Buffered())
		_, ok := r.RetryDelay()
		require.False(t, ok)
		ev, err = r.Next()
		require.NoError(t, err)
		require.Equal(t, sse.Event{Data: []byte("b"), Lines: 1}, ev)
		ev, err = r.Next()
		if end == io.EOF {
			require.Equal(t, sse.Event{Data: []byte("c"), Lines: 1, Unterminated: true}, ev)
			_, err = r.Next()
		}
		require.Equal(t, end, err)
	}

	r.Reset(nil, 0)
	_, err = r.Next()
	require.Equal(t, io.EOF, err)
	_, err = new(sse.Reader).Next()
	require.Equal(t, io.EOF, err)
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestReader_BrokenSources(t *testing.T) {
	_, err := sse.NewReader(readFunc(func([]byte) (int, error) { return 0, nil }), 0).Next()
	require.Equal(t, io.ErrNoProgress, err)

	for _, n := range []int{-1, 1 << 30} {
		_, err = sse.NewReader(readFunc(func([]byte) (int, error) { return n, nil }), 0).Next()
		require.ErrorContains(t, err, "invalid count")
	}

	// Nothing now and then is fine.
	rest, turn := "data: a\n\n", 0
	r := sse.NewReader(readFunc(func(p []byte) (int, error) {
		if turn++; turn%50 != 0 {
			return 0, nil
		}
		n := copy(p[:1], rest)
		rest = rest[n:]
		return n, nil
	}), 0)
	ev, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, "a", string(ev.Data))
}
