package assemble

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

// continueWith plays what the reader has and then the answer to a prefill, and
// returns the text that the reader ends up with.
func continueWith(had, news string, size int) (text string, restarted bool) {
	c := NewContinuation(had, strings.TrimRight(had, " \t\r\n"))
	text = had
	deliver := func(out *chat.Chunk) {
		if out == nil {
			return
		}
		if out.Restarted {
			text, restarted = "", true
		}
		text += out.Text()
	}
	passing := false
	for rest := news; rest != ""; {
		n := min(size, len(rest))
		chunk := piece{"0c", rest[:n]}.chunk(2)
		rest = rest[n:]
		if passing {
			deliver(chunk)
			continue
		}
		var out *chat.Chunk
		out, passing = c.Add(chunk)
		deliver(out)
	}
	if !passing {
		out, _ := c.Add(piece{"0f", "stop"}.chunk(2))
		deliver(out)
	}
	return text, restarted
}

func TestContinuation(t *testing.T) {
	const fox = "The quick brown fox jumps over the lazy dog."
	const table = "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\n"
	for _, tc := range []struct {
		name, had, news, want string
		restarted             bool
	}{
		{"it goes on", "The quick brown", " fox jumps", "The quick brown fox jumps", false},
		{"in the middle of a word", "The qui", "ck brown", "The quick brown", false},
		{"a letter twice", "Hel", "lo", "Hello", false},
		{"a digit twice", "x = 1", "1;", "x = 11;", false},
		{"an empty line", "one\n", "\ntwo", "one\ntwo", false}, // the line's end was not sent
		{"the last word again", "The quick brown", "brown fox", "The quick brown fox", false},
		{"with its space", "The quick brown", " brown fox", "The quick brown fox", false},
		{"the last words again", "The quick brown", "quick brown fox", "The quick brown fox", false},
		{"all of it again", "The quick brown", fox, fox, false},
		{"white space at the end, said again", "one two ", " three", "one two three", false},
		{"white space at the end, not said again", "one two ", "three", "one two three", false},
		{"other white space", "one\n\n", "\n  two", "one\n\n  two", false},
		{"a restart that differs", "The quick brown fox jumped", fox, fox, true},
		{"a restart that ends sooner", "The quick brown fox jumps", "The quick brown fox.", "The quick brown fox.", true},
		{"a restart that ends inside", "The quick brown fox jumps", "The quick brown fox", "The quick brown fox", true},
		{"a short restart", "Hello wor", "Hello, friend", "Hello, friend", true},
		{"a sentence with the same beginning", "The cat sat on the mat all day.", "The dog ran.", "The cat sat on the mat all day.The dog ran.", false},
		{"a line with the same beginning", table, "INSERT INTO t VALUES (3);\n", table + "INSERT INTO t VALUES (3);\n", false},
		{"nothing more", "done", "", "done", false},
		{"a syllable", "ba", "nana", "banana", false},
		{"Russian", "У лукоморья дуб", " дуб зелёный", "У лукоморья дуб зелёный", false},
		{"Chinese", "我喜欢苹果", "苹果和梨", "我喜欢苹果和梨", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, size := range []int{1, 2, 3, 5, 1000} {
				text, restarted := continueWith(tc.had, tc.news, size)
				require.Equal(t, tc.want, text, "%d bytes at a time", size)
				require.Equal(t, tc.restarted, restarted)
			}
		})
	}
}

// However a text is cut, and from whichever word it is continued, the reader has
// it whole and once.
func TestContinuationAtEverySplit(t *testing.T) {
	const text = "A buoy keeps its head above water. While waves and wind try all day long, nobody has drowned it yet! Это не шутка."
	words := strings.SplitAfter(text, " ")
	at := 0
	for i, w := range words[:len(words)-1] {
		at += len(w)
		start := at
		for k := i; k >= max(0, i-4); k-- { // so many words again
			start -= len(words[k])
			for _, size := range []int{1, 7, 1000} {
				got, restarted := continueWith(text[:at], text[start:], size)
				require.Equal(t, text, got, "had %q, then %q", text[:at], text[start:])
				require.False(t, restarted)
			}
		}
	}
	for cut := 2; cut < len(text); cut++ { // nothing again, wherever it is cut
		got, _ := continueWith(text[:cut], text[cut:], 3)
		if strings.TrimSpace(text[:cut]) != text[:cut] {
			got, _ = continueWith(text[:cut], text[len(strings.TrimRight(text[:cut], " ")):], 3)
		}
		require.Equal(t, text, got, "cut at %d: %q", cut, text[:cut])
	}
}

