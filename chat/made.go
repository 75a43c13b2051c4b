package chat

import "bytes"

// A body of 3 MB that is a list of a million empty messages took 788 MB to read. So what
// the values of a body will take is estimated before they are made.
const (
	// maxMade is how much that may be beside the text: 90,000 objects, or a million
	// strings, or two million numbers. Sessions of agents have a tenth of that.
	maxMade = 64 << 20
	// alwaysRead is the length of bodies that cannot take much.
	alwaysRead = 32 << 10

	madeOfObject = 700 // measured, for a message
	madeOfString = 64
	madeOfOther  = 30
)

// tooMany reports a text with more values than a request can need. It looks at the
// brackets, quotes and commas only; what is no JSON is found later.
func tooMany(data []byte) bool {
	if len(data) <= alwaysRead {
		return false
	}
	made := 0
	for i := 0; i < len(data) && made <= maxMade; i++ {
		switch data[i] {
		case '{', '[':
			made += madeOfObject
		case ',':
			made += madeOfOther
		case '"':
			made += madeOfString
			n := endOfString(data[i+1:])
			if n < 0 {
				return false
			}
			i += n
		}
	}
	return made > maxMade
}

// endOfString is how many bytes there are to the quote that ends a string, and with it;
// -1 where none does.
func endOfString(data []byte) int {
	for at := 0; ; {
		n := bytes.IndexByte(data[at:], '"')
		if n < 0 {
			return -1
		}
		at += n + 1
		escapes := 0
		for escapes < n && data[at-2-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at
		}
	}
}
