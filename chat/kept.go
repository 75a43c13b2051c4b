package chat

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// keptField is a field of a decoded request whose JSON says more than its Go type can
// hold: unknown members of audio, say, or a stop that is a string. It is written
// as it came as long as nobody changes the field.
type keptField struct {
	raw   json.RawMessage
	typed json.RawMessage // what the type makes of it, for storing
}

// keep remembers the members of a body that are not what the request writes of them.
func (r *Request) keep(came []entry) {
	buf := buffers.Get().(*[]byte)
	text := r.written((*buf)[:0])
	defer giveBack(buf, text)
	var room [maxUsual]entry
	written := appendMembers(room[:0], text)
	for _, m := range came {
		typed := valueOf(written, m.name)
		switch {
		case string(m.name) == "messages" && (!r.verbatim || len(r.Messages) > 0), len(r.Extra) > 0 && has(r.Extra, string(m.name)),
			typed == nil && !(r.verbatim && (string(m.name) != "stream" || string(m.raw) == "false")),
			typed != nil && sameValue(m.raw, typed) && string(m.name) != "messages":
			if r.kept != nil {
				delete(r.kept, string(m.name)) // of a name that stands there twice the last counts
			}
		default:
			if r.kept == nil {
				r.kept = make(map[string]keptField)
			}
			r.kept[string(m.name)] = keptField{bytes.Clone(m.raw), bytes.Clone(typed)}
		}
	}
}

// keepMessages remembers the messages of a list that are not what is sent of them.
func (r *Request) keepMessages(list []byte) {
	var room [maxUsual]json.RawMessage
	raws := appendElements(room[:0], list)
	if len(raws) != len(r.Messages) {
		return
	}
	buf := buffers.Get().(*[]byte)
	w := writer{Writer: jprint.Writer{Buf: *buf}}
	for i, raw := range raws {
		w.Buf = w.Buf[:0]
		if w.message(&r.Messages[i]); w.Err != nil || bytes.Equal(raw, w.Buf) || sameMembers(raw, w.Buf) {
			continue
		}
		if r.keptMessages == nil {
			r.keptMessages = make(map[int]keptField)
		}
		r.keptMessages[i] = keptField{bytes.Clone(raw), bytes.Clone(w.Buf)}
	}
	giveBack(buf, w.Buf)
}

// buffers has memory for what is written to be compared.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func giveBack(buf *[]byte, grown []byte) {
	if cap(grown) <= maxScratch {
		*buf = grown[:0]
		buffers.Put(buf)
	}
}

// written appends what the request writes of its fields, without what keep remembers and
// without its messages.
func (r *Request) written(dst []byte) []byte {
	bare := *r
	bare.kept, bare.keptMessages, bare.Messages, bare.Extra = nil, nil, nil, nil
	w := writer{Writer: jprint.Writer{Buf: dst}, whole: !r.verbatim}
	w.request(&bare, bare.Model, false)
	return w.Buf
}

// restore puts what nobody has changed back into the body that begins at start.
func (w *writer) restore(r *Request, start int) {
	if w.Err != nil {
		return
	}
	var room [maxUsual]entry
	written := appendMembers(room[:0], r.written(nil))
	body := bytes.Clone(w.Buf[start:])
	w.Buf = w.Buf[:start]
	var seen map[string]bool
	if r.verbatim {
		seen = make(map[string]bool)
	}
	var c jscan.Cursor
	c.Reset(body)
	w.Open('{')
	for c.Object(); ; {
		key, ok := c.Key()
		if !ok {
			break
		}
		name := string(key)
		raw := c.Raw()
		w.Comma()
		w.String(name)
		w.Buf = append(w.Buf, ':')
		if seen != nil {
			seen[name] = true
		}
		kept, ok := r.kept[name]
		switch {
		case name == "messages" && len(r.keptMessages) > 0 && !has(r.Extra, name):
			w.keptMessages(r, raw)
		case !ok || name == "stream" || has(r.Extra, name) || !bytes.Equal(valueOf(written, key), kept.typed):
			w.Buf = append(w.Buf, raw...)
		case name == "stream_options" && !w.whole:
			w.merged(raw, kept.raw)
		default:
			w.Buf = append(w.Buf, kept.raw...)
		}
	}
	if seen != nil {
		for _, name := range slices.Sorted(maps.Keys(r.kept)) {
			if !seen[name] && bytes.Equal(valueOf(written, []byte(name)), r.kept[name].typed) { // left out as empty
				w.Comma()
				w.String(name)
				w.Buf = append(append(w.Buf, ':'), r.kept[name].raw...)
			}
		}
	}
	w.Close('}')
}

