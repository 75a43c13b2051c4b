package sse

import (
	"io"
	"time"
)

const (
	// defaultMaxEvent is the bound when the caller names none.
	defaultMaxEvent = 16 << 20
	// largestMaxEvent keeps sums of sizes within an int of 32 bits.
	largestMaxEvent = 1 << 30
	// fieldRoom is what a line may be longer than the largest event: the
	// longest field name, its colon and the space.
	fieldRoom = 8
)

// plain is how an event line begins that needs no further thought.
const plain = "data: "

// bom may stand at the very start of a stream.
const bom = "\xEF\xBB\xBF"

// Reader reads events from a source. Call [Reader.Next] until it returns an
// error. It reads no more from the source than it must to complete an event,
// in time linear in the input, whatever the size of the reads.
//
// The zero value has no source, Next returns [io.EOF]; make one with
// [NewReader] or give it a source with [Reader.Reset]. A Reader must not be
// used by several goroutines at once.
type Reader struct {
	src      io.Reader
	srcErr   error // what the source returned last; counts once all bytes are used up
	fail     error // what Next returns from now on
	maxEvent int

	buf     []byte
	pos     int // what lies before it has been consumed
	end     int // what lies from it on has not been read
	lf, cr  int // no such terminator in [pos, lf) and [pos, cr); see lineEnd
	begun   bool
	afterCR bool // swallow an LF at pos: it belongs to the CR before it
	atEOF   bool // the source has ended, and with it the last line

	dropping bool // the rest of this line is dropped
	dropped  int  // bytes of this line that were dropped so far

	// The open event: lines of this kind lie joined in buf[start:stop].
	field       Field
	lines       int // 0: none is open
	start, stop int
	name        string

	names    [8]string // names seen, so that they are not allocated again
	nextName int
	comments int
	retry    time.Duration
	hasRetry bool
	lastID   string
}

// NewReader returns a Reader of src. No event may be larger than maxEvent
// bytes, nor may any line be longer, its field's name aside, of whatever kind
// it is. 0 means 16 MiB, and more than 1 GiB means 1 GiB.
func NewReader(src io.Reader, maxEvent int) *Reader {
	r := new(Reader)
	r.Reset(src, maxEvent)
	return r
}

// Reset makes r read from src as if new. It keeps the buffer, unless that has
// grown above 64 KiB, and the event names it has met. Before you put a Reader
// aside, Reset(nil, 0) makes it let go of its source.
func (r *Reader) Reset(src io.Reader, maxEvent int) {
	if maxEvent <= 0 {
		maxEvent = defaultMaxEvent
	}
	buf := r.buf
	if len(buf) > keepSize {
		buf = nil
	}
	*r = Reader{
		src:      src,
		maxEvent: min(maxEvent, largestMaxEvent),
		buf:      buf,
		names:    r.names,
		nextName: r.nextName,
	}
}

// Next returns the next event, as soon as it is complete in what the source
// has delivered. Its errors are [io.EOF] after the last event of a body that
// ended by itself, [ErrTooLarge], [io.ErrNoProgress] for a source that keeps
// returning nothing, and the source's own errors as they are, after all events
// that were complete. An event that was cut off by such an error is dropped;
// one that the end of the body left open is returned with Unterminated set.
// An error is final: each later call returns it again.
func (r *Reader) Next() (Event, error) {
	for r.fail == nil && r.src != nil {
		if ev, ok := r.scan(); ok {
			return ev, nil
		}
		switch {
		case r.fail != nil:
		case r.srcErr == nil:
			r.fill()
		case r.srcErr != io.EOF:
			r.fail = r.srcErr
		case !r.atEOF:
			r.atEOF = true // once more, with the last line being whole now
		case r.lines > 0:
			ev := r.take()
			ev.Unterminated = true
			return ev, nil
		default:
			r.fail = io.EOF
		}
	}
	if r.fail == nil {
		return Event{}, io.EOF
	}
	return Event{}, r.fail
}

// Comments returns the number of comment lines so far. They show that the
// connection is alive, not that the answer makes progress.
func (r *Reader) Comments() int { return r.comments }

// RetryDelay returns the last valid retry field. One that is no number, or is
// above 24 hours, is not valid.
func (r *Reader) RetryDelay() (time.Duration, bool) { return r.retry, r.hasRetry }

// LastID returns the last valid id field; "" if there was none.
func (r *Reader) LastID() string { return r.lastID }

// Buffered returns what has been read from the source but not been consumed,
// which after an event is what follows it. It is valid until the next call of
// Next or Reset.
func (r *Reader) Buffered() []byte {
	rest := r.buf[r.pos:r.end:r.end]
	if r.afterCR && len(rest) > 0 && rest[0] == '\n' {
		rest = rest[1:]
	}
	return rest
}

// Peek reads once from the source and returns all that has been read and not been
// consumed, as Buffered does, with the source's error.
func (r *Reader) Peek() ([]byte, error) {
	r.fill()
	return r.Buffered(), r.srcErr
}

// Skip consumes n bytes of what Peek has returned.
func (r *Reader) Skip(n int) {
	r.pos += n
	r.lf, r.cr = max(r.lf, r.pos), max(r.cr, r.pos)
}

