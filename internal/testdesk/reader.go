package testdesk

import (
	"testing"

	"github.com/buoy-go/buoy"
)

// Watched is what a reader has at the end of a stream.
type Watched struct {
	Text     string // since it was last told to begin again
	All      string // everything that was delivered
	Restarts int
	Err      error
}

// Watch reads a stream as its doc says, and checks that Response is what the reader
// has.
func Watch(t *testing.T, s *buoy.Stream) (w Watched) {
	t.Helper()
	for chunk, err := range s.Chunks() {
		if err != nil {
			w.Err = err
			break
		}
		if chunk.Restarted {
			w.Restarts++
			w.Text = ""
		}
		for _, c := range chunk.Choices {
			if c.Index == 0 {
				w.Text += c.Delta.Content
				w.All += c.Delta.Content
			}
		}
	}
	if got := s.Response().Text(); got != w.Text {
		t.Fatalf("the reader has %q, Response %q", w.Text, got)
	}
	return w
}
