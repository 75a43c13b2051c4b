package cachestore

import (
	"bytes"
	"time"
)

// opening reads what stands before the response of a value in the one way in which Encode
// writes it. What has texts with escapes is left to a reader of JSON, which takes five
// times as long.
type opening struct {
	rest []byte
	odd  bool // it is written in another way, or not at all
}

// decodeOpening reads what follows the checksum of a value. ok is false for what only a reader
// of JSON can tell; e may have changed then.
func (e *Entry) decodeOpening(covered []byte, key string) (ok bool) {
	o := opening{rest: covered, odd: !plain(key)}
	o.word(`,"key":"`)
	o.word(key)
	o.word(`","stored":`)
	e.Stored = o.instant()
	o.word(`,"until":`)
	e.Until = o.instant()
	e.Endpoint = o.text(`,"endpoint":"`, e.Endpoint)
	e.Model = o.text(`,"model":"`, e.Model)
	e.RequestID = o.text(`,"request_id":"`, e.RequestID)
	o.word(`,"response":`)
	if o.odd || len(o.rest) < 2 || o.rest[0] != '{' {
		return false
	}
	e.Response = o.rest[:len(o.rest)-1]
	return true
}

// word passes over what must come next.
func (o *opening) word(w string) {
	if len(o.rest) < len(w) || string(o.rest[:len(w)]) != w {
		o.odd = true
		return
	}
	o.rest = o.rest[len(w):]
}

// instant reads a time in milliseconds.
func (o *opening) instant() time.Time {
	const longest = 15
	ms, n := int64(0), 0
	for ; n < len(o.rest) && o.rest[n] >= '0' && o.rest[n] <= '9'; n++ {
		ms = 10*ms + int64(o.rest[n]-'0')
		if n == longest {
			break
		}
	}
	if n == 0 || n == longest || n > 1 && o.rest[0] == '0' {
		o.odd = true
	}
	o.rest = o.rest[n:]
	return time.UnixMilli(ms)
}

// text reads a text that may be missing, and keeps the old one where it is the same.
func (o *opening) text(name, old string) string {
	if len(o.rest) < len(name) || string(o.rest[:len(name)]) != name {
		return old
	}
	o.rest = o.rest[len(name):]
	n := bytes.IndexByte(o.rest, '"')
	if n < 0 || !plain(o.rest[:n]) {
		o.odd = true
		return old
	}
	text := o.rest[:n]
	o.rest = o.rest[n+1:]
	if string(text) == old {
		return old
	}
	return string(text)
}

// plain reports a text that stands for itself between quotes.
func plain[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