// keptMessages writes a list of messages as they came, as far as nobody has changed
// them.
func (w *writer) keptMessages(r *Request, list []byte) {
	w.Open('[')
	for i, raw := range appendElements(nil, list) {
		w.Comma()
		if kept, ok := r.keptMessages[i]; ok && i < len(r.Messages) {
			var now writer
			if now.message(&r.Messages[i]); bytes.Equal(now.Buf, kept.typed) {
				raw = kept.raw
			}
		}
		w.Buf = append(w.Buf, raw...)
	}
	w.Close(']')
}

// merged writes stream options as they are sent, and members that came and have no
// field.
func (w *writer) merged(sent, came []byte) {
	var c jscan.Cursor
	w.Buf = append(w.Buf, sent[:len(sent)-1]...)
	c.Reset(came)
	for c.Object(); ; {
		key, ok := c.Key()
		if !ok {
			break
		}
		name := string(key)
		if raw := c.Raw(); name != "include_usage" && name != "include_obfuscation" {
			w.Comma()
			w.String(name)
			w.Buf = append(append(w.Buf, ':'), raw...)
		}
	}
	w.Close('}')
}

// entry is a member of an object. Both slices are part of the object's text, unless the
// name has escapes.
type entry struct{ name, raw []byte }

// maxUsual is how many members or elements there is room for without an allocation. It
// also bounds what is searched one after the other.
const maxUsual = 32

// appendMembers appends the members of an object, in order.
func appendMembers(dst []entry, object []byte) []entry {
	var c jscan.Cursor
	c.Reset(object)
	for c.Object(); ; {
		key, ok := c.Key()
		if !ok {
			return dst
		}
		dst = append(dst, entry{key, c.Raw()})
	}
}

// valueOf is the last value with a name, nil for none. It looks at all of the list.
func valueOf(list []entry, name []byte) []byte {
	for _, m := range slices.Backward(list) {
		if string(m.name) == string(name) {
			return m.raw
		}
	}
	return nil
}

// appendElements appends the elements of an array.
func appendElements(dst []json.RawMessage, array []byte) []json.RawMessage {
	var c jscan.Cursor
	c.Reset(array)
	if !c.Array() {
		return nil
	}
	for c.More() {
		dst = append(dst, c.Raw())
	}
	return dst
}

// sameMembers reports that two objects are the same JSON. Most values are the same
// bytes, whatever the order of the members.
func sameMembers(a, b []byte) bool {
	var room [2][maxUsual]entry
	x, y := appendMembers(room[0][:0], a), appendMembers(room[1][:0], b)
	if len(x) > maxUsual || len(y) > maxUsual || repeats(x) || repeats(y) {
		return false // kept as it came
	}
	if len(x) != len(y) {
		return false
	}
	for _, m := range x {
		if other := valueOf(y, m.name); other == nil || !sameValue(m.raw, other) {
			return false
		}
	}
	return true
}

// repeats reports a name that stands there twice. The list must be short.
func repeats(list []entry) bool {
	for i, m := range list {
		if valueOf(list[:i], m.name) != nil {
			return true
		}
	}
	return false
}

// maxCompared bounds what is read to be compared: empty objects cost twenty times their
// length. Longer values that are not the same bytes count as different, and are kept.
const maxCompared = 64 << 10

// sameValue reports that two texts are the same JSON.
func sameValue(a, b []byte) bool { return bytes.Equal(a, b) || equalJSON(a, b) }

func equalJSON(a, b []byte) bool {
	var x, y any
	return len(a)+len(b) <= maxCompared && json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
