package unpack

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
)

// FuzzBody: no bytes panic or read for ever, cuts change nothing, and what is no
// packed body comes as it is.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{"", "x", "{}", "\x1f\x8b", "\x1f\x8b\b\x00\x00\x00\x00\x00\x00\xff\xabV\xcaM-.NLOU\xb2RJJLQ", "x\x9c", "\x28\xb5\x2f\xfd"} {
		for _, encoding := range []string{"", "gzip", "deflate", "br"} {
			f.Add([]byte(seed), encoding)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		read := func(r io.Reader) ([]byte, error) {
			return io.ReadAll(io.LimitReader(&Body{ReadCloser: io.NopCloser(r), Encoding: encoding}, 1<<20))
		}
		got, err := read(bytes.NewReader(body))
		if err == nil && encoding == "" && len(body) > 0 && !mayBegin(body[0]) && !bytes.Equal(got, body) {
			t.Fatalf("%q became %q", body, got)
		}
		if encoding != "" {
			return // told by as many bytes as came first
		}
		again, err2 := read(iotest.OneByteReader(bytes.NewReader(body)))
		if !bytes.Equal(got, again) || (err == nil) != (err2 == nil) {
			t.Fatalf("%q (%v) in one piece, %q (%v) bytewise", got, err, again, err2)
		}
	})
}
