package wire

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/sniff"
)

var (
	errRefused = errors.New("refused")
	errSpoken  = errors.New("spoken of")
	errFailed  = errors.New("failed")
	errUnread  = errors.New("too many")
)

// strict is a judge that takes whatever has the word "error" for a refusal.
type strict struct{}

func (strict) Unread(err error) error {
	if errors.Is(err, chat.ErrTooMany) {
		return errUnread
	}
	return nil
}

func (strict) Refused(name string, data []byte) error {
	if name == "error" || strings.Contains(string(data), `"error":`) {
		return errRefused
	}
	return nil
}

func (strict) Spoken(text []byte) error {
	if strings.Contains(string(text), "sorry") {
		return errSpoken
	}
	return nil
}

func (strict) Failed(string) error { return errFailed }

// read returns the text of a stream and how it ended.
func read(src io.Reader, most int64) (text string, chunks int, found Found, err error) {
	var r Reader
	r.Open(src, strict{}, chat.Asked{}, 1<<16, most)
	defer r.Close()
	for {
		found, err := r.Next()
		if found != Chunk && found != Content {
			return text, chunks, found, err
		}
		chunks++
		text += r.Chunk().Text()
	}
}

const (
	said = `{"choices":[{"index":0,"delta":{"content":"a"}}]}`
	stop = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
)

func TestStreams(t *testing.T) {
	for name, tc := range map[string]struct {
		stream string
		text   string
		chunks int
		found  Found
		err    error
	}{
		"ends with [DONE]":        {"data: " + said + "\n\ndata: " + stop + "\n\ndata: [DONE]\n\n", "a", 2, Done, nil},
		"ends":                    {"data: " + said + "\n\n", "a", 1, End, io.EOF},
		"two in an event":         {"data: " + said + "\ndata: " + said + "\n\n", "aa", 2, End, io.EOF},
		"two glued":               {"data: " + said + said + "\n\n", "aa", 2, End, io.EOF},
		"an array":                {"data: [" + said + "," + said + "]\n\n", "aa", 2, End, io.EOF},
		"wrapped":                 {`data: {"data":` + said + "}\n\n", "a", 1, End, io.EOF},
		"wrapped three times":     {`data: {"data":{"data":{"data":` + said + "}}}\n\n", "", 0, End, io.EOF},
		"null and pings":          {"data: null\n\n: ping\n\ndata: ping\n\ndata: 7\n\ndata: " + said + "\n\n", "a", 1, End, io.EOF},
		"another protocol":        {"data: {\"type\":\"start\"}\n\ndata: " + said + "\n\n", "a", 1, End, io.EOF},
		"a refusal":               {"data: {\"error\":{\"message\":\"no\"}}\n\n", "", 0, Judgment, errRefused},
		"an event of that name":   {"event: error\ndata: {\"message\":\"no\"}\n\n", "", 0, Judgment, errRefused},
		"a sentence":              {"data: I am sorry\n\n", "", 0, Judgment, errSpoken},
		"a page":                  {"data: <html>\n\n", "", 0, Judgment, ErrNotChunk},
		"broken JSON":             {"data: " + said + "\n\ndata: {\"choices\":[{]}\n\n", "a", 1, Judgment, ErrNotChunk},
		"broken after a stop":     {"data: " + said + "\n\ndata: " + stop + "\n\ndata: {\"choices\":[{]}\n\n", "a", 2, End, io.EOF},
		"half an event":           {"data: " + said + "\n\ndata: {\"choi", "a", 1, End, io.EOF},
		"a failed finish":         {`data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}` + "\n\n", "", 0, Judgment, errFailed},
		"longer than is allowed":  {strings.Repeat("data: "+said+"\n\n", 40), strings.Repeat("a", 20), 20, End, ErrTooLarge},
		"more pings than a judge": {strings.Repeat("data: ping\n\n", 250), "", 0, End, io.EOF},
	} {
		for way, src := range map[string]io.Reader{"whole": strings.NewReader(tc.stream), "by bytes": iotest.OneByteReader(strings.NewReader(tc.stream))} {
			text, chunks, found, err := read(src, 1000)
			require.Equal(t, []any{tc.text, tc.chunks, tc.found, tc.err}, []any{text, chunks, found, err}, "%s, %s", name, way)
		}
	}
}

func TestNoiseIsLookedAtForSoLong(t *testing.T) {
	late := strings.Repeat("data: ping\n\n", maxNoise) + "data: I am sorry\n\n"
	_, _, found, err := read(strings.NewReader(late), 1<<20)
	require.Equal(t, End, found)
	require.Equal(t, io.EOF, err)
}

func TestUsageThatComesWithARefusalIsOwed(t *testing.T) {
	var r Reader
	r.Open(strings.NewReader(`data: {"error":{"message":"no"},"usage":{"total_tokens":7}}`+"\n\n"), strict{}, chat.Asked{}, 1<<16, 1000)
	defer r.Close()
	found, err := r.Next()
	require.Equal(t, Judgment, found)
	require.Equal(t, errRefused, err)
	require.Equal(t, 7, r.Owed.Usage.TotalTokens)
}

func TestWhatIsHeldBackComesFirst(t *testing.T) {
	var r Reader
	r.Open(strings.NewReader(`data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}`+"\n\ndata: "+said+"\n\ndata: "+said+"\n\n"), strict{}, chat.Asked{}, 1<<16, 1000)
	defer r.Close()
	found, _ := r.Next()
	require.Equal(t, Chunk, found)
	role := r.Chunk()
	r.Hold(false)
	found, _ = r.Next()
	require.Equal(t, Content, found)
	first := r.Chunk()
	r.PutBack()
	require.Equal(t, "assistant", r.Held(nil).Choices[0].Message.Role)

	require.Same(t, role, r.Kept())
	require.Contains(t, string(role.Raw()), "assistant")
	require.Same(t, first, r.Kept())
	require.Equal(t, said, string(first.Raw()))
	require.Nil(t, r.Kept())
	_, _ = r.Next()
	require.Nil(t, first.Raw(), "its memory is used again")
}

func TestTellsAStreamFromAWholeAnswer(t *testing.T) {
	for text, whole := range map[string]bool{"data: x\n\n": false, `  {"choices":[]}`: true, ": ping\n\ndata: x": false, "": false} {
		var r Reader
		r.Open(iotest.OneByteReader(strings.NewReader(text)), strict{}, chat.Asked{}, 1<<16, 1000)
		got, err := r.Whole(sniff.Of)
		require.NoError(t, err)
		require.Equal(t, whole, got, text)
		r.Close()
	}
}

// FuzzReader: any stream ends, and it is the same stream however it is cut into reads.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"data: " + said + "\n\ndata: " + stop + "\n\ndata: [DONE]\n\n", "data: [" + said + "," + said + "]\n\n", "data: {\"data\":" + said + "}\n\n",
		"event: error\ndata: {}\n\n", "data: {'choices':[]}\n\n", "error: no\n\n", "data: " + said + said + "x\n\n", "data: data: " + said + "\n\n", "\r\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		text, chunks, found, err := read(strings.NewReader(string(stream)), 1<<16)
		slowText, slowChunks, slowFound, slowErr := read(iotest.OneByteReader(strings.NewReader(string(stream))), 1<<16)
		require.Equal(t, []any{text, chunks, found}, []any{slowText, slowChunks, slowFound})
		require.Equal(t, err, slowErr)
		require.Equal(t, found == Done, err == nil)
	})
}
