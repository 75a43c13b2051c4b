package chat

import (
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/buoy-go/buoy/internal/clone"
)

// Types of a [Part].
const (
	PartText       = "text"
	PartRefusal    = "refusal"
	PartImageURL   = "image_url"
	PartInputAudio = "input_audio"
	PartFile       = "file"
	PartVideoURL   = "video_url"
)

// Part is a piece of a message: text, a picture, sound, a file, a video. Make it
// with [Text], [ImageURL], [ImageData], [InputAudio], [File], [FileURL],
// [FileID], [VideoURL] or [VideoData]; which of them a model understands is
// told by its provider.
//
// The zero value is not a part: it needs a Type. A type that buoy does not know
// is sent with the fields in Extra.
type Part struct {
	Type    string
	Text    string // PartText
	Refusal string // PartRefusal, in an assistant's message

	ImageURL   *PartImage
	InputAudio *PartAudio
	File       *PartDocument
	VideoURL   *PartVideo

	// CacheControl ends the part of the prompt that is worth caching here
	// (Anthropic's models at AITUNNEL and OpenRouter).
	CacheControl *CacheControl
	// CacheBreakpoint is OpenAI's mark for the same.
	CacheBreakpoint *CacheBreakpoint
	// Extra has the fields that buoy does not know. A key in it replaces the
	// field of that name.
	Extra map[string]json.RawMessage
}

// PartImage is the picture of a part.
type PartImage struct {
	URL    string `json:"url"`              // https, or data: with base64
	Detail string `json:"detail,omitempty"` // "auto" (default), "low", "high"
}

// PartAudio is the sound of a part.
type PartAudio struct {
	Data   string `json:"data"`             // base64
	Format string `json:"format,omitempty"` // "wav", "mp3"
}

// PartDocument is the file of a part. Either FileData or FileID is set.
type PartDocument struct {
	Filename string `json:"filename,omitempty"`
	FileData string `json:"file_data,omitempty"` // data: with base64, or at OpenRouter and AITUNNEL a URL
	FileID   string `json:"file_id,omitempty"`   // of a file that was uploaded before
}

// PartVideo is the video of a part (AITUNNEL, OpenRouter).
type PartVideo struct {
	URL string `json:"url"` // https, or data: with base64
}

// Text makes a text part.
func Text(text string) Part { return Part{Type: PartText, Text: text} }

// ImageURL makes a part of a picture that the provider fetches. Set
// ImageURL.Detail of the result for another resolution than "auto".
func ImageURL(url string) Part {
	return Part{Type: PartImageURL, ImageURL: &PartImage{URL: url}}
}

// ImageData makes a part of a picture that is sent along. The mime type is for
// example "image/png".
func ImageData(mime string, data []byte) Part { return ImageURL(dataURL(mime, data)) }

// InputAudio makes a part of sound that is sent along. The format is for example
// "wav" or "mp3".
func InputAudio(format string, data []byte) Part {
	return Part{Type: PartInputAudio, InputAudio: &PartAudio{Data: base64.StdEncoding.EncodeToString(data), Format: format}}
}

// File makes a part of a file that is sent along, for example
// File("report.pdf", "application/pdf", data).
func File(name, mime string, data []byte) Part { return FileURL(name, dataURL(mime, data)) }

// FileURL makes a part of a file that the provider fetches (AITUNNEL,
// OpenRouter; OpenAI takes only data: here).
func FileURL(name, url string) Part {
	return Part{Type: PartFile, File: &PartDocument{Filename: name, FileData: url}}
}

// FileID makes a part of a file that was uploaded to the provider before.
func FileID(id string) Part { return Part{Type: PartFile, File: &PartDocument{FileID: id}} }

// VideoURL makes a part of a video that the provider fetches.
func VideoURL(url string) Part { return Part{Type: PartVideoURL, VideoURL: &PartVideo{URL: url}} }

// VideoData makes a part of a video that is sent along. The mime type is for
// example "video/mp4".
func VideoData(mime string, data []byte) Part { return VideoURL(dataURL(mime, data)) }

// MarshalJSON returns the part as it is sent.
func (p Part) MarshalJSON() ([]byte, error) {
	var w writer
	w.part(&p)
	return w.done()
}

// UnmarshalJSON reads a part.
func (p *Part) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.part(p) })
}

// cloneParts copies parts of an event that is about to be overwritten.
func cloneParts(parts []Part) []Part {
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].Extra = clone.Extra(parts[i].Extra)
	}
	return parts
}

func dataURL(mime string, data []byte) string {
	head := "data:" + mime + ";base64,"
	b := make([]byte, 0, len(head)+base64.StdEncoding.EncodedLen(len(data)))
	b = append(b, head...)
	return string(base64.StdEncoding.AppendEncode(b, data))
}
