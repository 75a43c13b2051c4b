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

// Part is a piece of a message: text, a picture, audio, a file or a video. Make it with
// [Text], [ImageURL], [ImageData], [InputAudio], [File], [FileURL], [FileID],
// [VideoURL] or [VideoData]. Which kinds a model accepts is in its provider's
// documentation.
//
// The zero value is not a valid part: set Type. A part of a type that buoy does not
// know is sent with the fields in Extra.
type Part struct {
	Type    string
	Text    string // for PartText
	Refusal string // for PartRefusal, in a message from the model

	ImageURL   *PartImage
	InputAudio *PartAudio
	File       *PartDocument
	VideoURL   *PartVideo

	// CacheControl marks the end of a prompt prefix to be cached (Anthropic's models at
	// AITUNNEL and OpenRouter).
	CacheControl *CacheControl
	// CacheBreakpoint does the same for OpenAI.
	CacheBreakpoint *CacheBreakpoint
	// Extra has the fields that buoy does not know. A key in it replaces the field of
	// that name.
	Extra map[string]json.RawMessage

	broken string // why ImageFile or AudioFile failed
}

// PartImage is the picture in a [Part].
type PartImage struct {
	URL    string `json:"url"`              // https:, or data: with base64
	Detail string `json:"detail,omitempty"` // "auto" (default), "low", "high"
}

// PartAudio is the audio in a [Part].
type PartAudio struct {
	Data   string `json:"data"`             // base64
	Format string `json:"format,omitempty"` // "wav" or "mp3"
}

// PartDocument is the file in a [Part]. Set FileData or FileID.
type PartDocument struct {
	Filename string `json:"filename,omitempty"`
	FileData string `json:"file_data,omitempty"` // data: with base64; OpenRouter and AITUNNEL also take https:
	FileID   string `json:"file_id,omitempty"`   // of a file that was uploaded before
}

// PartVideo is the video in a [Part] (AITUNNEL, OpenRouter).
type PartVideo struct {
	URL string `json:"url"` // https:, or data: with base64
}

// Text makes a text part.
func Text(text string) Part { return Part{Type: PartText, Text: text} }

// ImageURL makes a part with a picture that the provider downloads. Set ImageURL.Detail
// of the result for a resolution other than "auto".
func ImageURL(url string) Part {
	return Part{Type: PartImageURL, ImageURL: &PartImage{URL: url}}
}

// ImageData makes a part with a picture that is sent in the request. The MIME type is
// for example "image/png".
func ImageData(mime string, data []byte) Part { return ImageURL(dataURL(mime, data)) }

// InputAudio makes a part with audio that is sent in the request. The format is "wav"
// or "mp3", for example.
func InputAudio(format string, data []byte) Part {
	return Part{Type: PartInputAudio, InputAudio: &PartAudio{Data: base64.StdEncoding.EncodeToString(data), Format: format}}
}

// File makes a part with a file that is sent in the request, for example
// File("report.pdf", "application/pdf", data).
func File(name, mime string, data []byte) Part { return FileURL(name, dataURL(mime, data)) }

// FileURL makes a part with a file that the provider downloads (AITUNNEL, OpenRouter).
// OpenAI accepts only data: URLs here.
func FileURL(name, url string) Part {
	return Part{Type: PartFile, File: &PartDocument{Filename: name, FileData: url}}
}

// FileID makes a part that refers to a file uploaded to the provider before.
func FileID(id string) Part { return Part{Type: PartFile, File: &PartDocument{FileID: id}} }

// VideoURL makes a part with a video that the provider downloads.
func VideoURL(url string) Part { return Part{Type: PartVideoURL, VideoURL: &PartVideo{URL: url}} }

// VideoData makes a part with a video that is sent in the request. The MIME type is for
// example "video/mp4".
func VideoData(mime string, data []byte) Part { return VideoURL(dataURL(mime, data)) }

// MarshalJSON returns the part as it is sent to a provider.
func (p Part) MarshalJSON() ([]byte, error) {
	var w writer
	w.part(&p)
	return w.done()
}

// UnmarshalJSON reads a part as a provider sends it or MarshalJSON wrote it.
func (p *Part) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.part(p) })
}

// cloneParts copies the parts of an event whose memory will be used again.
func cloneParts(parts []Part) []Part {
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].Extra = clone.Extra(parts[i].Extra)
	}
	return parts
}
