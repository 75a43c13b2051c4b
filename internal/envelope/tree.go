package envelope

import (
	"bytes"
	"sync"
)

// This file reads what is nearly JSON into a flat tree. encoding/json gives up at the first byte that is wrong, and with
// it goes the status's only explanation: bodies are cut at 64 KiB, gateways forward the repr of a Python dict, and a
// message may hold JSON that somebody shortened. Here whatever can be read is read, and nothing is an error.

const (
	// maxDepth bounds the recursion. Real errors have about eight levels; what is deeper is skipped over.
	maxDepth = 32
	// maxNodes bounds the memory. Beyond it only the members of the outermost object are still recorded, since the
	// error is not always the first key of a long answer.
	maxNodes    = 2048
	maxTopNodes = 8192
)

type nodeKind uint8

const (
	nothing nodeKind = iota
	null
	boolean
	number
	text
	array
	object
)

// node is one value. Its key and its text are places in the source; a string is unquoted only when it is wanted.
type node struct {
	keyStart, keyEnd int
	start, end       int // inside the quotes of a string; brackets and braces included
	child, next      int32
	kind             nodeKind
	escaped          bool // the string has backslashes
	keyed            bool // the key stands in quotes or is followed by a colon
}

// tree holds the nodes of one document. Node 0 is the root, which no other node refers to, so 0 also means "none".
type tree struct {
	src   []byte
	nodes []node
	pos   int
}

var trees = sync.Pool{New: func() any { return &tree{nodes: make([]node, 0, 64)} }}

// parse reads the value that src begins with. The tree must be given back with [tree.free]. What it says refers to src.
func parse(src []byte) *tree {
	t := trees.Get().(*tree)
	t.src, t.nodes, t.pos = src, t.nodes[:0], 0
	t.space()
	t.value(0)
	return t
}

func (t *tree) free() {
	t.src = nil
	if cap(t.nodes) <= maxNodes {
		trees.Put(t)
	}
}

func (t *tree) root() *node { return &t.nodes[0] }

// first and after walk over the children: for m := t.first(n); m != nil; m = t.after(m).
func (t *tree) first(n *node) *node { return t.at(n.child) }
func (t *tree) after(n *node) *node { return t.at(n.next) }

func (t *tree) at(i int32) *node {
	if i == 0 {
		return nil
	}
	return &t.nodes[i]
}

// raw returns the value as it was received, quotes included.
func (t *tree) raw(n *node) []byte {
	if n.kind == text && n.start > 0 && n.end < len(t.src) {
		return t.src[n.start-1 : n.end+1]
	}
	return t.src[n.start:n.end]
}

func (t *tree) add(n node) int32 {
	t.nodes = append(t.nodes, n)
	return int32(len(t.nodes) - 1)
}

func (t *tree) space() {
	for t.pos < len(t.src) {
		switch t.src[t.pos] {
		case ' ', '\t', '\n', '\r', ',':
			t.pos++
		default:
			return
		}
	}
}

// value reads one value and returns its index.
func (t *tree) value(depth int) int32 {
	if t.pos >= len(t.src) {
		return t.add(node{start: len(t.src), end: len(t.src)})
	}
	switch c := t.src[t.pos]; {
	case c == '{':
		return t.container(object, '}', depth)
	case c == '[':
		return t.container(array, ']', depth)
	case c == '(':
		return t.container(array, ')', depth) // a tuple of Python
	case c == '"', c == '\'':
		n := node{kind: text}
		n.start, n.end, n.escaped = t.quoted()
		return t.add(n)
	case c == '-', c == '+', c == '.', c >= '0' && c <= '9':
		start := t.pos
		for t.pos < len(t.src) && isNumeric(t.src[t.pos]) {
			t.pos++
		}
		return t.add(node{kind: number, start: start, end: t.pos})
	default:
		return t.bareword()
	}
}

