package assemble

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// flood is a text of n bytes or a bit more, of which most is one piece again and again.
func flood(n int, head, piece, tail string) []byte {
	return []byte(head + strings.Repeat(piece+",", n/(len(piece)+1)) + piece + tail)
}

func floods(n int) map[string][]byte {
	message := func(head, piece, tail string) []byte {
		return flood(n, `{"choices":[{"message":{"content":"x",`+head, piece, tail+`}}]}`)
	}
	fields := []byte(`{"choices":[{"delta":{"content":"x"}}]`)
	for i := 0; len(fields) < n; i++ {
		fields = fmt.Appendf(fields, `,"%x":0`, i)
	}
	return map[string][]byte{
		"choices":           flood(n, `{"choices":[`, `{}`, `]}`),
		"choices with text": flood(n, `{"choices":[`, `{"delta":{"content":"x"}}`, `]}`),
		"tool calls":        message(`"tool_calls":[`, `{}`, `]`),
		"reasoning details": message(`"reasoning_details":[`, `{}`, `]`),
		"annotations":       message(`"annotations":[`, `{}`, `]`),
		"content parts":     flood(n, `{"choices":[{"message":{"content":[`, `{}`, `]}}]}`),
		"summaries":         flood(n, `{"choices":[{"message":{"content":[{"type":"reasoning","summary":[`, `{}`, `]}]}}]}`),
		"unknown fields":    append(fields, '}'),
		"log probabilities": flood(n, `{"choices":[{"logprobs":{"content":[`, `{}`, `]}}]}`),
		"metadata":          flood(n, `{"choices":[],"metadata":{`, `"a":""`, `}}`),
		"nulls":             flood(n, `{"choices":[`, `null`, `]}`),
		"plain text":        flood(n, `{"choices":[{"message":{"content":"`, `word`, `"},"finish_reason":"stop"}]}`),
	}
}

// What comes over the wire costs a small factor of its length in memory, and time in
// proportion to it, whatever it is. -v prints the table of docs/performance.md.
func TestAmplification(t *testing.T) {
	const size = 10 << 20
	t.Logf("| 10 MB of | bytes on the wire | allocated, whole | time | allocated, as an event | time |")
	all := floods(size)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		body := all[name]
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(body)
		_ = w.Close()
		row := fmt.Sprintf("| %s | %d |", name, packed.Len())
		for _, stream := range []bool{false, true} {
			if stream {
				body = bytes.Replace(body, []byte(`"message"`), []byte(`"delta"`), 1)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := time.Now()
			read(body, stream)
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc // more than there was at once
			row += fmt.Sprintf(" %.1f MB | %d ms |", float64(allocated)/(1<<20), took.Round(time.Millisecond).Milliseconds())
			require.Less(t, allocated, uint64(5*len(body)), "%s, streamed: %v", name, stream)
			// 0.2 s, and 6 s on a busy machine with the race detector; the quadratic
			// code took 98 s.
			require.Less(t, took, 30*time.Second, "%s, streamed: %v", name, stream)
		}
		t.Log(row)
	}
}

func read(body []byte, stream bool) {
	if !stream {
		var r chat.Response
		_, _ = chat.Asked{N: 1}.DecodeResponse(body, &r)
		NoContent(&r)
		return
	}
	d := chat.ChunkDecoder{Asked: chat.Asked{N: 1}}
	c, signs, err := d.Decode(body)
	if err != nil {
		return
	}
	var a Assembler
	var tally Tally
	tally.Add(c, signs&chat.Meaning != 0)
	a.Add(c)
	a.Response()
}

// A hundred thousand events, of which each begins something new, are no more than what
// an answer can have, and end in an error.
func TestManyEventsAreBounded(t *testing.T) {
	for name, event := range map[string]string{
		"calls":       `{"choices":[{"delta":{"tool_calls":[{"id":"c%[1]d","function":{"name":"f%[1]d","arguments":"{}"}}]}}]}`,
		"details":     `{"choices":[{"delta":{"reasoning_details":[{"type":"t%[1]d","index":%[1]d}]}}]}`,
		"annotations": `{"choices":[{"delta":{"annotations":[{"type":"t%[1]d"}]}}]}`,
		"fields":      `{"choices":[{"delta":{"f%[1]d":1}}]}`,
		"choices":     `{"choices":[{"index":%d,"delta":{"content":"x"}}]}`,
	} {
		began := time.Now()
		var a Assembler
		var d chat.ChunkDecoder
		r := NewRepeat(nil)
		for i := range 20_000 {
			c, _, err := d.Decode(fmt.Appendf(nil, event, i))
			require.NoError(t, err)
			a.Add(c)
			if i < 1000 {
				r.Add(c)
			}
		}
		require.ErrorIs(t, a.Err(), chat.ErrTooMany, name)
		require.Less(t, time.Since(began), 30*time.Second, name)
	}
}

// What a server says again and again costs the same each time.
func TestACallThatIsRepeatedForEver(t *testing.T) {
	began := time.Now()
	var a Assembler
	var d chat.ChunkDecoder
	for range 100_000 {
		c, _, err := d.Decode([]byte(`{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}}]}}]}`))
		require.NoError(t, err)
		a.Add(c)
	}
	require.Equal(t, `{"a":1}`, a.Response().ToolCalls()[0].Function.Arguments)
	// 0.2 s; the quadratic code took more than a minute.
	require.Less(t, time.Since(began), 30*time.Second)
}

// A reply is not read on when nobody waits for it.
func TestDecodingLooksAtTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := flood(8000, `{"choices":[{"message":{"tool_calls":[`, `{}`, `]}}]}`)
	var r chat.Response
	_, err := chat.Asked{N: 1, Context: ctx}.DecodeResponse(body, &r)
	require.ErrorIs(t, err, context.Canceled)
}
