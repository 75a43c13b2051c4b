package sse

import (
	"bytes"
	"errors"
	"io"
)

const (
	// firstSize is the buffer's first size. It holds a dozen usual chunks and
	// is what net/http takes from an HTTP/1 connection at a time; 8 to 32 KiB
	// measured no faster, 2 KiB was slower for CRLF and named events.
	firstSize = 4 << 10
	// keepSize is the largest buffer that Reset keeps: pooled readers must
	// not hold on to what one giant event needed.
	keepSize = 64 << 10
	// readRoom is what the buffer may be larger than the largest event, so
	// that the read that completes it is not a small one.
	readRoom = 4 << 10
	// maxEmptyReads is how often a source may return nothing and no error
	// before it counts as broken; bufio uses the same number.
	maxEmptyReads = 100
)

var errBadCount = errors.New("sse: source returned an invalid count from Read")

// fill reads once from the source, behind what is buffered. An error waits in
// srcErr until the bytes before it have been used up.
func (r *Reader) fill() {
	r.makeRoom()
	for range maxEmptyReads {
		n, err := r.src.Read(r.buf[r.end:])
		if n < 0 || n > len(r.buf)-r.end {
			r.srcErr = errBadCount
			return
		}
		r.end += n
		if r.srcErr = err; n > 0 || err != nil {
			return
		}
	}
	r.srcErr = io.ErrNoProgress
}

// makeRoom moves what is still needed, the open event and the line that has
// begun, to the front, and grows the buffer when that leaves too little room.
// An event lies at the front from its first move on, so a byte is moved once
// here, once when its line is joined, and by doubling: the total is linear in
// the input however small the reads are.
func (r *Reader) makeRoom() {
	if r.lines > 0 {
		if r.start > 0 {
			copy(r.buf, r.buf[r.start:r.stop])
			r.start, r.stop = 0, r.stop-r.start
		}
		// One byte stays free for the "\n" that join puts between two lines.
		r.shift(r.stop + 1)
	} else {
		r.shift(0)
	}

	size := len(r.buf)
	if free := size - r.end; free >= max(size/16, 512) && size > 0 {
		return
	}
	size = min(max(2*size, firstSize), max(r.maxEvent+readRoom, firstSize))
	if size <= len(r.buf) {
		return
	}
	grown := make([]byte, size)
	copy(grown, r.buf[:r.end])
	r.buf = grown
}

// shift moves the bytes not yet consumed down to the index to.
func (r *Reader) shift(to int) {
	by := r.pos - to
	if by == 0 {
		return
	}
	copy(r.buf[to:], r.buf[r.pos:r.end])
	r.pos, r.end = to, r.end-by
	r.lf, r.cr = r.lf-by, r.cr-by
}

// lineEnd returns the index of the terminator of the line at pos, and whether
// the line is whole. Each of the two kinds of terminator has its own mark,
// before which there is none; both only move forward, so no byte is looked at
// twice for the same one, however often a long line is asked about. (A search
// for either at once would be simpler, and ten times slower than two searches
// with bytes.IndexByte.)
func (r *Reader) lineEnd() (eol int, whole bool) {
	if r.afterCR && r.pos < r.end {
		r.afterCR = false
		if r.buf[r.pos] == '\n' {
			r.pos++
		}
	}
	r.lf = r.mark(r.lf, '\n')
	r.cr = r.mark(r.cr, '\r')
	eol = min(r.lf, r.cr)
	return eol, eol < r.end || r.atEOF && r.pos < r.end
}

// mark returns the first index of c that is at or after both at and pos, or end.
func (r *Reader) mark(at int, c byte) int {
	at = max(at, r.pos)
	if at >= r.end || r.buf[at] == c {
		return at
	}
	if i := bytes.IndexByte(r.buf[at:r.end], c); i >= 0 {
		return at + i
	}
	return r.end
}

// endLine steps over the line that ends at eol. A CR at the end of what has
// been read ends the line at once, since the server may wait for an answer to
// what it said so far; an LF that follows is swallowed when it arrives.
func (r *Reader) endLine(eol int) {
	r.dropping, r.dropped = false, 0
	r.pos = eol
	if eol < r.end {
		r.pos++
		r.afterCR = r.buf[eol] == '\r'
	}
}
