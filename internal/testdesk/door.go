package testdesk

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// This file is for those who test an OpenAI-compatible server: what its clients read.

// Refusal is the error in OpenAI's envelope.
type Refusal struct {
	Message  string         `json:"message"`
	Type     string         `json:"type"`
	Param    *string        `json:"param"`
	Code     *string        `json:"code"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// ReadRefusal reads the envelope, which has nothing else in it.
func ReadRefusal(t *testing.T, body string) Refusal {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	var e struct {
		Error Refusal `json:"error"`
	}
	if err := d.Decode(&e); err != nil || e.Error.Message == "" || e.Error.Type == "" {
		t.Fatalf("this is no refusal in OpenAI's envelope (%v): %s", err, body)
	}
	return e.Error
}

// Received is a reply whose body was read.
type Received struct {
	*http.Response
	Text string
}

// Refused reads the envelope of a whole reply.
func (r Received) Refused(t *testing.T) Refusal {
	t.Helper()
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		t.Fatalf("the content type is %q", got)
	}
	return ReadRefusal(t, r.Text)
}

// Events splits the body of a stream, and checks its form.
func (r Received) Events(t *testing.T) []string {
	t.Helper()
	if got := r.Header.Get("Content-Type"); r.StatusCode != http.StatusOK || got != "text/event-stream; charset=utf-8" || !strings.HasSuffix(r.Text, "\n\n") {
		t.Fatalf("this is no whole stream (%d, %q): %s", r.StatusCode, got, r.Text)
	}
	var events []string
	for event := range strings.SplitSeq(strings.TrimSuffix(r.Text, "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		if !ok || strings.Contains(data, "\n") {
			t.Fatalf("this is no event of one line of data: %s", event)
		}
		events = append(events, data)
	}
	return events
}

// TextOfEvents joins what the events of a good stream say.
func TextOfEvents(t *testing.T, events []string) string {
	t.Helper()
	if last := events[len(events)-1]; last != "[DONE]" {
		t.Fatalf("the last event is %s", last)
	}
	var b strings.Builder
	for _, event := range events[:len(events)-1] {
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		if err := json.Unmarshal([]byte(event), &chunk); err != nil || len(chunk.Choices) == 0 {
			t.Fatalf("this is no chunk with a choice (%v): %s", err, event)
		}
		b.WriteString(chunk.Choices[0].Delta.Content)
	}
	return b.String()
}

// LogBuffer collects a log that several goroutines write. The zero value is empty.
type LogBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

// Write implements [io.Writer].
func (b *LogBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns what was written.
func (b *LogBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
