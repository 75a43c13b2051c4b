package behaviour_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// packed is a gzip body that repeats a part until it has n bytes.
func packed(t *testing.T, head, part, tail string, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, s := range []string{head, strings.Repeat(part, n/len(part)), tail} {
		_, err := io.WriteString(z, s)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// watchHeap returns what tells by how much the heap has grown at most since.
func watchHeap() (peak func() uint64) {
	size := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	stop, done := make(chan struct{}), make(chan uint64)
	before := size()
	go func() {
		most := before
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				most = max(most, size())
			case <-stop:
				done <- max(most, size())
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-done - before
	}
}

// Ten kilobytes that unpack to ten megabytes and more cost a small multiple of what they
// unpack to, end by the caller's deadline, and are an error that says why.
func TestGzipBombs(t *testing.T) {
	const (
		mib    = 1 << 20
		events = "text/event-stream"
		lines  = "application/x-ndjson"
		plain  = "application/json"
	)
	for i, tc := range []struct {
		name             string
		head, part, tail string
		size             int
		status           int
		contentType      string
		kinds            []buoy.Kind
	}{
		{"choices of a whole answer", `{"choices":[{}`, `,{}`, `]}`, 10 * mib, 200, plain, []buoy.Kind{buoy.ErrMalformed}},
		{"calls of a whole answer", `{"choices":[{"message":{"tool_calls":[{}`, `,{}`, `]},"finish_reason":"stop"}]}`, 10 * mib, 200, plain, []buoy.Kind{buoy.ErrMalformed}},
		{"parts of a content", `{"choices":[{"message":{"content":[{}`, `,{}`, `]},"finish_reason":"stop"}]}`, 10 * mib, 200, plain, []buoy.Kind{buoy.ErrMalformed}},
		{"unknown fields", `{"choices":[{"message":{"content":"x"`, `,"a":1`, `},"finish_reason":"stop"}]}`, 10 * mib, 200, plain, []buoy.Kind{buoy.ErrMalformed, ""}},
		{"more than may come", `{"choices":[{"message":{"content":"`, `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`, `"}}]}`, 40 * mib, 200, plain, []buoy.Kind{buoy.ErrResponseTooLarge}},
		{"blanks", ``, `                `, ``, 40 * mib, 200, plain, []buoy.Kind{buoy.ErrResponseTooLarge, buoy.ErrStreamInterrupted}},
		{"depth", `{"choices":`, `[`, ``, 10 * mib, 200, plain, []buoy.Kind{buoy.ErrMalformed}},
		{"choices of one event", `data: {"choices":[{}`, `,{}`, "]}\n\n", 10 * mib, 200, events, []buoy.Kind{buoy.ErrMalformed}},
		{"an event that is too large", `data: {"choices":[{"delta":{"content":"`, `aaaaaaaaaaaaaaaa`, "\"}}]}\n\n", 20 * mib, 200, events, []buoy.Kind{buoy.ErrResponseTooLarge}},
		{"small events", "", "data: {}\n\n", "", 30 * mib, 200, events, []buoy.Kind{buoy.ErrNoContent, buoy.ErrStreamInterrupted, buoy.ErrTimeout}},
		{"empty events", "", "data:\n\n", "", 30 * mib, 200, events, []buoy.Kind{buoy.ErrNoContent, buoy.ErrStreamInterrupted, buoy.ErrTimeout, buoy.ErrMalformed}},
		{"comments", "", ": ping\n\n", "", 40 * mib, 200, events, []buoy.Kind{buoy.ErrNoContent, buoy.ErrStreamInterrupted, buoy.ErrTimeout, buoy.ErrResponseTooLarge}},
		{"data lines of one event", "", "data: {}\n", "\n", 30 * mib, 200, events, []buoy.Kind{buoy.ErrMalformed, buoy.ErrNoContent, buoy.ErrStreamInterrupted, buoy.ErrTimeout, buoy.ErrResponseTooLarge}},
		{"empty pieces of text", "", `data: {"choices":[{"delta":{"content":""}}]}` + "\n\n", "", 30 * mib, 200, events, []buoy.Kind{buoy.ErrNoContent, buoy.ErrStreamInterrupted, buoy.ErrTimeout}},
		{"calls, one an event", "", `data: {"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}` + "\n\n", "", 30 * mib, 200, events, []buoy.Kind{buoy.ErrMalformed, buoy.ErrStreamInterrupted, buoy.ErrTimeout}},
		{"short lines", "", "{}\n", "", 30 * mib, 200, lines, []buoy.Kind{buoy.ErrMalformed, buoy.ErrNoContent, buoy.ErrStreamInterrupted, buoy.ErrTimeout}},
		{"the shortest lines", "", "1\n", "", 30 * mib, 200, lines, []buoy.Kind{buoy.ErrMalformed, buoy.ErrNoContent, buoy.ErrStreamInterrupted, buoy.ErrTimeout}},
		{"choices of one line", `{"choices":[{}`, `,{}`, "]}\n", 10 * mib, 200, lines, []buoy.Kind{buoy.ErrMalformed}},
		{"an error's details", `{"error":{"message":"no","details":[{}`, `,{}`, `]}}`, 10 * mib, 400, plain, []buoy.Kind{buoy.ErrInvalidRequest}},
		{"an error's depth", `{"error":`, `[`, ``, 10 * mib, 503, plain, []buoy.Kind{buoy.ErrOverloaded}},
		{"an error page", `<html>`, `<p>`, ``, 40 * mib, 502, "text/html", []buoy.Kind{buoy.ErrUpstream}},
		{"an error inside a 200", `{"error":{"message":"no","details":[{}`, `,{}`, `]}}`, 10 * mib, 200, plain, []buoy.Kind{buoy.ErrMalformed, buoy.ErrServer, buoy.ErrUnknown, buoy.ErrInvalidRequest}},
	} {
		if testing.Short() && i%8 != 0 {
			continue // all of them take a minute and a half with the race detector
		}
		body := packed(t, tc.head, tc.part, tc.tail, tc.size)
		for _, stream := range []bool{false, true} {
			t.Run(tc.name, func(t *testing.T) {
				c, err := buoy.New(buoy.Endpoint{BaseURL: "https://desk.example/v1", Keys: []string{testKey}}, noRetry,
					buoy.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
						return &http.Response{
							StatusCode: tc.status, ProtoMajor: 1, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
							Header: http.Header{"Content-Type": {tc.contentType}, "Content-Encoding": {"gzip"}},
						}, nil
					})}))
				require.NoError(t, err)
				defer c.Close()
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				runtime.GC()
				peak := watchHeap()
				begun := time.Now()
				err = call(ctx, c, stream)
				took, grown := time.Since(begun), peak()
				require.Less(t, took, 30*time.Second) // 2 s on a quiet machine; it was 13.7 s there
				require.Less(t, grown, uint64(8*tc.size), "bytes of heap at the peak, garbage included")
				kinds := tc.kinds
				if ctx.Err() != nil { // a busy machine, the race detector
					kinds = append(kinds, buoy.ErrTimeout)
				}
				require.Contains(t, kinds, buoy.KindOf(err), "%v", err)
				if err != nil {
					_, typed := errors.AsType[*buoy.CallError](err)
					require.True(t, typed)
				}
				t.Logf("%d bytes of gzip, %d MiB unpacked: %v, %d MiB of heap, %v", len(body), tc.size/mib, took, grown/mib, err)
			})
		}
	}
}
