package chat

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

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
func (r *Request) keep(members map[string]json.RawMessage) {
	written := membersOf(r.written())
	for name, raw := range members {
		typed := written[name]
		switch {
		case name == "messages" && (!r.verbatim || len(r.Messages) > 0), has(r.Extra, name):
		case typed == nil && !(r.verbatim && (name != "stream" || string(raw) == "false")):
		case typed != nil && sameValue(raw, typed) && name != "messages":
		default:
			if r.kept == nil {
				r.kept = make(map[string]keptField)
			}
			r.kept[name] = keptField{bytes.Clone(raw), bytes.Clone(typed)}
		}
	}
}

// keepMessages remembers the messages of a list that are not what is sent of them.
func (r *Request) keepMessages(list []byte) {
	raws := elementsOf(list)
	if len(raws) != len(r.Messages) {
		return
	}
	w := writer{Writer: jprint.Writer{Buf: make([]byte, 0, len(list)+64)}}
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
}

// written is what the request writes of its fields, without what keep remembers and
// without its messages.
func (r *Request) written() []byte {
	bare := *r
	bare.kept, bare.keptMessages, bare.Messages, bare.Extra = nil, nil, nil, nil
	w := writer{whole: !r.verbatim}
	w.request(&bare, bare.Model, false)
	return w.Buf
}

// restore puts what nobody has changed back into the body that begins at start.
func (w *writer) restore(r *Request, start int) {
	if w.Err != nil {
		return
	}
	written := membersOf(r.written())
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
		case !ok || name == "stream" || has(r.Extra, name) || !bytes.Equal(written[name], kept.typed):
			w.Buf = append(w.Buf, raw...)
		case name == "stream_options" && !w.whole:
			w.merged(raw, kept.raw)
		default:
			w.Buf = append(w.Buf, kept.raw...)
		}
	}
	if seen != nil {
		for _, name := range slices.Sorted(maps.Keys(r.kept)) {
			if !seen[name] && bytes.Equal(written[name], r.kept[name].typed) { // left out as empty
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
	for i, raw := range elementsOf(list) {
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

// membersOf are the values of an object's members.
func membersOf(object []byte) map[string]json.RawMessage {
	members := make(map[string]json.RawMessage)
	var c jscan.Cursor
	c.Reset(object)
	for c.Object(); ; {
		key, ok := c.Key()
		if !ok {
			return members
		}
		name := string(key)
		members[name] = c.Raw()
	}
}

// elementsOf are the elements of an array.
func elementsOf(array []byte) []json.RawMessage {
	var list []json.RawMessage
	var c jscan.Cursor
	c.Reset(array)
	if !c.Array() {
		return nil
	}
	for c.More() {
		list = append(list, c.Raw())
	}
	return list
}

// sameMembers reports that two objects are the same JSON. Most values are the same
// bytes, whatever the order of the members.
func sameMembers(a, b []byte) bool {
	x, y := membersOf(a), membersOf(b)
	if len(x) != len(y) {
		return false
	}
	for name, value := range x {
		if other, ok := y[name]; !ok || !sameValue(value, other) {
			return false
		}
	}
	return true
}

// maxCompared bounds what is read to be compared: empty objects cost twenty times their
// length. Longer values that are not the same bytes count as different, and are kept.
const maxCompared = 64 << 10

// sameValue reports that two texts are the same JSON.
func sameValue(a, b []byte) bool {
	var x, y any
	return bytes.Equal(a, b) || len(a)+len(b) <= maxCompared && json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
