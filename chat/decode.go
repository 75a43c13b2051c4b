package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"

	"github.com/buoy-go/buoy/internal/finish"
	"github.com/buoy-go/buoy/internal/jscan"
)

// Signs is a set of bits that says what a decoded reply or event looks like.
type Signs uint8

const (
	// Suspect means that the reply may be a refusal sent with a success status. It has
	// no choices, or it has an error beside or inside them.
	Suspect Signs = 1 << iota
	// Meaning is set for a chunk with text, reasoning, a refusal, a tool call, audio, a
	// picture or a finish reason. A role, an empty delta, usage and filter results do
	// not count.
	Meaning
)

// Errors of DecodeResponse and ChunkDecoder besides those of the scanner.
var (
	errNotObject = errors.New("not a JSON object")
	errChoices   = errors.New("choices is not an array of objects")
)

// maxScratch is the largest scratch memory that a pooled decoder may keep: a
// reply of a megabyte is rare, and holding on to it would cost more than it saves.
const maxScratch = 1 << 20

// maxRemembered bounds what a pooled decoder keeps of an answer.
const maxRemembered = 64

// decoder reads the types of this package from JSON. A method named after a type reads
// the next object. If something else comes, it returns false and does not move. Errors
// of syntax stick to the cursor.
//
// One rule holds for all types: a field that is not known, or not of the documented
// type, goes to Extra.
type decoder struct {
	jscan.Cursor
	flags Signs
	err   error // the first error of shape

	// fresh: the destination is zero. Clearing it again is expensive, because the
	// collector has to be told of each pointer.
	fresh bool

	asked Asked
	room  int // how many more elements may come

	// event: strings and raw values share memory with those of other events, and
	// unknown nulls are dropped. So it is for chunks.
	event bool
	apart bool // the event is too long for a slab
	texts texts
	raws  raws
	calls slab[ToolCallDelta]
	// What most answers repeat, so that it costs no memory again.
	model, fingerprint string
	// What the events of a stream repeat: the keys of unknown fields, the head of a
	// call, a word.
	names                    []string
	callID, callName, native string
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// withDecoder runs f on data with a decoder of the pool.
func withDecoder(data []byte, f func(*decoder) error) error {
	d := decoders.Get().(*decoder)
	d.start(Asked{})
	d.Reset(data)
	err := f(d)
	d.asked = Asked{}
	d.Reset(nil)
	if d.Scratch() <= maxScratch {
		decoders.Put(d)
	}
	return err
}

// unmarshalWith is the body of an UnmarshalJSON: f reads the value, and a null
// changes nothing.
func unmarshalWith(data []byte, f func(*decoder) bool) error {
	return withDecoder(data, func(d *decoder) error {
		if !f(d) && !d.Null() && d.Err() == nil {
			return errNotObject
		}
		return d.end()
	})
}

// end returns the first error of the whole text.
func (d *decoder) end() error {
	if err := d.End(); err != nil {
		return err
	}
	return d.err
}

// str reads a string or a null.
func (d *decoder) str(dst *string) bool {
	if text, ok := d.Text(); ok {
		*dst = d.copy(text)
		return true
	}
	return d.null(dst)
}

// copy returns a text as a string.
func (d *decoder) copy(text []byte) string {
	if d.event {
		return d.texts.copy(text)
	}
	return string(text)
}

// copyRaw returns a copy of a raw value.
func (d *decoder) copyRaw(raw []byte) json.RawMessage {
	if d.event {
		return d.raws.copy(raw)
	}
	return bytes.Clone(raw)
}

// strLike reads a string or a null; a string that equals old costs no memory.
func (d *decoder) strLike(dst *string, old string) bool {
	text, ok := d.Text()
	switch {
	case !ok:
		return d.null(dst)
	case string(text) == old:
		*dst = old
	default:
		*dst = d.copy(text)
	}
	return true
}

// strAgain is strLike for a string that is probably that of the answer before.
func (d *decoder) strAgain(dst, before *string) bool {
	if !d.strLike(dst, *before) {
		return false
	}
	if n := len(*dst); 0 < n && n <= maxRemembered {
		*before = *dst
	}
	return true
}

// number reads a number as its text: some servers count their calls. As a text it is
// accepted on the way in.
func (d *decoder) number(dst *string) bool {
	if d.Kind() != jscan.Number {
		return false
	}
	*dst = d.copy(d.Raw())
	return true
}

// word reads a string or a null. The words of the protocol cost no memory.
func (d *decoder) word(dst *string) bool {
	if text, ok := d.Text(); ok {
		*dst = word(text)
		return true
	}
	return d.null(dst)
}

// finish reads a finish reason. A word for none, such as "null", is read as "". One in an
// object or a list is read as well, and the answer is false, so that all of it is kept.
func (d *decoder) finish(dst *string) bool {
	known := d.word(dst)
	if !known && !d.finishIn(dst) {
		return false
	}
	switch finish.Of(*dst) {
	case finish.None:
		*dst = ""
	case finish.Failed:
		d.flags |= Suspect
	}
	return known
}

func (d *decoder) null(dst *string) bool {
	if d.Null() {
		*dst = ""
		return true
	}
	return false
}

func (d *decoder) bool(dst **bool) bool {
	if b, ok := d.Bool(); ok {
		*dst = &b
		return true
	}
	if d.Null() {
		*dst = nil
		return true
	}
	return false
}

// raw reads any value; nil for a null.
func (d *decoder) raw(dst *json.RawMessage) bool {
	raw := d.Raw()
	switch {
	case string(raw) == "null":
		raw = nil
	default:
		raw = d.copyRaw(raw)
	}
	*dst = raw
	return true
}

// keep reads any value and puts it under key.
func (d *decoder) keep(extra map[string]json.RawMessage, key []byte) map[string]json.RawMessage {
	raw := d.Raw()
	if raw == nil {
		return extra
	}
	if d.event && string(raw) == "null" {
		if len(extra) > 0 {
			delete(extra, string(key)) // of a name that stands there twice the last counts
		}
		return extra
	}
	if !d.spend() {
		return extra
	}
	if extra == nil {
		extra = make(map[string]json.RawMessage)
	}
	extra[d.name(key)] = d.copyRaw(raw)
	return extra
}

// keepAny is keep for types that are sent only.
func (d *decoder) keepAny(extra map[string]any, key []byte) map[string]any {
	raw := d.Raw()
	if raw == nil {
		return extra
	}
	if extra == nil {
		extra = make(map[string]any)
	}
	extra[string(key)] = json.RawMessage(bytes.Clone(raw))
	return extra
}

// name returns key as a string. The events of a stream repeat the same few keys.
func (d *decoder) name(key []byte) string {
	if !d.event {
		return string(key)
	}
	for _, name := range d.names {
		if name == string(key) {
			return name
		}
	}
	name := string(key)
	if len(d.names) < 32 {
		d.names = append(d.names, name)
	}
	return name
}

// decodeInto reads an object that is too rare for code of its own. When it has
// fields that T does not, dst is set but the answer is false, so that the caller
// keeps the raw value as well.
func decodeInto[T any](d *decoder, dst **T) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	mark := d.Mark()
	raw := d.Raw()
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	v := new(T)
	if strict.Decode(v) == nil {
		*dst = v
		return true
	}
	v = new(T)
	if json.Unmarshal(raw, v) == nil {
		*dst = v
	}
	d.Rewind(mark)
	return false
}