// A long answer is compared at its end only.
func TestContinuationOfALongText(t *testing.T) {
	had := strings.Repeat("All work and no play makes Jack a dull boy. ", 400) + "The end is near"
	text, restarted := continueWith(had, "end is near, they say.", 4)
	require.False(t, restarted)
	require.Equal(t, had+", they say.", text)

	text, restarted = continueWith(had, had+", they say.", 100)
	require.False(t, restarted)
	require.Equal(t, had+", they say.", text, "all of it again is cut whole, beyond the window")
}

// What is not text comes along with the first chunk that is delivered.
func TestContinuationKeepsTheRest(t *testing.T) {
	c := NewContinuation("one two", "one two")
	out, done := c.Add(piece{"0r", "hm"}.chunk(2))
	require.Nil(t, out)
	require.False(t, done)
	out, done = c.Add(piece{"0c", "tw"}.chunk(2))
	require.Nil(t, out)
	require.False(t, done)
	last := piece{"0c", "o"}.chunk(2)
	last.Choices[0].FinishReason = "length"
	last.Usage = &chat.Usage{TotalTokens: 3}
	out, done = c.Add(last)
	require.True(t, done)
	require.Equal(t, "hm", out.Choices[0].Delta.Reasoning)
	require.Empty(t, out.Text())
	require.Equal(t, "length", out.Choices[0].FinishReason)
	require.Equal(t, 3, out.Usage.TotalTokens)
}

// What is only filled in where it is missing at the end is not filled in half-way.
func TestContinuationLeavesTheEndToTheReader(t *testing.T) {
	c := NewContinuation("one two", "one two")
	var d chat.ChunkDecoder
	var reader Assembler
	done := false
	for i, event := range []string{
		`{"choices":[{"delta":{"content":" three","reasoning_details":[{"text":"h","index":0}],"tool_calls":[{"index":0,"function":{"name":"f"}}]}}],"usage":{"input_tokens":11}}`,
		`{"choices":[{"delta":{"reasoning_details":[{"text":"m","index":0}],"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{}"}}]}}]}`,
		`{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"output_tokens":4}}`,
	} {
		chunk, _, err := d.Decode([]byte(event))
		require.NoError(t, err)
		require.Equal(t, i > 0, done)
		if !done {
			chunk, done = c.Add(chunk)
		}
		reader.Add(chunk)
	}
	r := reader.Response()
	require.Equal(t, "hm", r.Choices[0].Message.Reasoning)
	require.Equal(t, 15, r.Usage.TotalTokens)
	require.Equal(t, "a", r.ToolCalls()[0].ID)
}

// Whatever a continuation says, the reader has either all of the new answer, or
// what it had and an end of it; and how the text was cut into chunks is no matter.
func FuzzContinuation(f *testing.F) {
	f.Add("The quick brown", "brown fox", uint8(2))
	f.Add("The quick brown fox", "The quick red fox", uint8(3))
	f.Add("one\n\n", "\ntwo", uint8(1))
	f.Add("дуб", "уб зелёный", uint8(4))
	f.Fuzz(func(t *testing.T, had, news string, size uint8) {
		if strings.TrimRight(had, " \t\r\n") == "" || !utf8.ValidString(had) || !utf8.ValidString(news) {
			return
		}
		text, restarted := continueWith(had, news, int(size)+1)
		again, restartedAgain := continueWith(had, news, len(news)+1)
		require.Equal(t, again, text)
		require.Equal(t, restartedAgain, restarted)
		require.True(t, utf8.ValidString(text))
		if restarted {
			require.Equal(t, news, text)
			return
		}
		require.True(t, strings.HasPrefix(text, had))
		require.True(t, strings.HasSuffix(news, text[len(had):]))
	})
}
