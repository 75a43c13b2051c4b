package buoytest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever is read as a recording can be written, and read again as the same.
func FuzzRecording(f *testing.F) {
	f.Add([]byte(recordingHead + "\n\nrequest POST /v1/chat/completions\nhost h\nheader Content-Type: \"application/json\"\n|{\n|  \"a\": 1\n|}\n" +
		"reply 200 after 12ms\nheader X: \"y\"\n|data: x\n|\npause 5ms\nquoted \"data: \\r\"\nbase64 /w==\nbroken \"unexpected EOF\"\n"))
	f.Add([]byte(recordingHead + "\nrequest GET /\nfailure \"EOF\" after 1s\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := decodeRecording(data)
		if err != nil {
			return
		}
		text := encodeRecording(list)
		again, err := decodeRecording(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, string(text), string(encodeRecording(again)))
		require.Len(t, again, len(list))
		for i := range list {
			require.True(t, sameBody(list[i].body, again[i].body))
		}
	})
}
