package envelope_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a sentence means does not hang on where it stands: under a status, in the body of a 200, in an event of a stream, or
// in a choice. Where the status alone tells, the others must at least not blame the key, the money or the prompt.
func TestASentenceMeansTheSameInAnAnswer(t *testing.T) {
	var rows []byte
	for _, name := range []string{"limits.txt", "fields.txt", "beside.txt"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		rows = append(rows, b...)
	}
	heard := []string{"auth", "quota", "rate_limit", "permission", "moderation", "context_length", "not_found", "timeout", "overloaded"}
	for line := range strings.Lines(string(rows)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		status, rest, _ := strings.Cut(line, " ")
		kind, body, _ := strings.Cut(rest, " ")
		var whole struct {
			Error json.RawMessage `json:"error"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &whole))
		for place, body := range map[string]string{
			"a 200":               body,
			"a 200, and typed":    `{"type":"error","error":` + string(whole.Error) + `}`,
			"an event":            "data: " + body + "\n\n",
			"a named event":       "event: error\ndata: " + string(whole.Error) + "\n\n",
			"a choice":            `{"id":"x","object":"chat.completion","choices":[{"index":0,"finish_reason":"error","message":{"role":"assistant","content":null},"error":` + string(whole.Error) + `}]}`,
			"a choice of a chunk": `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"finish_reason":"error","delta":{"content":""},"error":` + string(whole.Error) + "}]}\n\n",
			"beside a chunk":      `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"finish_reason":"error","delta":{"content":""}}],"error":` + string(whole.Error) + "}\n\n",
		} {
			t.Run(place+"/"+line, func(t *testing.T) {
				ct := "application/json"
				if strings.Contains(body, "data: ") {
					ct = "text/event-stream"
				}
				r := decodeAt(http.Header{}, 200, ct, []byte(body), fixed)
				require.NotNil(t, r)
				got := kindOf(r)
				if kind != "invalid_request" && !hushed(status, kind) {
					require.Equal(t, kind, got, r.Message)
					return
				}
				for _, k := range heard[:6] {
					if k != kind {
						require.NotEqual(t, k, got, r.Message)
					}
				}
			})
		}
	}
}

// hushed tells a row of which the status tells the kind.
func hushed(status, kind string) bool {
	switch status + kind {
	case "403permission", "404not_found", "409conflict", "502upstream", "503overloaded", "500server", "429rate_limit", "401auth":
		return true
	}
	return false
}
