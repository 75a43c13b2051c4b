package chat_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, name string, data []byte) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func TestFilesBecomeParts(t *testing.T) {
	var dot bytes.Buffer
	require.NoError(t, png.Encode(&dot, image.NewGray(image.Rect(0, 0, 1, 1))))
	path := write(t, "chart.jpg", dot.Bytes())
	part := chat.ImageFile(path)
	require.Equal(t, chat.ImageData("image/png", dot.Bytes()), part, "its content counts, not its name")
	require.NoError(t, os.Remove(path))

	wave := []byte("RIFF\x24\x00\x00\x00WAVEfmt ")
	sound := chat.AudioFile(write(t, "hello", wave))
	require.Equal(t, chat.InputAudio("wav", wave), sound)

	r := chat.Request{Model: "m", Messages: []chat.Message{chat.SystemParts(chat.Text("Be brief.")), chat.UserParts(chat.Text("What is it?"), part, sound)}}
	require.NoError(t, r.Validate())
	body, err := r.AppendBody(nil, "m", false)
	require.NoError(t, err)
	require.Contains(t, string(body), `{"role":"system","content":[{"type":"text","text":"Be brief."}]}`)
	require.Contains(t, string(body), `"image_url":{"url":"data:image/png;base64,`)
	require.Contains(t, string(body), `"input_audio":{"data":"UklGRi`)
}

// What is wrong with a file is told by the call, and by everything that would send or store
// the part.
func TestFilesThatCannotBecomeParts(t *testing.T) {
	const canary = "the secret content"
	large := write(t, "large.png", nil)
	require.NoError(t, os.Truncate(large, 51<<20)) // takes no room on the disk
	folder := filepath.Join(t.TempDir(), "folder.png")
	require.NoError(t, os.Mkdir(folder, 0o700))
	hidden := write(t, "hidden.png", []byte(canary))
	require.NoError(t, os.Chmod(hidden, 0))
	link := filepath.Join(t.TempDir(), "link.png")
	require.NoError(t, os.Symlink(os.DevNull, link))
	for _, tc := range []struct{ path, says string }{
		{filepath.Join(t.TempDir(), "gone.png"), `"gone.png" does not exist`},
		{write(t, "empty.png", nil), `"empty.png" is empty`},
		{write(t, "notes.png", []byte(canary)), `"notes.png" is no known`},
		{write(t, "line\nbreak.png", []byte(canary)), `"line\nbreak.png" is no known`},
		{write(t, strings.Repeat("x", 200)+".png", []byte(canary)), `..." is no known`},
		{folder, `"folder.png" is a folder`},
		{link, `"link.png" is not a regular file`},
		{os.DevNull, `"null" is not a regular file`},
		{large, `"large.png" has 53477376 bytes`},
		{"", `"." does not exist`},
		{hidden, `"hidden.png"`},
	} {
		if tc.path == hidden && os.Getuid() == 0 {
			continue // who may read everything
		}
		for field, part := range map[string]chat.Part{"image_url": chat.ImageFile(tc.path), "input_audio": chat.AudioFile(tc.path)} {
			r := chat.Request{Model: "m", Messages: []chat.Message{chat.User("x"), chat.UserParts(chat.Text("x"), part)}}
			err := r.Validate()
			require.ErrorContains(t, err, "messages[1].content[1]."+field)
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), canary)
			require.NotContains(t, err.Error(), os.TempDir())
			_, err = r.AppendBody(nil, "m", false)
			require.ErrorContains(t, err, tc.says)
			_, err = json.Marshal(part)
			require.ErrorContains(t, err, tc.says)
		}
	}
}
