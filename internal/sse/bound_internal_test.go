package sse

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// endless repeats text, for ever, in reads of at most size bytes, and asserts
// of its reader, before each read, what makes the whole linear.
type endless struct {
	t      *testing.T
	r      *Reader
	text   string
	size   int
	left   int // bytes until the end; negative: no end
	at     int // where in text
	total  int // bytes handed out
	minGap int // smallest room for a read that was offered
}

var errEnough = errors.New("reader went on reading")

func (s *endless) Read(p []byte) (int, error) {
	r := s.r
	// All that is buffered has been searched for both line ends, and the marks
	// never go back: no byte is ever looked at twice.
	if r.begun && (max(r.lf, r.pos) != r.end || max(r.cr, r.pos) != r.end) {
		s.t.Fatalf("read at %d with %d and %d searched", r.end, r.lf, r.cr)
	}
	// The open event has been moved to the front, for good, and the line that
	// has begun follows it at once: neither is ever moved again.
	switch {
	case r.lines == 0 && r.pos != 0:
		s.t.Fatalf("read with the line at %d", r.pos)
	case r.lines > 0 && (r.start != 0 || r.pos != r.stop+1):
		s.t.Fatalf("read with the event at %d to %d and the line at %d", r.start, r.stop, r.pos)
	}
	s.minGap = min(s.minGap, len(p))
	if s.left == 0 {
		return 0, io.EOF
	}
	if s.left < 0 && s.total > 2<<20 {
		return 0, errEnough
	}
	n := min(len(p), s.size)
	if s.left > 0 {
		n = min(n, s.left)
	}
	for i := 0; i < n; {
		k := copy(p[i:n], s.text[s.at:])
		i += k
		s.at = (s.at + k) % len(s.text)
	}
	s.left -= n
	s.total += n
	return n, nil
}

func readAll(s *endless, limit int) (r *Reader, largest int, err error) {
	r = NewReader(s, limit)
	s.r, s.minGap = r, 1<<30
	for {
		ev, err := r.Next()
		if err != nil {
			return r, largest, err
		}
		largest = max(largest, len(ev.Data))
	}
}

// Each of these is a stream without end whose event, or line, never ends.
func TestReader_Endless(t *testing.T) {
	long := strings.Repeat("x", 1<<10)
	const limit = 300_000
	for name, tt := range map[string]struct {
		first, text string
		buffered    bool // else it costs no memory
	}{
		"data":                     {"data: ", long, true},
		"data lines":               {"", "data: " + long + "\n", true},
		"empty data lines":         {"", "data\r", true},
		"error":                    {"error:", long, true},
		"stray":                    {"{", long, true},
		"stray lines":              {"[", "\n" + long, true},
		"event":                    {"event:", long, true},
		"id":                       {"id:", long, true},
		"retry":                    {"retry:", "1", true},
		"comment":                  {":", long, false},
		"unknown field":            {"unknown: ", long, false},
		"text":                     {"", long, false},
		"white space":              {"", "  \t ", false},
		"indented text":            {"    ", long, false},
		"comment in an open event": {"data: x\n:", long, false},
	} {
		for _, size := range []int{64, 4096, 1 << 20} {
			t.Run(name, func(t *testing.T) {
				s := &endless{t: t, text: tt.text, size: size, left: -1}
				first := strings.NewReader(tt.first)
				r := NewReader(io.MultiReader(first, s), limit)
				s.r = r
				_, err := r.Next()
				require.Equal(t, ErrTooLarge, err)
				require.LessOrEqual(t, s.total, 6*limit+1<<20, "it stops soon after the limit")
				require.LessOrEqual(t, len(r.buf), limit+readRoom)
				if !tt.buffered {
					require.Equal(t, firstSize, len(r.buf))
				}
			})
		}
	}
}

// What has no end but stays within the bounds is read as long as it comes.
func TestReader_EndlessButSmall(t *testing.T) {
	for _, text := range []string{": keep-alive\n\n", "\r", "\n", "unknown\r\n", "id: 1\n", "event: x\n"} {
		s := &endless{t: t, text: text, size: 1 << 20, left: -1}
		r, _, err := readAll(s, 100)
		require.Equal(t, errEnough, err, "%q", text)
		require.Equal(t, firstSize, len(r.buf))
	}
}

