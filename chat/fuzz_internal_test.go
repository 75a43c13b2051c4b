package chat

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/jscan"
)

// replies and events are the seeds: what providers send, and what they do not, one
// a line. Package assemble reads them, too.
var (
	replies = lines("testdata/replies.jsonl")
	events  = lines("testdata/events.jsonl")
)

func lines(path string) (list []string) {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text)) {
		list = append(list, strings.TrimSuffix(line, "\n"))
	}
	return list
}

func FuzzDecodeResponse(f *testing.F) {
	for _, text := range append(replies, events...) {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"choices":[{"index":1,"message":{"content":"a"},"new":1}],"choices":[{"message":{}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var got, want Response
		flags, err := DecodeResponse(body, &got)
		made, madeFlags, madeErr := Asked{}.NewResponse(body)
		require.Equal(t, err, madeErr)
		require.Equal(t, flags, madeFlags)
		require.Equal(t, &got, made)
		if errors.Is(err, jscan.ErrDepth) || errors.Is(err, ErrTooMany) {
			return
		}
		wantFlags, wantErr := refResponse(body, &want)
		require.Equal(t, wantErr == nil, err == nil, "%v, reference: %v", err, wantErr)
		if err != nil {
			return
		}
		require.Equal(t, wantFlags, flags)
		require.Equal(t, want, got)

		// What was decoded can be stored and read again. A known field of an
		// unexpected type may move from Extra to its own place on the way, once.
		stored, err := json.Marshal(restore(t, got))
		require.NoError(t, err)
		again, err := json.Marshal(restore(t, restore(t, got)))
		require.NoError(t, err)
		if json.Unmarshal(stored, new(any)) != nil {
			return // a number that no float64 holds: it is kept, and JSONEq cannot compare it
		}
		require.JSONEq(t, string(stored), string(again))
	})
}

func FuzzDecodeChunk(f *testing.F) {
	for _, text := range append(events, replies...) {
		f.Add([]byte(events[1]), []byte(text))
		f.Add([]byte(text), []byte(events[0]))
		f.Add([]byte(text), []byte(text))
		if at := strings.Index(text, `"choices":`); at > 0 { // the same head, and something else
			f.Add([]byte(text), []byte(text[:at]+`"choices":[],"id":"twice","choices":[{"delta":{"content":"x"}}],"new":1}`))
		}
	}
	f.Fuzz(func(t *testing.T, before, data []byte) {
		// What was in the chunk before must not show, and that must not change.
		var want Chunk
		var d ChunkDecoder
		earlier, _, _ := d.Decode(before)
		was := earlier.Clone()
		was.stream = nil
		defer func() { require.Equal(t, was, earlier.Clone()) }()
		d.first, d.others, d.held = progress{}, nil, nil // of another stream
		got, flags, err := d.Decode(data)
		if errors.Is(err, jscan.ErrDepth) || errors.Is(err, ErrTooMany) || len(d.held) > 0 {
			return // a character's half waits for the next event: TestHalves
		}
		if len(got.Choices) > 1 && !utf8.Valid(data) {
			return // one with the index of another goes on with its half
		}
		wantFlags, wantErr := refChunk(data, &want)
		require.Equal(t, wantErr == nil, err == nil, "%v, reference: %v", err, wantErr)
		if err != nil {
			return
		}
		require.Equal(t, data, got.Raw())
		clone := got.Clone()
		dropNulls(clone)
		dropNulls(&want)
		require.Equal(t, wantFlags, flags)
		require.Equal(t, want, *clone)
	})
}

// restore stores a response and reads it again.
func restore(t *testing.T, r Response) (again Response) {
	stored, err := json.Marshal(r)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(stored, &again))
	return again
}
