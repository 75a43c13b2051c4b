package testdesk

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
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
	require.NoError(t, d.Decode(&e), body)
	require.NotEmpty(t, e.Error.Message)
	require.NotEmpty(t, e.Error.Type)
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
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	return ReadRefusal(t, r.Text)
}

// Events splits the body of a stream, and checks its form.
func (r Received) Events(t *testing.T) []string {
	t.Helper()
	require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
	require.Equal(t, "text/event-stream; charset=utf-8", r.Header.Get("Content-Type"))
	require.True(t, strings.HasSuffix(r.Text, "\n\n"), r.Text)
	var events []string
	for event := range strings.SplitSeq(strings.TrimSuffix(r.Text, "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		require.True(t, ok, event)
		require.NotContains(t, data, "\n")
		events = append(events, data)
	}
	return events
}

// TextOfEvents joins what the events of a good stream say.
func TextOfEvents(t *testing.T, events []string) string {
	t.Helper()
	require.Equal(t, "[DONE]", events[len(events)-1])
	var b strings.Builder
	for _, event := range events[:len(events)-1] {
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		require.NoError(t, json.Unmarshal([]byte(event), &chunk), event)
		require.NotEmpty(t, chunk.Choices, event)
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
