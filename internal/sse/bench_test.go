package sse_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/sse"
)

// chunks is a stream as OpenAI sends it: 1,000 chunks of about 250 bytes.
func chunks(eol, before string) string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `%sdata: {"id":"chatcmpl-0000000000000000000000000000","object":"chat.completion.chunk","created":1755137933,`+
			`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0000000000",`+
			`"choices":[{"index":0,"delta":{"content":" word%d"},"logprobs":null,"finish_reason":null}]}%s%s`, before, i, eol, eol)
	}
	return b.String() + "data: [DONE]" + eol + eol
}

// inReads hands out in in reads of at most size bytes, as a connection does.
type inReads struct {
	in   *strings.Reader
	size int
}

func (s *inReads) Read(p []byte) (int, error) { return s.in.Read(p[:min(len(p), s.size)]) }

func drain(r *sse.Reader) (events int, err error) {
	for {
		if _, err = r.Next(); err != nil {
			return events, err
		}
		events++
	}
}

var streams = []struct {
	name string
	text string
	size int
}{
	{"lf", chunks("\n", ""), 1 << 20},
	{"lf/reads of 4096", chunks("\n", ""), 4096},
	{"lf/an event a read", chunks("\n", ""), len(chunks("\n", ""))/1000 - 1},
	{"lf/reads of 64", chunks("\n", ""), 64},
	{"crlf", chunks("\r\n", ""), 1 << 20},
	{"cr", chunks("\r", ""), 1 << 20},
	{"named", chunks("\n", "event: response.output_text.delta\n"), 1 << 20},
	{"comments", chunks("\n", ": OPENROUTER PROCESSING\n\n"), 1 << 20},
	{"error field", strings.ReplaceAll(chunks("\n", ""), "data:", "error:"), 1 << 20},
	{"stray", strings.ReplaceAll(chunks("\n", ""), "data: ", ""), 1 << 20},
	{"lines", chunks("\n", "id: one\ndata: [\n"), 1 << 20},
}

func BenchmarkReader(b *testing.B) {
	for _, bb := range streams {
		b.Run(bb.name, func(b *testing.B) {
			src := &inReads{strings.NewReader(bb.text), bb.size}
			r := sse.NewReader(src, 0)
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			for b.Loop() {
				src.in.Reset(bb.text)
				r.Reset(src, 0)
				if n, err := drain(r); err != io.EOF || n < 1000 {
					b.Fatal(n, err)
				}
			}
		})
	}
}

// A pooled Reader allocates nothing at all for a stream, of whatever kind.
func TestReader_Allocations(t *testing.T) {
	for _, tt := range streams {
		src := &inReads{strings.NewReader(tt.text), tt.size}
		r := sse.NewReader(src, 0)
		allocs := testing.AllocsPerRun(3, func() {
			src.in.Reset(tt.text)
			r.Reset(src, 0)
			_, _ = drain(r)
		})
		// The one id of "lines" is new to each stream.
		want := 0.0
		if tt.name == "lines" {
			want = 1
		}
		require.Equal(t, want, allocs, tt.name)
	}

	names := "event: a\ndata: 1\n\nevent: b\ndata: 2\n\nevent: error\ndata: 3\n\nevent: message\ndata: 4\n\n"
	src := &inReads{strings.NewReader(names), 100}
	r := sse.NewReader(src, 0)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		src.in.Reset(names)
		r.Reset(src, 0)
		_, _ = drain(r)
	}), "names that alternate")
}
