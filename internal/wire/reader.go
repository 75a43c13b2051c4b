// Package wire reads an answer that comes as a stream of events: bytes to chunks, through
// all that servers put between them and around them. What is no chunk it shows to a judge,
// who knows what a refusal is. Where the stream ends it says so, and does not say whether
// that was well: see the Tally.
package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/assemble"
	"github.com/buoy-go/buoy/internal/sniff"
	"github.com/buoy-go/buoy/internal/sse"
)

// Judge says what becomes of a piece that is no chunk. Its methods return the error that
// ends the stream, or nil where it goes on. They must not keep the data.
type Judge interface {
	// Unread looks at an error of the decoder's: it may have stopped because of what
	// is in the piece, or because nobody waits any more.
	Unread(err error) error
	// Refused returns the refusal that a piece is, whose event has this name.
	Refused(name string, data []byte) error
	// Spoken returns the refusal that a text is.
	Spoken(text []byte) error
	// Failed is the error of a finish reason that says that something broke.
	Failed(reason string) error
}

// MaxWrappers is how many wrappers an answer may be in. Each costs another reading.
const MaxWrappers = 2

// maxNoise is how many events of text are looked at for a refusal.
const maxNoise = 1000

var (
	// ErrTooLarge is a stream that is longer than allowed.
	ErrTooLarge = errors.New("stream too large")
	// ErrNotChunk is an event that is neither a chunk nor anything else that is known.
	ErrNotChunk = errors.New("an event of the stream is not a JSON chunk")
)

// Found is what [Reader.Next] came upon.
type Found uint8

const (
	Chunk    Found = iota // a chunk without meaning, such as one that brings a role
	Content               // a chunk with meaning
	Done                  // the event [DONE]
	End                   // the end of the body, or an error of its reading
	Judgment              // the judge's error, or ErrNotChunk
)

// memory is what a reader needs from Open to Close, and nobody has afterwards.
type memory struct {
	events  sse.Reader
	held    assemble.Held
	pending [][]byte // values of an event that held several
	raw     []byte   // the latest event as it came, nil for one of several in an event
	half    half
	broken  bool // the half has no other
}

// memories keeps event readers with their buffers.
var memories = sync.Pool{New: func() any { return new(memory) }}

// Reader reads the chunks of one stream. Call Open first and Close at the end. One
// goroutine uses it; any may call Release.
type Reader struct {
	// Tally has seen all chunks that were read.
	Tally assemble.Tally
	// Owed is the usage that came with a refusal, nil if none did.
	Owed *chat.Chunk

	judge   Judge
	*memory // nil after Close
	decoder chat.ChunkDecoder
	chunk   *chat.Chunk // the latest ...
	data    []byte      // ... and what it was made of
	ready   bool        // chunk was put back, behind those that are held
	noise   int         // events of text that is no JSON
	total   int64
	most    int64 // bytes of all events
}

// Open gives the reader its source and the bounds of an event and of all events together.
// asked is what the stream has to be an answer to.
func (r *Reader) Open(src io.Reader, judge Judge, asked chat.Asked, event int, all int64) {
	r.judge, r.most = judge, all
	r.memory = memories.Get().(*memory)
	r.events.Reset(src, event)
	r.decoder.Asked = asked
	r.Tally.N = asked.N
}

// Close gives the buffers back. The chunks stay valid, but for their Raw.
func (r *Reader) Close() {
	if m := r.memory; m != nil {
		r.decoder.End()
		r.decoder.Close()
		r.memory, r.data = nil, nil
		m.events.Reset(nil, 0)
		m.held.Reset()
		m.pending, m.raw, m.half, m.broken = nil, nil, half{}, false
		memories.Put(m)
	}
}

// Release makes chunks that somebody keeps let go of the reader's memory.
func (r *Reader) Release() { r.decoder.End() }

// Whole looks at the first bytes: only a reply that begins as a stream of events does is
// one, whatever its content type says. Where it reports true, Buffered has what was read.
// The error is one of reading.
func (r *Reader) Whole(form func([]byte) sniff.Form) (bool, error) {
	for {
		buf, err := r.events.Peek()
		if err != nil && err != io.EOF {
			return false, err
		}
		is := form(buf)
		if err == io.EOF {
			is = cmp.Or(is, sniff.Of(buf)) // a field without its colon is none
		}
		if is != sniff.Unclear || err == io.EOF || len(buf) > 512 { // white space that keeps a connection alive
			r.events.Skip(len(buf) - len(sniff.Lead(buf)))
		}
		if is != sniff.Unclear || err == io.EOF {
			return is == sniff.Whole, nil
		}
	}
}

// Buffered is what was read and not yet decoded.
func (r *Reader) Buffered() []byte { return r.events.Buffered() }

// Drain reads what may follow the end, at most so many bytes.
func (r *Reader) Drain(src io.Reader, most int) { r.events.Drain(src, most) }

// Chunk is the latest chunk.
func (r *Reader) Chunk() *chat.Chunk { return r.chunk }

// Noisy reports that events of text came.
func (r *Reader) Noisy() bool { return r.noise > 0 }

// Hold keeps the latest chunk for Kept, unless there are too many. One that finishes a
// choice is kept rather than others.
func (r *Reader) Hold(finishes bool) { r.held.Add(r.chunk, r.data, finishes) }

// Held is the answer that the chunks that are kept make, with a usage.
func (r *Reader) Held(usage *chat.Usage) *chat.Response {
	return assemble.Answer(r.held.All(), usage)
}

// PutBack keeps the latest chunk behind those that are held.
func (r *Reader) PutBack() { r.ready = true }

