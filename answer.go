package buoy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/address"
	"github.com/buoy-go/buoy/internal/assemble"
	"github.com/buoy-go/buoy/internal/conn"
	"github.com/buoy-go/buoy/internal/envelope"
	"github.com/buoy-go/buoy/internal/hint"
	"github.com/buoy-go/buoy/internal/oneline"
	"github.com/buoy-go/buoy/internal/sniff"
	"github.com/buoy-go/buoy/internal/verbatim"
	"github.com/buoy-go/buoy/internal/wire"
)

// This file turns what a provider answered into a Response or into an error;
// the meaning of a refusal comes from internal/envelope alone.

// maxErrorBody is how much of an error page is read and decoded.
const maxErrorBody = envelope.MaxBody

// answer is one reply, and what is needed to judge it.
type answer struct {
	origin
	code int
	lost *Usage // reported by an answer that cannot be used; it may be billed even so
}

// decodeWhole judges the body of a 2xx reply that should be a whole answer.
func (a *answer) decodeWhole(ctx context.Context, body []byte) (*Response, error) {
	return a.decodeWrapped(ctx, body, 0)
}

// decodeWrapped is decodeWhole for an answer inside this many wrappers.
func (a *answer) decodeWrapped(ctx context.Context, body []byte, wrappers int) (*Response, error) {
	body = sniff.Lead(body)
	if len(body) == 0 {
		return nil, a.interrupted("the answer is empty")
	}
	resp, flags, err := a.asked(ctx).NewResponse(body)
	if err := a.unread(ctx, err); err != nil {
		return nil, err
	}
	if err != nil {
		if a.form(body) == sniff.Stream {
			return a.streamedWhole(ctx, body)
		}
		if rest := sniff.Undone(body); rest != nil {
			return a.decodeWrapped(ctx, rest, wrappers)
		}
		if mended := sniff.Mended(body); mended != nil {
			return a.decodeWrapped(ctx, mended, wrappers)
		}
		if sniff.Chunks(body) {
			return a.streamedWhole(ctx, sniff.Events(body))
		}
		if inner := sniff.OnlyElement(body); inner != nil && wrappers < wire.MaxWrappers {
			return a.decodeWrapped(ctx, inner, wrappers+1)
		}
		return nil, a.notAnAnswer(body)
	}
	if flags&chat.Suspect != 0 {
		if refusal := a.inBand("", body); refusal != nil {
			a.lost = &resp.Usage
			return nil, refusal
		}
	}
	if flags&chat.Suspect != 0 && len(resp.Choices) == 0 {
		if inner := sniff.Wrapped(resp.Extra); inner != nil && wrappers < wire.MaxWrappers {
			return assemble.Unwrapped(&resp.Usage)(a.decodeWrapped(ctx, inner, wrappers+1))
		}
		if foreign(resp, body) {
			return nil, a.decodeError(ErrMalformed, errors.New("the answer is JSON, but neither a completion nor an error: is the base URL right?"))
		}
	}
	if err := a.judge(resp); err != nil {
		a.lost = &resp.Usage
		return nil, err
	}
	verbatim.Read(ctx, body, resp)
	return resp, nil
}

// judge tells a whole answer from one that is empty, failed behind the server, or is
// not all that was asked for, as the end of a stream is judged.
func (a *answer) judge(resp *Response) error {
	tally := assemble.Whole(resp, a.wanted())
	switch {
	case tally.Failed() != "":
		return a.failedFinish(tally.Failed(), resp)
	case !tally.Content():
		return a.nothing(&tally, resp)
	case a.site.trustDone:
		return nil
	}
	return a.incomplete(&tally, "the answer", resp)
}

var errNothing = errors.New("the model generated nothing")

// nothing is the error of an answer that is at its end and has no content, whole or
// streamed. One that was withheld is a refusal. One that ended by itself, and of which
// tokens were generated, may be meant so: see asItIs.
func (a *answer) nothing(tally *assemble.Tally, resp *Response) error {
	if tally.Withheld() {
		return &APIError{
			Kind: ErrModeration, Endpoint: a.site.name, StatusCode: a.code, Code: FinishContentFilter,
			Message: "the answer was withheld by the provider's content filter", RequestID: a.requestID, RateLimit: rateLimit(a.header, time.Now()),
		}
	}
	err := a.decodeError(ErrNoContent, errNothing).(*TransportError)
	ended := tally.Began() && a.site.trustDone || tally.Finished()
	if ended && !tally.Odd() && tally.Missing() == 0 && resp.Usage.CompletionTokens > 0 {
		a.describe(&resp.Info, time.Now())
		err.Partial, err.meant = resp, true
	}
	return err
}

