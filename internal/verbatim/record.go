// Package verbatim keeps what providers answered to a call, byte for byte, for
// those who pass answers on. A [chat.Response] does not tell a count of zero from
// one that was not there, nor an absent field from a null, so that writing it again
// would change the answer.
package verbatim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/jscan"
)

// Record is what came for one call, and the context of that call by which it is found. It
// is safe for concurrent use.
type Record struct {
	context.Context

	mu     sync.Mutex // guards the fields below, and what is in the tracks
	events bool       // of streams, too: the call asks for a whole answer, which may travel as one
	tracks []*track
	doubt  bool // somebody may change the answer on its way

	one   track     // memory for the first track
	first [1]*track // and for the list of it
}

// Value returns the record itself under its key.
func (r *Record) Value(k any) any {
	if k == (key{}) {
		return r
	}
	return r.Context.Value(k)
}

// String keeps fmt from walking through the record, as a context of package context does.
func (r *Record) String() string { return "buoy.record" }

// track is the body of one reply.
type track struct {
	io.ReadCloser
	of    *Record
	whole bool          // it begins like a JSON object
	begun bool          // its first byte was there
	body  []byte        // all of it, or of a stream the line that is not complete yet
	usage []byte        // of a stream, the last event with a usage
	read  []chat.Choice // what the whole body was read as; nil if nobody has said
}

type key struct{}

// Whole returns a context for a call of Chat whose replies are to be kept.
func Whole(ctx context.Context) (context.Context, *Record) {
	r := &Record{Context: ctx, events: true}
	return r, r
}

// Streamed is Whole for a call of Stream. Chunks have their own bytes, so only a reply
// that came whole is kept.
func Streamed(ctx context.Context) (context.Context, *Record) {
	r := &Record{Context: ctx}
	return r, r
}

// Kept returns the record of a context, and makes one for whole answers where it has
// none. For a stream the record keeps the usage from then on.
func Kept(ctx context.Context) (context.Context, *Record) {
	r, ok := ctx.Value(key{}).(*Record)
	if !ok {
		return Whole(ctx)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = true
	return ctx, r
}

// Give adds a body that did not come over the wire, such as one from a cache, where the
// context asks for what came. It must not be changed any more.
func Give(ctx context.Context, body []byte) {
	if r, ok := ctx.Value(key{}).(*Record); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tracks = append(r.tracks, &track{of: r, whole: true, begun: true, body: body})
	}
}

// Tap keeps what is read of a good reply's body, where the call's context asks for it.
func Tap(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	r, ok := ctx.Value(key{}).(*Record)
	if !ok {
		return body
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &r.one
	if len(r.tracks) > 0 {
		t = new(track)
	} else {
		r.tracks = r.first[:0]
	}
	t.ReadCloser, t.of = body, r
	r.tracks = append(r.tracks, t)
	return t
}

// Doubt says that somebody outside of buoy gets to see the answer on its way, and may
// change it, so that [Record.Response] has to compare it with what came.
func Doubt(ctx context.Context) {
	if r, ok := ctx.Value(key{}).(*Record); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.doubt = true
	}
}

// Read notes that resp is what a body was read as, where the context asks for what came.
// [Record.Response] then need not read the body again, unless there is doubt.
func Read(ctx context.Context, body []byte, resp *chat.Response) {
	r, ok := ctx.Value(key{}).(*Record)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tracks {
		if t.whole && bytes.Equal(t.body, body) {
			t.read = resp.Choices
		}
	}
}

func (t *track) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if n > 0 {
		t.of.mu.Lock()
		t.hear(p[:n])
		t.of.mu.Unlock()
	}
	return n, err
}

// lead is what may stand before an answer: white space, and a byte order mark.
const lead = " \t\r\n\xef\xbb\xbf"

// maxUsageLine bounds what is kept of a stream.
const maxUsageLine = 1 << 20

// hear keeps what has come. It needs the record's mutex.
func (t *track) hear(p []byte) {
	if !t.begun {
		if p = bytes.TrimLeft(p, lead); len(p) == 0 {
			return
		}
		t.begun, t.whole = true, p[0] == '{'
	}
	if t.whole {
		t.body = append(t.body, p...)
		return
	}
	if !t.of.events {
		return // its chunks have what came
	}
	for len(p) > 0 {
		line, rest, complete := bytes.Cut(p, []byte("\n"))
		if len(t.body)+len(line) <= maxUsageLine {
			t.body = append(t.body, line...)
		}
		p = rest
		if !complete {
			return
		}
		if data, ok := bytes.CutPrefix(t.body, []byte("data:")); ok && hasUsage(data) {
			t.usage = append(t.usage[:0], data...)
		}
		t.body = t.body[:0]
	}
}

