package assemble

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/clone"
	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// partsBuilder grows content that comes as arrays of parts. Pieces of texts and of
// thoughts are put together; other parts come whole.
type partsBuilder struct {
	list []*partBuilder
	rich bool // there is more than plain text
	more bool // there was more than maxBlocks
	sums int  // blocks of summaries, of all parts
}

type partBuilder struct {
	part     chat.Part
	text     strings.Builder
	thinking strings.Builder
	listed   bool            // the thoughts came as an array of texts
	summary  *detailsBuilder // of a part of type reasoning
}

// add takes in an event's content, which came as parts or as a text, after the text
// before.
func (b *partsBuilder) add(parts []chat.Part, text, before string) {
	if len(parts) == 0 {
		if text == "" || len(b.list) == 0 {
			return
		}
		parts = []chat.Part{chat.Text(text)}
	}
	if len(b.list) == 0 && before != "" {
		first := chat.Text(before) // Mistral sends a reference among plain texts
		b.piece(&first)
	}
	for i := range parts {
		b.piece(&parts[i])
	}
}

func (b *partsBuilder) piece(p *chat.Part) {
	plain := p.Type == chat.PartText && len(p.Extra) == 0 && p.CacheControl == nil && p.CacheBreakpoint == nil
	b.rich = b.rich || !plain
	thinking, isThought := p.Extra["thinking"]
	summary := p.Extra["summary"]
	if p.Type != "reasoning" || !jscan.HasItems(summary) {
		summary = nil
	}
	var last *partBuilder
	if n := len(b.list); n > 0 {
		last = b.list[n-1]
	}
	switch {
	case plain && last != nil && last.plain():
	case isThought && last != nil && last.part.Type == p.Type && last.part.Extra["thinking"] != nil && jscan.Blank(last.part.Extra["signature"]):
		for name, raw := range p.Extra {
			if !jscan.Blank(raw) {
				last.part.Extra[name] = clone.Raw(raw)
			}
		}
	case summary != nil && last != nil && last.summary != nil:
		for name, raw := range p.Extra {
			if !jscan.Blank(raw) {
				last.part.Extra[name] = clone.Raw(raw)
			}
		}
	case len(b.list) == maxBlocks:
		b.more = true
		return
	default:
		last = &partBuilder{part: *p}
		last.part.Extra = clone.Extra(p.Extra)
		b.list = append(b.list, last)
	}
	last.text.WriteString(p.Text)
	if summary != nil {
		if last.summary == nil {
			last.summary = new(detailsBuilder)
		}
		before := len(last.summary.blocks)
		last.summary.add(summary)
		b.sums += len(last.summary.blocks) - before
		b.more = b.more || last.summary.more || b.sums > maxBlocks
	}
	if isThought {
		last.listed = last.listed || bytes.HasPrefix(bytes.TrimSpace(thinking), []byte("["))
		last.thinking.WriteString(chat.Thought(thinking))
	}
}

func (b *partBuilder) plain() bool { return b.part.Type == chat.PartText && len(b.part.Extra) == 0 }

// build returns the parts where they are more than one text, else nil.
func (b *partsBuilder) build() []chat.Part {
	if !b.rich {
		return nil
	}
	parts := make([]chat.Part, 0, len(b.list))
	for _, p := range b.list {
		part := p.part
		part.Text = p.text.String()
		part.Extra = maps.Clone(part.Extra)
		if p.thinking.Len() > 0 {
			text := jprint.AppendString(nil, p.thinking.String())
			if p.listed {
				text = json.RawMessage(`[{"type":"text","text":` + string(text) + `}]`)
			}
			part.Extra["thinking"] = text
		}
		if p.summary != nil {
			part.Extra["summary"] = p.summary.build()
		}
		parts = append(parts, part)
	}
	return parts
}