// describe adds to info, which is zero, what the reply's headers told of the call.
func (a *answer) describe(info *CallInfo, now time.Time) {
	info.Endpoint, info.Model, info.RequestID, info.Header, info.RateLimit = a.site.name, a.call.Model, a.requestID, a.header, rateLimit(a.header, now)
}

// wanted is how many choices the request asked for; 0 where that is not known.
func (a *answer) wanted() int {
	if a.call == nil || a.call.Request == nil {
		return 0
	}
	return a.call.Request.Choices()
}

// incomplete is the error of an answer that ended and does not say that it is whole;
// nil for one that does.
func (a *answer) incomplete(tally *assemble.Tally, what string, partial *Response) error {
	why := ""
	switch {
	case !tally.Finished():
		why = what + " came without a finish reason; if this server never sends one, set Endpoint.TrustDone"
	case tally.Missing() > 0:
		why = fmt.Sprintf("%s came with %d of the %d choices that were asked for; if this server does not know n, leave it out", what, tally.N-tally.Missing(), tally.N)
	default:
		return nil
	}
	err := a.unended(why).(*TransportError)
	err.Partial = partial
	return err
}

// failedFinish is the error of a finish reason that says that something broke behind the server.
func (a *answer) failedFinish(reason string, partial *Response) error {
	kind := ErrStreamInterrupted
	if known := envelope.Ended(reason); known != 0 {
		kind = kinds[known]
	}
	err := a.decodeError(kind, fmt.Errorf("the provider ended the answer with the finish reason %q", a.redact(oneline.Of(reason, 100)))).(*TransportError)
	err.Partial = partial
	return err
}

// form tells a stream of events from a whole answer. What begins with a field that
// nobody knows is a stream where its content type says so.
func (a *answer) form(b []byte) sniff.Form {
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		return sniff.OfEvents(b)
	}
	return sniff.Of(b)
}

// foreign tells an object of something else, such as a status page's, from an
// answer that has nothing in it.
func foreign(resp *Response, body []byte) bool {
	return resp.Choices == nil && !bytes.Contains(body, []byte(`"choices"`)) && !bytes.Contains(body, []byte(`"chat.completion`))
}

// streamedWhole assembles an answer from a server that streams whatever it is asked for.
func (a *answer) streamedWhole(ctx context.Context, body []byte) (*Response, error) {
	w := &wireSource{from: a, ctx: ctx, body: &conn.Body{ReadCloser: io.NopCloser(&conn.Awaited{Context: ctx, Body: bytes.NewReader(body)})}}
	w.open()
	if err := w.begin(); err != nil {
		w.events.Close()
		return nil, err
	}
	f := &flow{src: w}
	if err := f.drain(); err != nil {
		a.lost = new(f.usage())
		return nil, err
	}
	return f.response(), nil
}

// notAnAnswer explains a body that is no completion: a refusal in another
// shape, a proxy's page, or broken JSON.
func (a *answer) notAnAnswer(body []byte) error {
	if body[0] == '{' || body[0] == '[' || body[0] == '"' {
		if refusal := a.inBand("", body); refusal != nil {
			return refusal
		}
		// Several JSON values, one a line (NDJSON): an error may be among them.
		// The first and the last are looked at: a reply of millions of short lines
		// is not worth the time.
		for line := range sniff.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) > 0 && len(line) < len(body) {
				if refusal := a.inBand("", line); refusal != nil {
					return refusal
				}
			}
		}
		return a.decodeError(ErrMalformed, errors.New("the answer is not a JSON completion"))
	}
	if refusal := a.inText(body); refusal != nil {
		return refusal
	}
	if string(body) == "null" {
		return a.decodeError(ErrMalformed, errors.New("the answer is null"))
	}
	return a.decodeError(ErrMalformed, errors.New("the answer is text or HTML where JSON was due: is the base URL right?"))
}

// asked is what the reply has to be an answer to.
func (a *answer) asked(ctx context.Context) chat.Asked {
	return chat.Asked{N: a.wanted(), Context: ctx}
}

// unread is the error of a reply that was not read to its end because of what is in
// it, or because nobody waits for it any more; else nil. More elements than can have
// been asked for are no matter of a bound that could be raised: it is no answer.
func (a *answer) unread(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, chat.ErrTooMany):
		return a.decodeError(ErrMalformed, err)
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return a.transportError(ctx, err)
	}
	return nil
}

