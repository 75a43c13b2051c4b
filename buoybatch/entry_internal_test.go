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
	data, err := os.ReadFile(filepath.Join("testdata", "version2.jsonl"))
	require.NoError(t, err)
	first := true
	for line := range bytes.Lines(data) {
		if first {
			require.Equal(t, head, string(line))
			first = false
			continue
		}
		e, request, err := decodeLine(line, true)
		require.NoError(t, err)
		var again []byte
		if e.Answer != nil {
			resp := &buoy.Response{}
			require.NoError(t, resp.UnmarshalJSON(e.Answer))
			resp.Info = buoy.CallInfo{Endpoint: e.Endpoint, Model: e.Model, RequestID: e.ID}
			again, err = answerLine(identity{index: *e.Index, key: e.Key, request: request}, resp)
		} else {
			again, err = errorLine(identity{index: *e.Index, key: e.Key, request: request}, &refusal{e.Message, buoy.Kind(e.Error)})
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

// Whatever single bit of a line is flipped, it is refused, and in an older journal
// it is refused or still says the same: without its sum a line's damage shows only
// where it is no JSON any more.
func TestEachFlippedBitOfALineIsFound(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "version2.jsonl"))
	require.NoError(t, err)
	lines := bytes.SplitAfter(data, []byte("\n"))
	for _, line := range lines[1:4] {
		was, request, err := decodeLine(line, true)
		require.NoError(t, err)
		for bit := range len(line) * 8 {
			flipped := bytes.Clone(line)
			flipped[bit/8] ^= 1 << (bit % 8)
			_, _, err := decodeLine(flipped, true)
			require.Error(t, err, "bit %d of %q", bit, flipped)
			if e, r, err := decodeLine(flipped, false); err == nil {
				require.Equal(t, was, e)
				require.Equal(t, request, r)
			}
		}
	}
}

func TestALineIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("half a gigabyte")
	}
	e := entry{Index: new(0), Request: "r", Message: strings.Repeat("x", maxLine)}
	_, err := e.encode()
	require.ErrorIs(t, err, errLineTooLong)
	for _, torn := range []string{"x", "x\n"} {
		_, err = NewJournal(&bytesFile{data: []byte(head + e.Message + torn)})
		require.ErrorIs(t, err, errLineTooLong)
		require.ErrorContains(t, err, "line 2")
	}
}

func TestErrorsInAJournalAreBounded(t *testing.T) {
	line, err := errorLine(identity{request: digest{1}}, &refusal{strings.Repeat("я", 300) + "\n", buoy.ErrServer})
	require.NoError(t, err)
	e, _, err := decodeLine(line, true)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("я", 250)+"...", e.Message)
	require.Equal(t, 1, bytes.Count(line, []byte("\n")))
}
