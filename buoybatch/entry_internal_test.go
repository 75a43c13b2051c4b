package buoybatch

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// What identifies a request does not change from version to version: a journal
// of an older one would be refused.
func TestDigestIsStable(t *testing.T) {
	r := buoy.Request{
		Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.System("Be brief."), buoy.User("Why <is> the sky blue?")},
		Temperature: new(0.2), MaxTokens: new(100), Extra: map[string]any{"z": 1, "a": []any{1.5, "x", nil}},
	}
	a, err := digestOf(&r)
	require.NoError(t, err)
	require.Equal(t, "26b9b963098d6e2de43c92ee1558bc3105b19d0971cac8a73323c57afb57469c", hex.EncodeToString(a[:]))
	b := r
	b.Temperature = new(0.3)
	c, err := digestOf(&b)
	require.NoError(t, err)
	require.NotEqual(t, a, c)
}

// Lines are written as they always were, byte for byte.
func TestLinesAreStable(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "version1.jsonl"))
	require.NoError(t, err)
	first := true
	for line := range bytes.Lines(data) {
		if first {
			require.Equal(t, head, string(line))
			first = false
			continue
		}
		e, request, err := decodeLine(line)
		require.NoError(t, err)
		var again []byte
		if e.Answer != nil {
			resp := &buoy.Response{}
			require.NoError(t, resp.UnmarshalJSON(e.Answer))
			resp.Info = buoy.CallInfo{Endpoint: e.Endpoint, Model: e.Model, RequestID: e.ID}
			again, err = answerLine(*e.Index, request, resp)
		} else {
			again, err = errorLine(*e.Index, request, &refusal{e.Message, buoy.Kind(e.Error)})
		}
		require.NoError(t, err)
		require.Equal(t, string(line), string(again))
	}
}

// refusal is an error with a text and a kind.
type refusal struct {
	text string
	kind buoy.Kind
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.kind }

func TestErrorsInAJournalAreBounded(t *testing.T) {
	line, err := errorLine(0, digest{1}, &refusal{strings.Repeat("я", 300) + "\n", buoy.ErrServer})
	require.NoError(t, err)
	e, _, err := decodeLine(line)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("я", 250)+"...", e.Message)
	require.Equal(t, 1, bytes.Count(line, []byte("\n")))
}
