package chat

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is small on the wire must not be large in memory.
func TestABodyOfTooManyValues(t *testing.T) {
	const begin = `{"model":"m","messages":[{"role":"user","content":"a"}],`
	for name, body := range map[string]string{
		"messages": `{"model":"m","messages":[` + strings.Repeat(`{},`, 1<<20) + `{}]}`,
		"tools":    begin + `"tools":[` + strings.Repeat(`{},`, 1<<20) + `{}]}`,
		"stops":    begin + `"stop":[` + strings.Repeat(`"",`, 1<<20) + `""]}`,
		"lists":    begin + `"trace":{"a":[` + strings.Repeat(`[],`, 1<<20) + `[]]}}`,
		"numbers":  begin + `"trace":{"a":[` + strings.Repeat(`0,`, 3<<20) + `0]}}`,
	} {
		var r Request
		_, err := r.ReadBody([]byte(body))
		require.ErrorIs(t, err, ErrTooMany, name)
		require.Less(t, testing.AllocsPerRun(1, func() { _, _ = new(Request).ReadBody([]byte(body)) }), 10.0, name)
	}
}

func TestALargeBodyOfFewValues(t *testing.T) {
	text := strings.Repeat(`[{,\"\\`, 1<<17) // of a string these count for nothing
	turns := strings.Repeat(`{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"d"},`, 5000)
	for _, body := range []string{
		`{"model":"m","messages":[{"role":"user","content":"` + text + `"}]}`,
		`{"model":"m","messages":[` + turns + `{"role":"user","content":"e"}]}`,
		`{"model":"m","messages":[],"ids":[` + strings.Repeat(`100000,`, 1<<20) + `1]}`,
	} {
		var r Request
		_, err := r.ReadBody([]byte(body))
		require.NoError(t, err)
	}
	require.False(t, tooMany([]byte(strings.Repeat(`"\`, 1<<20))), "that is no JSON, and costs no time")
}

func TestTheEndOfAString(t *testing.T) {
	for text, want := range map[string]int{`"`: 1, `a"`: 2, `\""`: 3, `\\"x"`: 3, `\\\""`: 5, `a\"b\"c"`: 8, ``: -1, `\"`: -1, `abc`: -1} {
		require.Equal(t, want, endOfString([]byte(text)), text)
	}
}
