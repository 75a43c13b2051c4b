package assemble

import (
	"bytes"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// Chunks are delivered with a copy of their event each, and nothing of a stream is left
// for the next one.
func TestHeldCopies(t *testing.T) {
	var h Held
	for range 3 {
		first, second := new(chat.Chunk), new(chat.Chunk)
		event := []byte("first")
		h.Add(first, event, false)
		copy(event, "xxxxx")
		h.Add(second, []byte("second"), true)
		kept, ok := h.Next()
		require.True(t, ok)
		require.Same(t, first, kept.Chunk)
		require.Equal(t, "first", string(kept.Data))
		_ = append(kept.Data, "spoils"...)
		kept, ok = h.Next()
		require.True(t, ok)
		require.Same(t, second, kept.Chunk)
		require.Equal(t, "second", string(kept.Data))
		_, ok = h.Next()
		require.False(t, ok)

		h.Add(first, bytes.Repeat([]byte("x"), maxCopies+1), false)
		h.Reset()
		require.Equal(t, Held{copies: h.copies}, h)
		require.Empty(t, h.copies)
		require.LessOrEqual(t, cap(h.copies), maxCopies)
	}
}
