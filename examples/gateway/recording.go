package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"sync"

	"github.com/buoy-go/buoy"
)

// recording keeps what providers answered to one call, byte for byte. A
// [buoy.Response] does not tell a count of zero from one that was not there, nor
// an absent field from a null, so that writing it anew would change the answer.
// It is safe for concurrent use.
type recording struct {
	events bool // of streams, too: the call asks for a whole answer, which may travel as one

	mu     sync.Mutex // guards tracks and what is in them
	tracks []*track
}

// track is the body of one reply.
type track struct {
	io.ReadCloser
	of    *recording
	whole bool   // it begins like a JSON object
	begun bool   // its first byte was there
	body  []byte // all of it, or of a stream the line that is not complete yet
	usage []byte // of a stream, the last event with a usage
}

type recordingKey struct{}

// record makes the taps below the clients keep what comes for a call.
func record(ctx context.Context, events bool) (context.Context, *recording) {
	r := &recording{events: events}
	return context.WithValue(ctx, recordingKey{}, r), r
}

// tap is a transport that records for those who asked for it.
type tap struct{ next http.RoundTripper }

func (t tap) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	r, ok := req.Context().Value(recordingKey{}).(*recording)
	if err != nil || !ok || resp.Body == nil || resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp, err
	}
	track := &track{ReadCloser: resp.Body, of: r}
	resp.Body = track
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tracks = append(r.tracks, track)
	return resp, nil
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

// hear keeps what has come. It needs the recording's mutex.
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

// response writes an answer: as it came, if that is what the client was given and
// if it has the form of an answer, and otherwise anew.
func (r *recording) response(resp *buoy.Response) ([]byte, error) {
	body, err := json.Marshal(resp)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range slices.Backward(r.tracks) {
		if t.whole && isAnswer(t.body) && same(t.body, new(buoy.Response), body) {
			return t.body, nil
		}
	}
	usage := r.usageLocked(&resp.Usage)
	if usage != nil {
		again := *resp
		again.Extra = maps.Clone(resp.Extra)
		if again.Extra == nil {
			again.Extra = map[string]json.RawMessage{}
		}
		again.Extra["usage"] = usage // it takes the place of the field
		return json.Marshal(&again)
	}
	if !isZero(&resp.Usage) {
		return body, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	delete(fields, "usage")
	return json.Marshal(fields)
}

// usage returns the counts of a whole answer as they came; nil where none did, or
// where they are buoy's own sum.
func (r *recording) usage(u *buoy.Usage) json.RawMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.usageLocked(u)
}

func (r *recording) usageLocked(u *buoy.Usage) json.RawMessage {
	want, err := json.Marshal(u)
	if err != nil {
		return nil
	}
	for _, t := range slices.Backward(r.tracks) {
		from := t.usage
		if t.whole {
			from = t.body
		}
		var told struct {
			Usage json.RawMessage `json:"usage"`
		}
		if json.Unmarshal(from, &told) == nil && told.Usage != nil && same(told.Usage, new(buoy.Usage), want) {
			return told.Usage
		}
	}
	return nil
}

// isAnswer reports the form in which clients expect an answer. Some providers wrap
// it, and buoy unwraps it.
func isAnswer(body []byte) bool {
	var a struct {
		Choices []struct {
			Message json.RawMessage `json:"message"`
		} `json:"choices"`
	}
	if json.Unmarshal(body, &a) != nil || len(a.Choices) == 0 {
		return false
	}
	for _, c := range a.Choices {
		if len(c.Message) == 0 || c.Message[0] != '{' {
			return false
		}
	}
	return true
}

// same reports whether bytes that came are what became of them: nobody on the way
// has changed the answer, and it is not that of another attempt.
func same(came []byte, empty any, became []byte) bool {
	if json.Unmarshal(came, empty) != nil {
		return false
	}
	again, err := json.Marshal(empty)
	return err == nil && bytes.Equal(again, became)
}

// isZero reports a usage that tells nothing.
func isZero(u *buoy.Usage) bool { return reflect.ValueOf(u).Elem().IsZero() }
