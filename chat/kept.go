package chat

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/buoy-go/buoy/internal/jscan"
)

// keptField is a field of a decoded request whose JSON says more than its Go type can
// hold: unknown members of audio, say, or a stop that is a string. It is written
// as it came as long as nobody changes the field.
type keptField struct {
	raw   json.RawMessage
	typed json.RawMessage // what the type makes of it, for storing
}

// keep remembers the fields of data that are not what the request writes of them.
func (r *Request) keep(data []byte) {
	stored := membersOf(r.stored())
	for name, raw := range membersOf(data) {
		typed := stored[name]
		if name == "messages" || typed == nil || has(r.Extra, name) || sameValue(raw, typed) {
			continue
		}
		if r.kept == nil {
			r.kept = make(map[string]keptField)
		}
		r.kept[name] = keptField{bytes.Clone(raw), bytes.Clone(typed)}
	}
}

// stored is the request as it is stored, without what keep remembers and without its
// messages.
func (r *Request) stored() []byte {
	bare := *r
	bare.kept, bare.Messages, bare.Extra = nil, nil, nil
	w := writer{whole: true}
	w.request(&bare, bare.Model, false)
	return w.Buf
}

// restore puts the fields that nobody has changed back into the body that begins at
// start.
func (w *writer) restore(r *Request, start int) {
	if w.Err != nil {
		return
	}
	stored := membersOf(r.stored())
	body := bytes.Clone(w.Buf[start:])
	w.Buf = w.Buf[:start]
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
		kept, ok := r.kept[name]
		switch {
		case !ok || has(r.Extra, name) || !bytes.Equal(stored[name], kept.typed):
			w.Buf = append(w.Buf, raw...)
		case name == "stream_options" && !w.whole:
			w.merged(raw, kept.raw)
		default:
			w.Buf = append(w.Buf, kept.raw...)
		}
	}
	w.Close('}')
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

// sameValue reports that two texts are the same JSON.
func sameValue(a, b []byte) bool {
	var x, y any
	return bytes.Equal(a, b) || json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
