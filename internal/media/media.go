// Package media tells by its first bytes what a picture or a sound is: the name of a file
// may lie, and providers refuse what is not what it is said to be.
//
// All functions are safe for concurrent use and keep nothing of what they are given.
package media

import "bytes"

// signature is how a format begins: with bytes at a place, and perhaps more at another.
type signature struct {
	name  string
	start string
	at    int    // where more stands; 0 for nowhere
	more  string // a "?" is any byte
}

// pictures by their signatures, as their standards have them: PNG (RFC 2083), GIF89a, JPEG
// (ITU-T T.81), WebP (RFC 9649), BMP, TIFF 6.0.
var pictures = [...]signature{
	{name: "image/png", start: "\x89PNG\r\n\x1a\n"},
	{name: "image/jpeg", start: "\xff\xd8\xff"},
	{name: "image/gif", start: "GIF87a"},
	{name: "image/gif", start: "GIF89a"},
	{name: "image/webp", start: "RIFF", at: 8, more: "WEBP"},
	{name: "image/bmp", start: "BM", at: 14, more: "?\x00\x00\x00"}, // the size of the header that follows
	{name: "image/tiff", start: "II*\x00"},
	{name: "image/tiff", start: "MM\x00*"},
}

// sounds by their signatures: WAVE, MP3 behind a tag (ID3v2), FLAC (RFC 9639), Ogg (RFC
// 3533), AIFF, WebM.
var sounds = [...]signature{
	{name: "wav", start: "RIFF", at: 8, more: "WAVE"},
	{name: "mp3", start: "ID3"},
	{name: "flac", start: "fLaC"},
	{name: "ogg", start: "OggS"},
	{name: "aiff", start: "FORM", at: 8, more: "AIFF"},
	{name: "aiff", start: "FORM", at: 8, more: "AIFC"},
	{name: "webm", start: "\x1a\x45\xdf\xa3"},
}

// brands are those of ISO base media files (ISO/IEC 14496-12) that hold one picture, or
// sound alone.
var brands = map[string]string{
	"avif": "image/avif", "avis": "image/avif",
	"heic": "image/heic", "heix": "image/heic", "hevc": "image/heic", "hevx": "image/heic",
	"mif1": "image/heif", "msf1": "image/heif",
	"M4A ": "m4a", "M4B ": "m4a",
}

// Picture returns the media type of a picture, such as "image/png"; "" for what is none
// that it knows.
func Picture(b []byte) string {
	if name := brand(b); len(name) > 6 && name[:6] == "image/" {
		return name
	}
	return find(pictures[:], b)
}

// Sound returns the format of a sound, such as "wav", as requests name it; "" for what is
// none that it knows.
func Sound(b []byte) string {
	if name := brand(b); name == "m4a" {
		return name
	}
	if name := find(sounds[:], b); name != "" {
		return name
	}
	return frame(b)
}

func find(all []signature, b []byte) string {
	for _, s := range all {
		if len(b) >= len(s.start) && string(b[:len(s.start)]) == s.start && (s.at == 0 || s.goesOn(b)) {
			return s.name
		}
	}
	return ""
}

func (s *signature) goesOn(b []byte) bool {
	if len(b) < s.at+len(s.more) {
		return false
	}
	for i := range len(s.more) {
		if s.more[i] != '?' && b[s.at+i] != s.more[i] {
			return false
		}
	}
	return true
}

// brand returns what the major brand of an ISO base media file stands for.
func brand(b []byte) string {
	if len(b) < 12 || b[0] != 0 || !bytes.Equal(b[4:8], []byte("ftyp")) { // no such box has 16 MB
		return ""
	}
	return brands[string(b[8:12])]
}

// frame tells an MPEG audio stream without a tag by the head of its first frame: eleven
// bits that are set, and then values of which some are none (ISO/IEC 11172-3, 13818-7).
func frame(b []byte) string {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return ""
	}
	version, layer := b[1]>>3&3, b[1]>>1&3
	switch {
	case b[1]&0xf6 == 0xf0: // layer 0 of twelve set bits is ADTS
		return "aac"
	case version == 1 || layer != 1: // reserved, or not layer III
		return ""
	case b[2]>>4 == 15 || b[2]>>2&3 == 3: // no such bit rate or sampling rate
		return ""
	}
	return "mp3"
}