// A limit is exact, and the same however the bytes come: one more is too many.
func TestReader_ExactLimit(t *testing.T) {
	for _, limit := range []int{1, 10, 4096, 20_000} {
		x := func(n int) string { return strings.Repeat("x", n) }
		for name, line := range map[string]func(over int) string{
			"data":         func(n int) string { return "data: " + x(limit+n) },
			"data, joined": func(n int) string { return "data:" + x(limit/2) + "\ndata\ndata: " + x(limit-limit/2-2+n) },
			"error":        func(n int) string { return "error:" + x(limit+n) },
			"stray":        func(n int) string { return "{" + x(limit-1+n) },
			"comment":      func(n int) string { return ":" + x(limit+fieldRoom-1+n) },
			"unknown":      func(n int) string { return x(limit + fieldRoom + n) },
			"white space":  func(n int) string { return strings.Repeat(" ", limit+fieldRoom+n) },
			"name":         func(n int) string { return "event: " + x(limit+fieldRoom-7+n) },
			"name, after":  func(n int) string { return "data:\nevent: " + x(limit+fieldRoom-8+n) },
		} {
			if limit == 1 && name == "data, joined" {
				continue
			}
			for _, size := range []int{1, 1 << 20} {
				for over, want := range []error{io.EOF, ErrTooLarge} {
					in := line(over) + "\n"
					s := &endless{t: t, text: in, size: size, left: len(in)}
					r, largest, err := readAll(s, limit)
					require.Equal(t, want, err, "%s, limit %d, reads of %d", name, limit, size)
					require.LessOrEqual(t, largest, limit)
					require.LessOrEqual(t, len(r.buf), max(limit+readRoom, firstSize))
				}
			}
		}
	}
}

// A 33 MB event in small reads: endless asserts that nothing is searched or
// moved twice, and what is allocated bounds the copying that growth costs. (If
// each read searched the event from its start, this would take hours.)
func TestReader_LinearTime(t *testing.T) {
	const size, limit = 33 << 20, 40 << 20
	for name, text := range map[string]string{
		"one line":   strings.Repeat("x", 1<<16),
		"many lines": strings.Repeat("y", 90) + "\r\ndata: ",
	} {
		t.Run(name, func(t *testing.T) {
			s := &endless{t: t, text: text, size: 32, left: size}
			s.r = NewReader(io.MultiReader(strings.NewReader("data: "), s), limit)
			s.minGap = 1 << 30

			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			ev, err := s.r.Next()
			runtime.ReadMemStats(&after)

			require.NoError(t, err)
			require.True(t, ev.Unterminated)
			require.Greater(t, len(ev.Data), size*9/10)
			require.Equal(t, min(len(ev.Data), size), size-(ev.Lines-1)*7)
			require.GreaterOrEqual(t, s.minGap, 512, "no small read because the buffer is short")
			grown := after.TotalAlloc - before.TotalAlloc
			require.Less(t, grown, uint64(3*limit), "growth by doubling")
		})
	}
}

func TestReader_KeepsSmallBuffersOnly(t *testing.T) {
	r := NewReader(strings.NewReader("data: x\n\n"), 1<<20)
	_, err := r.Next()
	require.NoError(t, err)
	buf := &r.buf[0]
	r.Reset(strings.NewReader("data: "+strings.Repeat("x", 100_000)+"\n\n"), 1<<20)
	require.Same(t, buf, &r.buf[0])
	_, err = r.Next()
	require.NoError(t, err)
	require.Greater(t, len(r.buf), keepSize)
	r.Reset(nil, 0)
	require.Nil(t, r.buf)
}

func TestReader_KeepsFewNames(t *testing.T) {
	var in strings.Builder
	var want []string
	for i := range 60 {
		name := strings.Repeat("n", 1+7*(i%30))
		want = append(want, name)
		in.WriteString("event: " + name + "\ndata: x\n\n")
	}
	r := NewReader(strings.NewReader(in.String()), 0)
	for _, name := range want {
		ev, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, name, ev.Name)
	}
	for _, name := range r.names {
		require.LessOrEqual(t, len(name), maxKeptName)
	}
}
