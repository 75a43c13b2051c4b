package envelope_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/envelope"
)

// sample is one line of the labelled corpus, which stands beside the project rather than in it.
type sample struct {
	ID              string            `json:"id"`
	Status          int               `json:"status"`
	ContentType     string            `json:"content_type"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	Want            []string          `json:"want"`
	RetryAfterMs    *float64          `json:"retry_after_ms"`
	NoError         bool              `json:"no_error"`
	MessageContains *string           `json:"message_contains"`
	Code            *string           `json:"code"`
}

// elsewhere are kinds that the transport gives without asking this package.
var elsewhere = []string{"stream_interrupted", "no_content"}

func TestCorpus(t *testing.T) {
	f, err := os.Open("../../../shared/corpus/errors.jsonl")
	if err != nil {
		t.Skip("the corpus is not here")
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	total, right := 0, 0
	for lines.Scan() {
		var s sample
		require.NoError(t, json.Unmarshal(lines.Bytes(), &s))
		total++
		if t.Run(s.ID, func(t *testing.T) { s.judge(t) }) {
			right++
		}
	}
	require.NoError(t, lines.Err())
	t.Logf("%d of %d", right, total)
}

func (s sample) judge(t *testing.T) {
	h := http.Header{}
	for k, v := range s.Headers {
		h.Set(k, v)
	}
	r := decodeAt(h, s.Status, s.ContentType, []byte(s.Body), time.Now())
	if s.NoError || r == nil && slices.ContainsFunc(elsewhere, func(k string) bool { return slices.Contains(s.Want, k) }) {
		require.Nil(t, r)
		return
	}
	require.NotNil(t, r, "taken for an answer")
	require.Contains(t, s.Want, kindOf(r), "%q", r.Message)
	require.Equal(t, s.Status, r.StatusCode)
	if s.MessageContains != nil {
		require.Contains(t, r.Message, *s.MessageContains)
	}
	if s.Code != nil {
		require.Equal(t, *s.Code, r.Code)
	}
	if s.RetryAfterMs != nil {
		want := time.Duration(*s.RetryAfterMs * float64(time.Millisecond))
		require.GreaterOrEqual(t, r.RetryAfter, want)
		require.LessOrEqual(t, r.RetryAfter, want+time.Second)
	}
}

// decodeAt does what the transport does with a reply: the first refusal in it, or nil.
func decodeAt(h http.Header, status int, contentType string, body []byte, now time.Time) *envelope.Refusal {
	if status >= 300 {
		return envelope.Parse(status, h, body, now)
	}
	switch {
	case strings.HasPrefix(contentType, "text/event-stream"):
		name := ""
		for line := range strings.Lines(string(body)) {
			line = strings.TrimRight(line, "\r\n")
			field, data, _ := strings.Cut(line, ":")
			data = strings.TrimPrefix(data, " ")
			switch field {
			case "":
				name = ""
			case "event":
				name = data
			case "error":
				name = "error"
				fallthrough
			case "data":
				if r, ok := envelope.InBand(h, status, name, []byte(data), now); ok {
					return r
				}
			}
		}
		return nil
	case strings.Contains(contentType, "ndjson"):
		for line := range strings.Lines(string(body)) {
			if r, ok := envelope.InBand(h, status, "", []byte(line), now); ok {
				return r
			}
		}
		return nil
	}
	if body := strings.TrimSpace(string(body)); body != "" && strings.ContainsRune("{[\"", rune(body[0])) {
		r, _ := envelope.InBand(h, status, "", []byte(body), now)
		return r
	}
	return envelope.Text(h, status, body, now)
}
