// Package unpack reads a body that may be compressed. Its first bytes tell, and not its header: gateways pass compressed
// bodies on without Content-Encoding, and say gzip of what they have unpacked.
package unpack

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"unicode/utf8"
)

const gzipMagic = "\x1f\x8b"

// maxEmpty bounds members of a gzip file that hold nothing: 20 bytes each, without end.
const maxEmpty = 1000

var errEmpty = errors.New("a gzip body of nothing but empty members")

// Error is a body that is compressed in a way that nobody asked for and that cannot be read here.
type Error struct{ Encoding string }

// Error names the encoding and the remedy.
func (e *Error) Error() string {
	return "the answer is compressed with " + e.Encoding + ", which cannot be read here: do not send Accept-Encoding"
}

// Body reads what ReadCloser brings, unpacked where it is gzip or deflate. Whoever reads has to bound how much that may
// be. Set both fields before the first Read; the zero value has nothing to read. One goroutine reads; Close may be called
// from any.
type Body struct {
	io.ReadCloser
	Encoding string // what the header says; it counts where the bytes do not tell

	src io.Reader // nil before the first bytes
}

// Read implements [io.Reader].
func (b *Body) Read(p []byte) (int, error) {
	if b.src != nil {
		return b.src.Read(p)
	}
	n, err := b.ReadCloser.Read(p)
	if n == 0 {
		return n, err
	}
	if b.Encoding == "" && !mayBegin(p[0]) { // nearly all
		b.src = b.ReadCloser
		return n, err
	}
	head, enough := bytes.Clone(p[:n]), len(gzipMagic)
	if b.Encoding != "" {
		enough = 16 // to tell text from packed bytes
	}
	for err == nil && len(head) < enough {
		var more [1]byte
		n, err = b.ReadCloser.Read(more[:])
		head = append(head, more[:n]...)
	}
	rest := io.Reader(b.ReadCloser)
	if err != nil {
		rest = failed{err}
	}
	b.src = b.open(head, io.MultiReader(bytes.NewReader(head), rest))
	return b.src.Read(p)
}

// mayBegin reports the first byte of a compressed body.
func mayBegin(c byte) bool { return c == 0x1f || c == 'x' || c == '(' }

func (b *Body) open(head []byte, all io.Reader) io.Reader {
	switch {
	case bytes.HasPrefix(head, []byte(gzipMagic)):
		return &members{in: bufio.NewReader(all)}
	case len(head) > 1 && head[0] == 'x' && bytes.IndexByte([]byte{0x01, 0x5e, 0x9c, 0xda}, head[1]) >= 0:
		z, err := zlib.NewReader(all)
		if err != nil {
			return failed{err}
		}
		return z
	case bytes.HasPrefix(head, []byte{0x28, 0xb5}):
		return failed{&Error{"zstd"}}
	case b.Encoding == "" || b.Encoding == "identity" || isText(head):
		return all
	case b.Encoding == "deflate": // without the frame that the standard wants
		return flate.NewReader(all)
	}
	return failed{&Error{b.Encoding}}
}

// isText tells text from packed bytes. A character may be cut at the end.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			return !utf8.FullRune(b)
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != 0:
			return false
		}
		b = b[n:]
	}
	return true
}

// failed is a reader of nothing but an error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// members reads a gzip file, member after member. gzip.Reader does so by recursion, which a file of empty members makes
// as deep as it is long.
type members struct {
	in    *bufio.Reader
	z     *gzip.Reader
	empty int
}

func (m *members) Read(p []byte) (int, error) {
	for {
		if m.z == nil {
			z, err := gzip.NewReader(m.in)
			if err != nil {
				return 0, err
			}
			m.z = z
			m.z.Multistream(false)
		}
		n, err := m.z.Read(p)
		if n > 0 {
			m.empty = 0
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
		if err != io.EOF {
			return 0, err
		}
		if m.empty++; m.empty > maxEmpty {
			return 0, errEmpty
		}
		next, err := m.in.Peek(len(gzipMagic))
		if len(next) == len(gzipMagic) && string(next) != gzipMagic {
			return 0, io.EOF // what follows the end does not matter
		}
		if err != nil {
			return 0, err
		}
		if err := m.z.Reset(m.in); err != nil {
			return 0, err
		}
		m.z.Multistream(false)
	}
}