// inBand returns the refusal inside a 200's body or event, or nil.
func (a *answer) inBand(name string, body []byte) error {
	q := a.quotations(body, a.header)
	defer q.release()
	r, ok := envelope.Reader{Request: q}.InBand(a.header, a.code, name, body, time.Now())
	if !ok {
		return nil
	}
	return a.apiError(r, q)
}

// inText returns the refusal that a text or a page is, or nil.
func (a *answer) inText(body []byte) error {
	body = bounded(body)
	q := a.quotations(body, a.header)
	defer q.release()
	r := envelope.Reader{Request: q}.Text(a.header, a.code, body, time.Now())
	if r.Kind == envelope.KindMalformed {
		return nil
	}
	return a.apiError(r, q)
}

// statusError decodes the body of a reply with an error status.
func (a *answer) statusError(body []byte, now time.Time) *APIError {
	q := a.quotations(body, a.header)
	q.status = a.code
	defer q.release()
	err := a.apiError(envelope.Reader{Request: q}.Parse(a.code, a.header, body, now), q)
	if a.code >= 300 && a.code < 400 {
		if to := address.Redirect(a.site.url, a.header.Get("Location")); to != "" { // the key would go along
			err.advice = "it redirects to " + a.redact(oneline.Of(to, 300)) + ", which is not followed: set the base URL to it"
		}
	} else if a.code == http.StatusNotFound && a.site.url.Path == "/chat/completions" {
		err.advice = "the base URL has no path: most servers want one, such as /v1 at its end"
	}
	return err
}

func bounded(b []byte) []byte { return b[:min(len(b), maxErrorBody)] }

// kinds names in public what internal/envelope finds.
var kinds = [...]Kind{
	envelope.KindInvalidRequest: ErrInvalidRequest,
	envelope.KindContextLength:  ErrContextLength,
	envelope.KindTooLarge:       ErrTooLarge,
	envelope.KindModeration:     ErrModeration,
	envelope.KindAuth:           ErrAuth,
	envelope.KindPermission:     ErrPermission,
	envelope.KindNotFound:       ErrNotFound,
	envelope.KindQuota:          ErrQuota,
	envelope.KindRateLimit:      ErrRateLimit,
	envelope.KindConflict:       ErrConflict,
	envelope.KindServer:         ErrServer,
	envelope.KindOverloaded:     ErrOverloaded,
	envelope.KindUpstream:       ErrUpstream,
	envelope.KindTimeout:        ErrTimeout,
	envelope.KindMalformed:      ErrMalformed,
	envelope.KindUnknown:        ErrUnknown,
}

// apiError makes the public error of a refusal.
func (a *answer) apiError(r *envelope.Refusal, q *quotations) *APIError {
	e := &APIError{
		Kind: kinds[r.Kind], Endpoint: a.site.name, StatusCode: r.StatusCode,
		Code: q.hide(r.Code), Type: q.hide(r.Type), Param: q.hide(r.Param), Message: q.hide(r.Message),
		RequestID: q.hide(r.RequestID), RetryAfter: r.RetryAfter, ShouldRetry: r.ShouldRetry,
		RateLimit: rateLimitInfo(r.RateLimit), Metadata: r.Metadata, Body: bytes.Clone(r.Body),
		advice: r.Advice(), reserved: r.Reserved(), ofRequest: r.OfRequest(), byText: r.ByText(), loading: r.Loading(),
	}
	if m := r.Moderation; m != nil {
		reasons := slices.Clone(m.Reasons)
		for i := range reasons {
			reasons[i] = q.hide(reasons[i])
		}
		e.Moderation = &Moderation{Reasons: reasons, FlaggedInput: m.FlaggedInput, ProviderName: q.hide(m.ProviderName), ModelSlug: q.hide(m.ModelSlug)}
	}
	if u := r.Upstream; u != nil {
		e.Upstream = &Upstream{ProviderName: q.hide(u.ProviderName), Raw: u.Raw}
	}
	return e
}

// rateLimit reads what the headers say of the provider's limits.
func rateLimit(h http.Header, now time.Time) RateLimitInfo {
	r, ok := hint.ParseRateLimit(h, now)
	if !ok {
		return RateLimitInfo{}
	}
	return rateLimitInfo(r)
}

func rateLimitInfo(r hint.RateLimit) RateLimitInfo {
	return RateLimitInfo{Requests: Allowance(r.Requests), Tokens: Allowance(r.Tokens)}
}