// list reads an array of objects, each with f, or a null. Nulls in the array are
// skipped. If it holds anything else, list returns false and the cursor stays.
func list[T any](d *decoder, dst *[]T, f func(*decoder, *T) bool) bool {
	return listIn(d, dst, nil, f)
}

// listIn is list with memory for elements, which is zero.
func listIn[T any](d *decoder, dst *[]T, room []T, f func(*decoder, *T) bool) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	mark := d.Mark()
	if !d.Array() {
		return false
	}
	for d.More() {
		if d.Null() {
			continue
		}
		if *dst == nil {
			*dst = room
		}
		var element *T
		if *dst, element = extend(*dst); !d.spend() || !f(d, element) {
			*dst = nil
			d.Rewind(mark)
			return false
		}
	}
	return true
}

// word is string(text) without a copy for the words that every reply has.
func word(text []byte) string {
	switch string(text) {
	case "":
		return ""
	case RoleAssistant:
		return RoleAssistant
	case FinishStop:
		return FinishStop
	case FinishLength:
		return FinishLength
	case FinishToolCalls:
		return FinishToolCalls
	case FinishContentFilter:
		return FinishContentFilter
	case ToolFunction:
		return ToolFunction
	case "default":
		return "default"
	case "end_turn":
		return "end_turn"
	case "STOP":
		return "STOP"
	case "completed":
		return "completed"
	}
	return string(text)
}
