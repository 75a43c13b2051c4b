package assemble

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/internal/clone"
	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// detailsBuilder grows the reasoning details of a stream. A block's text comes in
// pieces, its signature at the end; the provider wants whole blocks back, in
// their order.
type detailsBuilder struct {
	blocks []*detailBlock
	other  json.RawMessage // what came last that is not an array or an object
	dec    jscan.Cursor
}

// detailBlock is a block, whose pieces have the same type and index.
type detailBlock struct {
	kind, index string
	names       []string // of the members, in their order
	members     map[string]json.RawMessage
	pieced      string // name of the member that comes in pieces
	text        strings.Builder
}

// add takes in an array of pieces, or a single one.
func (b *detailsBuilder) add(raw json.RawMessage) {
	if len(raw) == 0 {
		return
	}
	d := &b.dec
	d.Reset(raw)
	if !d.Array() {
		if !b.piece(d) {
			b.other = clone.Raw(raw)
		}
		return
	}
	for d.More() {
		if !b.piece(d) {
			d.Skip()
		}
	}
}

// piece reads one object. It continues the block before it when both have the
// same type and index. Encrypted blocks come whole.
func (b *detailsBuilder) piece(d *jscan.Cursor) bool {
	if !d.Object() {
		return false
	}
	p := &detailBlock{members: make(map[string]json.RawMessage)}
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		name := string(key)
		text, isText := "", false
		if (name == "text" || name == "summary") && (p.pieced == "" || p.pieced == name) {
			text, isText = d.String("")
		}
		if isText {
			p.pieced = name
			p.text.WriteString(text)
			p.set(name, nil)
			continue
		}
		raw := clone.Raw(d.Raw())
		switch name {
		case "type":
			p.kind = string(raw)
		case "index":
			p.index = string(raw)
		}
		p.set(name, raw)
	}
	if d.Err() != nil {
		return true
	}
	if last := b.last(p); last != nil {
		last.join(p)
	} else {
		b.blocks = append(b.blocks, p)
	}
	return true
}

// last returns the block that p continues. With an index it may be an earlier
// one; without, only the last one can be.
func (b *detailsBuilder) last(p *detailBlock) *detailBlock {
	if strings.Contains(p.kind, "encrypted") {
		return nil
	}
	for _, have := range slices.Backward(b.blocks) {
		if have.kind == p.kind && have.index == p.index && have.continuedBy(p) {
			return have
		}
		if p.index == "" {
			break
		}
	}
	return nil
}

// continuedBy reports that p is text of the same block, or what follows its text,
// or the text of a block that began without.
func (b *detailBlock) continuedBy(p *detailBlock) bool {
	if b.pieced == "" {
		return p.pieced != "" && p.index != ""
	}
	return p.pieced == b.pieced || p.pieced == ""
}

// join adds a later piece: its text follows, and its other members, such as the
// signature, replace what was empty or null.
func (b *detailBlock) join(p *detailBlock) {
	if b.pieced == "" {
		b.pieced = p.pieced
	}
	b.text.WriteString(p.text.String())
	for _, name := range p.names {
		raw, have := p.members[name], b.members[name]
		if name == p.pieced || len(have) == 0 || !jscan.Blank(raw) {
			b.set(name, raw)
		}
	}
}

func (b *detailBlock) set(name string, raw json.RawMessage) {
	if _, ok := b.members[name]; !ok {
		b.names = append(b.names, name)
	}
	b.members[name] = raw
}

// build returns the array of all blocks, nil if there are none.
func (b *detailsBuilder) build() json.RawMessage {
	if len(b.blocks) == 0 {
		return clone.Raw(b.other)
	}
	var w jprint.Writer
	w.Open('[')
	for _, block := range b.blocks {
		w.Comma()
		w.Open('{')
		for _, name := range block.names {
			w.Comma()
			w.String(name)
			w.Buf = append(w.Buf, ':')
			if name == block.pieced {
				w.String(block.text.String())
			} else {
				w.Buf = append(w.Buf, block.members[name]...)
			}
		}
		w.Close('}')
	}
	w.Close(']')
	return w.Buf
}
