package chat

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/buoy-go/buoy/internal/media"
)

// This file makes parts of files on the disk.

// maxPartFile is the largest file that is read: OpenAI takes 50 MB for all pictures of a
// request together, and others take less.
const maxPartFile = 50 << 20

// ImageFile makes a part with a picture that is read from a file and sent in the request.
// Its type is found by its content: PNG, JPEG, GIF, WebP, HEIC, HEIF, AVIF, BMP or TIFF;
// which of them a model takes, its provider says. The file may have 50 MiB.
//
// The file is read at once, and later changes of it do not matter. If that fails, the part
// keeps the reason, so that ImageFile can be written within a request: [Request.Validate],
// and so every call with the part, returns an error that names the file and the reason, and
// nothing is sent. To handle the failure sooner, read the file yourself and use [ImageData].
func ImageFile(path string) Part {
	data, mime, err := partFile(path, media.Picture, "picture (PNG, JPEG, GIF, WebP, HEIC, AVIF, BMP or TIFF): use ImageData for another type")
	if err != nil {
		return Part{Type: PartImageURL, broken: err.Error()}
	}
	return ImageData(mime, data)
}

// AudioFile is [ImageFile] for audio: WAV, MP3, FLAC, Ogg, AAC, M4A, AIFF or WebM. OpenAI
// takes the first two.
func AudioFile(path string) Part {
	data, format, err := partFile(path, media.Sound, "audio (WAV, MP3, FLAC, Ogg, AAC, M4A, AIFF or WebM): use InputAudio for another format")
	if err != nil {
		return Part{Type: PartInputAudio, broken: err.Error()}
	}
	return InputAudio(format, data)
}

// partFile reads a file whose content is of a kind that known knows. Its error has the
// name of the file, without its folder, and nothing of its content.
func partFile(path string, known func([]byte) string, kind string) (data []byte, what string, err error) {
	data, err = readFile(path)
	if err == nil {
		if what = known(data); what == "" {
			err = errors.New("is no known " + kind)
		}
	}
	if err != nil {
		return nil, "", fmt.Errorf("the file %s %w", strconv.QuoteToGraphic(shortName(path)), err)
	}
	return data, what, nil
}

// readFile reads a file of bounded size. What is no file, such as a pipe or a device, is
// not opened: it may never end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("does not exist")
	case err != nil:
		return nil, unreadable(err)
	case info.IsDir():
		return nil, errors.New("is a folder")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	case info.Size() == 0:
		return nil, errors.New("is empty")
	case info.Size() > maxPartFile:
		return nil, fmt.Errorf("has %d bytes, and a part takes %d: make it smaller, or use ImageURL or FileID", info.Size(), maxPartFile)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, errors.New("became shorter while it was read")
	}
	return data, nil
}

// unreadable leaves the path out of an error of package os.
func unreadable(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("cannot be read: %w", err)
}

// longestName is how much of the name of a file an error shows, in bytes.
const longestName = 100

func shortName(path string) string {
	name := filepath.Base(path)
	if len(name) > longestName {
		name = name[:longestName] + "..."
	}
	return name
}

// dataURL is data in the form of a URL (RFC 2397).
func dataURL(mime string, data []byte) string {
	head := "data:" + mime + ";base64,"
	b := make([]byte, 0, len(head)+base64.StdEncoding.EncodedLen(len(data)))
	b = append(b, head...)
	return string(base64.StdEncoding.AppendEncode(b, data))
}
