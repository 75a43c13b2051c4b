package assemble

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"

	"github.com/buoy-go/buoy/internal/clone"
	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// maxExtra is how many unknown fields an answer may have at a place. Providers have
// less than ten.
const maxExtra = 1024

// extraBuilder grows the fields of a message that buoy does not know. Arrays whose items
// say by an index where they belong are merged, texts that come in pieces are joined,
// and of everything else the last value counts.
type extraBuilder struct {
	values  map[string]json.RawMessage
	lists   map[string]*detailsBuilder
	texts   map[string]*textBuilder
	objects map[string]*objectBuilder
	deep    int  // objects are merged so many levels down
	more    bool // there was more than maxExtra
}

func (b *extraBuilder) add(news map[string]json.RawMessage) {
	for name, raw := range news {
		_, known := b.values[name]
		if !known && len(b.values) >= maxExtra {
			b.more = true
			continue
		}
		if known && string(raw) == "null" {
			continue
		}
		switch {
		case name == "images":
			raw = joinArrays(b.values[name], raw)
		case name == "thinking_blocks" || b.lists[name] != nil || hasIndexes(raw):
			b.list(name).add(raw)
		case raw[0] == '"' && !labels(name):
			b.text(name).add(raw, b.deep > 0)
		case raw[0] == '{' && b.deep > 0:
			b.object(name).add(raw)
		}
		b.values = setExtra(b.values, name, clone.Raw(raw))
	}
}

func (b *extraBuilder) list(name string) *detailsBuilder {
	if b.lists == nil {
		b.lists = make(map[string]*detailsBuilder)
	}
	if b.lists[name] == nil {
		b.lists[name] = &detailsBuilder{every: name != "thinking_blocks", nested: name == "content_blocks"}
	}
	return b.lists[name]
}

func (b *extraBuilder) text(name string) *textBuilder {
	if b.texts == nil {
		b.texts = make(map[string]*textBuilder)
	}
	if b.texts[name] == nil {
		b.texts[name] = new(textBuilder)
	}
	return b.texts[name]
}

func (b *extraBuilder) object(name string) *objectBuilder {
	if b.objects == nil {
		b.objects = make(map[string]*objectBuilder)
	}
	if b.objects[name] == nil {
		b.objects[name] = &objectBuilder{fields: extraBuilder{deep: b.deep - 1}}
	}
	return b.objects[name]
}

// build returns the fields, without the documented ones that have their own place.
func (b *extraBuilder) build(without func(name string) bool) map[string]json.RawMessage {
	if len(b.values) == 0 {
		return nil
	}
	extra := maps.Clone(b.values)
	for name := range extra {
		switch {
		case without(name):
			delete(extra, name)
		case b.lists[name] != nil && len(b.lists[name].blocks) > 0:
			extra[name] = b.lists[name].build()
		case b.texts[name] != nil && extra[name][0] == '"':
			extra[name] = b.texts[name].build()
		case b.objects[name] != nil && extra[name][0] == '{':
			extra[name] = b.objects[name].build()
		}
	}
	if len(extra) == 0 {
		return nil
	}
	return extra
}

// textBuilder grows a text of which nobody knows whether it comes in pieces. What is
// always the same is said again, and not a piece.
type textBuilder struct {
	first  string
	text   strings.Builder
	varied bool
}

// add takes in a piece. Where the text may be a seal in base64, nothing goes on behind the
// padding at its end.
func (b *textBuilder) add(raw json.RawMessage, sealed bool) {
	var s string
	if json.Unmarshal(raw, &s) != nil || s == "" {
		return
	}
	if sealed && strings.HasSuffix(b.text.String(), "=") {
		*b = textBuilder{}
	}
	if b.text.Len() == 0 {
		b.first = s
	}
	b.varied = b.varied || s != b.first
	b.text.WriteString(s)
}

func (b *textBuilder) build() json.RawMessage {
	if !b.varied {
		return jprint.AppendString(nil, b.first)
	}
	return jprint.AppendString(nil, b.text.String())
}

// objectBuilder grows an object whose members may come in pieces, such as the signature
// that Gemini puts into a call. What is always the same goes back as it came.
type objectBuilder struct {
	first  json.RawMessage
	varied bool
	fields extraBuilder
}

func (b *objectBuilder) add(raw json.RawMessage) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return
	}
	if b.first == nil {
		b.first = clone.Raw(raw)
	}
	b.varied = b.varied || !bytes.Equal(raw, b.first)
	b.fields.add(fields)
}

func (b *objectBuilder) build() json.RawMessage {
	if !b.varied {
		return b.first
	}
	raw, err := json.Marshal(b.fields.build(func(string) bool { return false }))
	if err != nil {
		return b.first
	}
	return raw
}

// labels reports the name of a field that holds a word and never a piece of a text.
func labels(name string) bool {
	switch name {
	case "id", "type", "role", "name", "object", "status", "state", "model", "format", "signature", "phase",
		"content", "reasoning", "reasoning_content", "refusal", "tool_calls", "function_call":
		return true
	}
	return strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "_type")
}

// growing reports two values of a field that are pieces of one text.
func growing(name string, have, news json.RawMessage) bool {
	return len(have) > 2 && len(news) > 2 && have[0] == '"' && news[0] == '"' && !labels(name)
}

// joinTexts returns the text of both.
func joinTexts(a, b json.RawMessage) json.RawMessage {
	joined := make(json.RawMessage, 0, len(a)+len(b))
	joined = append(joined, a[:len(a)-1]...)
	return append(joined, b[1:]...)
}

// hasIndexes reports an array of objects with an index, or what looks like one.
func hasIndexes(raw json.RawMessage) bool {
	return raw[0] == '[' && len(raw) > 2 && bytes.Contains(raw, []byte(`"index"`)) && strings.HasPrefix(strings.TrimLeft(string(raw[1:min(len(raw), 64)]), " \t\r\n"), "{")
}

// ours are fields that have their place, except where a value is not what is documented.
func ours(name string) bool {
	switch name {
	case "function", "custom", "arguments", "delta", "message", "logprobs", "usage":
		return true
	}
	return false
}

// mergeExtra adds the unknown fields of a piece to those that came before: the last
// value stays. Fields that buoy knows are there when a value was not what is
// documented.
func mergeExtra(have, news map[string]json.RawMessage) map[string]json.RawMessage {
	for name, raw := range news {
		if ours(name) {
			continue
		}
		if _, known := have[name]; known || len(have) < maxExtra {
			have = setExtra(have, name, clone.Raw(raw))
		}
	}
	return have
}

func setExtra(extra map[string]json.RawMessage, name string, raw json.RawMessage) map[string]json.RawMessage {
	if extra == nil {
		extra = make(map[string]json.RawMessage)
	}
	extra[name] = raw
	return extra
}

// joinArrays returns a new array of the items of both, or a copy of b if one of
// them has none.
func joinArrays(a, b json.RawMessage) json.RawMessage {
	if !jscan.HasItems(a) || !jscan.HasItems(b) {
		return clone.Raw(b)
	}
	a, b = bytes.TrimSpace(a), bytes.TrimSpace(b)
	joined := make(json.RawMessage, 0, len(a)+len(b))
	joined = append(joined, a[:len(a)-1]...)
	joined = append(joined, ',')
	return append(joined, b[1:]...)
}