// container reads the members up to the closing bracket, or to where the text was cut.
func (t *tree) container(kind nodeKind, closing byte, depth int) int32 {
	self := t.add(node{kind: kind, start: t.pos})
	if depth >= maxDepth || len(t.nodes) > maxTopNodes {
		t.skip()
		t.nodes[self].end = t.pos
		return self
	}
	t.pos++
	last := int32(0)
	for {
		t.space()
		if t.pos >= len(t.src) {
			break
		}
		if c := t.src[t.pos]; c == closing {
			t.pos++
			break
		} else if c == '}' || c == ']' || c == ')' || c == ':' {
			// The wrong bracket, or a colon without a key: passed over, so that each byte is looked at once.
			t.pos++
			continue
		}
		var key node
		if kind == object {
			key = t.key()
		}
		if len(t.nodes) > maxTopNodes || len(t.nodes) > maxNodes && depth > 0 {
			t.skip()
			continue
		}
		child := t.value(depth + 1)
		n := &t.nodes[child]
		n.keyStart, n.keyEnd, n.keyed = key.keyStart, key.keyEnd, key.keyed
		if last == 0 {
			t.nodes[self].child = child
		} else {
			t.nodes[last].next = child
		}
		last = child
	}
	t.nodes[self].end = t.pos
	return self
}

// key reads a member's name and its colon; names without quotes are JavaScript's.
func (t *tree) key() (n node) {
	switch c := t.src[t.pos]; c {
	case '"', '\'':
		n.keyStart, n.keyEnd, _ = t.quoted()
	default:
		n.keyStart = t.pos
		for t.pos < len(t.src) && isWord(t.src[t.pos]) {
			t.pos++
		}
		n.keyEnd = t.pos
		if n.keyEnd == n.keyStart {
			t.pos++
		}
	}
	t.space()
	if t.pos < len(t.src) && t.src[t.pos] == ':' {
		t.pos++
		n.keyed = true
		t.space()
	}
	return n
}

// quoted reads a string and returns what is between the quotes.
func (t *tree) quoted() (start, end int, escaped bool) {
	quote := t.src[t.pos]
	start = t.pos + 1
	for at := start; ; {
		i := bytes.IndexByte(t.src[min(at, len(t.src)):], quote)
		if i < 0 {
			t.pos = len(t.src)
			break
		}
		at += i
		slashes := 0
		for at-slashes > start && t.src[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			t.pos = at + 1
			return start, at, bytes.IndexByte(t.src[start:at], '\\') >= 0
		}
		at++
	}
	start = min(start, len(t.src))
	return start, len(t.src), bytes.IndexByte(t.src[start:], '\\') >= 0
}

// bareword reads true, false, null, their Python spellings, and b'...'. Anything else is a text without quotes.
func (t *tree) bareword() int32 {
	start := t.pos
	for t.pos < len(t.src) && isWord(t.src[t.pos]) {
		t.pos++
	}
	if t.pos == start {
		t.pos++
		return t.add(node{start: start, end: t.pos})
	}
	if t.pos-start == 1 && t.pos < len(t.src) && (t.src[t.pos] == '\'' || t.src[t.pos] == '"') {
		return t.value(maxDepth)
	}
	kind := text
	switch string(t.src[start:t.pos]) {
	case "true", "false", "True", "False":
		kind = boolean
	case "null", "None", "undefined", "nil", "NaN":
		kind = null
	}
	return t.add(node{kind: kind, start: start, end: t.pos})
}

// skip passes over one value without recording it, however deep it is.
func (t *tree) skip() {
	depth := 0
	for t.pos < len(t.src) {
		switch c := t.src[t.pos]; c {
		case '"', '\'':
			t.quoted()
		case '{', '[', '(':
			depth++
			t.pos++
		case '}', ']', ')':
			if depth == 0 {
				return
			}
			depth--
			t.pos++
		case ',':
			if depth == 0 {
				return
			}
			t.pos++
		default:
			t.pos++
			continue
		}
		if depth == 0 {
			return
		}
	}
}

// structured tells whether the text was meant as an object or a list of them, rather than being a sentence that begins
// with a bracket.
func (t *tree) structured() bool {
	n := t.root()
	if n.kind == array {
		if n = t.first(n); n == nil {
			return false
		}
	}
	if n.kind != object {
		return false
	}
	m := t.first(n)
	return m == nil || m.keyed
}

func isNumeric(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '@' || c == '-'
}
