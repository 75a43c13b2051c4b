package durable

import (
	"encoding/hex"
	"hash/crc32"
)

// SumLength is the length of a [Sum].
const SumLength = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Sum is the CRC-32C of data in eight hexadecimal digits. A disk, a cable or a
// text editor damages a file, and against these it is enough: it finds each single
// damaged place of up to 32 bits, each two flipped bits, and all but one in four
// thousand million of the rest. It is computed by the processor at some gigabytes a
// second and is short enough to be typed into a file. It is no protection
// against somebody who wants to forge a file, and a longer hash without a key would
// be none either.
func Sum(data []byte) string {
	sum := crc32.Checksum(data, castagnoli)
	return hex.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}
