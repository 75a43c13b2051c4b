package unpack

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func packed(t *testing.T, w io.WriteCloser, to *bytes.Buffer, text string) string {
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return to.String()
}

func gz(t *testing.T, text string) string {
	var b bytes.Buffer
	return packed(t, gzip.NewWriter(&b), &b, text)
}

func TestBody(t *testing.T) {
	const text = `{"a":"Привет"}`
	var z, f bytes.Buffer
	raw, _ := flate.NewWriter(&f, 6)
	zipped, raw6 := packed(t, zlib.NewWriter(&z), &z, text), packed(t, raw, &f, text)
	for _, tc := range []struct{ name, encoding, body, want string }{
		{"plain", "", text, text},
		{"empty", "", "", ""},
		{"one byte that tells nothing", "", "x", "x"},
		{"a field that begins with x", "", "x-y: 1\n\ndata: {}\n\n", "x-y: 1\n\ndata: {}\n\n"},
		{"gzip", "", gz(t, text), text},
		{"gzip, as the header says", "gzip", gz(t, text), text},
		{"gzip in name only", "gzip", text, text},
		{"br in name only", "br", text, text},
		{"in two members, an empty one between", "", gz(t, text[:5]) + gz(t, "") + gz(t, text[5:]), text},
		{"with something behind it", "", gz(t, text) + "\n\n", text},
		{"deflate", "", zipped, text},
		{"deflate without its frame", "deflate", raw6, text},
	} {
		for _, in := range []io.Reader{strings.NewReader(tc.body), iotest.OneByteReader(strings.NewReader(tc.body)), iotest.DataErrReader(strings.NewReader(tc.body))} {
			got, err := io.ReadAll(&Body{ReadCloser: io.NopCloser(in), Encoding: tc.encoding})
			require.NoError(t, err, tc.name)
			require.Equal(t, tc.want, string(got), tc.name)
		}
	}
}

func TestBodyThatCannotBeRead(t *testing.T) {
	for encoding, body := range map[string]string{"br": "\x0b\x02\x80{}\x03", "zstd": "\x28\xb5\x2f\xfd\x00"} {
		_, err := io.ReadAll(&Body{ReadCloser: io.NopCloser(strings.NewReader(body)), Encoding: encoding})
		require.ErrorContains(t, err, encoding)
	}
	_, err := io.ReadAll(&Body{ReadCloser: io.NopCloser(strings.NewReader(gz(t, "cut")[:15]))})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = io.ReadAll(&Body{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat(gz(t, ""), 100_000)))})
	require.ErrorIs(t, err, errEmpty)
	_, err = io.ReadAll(&Body{ReadCloser: io.NopCloser(iotest.ErrReader(io.ErrClosedPipe))})
	require.ErrorIs(t, err, io.ErrClosedPipe)
}