// Drain reads from src and forgets what comes, until its end or an error, or until it
// has read so many bytes. What is buffered is forgotten, too.
func (r *Reader) Drain(src io.Reader, most int) {
	r.pos, r.end, r.lf, r.cr, r.lines = 0, 0, 0, 0, 0
	if len(r.buf) == 0 {
		r.makeRoom()
	}
	for range maxEmptyReads {
		n, err := src.Read(r.buf[:min(len(r.buf), most)])
		if most -= n; err != nil || most <= 0 || n < 0 {
			return
		}
	}
}

// scan consumes buffered lines until an event is complete, and reports whether
// one is.
func (r *Reader) scan() (Event, bool) {
	if !r.begun && !r.begin() {
		return Event{}, false
	}
	for {
		eol, whole := r.lineEnd()
		line := r.buf[r.pos:eol]
		if r.dropping {
			r.pos = eol
			if !r.drop(len(line)) || !whole {
				return Event{}, false
			}
			r.endLine(eol)
			continue
		}

		if r.isPlain(line, eol) {
			ev := Event{Name: r.name, Data: line[len(plain):len(line):len(line)], Lines: 1}
			r.name = ""
			r.pos = eol + len("\n\n")
			return ev, true
		}

		var c class
		var at int
		if r.dropped > 0 {
			c = classifyIndented(line, whole)
		} else {
			c, at = classify(line, whole, r.lines > 0 && r.field == Stray)
		}
		if r.lines > 0 && endsBlock(c, r.field) {
			return r.take(), true // the line stays for the next call
		}
		switch c {
		case undecided:
			return Event{}, false
		case blankLine:
			r.endLine(eol)
			if r.lines == 0 {
				r.name = ""
				continue
			}
			ev := r.take()
			r.name = ""
			return ev, true
		case ignored:
			r.dropping = true
		case comment:
			r.comments++
			r.dropping = true
		case indented:
			n := 1
			for n < len(line) && isSpace(line[n]) {
				n++
			}
			r.pos += n
			if !r.drop(n) {
				return Event{}, false
			}
		default:
			if !r.fits(c, len(line), len(line)-at) || !whole {
				return Event{}, false
			}
			switch c {
			case dataLine:
				r.join(Data, r.pos+at, eol)
			case errorLine:
				r.join(Error, r.pos+at, eol)
			case strayLine:
				r.join(Stray, r.pos, eol)
			default:
				r.set(c, line[at:])
			}
			r.endLine(eol)
		}
	}
}

// isPlain reports whether the line at pos is all of an event, framed the way
// nearly every event is: one data line, its line feed and another. The general
// path would do the same with it, but takes half as long again.
func (r *Reader) isPlain(line []byte, eol int) bool {
	return eol+1 < r.end && r.buf[eol] == '\n' && r.buf[eol+1] == '\n' &&
		r.lines == 0 && r.dropped == 0 && len(line) <= len(plain)+r.maxEvent &&
		len(line) >= len(plain) && string(line[:len(plain)]) == plain
}

// begin skips a byte order mark and reports whether it could be decided if
// there is one. (A body that is a piece of one has no event anyway.)
func (r *Reader) begin() bool {
	head := r.buf[r.pos:min(r.end, r.pos+len(bom))]
	if string(head) == bom {
		r.pos += len(bom)
	} else if bom[:len(head)] == string(head) {
		return false
	}
	r.begun = true
	return true
}

// drop counts n bytes of a line that is dropped. Such a line costs no
// memory, but it is bounded all the same, or it could go on for ever.
func (r *Reader) drop(n int) bool {
	r.dropped += n
	if r.dropped > r.maxEvent+fieldRoom {
		r.fail = ErrTooLarge
	}
	return r.fail == nil
}

// fits reports whether a line, of which so much is there, can be held beside
// what the open event holds.
func (r *Reader) fits(c class, line, value int) bool {
	held := 0
	if r.lines > 0 {
		held = r.stop - r.start + 1
	}
	switch c {
	case dataLine, errorLine, strayLine:
		if held+value > r.maxEvent {
			r.fail = ErrTooLarge
		}
	default:
		if held+line > r.maxEvent+fieldRoom {
			r.fail = ErrTooLarge
		}
	}
	return r.fail == nil
}

// endsBlock reports whether a line ends the open event without a blank line:
// kinds are not mixed, and stray text ends where the stream goes on.
func endsBlock(c class, open Field) bool {
	switch c {
	case dataLine:
		return open != Data
	case errorLine:
		return open != Error
	case strayLine:
		return open != Stray
	case comment, eventLine, idLine, retryLine:
		return open == Stray
	}
	return false
}

// join adds buf[from:to] to the open event, or opens one. The first line stays
// where it is. Further ones move down over what separates them, and there is
// always the terminator of the line before to make room for the "\n".
func (r *Reader) join(f Field, from, to int) {
	if r.lines == 0 {
		r.field, r.start, r.stop, r.lines = f, from, to, 1
		return
	}
	r.buf[r.stop] = '\n'
	r.stop++
	if r.stop != from {
		copy(r.buf[r.stop:], r.buf[from:to])
	}
	r.stop += to - from
	r.lines++
}

// take closes the open event and returns it.
func (r *Reader) take() Event {
	ev := Event{Field: r.field, Name: r.name, Data: r.buf[r.start:r.stop:r.stop], Lines: r.lines}
	r.lines = 0
	return ev
}
