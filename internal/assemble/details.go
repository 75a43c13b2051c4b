package assemble

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/internal/clone"
	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// maxBlocks is how many blocks a list may have, and how many fields a block.
const maxBlocks = 4096

// detailsBuilder grows the reasoning details of a stream, or another list of blocks. A
// block's text comes in pieces, its signature at the end; the provider wants whole
// blocks back, in their order. Adding a piece takes the same time however many there
// are.
type detailsBuilder struct {
	blocks []*detailBlock
	latest map[string]*[len(pieced)]*detailBlock // by type and index, and by the member that comes in pieces
	other  json.RawMessage                       // what came last that is not an array or an object
	more   bool                                  // there was more than maxBlocks
	// every text of a block may come in pieces, not only those of documented names.
	every bool
	// What a piece brings may stand in a member delta, and the type has to be told from it.
	nested bool
	dec    jscan.Cursor
}

// pieced are the members that come in pieces, "" for none of them.
var pieced = [...]string{"", "text", "summary", "thinking"}

// detailBlock is a block, whose pieces have the same type and index.
type detailBlock struct {
	kind, index string
	place       int      // among the blocks
	names       []string // of the members, in their order
	members     map[string]json.RawMessage
	pieced      int // the member that comes in pieces
	text        strings.Builder
	signed      bool
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
	for n := 0; d.More(); n++ {
		if n == maxBlocks {
			b.more = true
		}
		if b.more || !b.piece(d) {
			d.Skip()
		}
	}
}

// piece reads one object. It continues the block before it when both have the
// same type and index. Encrypted blocks come whole.
func (b *detailsBuilder) piece(d *jscan.Cursor) bool {
	p := &detailBlock{members: make(map[string]json.RawMessage)}
	if !b.members(d, p, b.nested) {
		return false
	}
	if d.Err() != nil {
		return true
	}
	if b.nested {
		p.name()
	}
	if last := b.last(p); last != nil {
		last.join(p, b.every)
		b.note(last)
		return true
	}
	if len(b.blocks) == maxBlocks {
		b.more = true
		return true
	}
	p.place = len(b.blocks)
	b.blocks = append(b.blocks, p)
	b.note(p)
	return true
}

func (b *detailsBuilder) members(d *jscan.Cursor, p *detailBlock, nested bool) bool {
	if !d.Object() {
		return false
	}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		name := string(key)
		if which := pieceOf(name); which > 0 && (p.pieced == 0 || p.pieced == which) {
			if text, ok := d.String(""); ok {
				p.pieced = which
				p.text.WriteString(text)
				p.set(name, nil)
				continue
			}
		}
		if nested && name == "delta" && b.members(d, p, false) {
			continue
		}
		raw := clone.Raw(d.Raw())
		switch name {
		case "type":
			p.kind = string(raw)
		case "index":
			p.index = string(raw)
		case "signature":
			p.signed = !jscan.Blank(raw)
		}
		p.set(name, raw)
		if len(p.names) > maxBlocks {
			b.more = true
			d.Fail(jscan.ErrSyntax)
		}
	}
}

// name gives a block of Portkey's the type that it has in a whole answer, and takes the
// index away: this is how it goes back.
func (p *detailBlock) name() {
	kind := p.kind
	switch {
	case kind != "":
	case p.members["signature"] != nil, p.pieced != 0 && pieced[p.pieced] == "thinking":
		kind = `"thinking"`
	case p.members["data"] != nil:
		kind = `"redacted_thinking"`
	default:
		kind = `"text"`
	}
	p.kind = kind
	p.names = slices.DeleteFunc(p.names, func(name string) bool { return name == "index" || name == "type" })
	p.names = append([]string{"type"}, p.names...)
	p.members["type"] = json.RawMessage(kind)
}

func pieceOf(name string) int {
	for i, n := range pieced {
		if n == name {
			return i
		}
	}
	return 0
}

func (p *detailBlock) key() string { return p.kind + " " + p.index }

func (b *detailsBuilder) note(p *detailBlock) {
	if p.index == "" {
		return // only the last can be continued
	}
	if b.latest == nil {
		b.latest = make(map[string]*[len(pieced)]*detailBlock)
	}
	at := b.latest[p.key()]
	if at == nil {
		at = new([len(pieced)]*detailBlock)
		b.latest[p.key()] = at
	}
	if have := at[p.pieced]; have == nil || have.place < p.place {
		at[p.pieced] = p
	}
}

// last returns the block that p continues. With an index it may be an earlier
// one; without, only the last one can be.
func (b *detailsBuilder) last(p *detailBlock) (last *detailBlock) {
	if strings.Contains(p.kind, "encrypted") || len(b.blocks) == 0 {
		return nil
	}
	if p.index == "" {
		last = b.blocks[len(b.blocks)-1]
		if last.kind != p.kind || last.index != "" || !last.continuedBy(p, b.every) || last.signed && p.text.Len() > 0 {
			return nil
		}
		return last
	}
	if at := b.latest[p.key()]; at != nil {
		for _, have := range at {
			if have != nil && have.continuedBy(p, b.every) && (last == nil || last.place < have.place) {
				last = have
			}
		}
	}
	return last
}

// continuedBy reports that p is text of the same block, or what follows its text,
// or the text of a block that began without.
func (b *detailBlock) continuedBy(p *detailBlock, every bool) bool {
	if every && p.index != "" {
		return b.pieced == p.pieced || b.pieced == 0 || p.pieced == 0
	}
	if b.pieced == 0 {
		return p.pieced != 0 && p.index != ""
	}
	return p.pieced == b.pieced || p.pieced == 0
}

// join adds a later piece: its text follows, and its other members, such as the
// signature, replace what was empty or null.
func (b *detailBlock) join(p *detailBlock, every bool) {
	if b.pieced == 0 {
		b.pieced = p.pieced
	}
	b.text.WriteString(p.text.String())
	b.signed = b.signed || p.signed
	for _, name := range p.names {
		raw, have := p.members[name], b.members[name]
		switch {
		case p.pieced != 0 && name == pieced[p.pieced]:
			b.set(name, raw)
		case every && growing(name, have, raw):
			b.set(name, joinTexts(have, raw))
		case len(have) == 0 || !jscan.Blank(raw):
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
			if block.pieced != 0 && name == pieced[block.pieced] {
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
