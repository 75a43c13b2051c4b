package media

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPicture(t *testing.T) {
	var asPNG, asJPEG, asGIF bytes.Buffer
	dot := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black})
	require.NoError(t, png.Encode(&asPNG, dot))
	require.NoError(t, jpeg.Encode(&asJPEG, dot, nil))
	require.NoError(t, gif.Encode(&asGIF, dot, nil))
	for text, want := range map[string]string{
		asPNG.String(): "image/png", asJPEG.String(): "image/jpeg", asGIF.String(): "image/gif",
		"GIF87a...":                                            "image/gif",
		"RIFF\x10\x00\x00\x00WEBPVP8 ":                         "image/webp",
		"RIFF\x10\x00\x00\x00WAVEfmt ":                         "",
		"\x00\x00\x00\x1cftypheic\x00":                         "image/heic",
		"\x00\x00\x00\x1cftypavif\x00":                         "image/avif",
		"\x00\x00\x00\x1cftypmif1\x00":                         "image/heif",
		"\x00\x00\x00\x1cftypisom\x00":                         "",
		"\x00\x00\x00\x1cftypM4A \x00":                         "",
		"BM" + strings.Repeat("\x00", 12) + "\x28\x00\x00\x00": "image/bmp",
		"BMW is a car":                                         "",
		"II*\x00":                                              "image/tiff",
		"MM\x00*":                                              "image/tiff",
		"":                                                     "",
		"\x89PN":                                               "",
		"<svg xmlns=":                                          "",
		"%PDF-1.7":                                             "",
		"just a text":                                          "",
	} {
		require.Equal(t, want, Picture([]byte(text)), "%q", text)
	}
}

func TestSound(t *testing.T) {
	for text, want := range map[string]string{
		"RIFF\x10\x00\x00\x00WAVEfmt ": "wav",
		"RIFF\x10\x00\x00\x00WEBPVP8 ": "",
		"RIFF":                         "",
		"ID3\x04\x00":                  "mp3",
		"\xff\xfb\x90\x64":             "mp3",
		"\xff\xf3\x40\xc4":             "mp3", // MPEG 2
		"\xff\xe3\x40\xc4":             "mp3", // MPEG 2.5
		"\xff\xfd\x90\x64":             "",    // layer II
		"\xff\xeb\x90\x64":             "",    // a reserved version
		"\xff\xfb\xf0\x64":             "",    // no such bit rate
		"\xff\xfb\x9c\x64":             "",    // no such sampling rate
		"\xff\xf1\x50\x80":             "aac",
		"\xff\xf9\x50\x80":             "aac",
		"\xff\xd8\xff\xe0":             "", // a picture
		"\xff\xfe<\x00":                "", // UTF-16
		"fLaC\x00":                     "flac",
		"OggS\x00":                     "ogg",
		"FORM\x00\x00\x00\x10AIFFCOMM": "aiff",
		"FORM\x00\x00\x00\x10AIFCFVER": "aiff",
		"\x1a\x45\xdf\xa3\x9f":         "webm",
		"\x00\x00\x00\x1cftypM4A \x00": "m4a",
		"\x00\x00\x00\x1cftypheic\x00": "",
		"":                             "",
		"\xff":                         "",
		"just a text":                  "",
	} {
		require.Equal(t, want, Sound([]byte(text)), "%q", text)
	}
}

func FuzzMedia(f *testing.F) {
	f.Add([]byte("RIFF\x10\x00\x00\x00WAVEfmt "))
	f.Add([]byte("\xff\xfb\x90\x64"))
	f.Add([]byte("\x00\x00\x00\x1cftypavif"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if Picture(b) != "" && Sound(b) != "" {
			t.Fatalf("%q is both", b)
		}
		Picture(b[:len(b)/2])
		Sound(b[:len(b)/2])
	})
}
