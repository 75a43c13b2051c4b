package sse_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/sse"
)

// errCut is what a source says when the connection breaks.
var errCut = errors.New("cut")

// seen is an event as a caller sees it, and what the accessors say beside it.
type seen struct {
	field        sse.Field
	name         string
	data         string
	lines        int
	unterminated bool
	comments     int
	lastID       string
}

// outcome is all that can be seen of a stream.
type outcome struct {
	events   []seen
	err      error
	comments int
	lastID   string
	retry    time.Duration
	hasRetry bool
}

// source hands out data in pieces and then says end; with the last piece if
// together is set, otherwise alone.
type source struct {
	data     string
	size     func() int
	end      error
	together bool
}

func (s *source) Read(p []byte) (int, error) {
	n := min(len(s.data), len(p), max(1, s.size()))
	copy(p, s.data[:n])
	s.data = s.data[n:]
	if len(s.data) == 0 && (n == 0 || s.together) {
		return n, s.end
	}
	return n, nil
}

func always(n int) func() int { return func() int { return n } }

// splitAt makes the first piece end at i.
func splitAt(i int) func() int {
	next := max(i, 1)
	return func() int {
		n := next
		next = 1 << 30
		return n
	}
}

func randomly(rng *rand.Rand, largest int) func() int {
	return func() int { return 1 + rng.IntN(largest) }
}

// read reads a source to its end.
func read(t *testing.T, src io.Reader, limit int) outcome {
	t.Helper()
	var out outcome
	r := sse.NewReader(src, limit)
	for {
		ev, err := r.Next()
		if err != nil {
			out.err = err
			_, again := r.Next()
			require.Equal(t, err, again, "an error is final")
			break
		}
		require.LessOrEqual(t, len(ev.Data), limit)
		out.events = append(out.events, seen{
			ev.Field, ev.Name, string(ev.Data), ev.Lines, ev.Unterminated, r.Comments(), r.LastID(),
		})
	}
	out.comments, out.lastID = r.Comments(), r.LastID()
	out.retry, out.hasRetry = r.RetryDelay()
	return out
}

// reference reads the whole stream the simple way: all lines first. It is the
// definition that Reader is compared with.
func reference(in string, limit int, end error) outcome {
	in = strings.TrimPrefix(in, "\xEF\xBB\xBF")
	in = strings.ReplaceAll(in, "\r\n", "\n")
	in = strings.ReplaceAll(in, "\r", "\n")
	lines := strings.Split(in, "\n")
	last := lines[len(lines)-1] // has no terminator

	m := model{limit: limit}
	for _, line := range lines[:len(lines)-1] {
		m.line(line, true)
	}
	if last != "" {
		m.line(last, end == io.EOF)
	}
	if end == io.EOF {
		m.flush(true)
	}
	if m.out.err == nil {
		m.out.err = end
	}
	m.out.comments, m.out.lastID = m.comments, m.id
	return m.out
}

type model struct {
	limit    int
	out      outcome
	field    sse.Field
	open     []string
	name, id string
	comments int
}

func (m *model) flush(unterminated bool) {
	if m.out.err != nil || len(m.open) == 0 {
		return
	}
	m.out.events = append(m.out.events, seen{
		m.field, m.name, strings.Join(m.open, "\n"), len(m.open), unterminated, m.comments, m.id,
	})
	m.open = nil
}

// bound fails the stream if n bytes are more than are allowed.
func (m *model) bound(n, allowed int) bool {
	if n > allowed {
		m.out.err = sse.ErrTooLarge
	}
	return m.out.err == nil
}

func (m *model) held() int {
	if len(m.open) == 0 {
		return 0
	}
	return len(strings.Join(m.open, "\n")) + 1
}

func (m *model) add(f sse.Field, value string, whole bool) {
	if len(m.open) > 0 && m.field != f {
		m.flush(false)
	}
	if m.bound(m.held()+len(value), m.limit) && whole {
		m.field = f
		m.open = append(m.open, value)
	}
}

// line takes one line; one that is not whole was cut, so it counts only for
// what is certain already.
func (m *model) line(line string, whole bool) {
	if m.out.err != nil {
		return
	}
	fields := []string{"data", "error", "event", "id", "retry"}
	longest := m.limit + len("data: ") + 2
	stray := len(m.open) > 0 && m.field == sse.Stray
	if line == "" {
		m.flush(false)
		m.name = ""
		return
	}
	for _, f := range fields {
		if !whole && len(line) <= len(f) && strings.HasPrefix(f, line) {
			return
		}
	}

	if line[0] == ':' {
		if stray {
			m.flush(false)
		}
		m.comments++
		m.bound(len(line), longest)
		return
	}
	name, value, colon := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	known := false
	for _, f := range fields {
		known = known || name == f && (colon || f != "error" && !stray)
	}
	if known {
		m.known(name, value, line, stray, whole, longest)
		return
	}
	if stray {
		m.add(sse.Stray, line, whole)
		return
	}

	rest := strings.TrimLeft(line, " \t")
	if !m.bound(len(line)-len(rest), longest) {
		return
	}
	if rest != "" && strings.Contains(`{["<`, rest[:1]) {
		m.add(sse.Stray, rest, whole)
		return
	}
	m.bound(len(line), longest)
}

func (m *model) known(name, value, line string, stray, whole bool, longest int) {
	switch name {
	case "data":
		m.add(sse.Data, value, whole)
		return
	case "error":
		m.add(sse.Error, value, whole)
		return
	}
	if stray {
		m.flush(false)
	}
	if !m.bound(m.held()+len(line), longest) || !whole {
		return
	}
	switch name {
	case "event":
		m.name = value
	case "id":
		if !strings.Contains(value, "\x00") {
			m.id = value
		}
	case "retry":
		if strings.Trim(value, "0123456789") != "" || value == "" {
			return
		}
		ms, err := strconv.ParseInt(value, 10, 64)
		if err == nil && ms <= 24*time.Hour.Milliseconds() {
			m.out.retry, m.out.hasRetry = time.Duration(ms)*time.Millisecond, true
		}
	}
}