// Kept takes the first chunk that was kept; nil for none.
func (r *Reader) Kept() *chat.Chunk {
	if r.memory == nil {
		return nil
	}
	if h, ok := r.held.Next(); ok {
		r.decoder.Show(h.Chunk, h.Data)
		return h.Chunk
	}
	if r.ready {
		r.ready = false
		r.decoder.Show(r.chunk, r.data)
		return r.chunk
	}
	return nil
}

// Next reads on to the next chunk, or to what ends the stream.
func (r *Reader) Next() (Found, error) {
	r.decoder.Hide() // the event reader is about to use its memory again
	for {
		name, data, err := r.value()
		if r.half.open() && (err == io.EOF || bytes.Equal(data, sniff.Done)) {
			return Judgment, ErrNotChunk
		}
		if err != nil {
			return End, err
		}
		if bytes.Equal(data, sniff.Done) {
			return Done, nil
		}
		if len(data) == 0 {
			continue
		}
		ok, meaning, err := r.decode(name, data, 0)
		switch {
		case err != nil:
			return Judgment, err
		case r.broken:
			return Judgment, ErrNotChunk
		case ok && meaning:
			return Content, nil
		case ok:
			return Chunk, nil
		}
	}
}

// value returns the next JSON value of the stream, mostly an event's data; it
// is empty for an event to be passed over.
func (r *Reader) value() (name string, data []byte, err error) {
	r.raw = nil
	if len(r.pending) > 0 {
		data, r.pending = r.pending[0], r.pending[1:]
		return "", data, nil
	}
	ev, err := r.events.Next()
	if err != nil {
		return "", nil, err
	}
	name, data = ev.Name, sniff.Unprefixed(sniff.Trim(bytes.TrimSpace(ev.Data)))
	if ev.Field == sse.Error {
		name = "error"
	}
	if r.total += int64(len(data)); r.total > r.most {
		return "", nil, ErrTooLarge
	}
	if r.half.open() && !bytes.Equal(data, sniff.Done) {
		if r.broken = !r.half.goesOn(name, data); r.broken {
			return name, data, nil
		}
		return "", r.half.join(ev.Data), nil
	}
	r.raw = ev.Data
	if ev.Lines > 1 && name != "error" {
		if values, ok := sniff.SplitValues(data); ok {
			r.pending = values
			return "", nil, nil
		}
	}
	if ev.Unterminated && !bytes.Equal(data, sniff.Done) && !json.Valid(data) {
		return "", nil, nil // half an event: the finish reasons judge the end
	}
	if name == "" && string(data) == "null" {
		return "", nil, nil // nothing, as a gateway's encoder writes it
	}
	return name, data, nil
}

// decode makes a chunk of an event's data; ok is false for an event that is
// neither chunk nor refusal, such as one of another API's protocol.
func (r *Reader) decode(name string, data []byte, wrappers int) (ok, meaning bool, err error) {
	var flags chat.Signs
	r.chunk, flags, err = r.decoder.Decode(data)
	r.data = data
	if err != nil {
		if unread := r.judge.Unread(err); unread != nil {
			return false, false, unread
		}
	}
	suspect := err != nil || flags&chat.Suspect != 0
	if suspect || name == "error" {
		if refusal := r.judge.Refused(name, data); refusal != nil {
			if err == nil && r.chunk.Usage != nil {
				head := r.chunk.Head()
				head.Usage = r.chunk.Usage.Clone()
				r.Owed = &head
			}
			return false, false, refusal
		}
	}
	if err != nil {
		return r.mend(name, data, wrappers)
	}
	if suspect && len(r.chunk.Choices) == 0 {
		usage := r.chunk.Usage
		if inner := sniff.Wrapped(r.chunk.Extra); inner != nil && wrappers < MaxWrappers {
			ok, meaning, err = r.decode(name, inner, wrappers+1)
			if ok && r.chunk.Usage == nil {
				r.chunk.Usage = usage // DashScope has it beside the output
			}
			return ok, meaning, err
		}
		if usage == nil {
			return false, false, nil
		}
	}
	meaning = flags&chat.Meaning != 0
	r.Tally.Add(r.chunk, meaning)
	if failed := r.Tally.Failed(); failed != "" {
		return false, false, r.judge.Failed(failed)
	}
	return true, meaning, nil
}

// mend is decode for data that is no JSON as it stands.
func (r *Reader) mend(name string, data []byte, wrappers int) (ok, meaning bool, err error) {
	if r.Tally.Finished() && r.Tally.Content() {
		return false, false, nil // what follows a whole answer does not matter
	}
	if mended := sniff.Mended(data); mended != nil {
		return r.decode(name, mended, wrappers)
	}
	values := sniff.GluedValues(data)
	if len(values) == 0 || len(values[0]) == len(data) {
		values = sniff.Elements(data)
	}
	if anew := sniff.BegunAnew(data); anew != nil && len(values) == 0 && !r.Tally.Content() {
		values = [][]byte{bytes.Clone(anew)} // behind half an answer it would be a second one
	}
	if len(values) > 0 {
		r.pending = append(values, r.pending...)
		return false, false, nil
	}
	return false, false, r.text(data)
}

// text judges an event that is no chunk. Words and bare values are noise, such as a
// heartbeat's "ping", unless they speak of a failure; broken JSON is not.
func (r *Reader) text(data []byte) error {
	if !r.broken && begins(r.raw) {
		r.half.start(r.raw)
		return nil
	}
	if r.noise++; r.noise > maxNoise {
		return nil // heartbeats have no end
	}
	switch c := data[0]; {
	case c == '{', c == '<', c == '[' && !sniff.WordInBrackets(data) && !sniff.Nothing(data):
		return ErrNotChunk
	case json.Valid(data):
		return nil
	}
	if sniff.SpeaksOfError(data) {
		return r.judge.Refused("error", data)
	}
	return r.judge.Spoken(data)
}
