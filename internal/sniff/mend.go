package sniff

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// nonNumbers are what encoders write for numbers that JSON does not have.
var nonNumbers = [...]string{"NaN", "-Infinity", "Infinity", "-inf", "inf", "nan"}

// maxMends is how many places of a text are mended.
const maxMends = 64 << 10

// Mended returns text that is nearly JSON as JSON: NaN and the infinite numbers, which
// Python writes, become null, and control characters in strings are escaped. It is nil
// where there is none of them, and where the text would not be JSON after that.
func Mended(text []byte) []byte {
	var out []byte // of text up to done
	done, mends, quoted := 0, 0, false
	replace := func(at, n int, by string) {
		out = append(append(out, text[done:at]...), by...)
		done = at + n
		mends++
	}
	for i := 0; i < len(text) && mends < maxMends; i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted && c < ' ':
			replace(i, 1, fmt.Sprintf(`\u%04x`, c))
		case !quoted && (c == 'N' || c == 'I' || c == '-' || c == 'i' || c == 'n'):
			for _, name := range nonNumbers {
				if bytes.HasPrefix(text[i:], []byte(name)) {
					replace(i, len(name), "null")
					i = done - 1
					break
				}
			}
		}
	}
	if mends == 0 || mends == maxMends {
		return nil
	}
	if out = append(out, text[done:]...); !json.Valid(out) {
		return nil
	}
	return out
}