// hasUsage reports an event with a usage that is not null, as it is in all but the
// last event of OpenAI's streams.
func hasUsage(data []byte) bool {
	_, value, ok := bytes.Cut(data, []byte(`"usage"`))
	value = bytes.TrimLeft(value, ": ")
	return ok && !bytes.HasPrefix(value, []byte("null"))
}

// Response writes an answer: as it came, if that is what the caller was given and if
// it has the form of an answer, and otherwise again, with the usage as it came.
func (r *Record) Response(resp *chat.Response) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range slices.Backward(r.tracks) {
		if t.whole && (!r.doubt && t.isRead(resp) || isSame(t.body, resp)) {
			return t.body, nil
		}
	}
	if usage := r.usageLocked(&resp.Usage); usage != nil {
		again := *resp
		again.Extra = maps.Clone(resp.Extra)
		if again.Extra == nil {
			again.Extra = map[string]json.RawMessage{}
		}
		again.Extra["usage"] = usage // it takes the place of the field
		return json.Marshal(&again)
	}
	body, err := json.Marshal(resp)
	if err != nil || !IsZero(&resp.Usage) {
		return body, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	delete(fields, "usage")
	return json.Marshal(fields)
}

// Usage returns the counts of a whole answer as they came; nil where none did, or
// where they are buoy's own sum.
func (r *Record) Usage(u *chat.Usage) json.RawMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.usageLocked(u)
}

func (r *Record) usageLocked(u *chat.Usage) json.RawMessage {
	for _, t := range slices.Backward(r.tracks) {
		from := t.usage
		if t.whole {
			from = t.body
		}
		var told struct {
			Usage json.RawMessage `json:"usage"`
		}
		var came chat.Usage
		if json.Unmarshal(from, &told) == nil && told.Usage != nil && json.Unmarshal(told.Usage, &came) == nil && alike(&came, u) {
			return told.Usage
		}
	}
	return nil
}

// isRead reports that an answer is what the body was read as, or a copy with other words
// of how it came about.
func (t *track) isRead(resp *chat.Response) bool {
	n := len(t.read)
	return n > 0 && n == len(resp.Choices) && &t.read[0] == &resp.Choices[0] && isAnswer(t.body)
}

// isSame reports whether the bytes that came are what became of them, and in the form
// that clients expect: nobody on the way has changed the answer, it is not that of
// another attempt, and it stands in no wrapper.
func isSame(body []byte, resp *chat.Response) bool {
	var came chat.Response
	if came.UnmarshalJSON(body) != nil || len(came.Choices) == 0 || !isAnswer(body) {
		return false
	}
	came.Info = resp.Info
	return alike(&came, resp)
}

// alike compares two values, in the form in which they are written where they differ
// in memory: an answer was read with regard to what was asked for.
func alike(came, became any) bool {
	if reflect.DeepEqual(came, became) {
		return true
	}
	a, err := json.Marshal(came)
	if err != nil {
		return false
	}
	b, err := json.Marshal(became)
	return err == nil && bytes.Equal(a, b)
}

// isAnswer reports the form in which clients expect an answer: choices with a message
// each.
func isAnswer(body []byte) bool {
	var c jscan.Cursor
	c.Reset(body)
	messages := 0
	for c.Object(); ; {
		key, ok := c.Key()
		if !ok {
			return c.End() == nil && messages > 0
		}
		if string(key) != "choices" {
			c.Skip()
			continue
		}
		if messages = 0; !c.Array() {
			return false
		}
		for c.More() {
			if !hasMessage(&c) {
				return false
			}
			messages++
		}
	}
}

func hasMessage(c *jscan.Cursor) (has bool) {
	if !c.Object() {
		return false
	}
	for {
		key, ok := c.Key()
		if !ok {
			return has
		}
		if string(key) == "message" {
			has = c.Kind() == jscan.Object
		}
		c.Skip()
	}
}

// IsZero reports a usage that tells nothing.
func IsZero(u *chat.Usage) bool { return reflect.ValueOf(u).Elem().IsZero() }
