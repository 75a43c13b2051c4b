// Package envelope is the one tolerant decoder of what a provider answers when it answers no. It reads any shape from
// any host, because gateways forward the shapes of whatever stands behind them: OpenAI's object, flat objects, arrays,
// JSON in strings, problem+json, plain text, HTML, nothing.
//
// What a refusal means is decided in four steps, the first that says something wins: codes that providers define, also
// when they stand deeper; the shape of the metadata; what the message says of meanings that a status hides; the number.
//
// Nothing in a body can lose the status, the headers or the raw bytes, and nothing makes a function here fail or panic.
// All functions may be called concurrently.
package envelope

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/buoy-go/buoy/internal/hint"
	"github.com/buoy-go/buoy/internal/sniff"
)

// MaxBody is how much of an error page is decoded and kept.
const MaxBody = 64 << 10

// A Refusal is the error that a provider answered with.
type Refusal struct {
	Kind       Kind
	StatusCode int // as received: 200 when the refusal came inside a reply or a stream

	// Code, Type, Param and Message are valid UTF-8 without control characters, bounded, and keys in them are masked.
	// A numeric code is its decimal text. Message is the human sentence, taken out of nested JSON.
	Code, Type, Param, Message string

	RequestID   string
	RetryAfter  time.Duration // the wait that was asked for, uncut; hint.TooLong if it fits no Duration; 0: none, or at once
	ShouldRetry *bool         // the provider's own word; nil: none
	RateLimit   hint.RateLimit
	Moderation  *Moderation
	Upstream    *Upstream
	Metadata    json.RawMessage // error.metadata as received, if it is whole
	Body        []byte          // the first MaxBody bytes, not copied

	reserved  bool // refused for what max_tokens reserves
	oversized bool // the request alone is above the whole allowance
	byText    bool // see ByText
}

// Reserved reports whether the balance is only too small for what max_tokens reserves before the call.
func (r *Refusal) Reserved() bool { return r.reserved }

// ByText reports whether KindAuth rests on a sentence alone: nobody can be sure enough of it to do without the key.
func (r *Refusal) ByText() bool { return r.byText }

// OfRequest reports whether the refusal is for what this request asks for, so that a smaller one may be taken at once.
func (r *Refusal) OfRequest() bool { return r.reserved || r.oversized }

// Moderation is what a refusal says about the content that it refuses. FlaggedInput is a part of the prompt.
type Moderation struct {
	Reasons                               []string
	FlaggedInput, ProviderName, ModelSlug string
}

// Upstream is the provider behind a gateway.
type Upstream struct {
	ProviderName string
	Raw          json.RawMessage // its error as the gateway forwarded it
}

// Request knows what was asked. Providers quote it in their errors, and what it says must not decide what they mean.
type Request interface {
	// Quoted returns a sentence with the prompt taken out where it is quoted.
	Quoted(s string) string
	// Named returns a sentence with the names of tools, models and the like taken out.
	Named(s string) string
	// Said reports whether all of a text stands in the request, so that nobody can tell who has said it.
	Said(s string) bool
}

// Reader reads the refusals of one request. The zero value knows nothing of the request.
type Reader struct{ Request Request }

// Parse is [Reader.Parse] for a request that nobody knows.
func Parse(status int, h http.Header, body []byte, now time.Time) *Refusal {
	return Reader{}.Parse(status, h, body, now)
}

// Text is [Reader.Text] for a request that nobody knows.
func Text(h http.Header, status int, body []byte, now time.Time) *Refusal {
	return Reader{}.Text(h, status, body, now)
}

// InBand is [Reader.InBand] for a request that nobody knows.
func InBand(h http.Header, status int, name string, body []byte, now time.Time) (*Refusal, bool) {
	return Reader{}.InBand(h, status, name, body, now)
}

// Parse reads a reply whose status is 300 or more. The refusal keeps body, which must not be changed any more.
func (q Reader) Parse(status int, h http.Header, body []byte, now time.Time) *Refusal {
	r := new(Refusal) // inlined, so that it is the caller's
	q.parse(r, status, h, body, now)
	return r
}

func (q Reader) parse(r *Refusal, status int, h http.Header, body []byte, now time.Time) {
	e := q.evidence(status, body, now)
	said := e.body(e.r.Body)
	e.resolve(h, said, status)
	*r = e.r
}

// evidence begins to read a reply.
func (q Reader) evidence(status int, body []byte, now time.Time) evidence {
	kept := min(len(body), MaxBody)
	return evidence{r: Refusal{StatusCode: status, Body: body[:kept:kept]}, now: now, asked: q.Request}
}

// Text reads a reply of status 200 whose body is neither JSON nor a stream. A page of a known proxy has its number's
// kind; anything else is malformed: not what was promised.
func (q Reader) Text(h http.Header, status int, body []byte, now time.Time) *Refusal {
	e := q.evidence(status, body, now)
	said := e.page(sniff.Trim(e.r.Body))
	e.resolve(h, said, kindOfPage(said))
	r := e.r
	if r.Kind == KindUnknown || r.Kind == KindServer && kindOfPage(said) == 0 {
		r.Kind = KindMalformed
	}
	return &r
}

// body reads whatever an error status came with.
func (e *evidence) body(b []byte) string {
	b = sniff.Trim(b)
	if len(b) == 0 {
		return ""
	}
	if b = payload(b); b[0] == '{' || b[0] == '[' || b[0] == '"' {
		t := parse(b)
		defer t.free()
		switch n := t.root(); {
		case n.kind == text:
			return e.sentence(t.str(n), main)
		case t.structured():
			return e.value(t, n, main, 0)
		}
	}
	return e.page(b)
}
