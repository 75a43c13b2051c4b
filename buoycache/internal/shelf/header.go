package shelf

import (
	"encoding/binary"
	"hash/fnv"
	"io"
)

// The header of bbolt's files, twice: at the start of each of the first two pages, behind
// the 16 bytes of a page's own. See internal/common/meta.go in bbolt v1.5.0. Numbers are in
// the order of the machine.
const (
	headerAt  = 16
	headerSum = 56 // where its FNV-64a sum stands, of all before it
	magic     = 0xED0CDAED
)

// headed tells whether a file has at least one good header.
func headed(file io.ReaderAt, page int64) bool {
	var b [headerSum + 8]byte
	for i := range int64(2) {
		if _, err := file.ReadAt(b[:], i*page+headerAt); err != nil {
			continue
		}
		sum := fnv.New64a()
		_, _ = sum.Write(b[:headerSum])
		if binary.NativeEndian.Uint32(b[:]) == magic && sum.Sum64() == binary.NativeEndian.Uint64(b[headerSum:]) {
			return true
		}
	}
	return false
}
