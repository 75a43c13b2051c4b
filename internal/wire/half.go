package wire

import (
	"bytes"
	"encoding/json"

	"github.com/buoy-go/buoy/internal/jscan"
)

const (
	// maxHalves is in how many events a chunk may come.
	maxHalves = 64
	// maxHalf bounds such a chunk: it is looked at again with each piece.
	maxHalf = 256 << 10
)

// half is the beginning of a chunk that goes on in the next events: proxies cut long
// events, and some servers leave out the name of the field in all lines but the first.
type half struct {
	text   []byte
	pieces int
}

// begins reports data that is the beginning of an object and no more.
func begins(data []byte) bool {
	head := bytes.TrimLeft(data, " \t")
	return len(data) <= maxHalf && len(head) > 0 && head[0] == '{' && jscan.ObjectEnd(head) == 0
}

// start keeps the beginning of a chunk.
func (h *half) start(data []byte) { h.text, h.pieces = bytes.Clone(data), 1 }

// open reports that one is kept.
func (h *half) open() bool { return h.pieces > 0 }

// goesOn reports an event that may be the next piece.
func (h *half) goesOn(name string, data []byte) bool {
	if name == "error" || h.pieces == maxHalves || len(h.text)+len(data) > maxHalf {
		return false
	}
	chunk := bytes.Contains(data, []byte(`"choices"`)) || bytes.Contains(data, []byte(`"error"`))
	return !(chunk && data[0] == '{' && json.Valid(data))
}

// join adds a piece, and returns the chunk where that is whole now.
func (h *half) join(piece []byte) (whole []byte) {
	h.pieces++
	h.text = append(h.text, piece...)
	if json.Valid(h.text) {
		whole, *h = h.text, half{}
	}
	return whole
}
