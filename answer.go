package buoy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/assemble"
	"github.com/buoy-go/buoy/internal/envelope"
	"github.com/buoy-go/buoy/internal/hint"
	"github.com/buoy-go/buoy/internal/sniff"
	"github.com/buoy-go/buoy/internal/sse"
)

// This file turns what a provider answered into a Response or into an error;
// the meaning of a refusal comes from internal/envelope alone.

// maxErrorBody is how much of an error page is read and decoded.
const maxErrorBody = envelope.MaxBody

// answer is one reply, and what is needed to judge it.
type answer struct {
	origin
	header http.Header // nil before the reply
	code   int
	lost   *Usage // told by an answer that is of no use: it may be billed all the same
}

// decodeWhole judges the body of a 2xx reply that should be a whole answer.
func (a *answer) decodeWhole(ctx context.Context, body []byte) (*Response, error) {
	body = sniff.Lead(body)
	if len(body) == 0 {
		return nil, a.decodeError(ErrMalformed, errors.New("the answer is empty"))
	}
	resp := new(Response)
	flags, err := chat.DecodeResponse(body, resp)
	if err != nil {
		if sniff.Of(body) == sniff.Stream {
			return a.streamedWhole(ctx, body)
		}
		return nil, a.notAnAnswer(body)
	}
	if flags&chat.Suspect != 0 {
		if refusal := a.inBand("", body); refusal != nil {
			a.lost = &resp.Usage
			return nil, refusal
		}
	}
	if flags&chat.Suspect != 0 && foreign(resp, body) {
		return nil, a.decodeError(ErrMalformed, errors.New("the answer is JSON, but neither a completion nor an error: is the base URL right?"))
	}
	if assemble.NoContent(resp) {
		a.lost = &resp.Usage
		return nil, a.decodeError(ErrNoContent, errors.New("the model generated nothing"))
	}
	return resp, nil
}

// foreign tells an object of something else, such as a status page's, from an
// answer that has nothing in it.
func foreign(resp *Response, body []byte) bool {
	return resp.Choices == nil && !bytes.Contains(body, []byte(`"choices"`)) && !bytes.Contains(body, []byte(`"chat.completion`))
}

// streamedWhole assembles an answer from a server that streams whatever it is
// asked for.
func (a *answer) streamedWhole(ctx context.Context, body []byte) (*Response, error) {
	w := &wireSource{from: a, ctx: ctx, body: &onceBody{ReadCloser: io.NopCloser(bytes.NewReader(body))}}
	w.events = readers.Get().(*sse.Reader)
	w.events.Reset(w, a.st.settings.maxEventBytes())
	if err := w.begin(); err != nil {
		w.recycle()
		return nil, err
	}
	f := newFlow(w)
	err := f.drain()
	return f.response(), err
}

// notAnAnswer explains a body that is no completion: a refusal in another
// shape, a proxy's page, or broken JSON.
func (a *answer) notAnAnswer(body []byte) error {
	if body[0] == '{' || body[0] == '[' || body[0] == '"' {
		if refusal := a.inBand("", body); refusal != nil {
			return refusal
		}
		// Several JSON values, one a line (NDJSON): an error may be among them.
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) > 0 && len(line) < len(body) {
				if refusal := a.inBand("", line); refusal != nil {
					return refusal
				}
			}
		}
		return a.decodeError(ErrMalformed, errors.New("the answer is not a JSON completion"))
	}
	r := envelope.Text(a.header, a.code, bounded(body), time.Now())
	if r.Kind != envelope.KindMalformed {
		return a.apiError(r)
	}
	if string(body) == "null" {
		return a.decodeError(ErrMalformed, errors.New("the answer is null"))
	}
	return a.decodeError(ErrMalformed, errors.New("the answer is text or HTML where JSON was due: is the base URL right?"))
}

// inBand returns the refusal inside a 200's body or event, or nil.
func (a *answer) inBand(name string, body []byte) error {
	r, ok := envelope.InBand(a.header, a.code, name, body, time.Now())
	if !ok {
		return nil
	}
	return a.apiError(r)
}

// statusError decodes the body of a reply with an error status.
func (a *answer) statusError(body []byte) error {
	return a.apiError(envelope.Parse(a.code, a.header, body, time.Now()))
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
func (a *answer) apiError(r *envelope.Refusal) error {
	e := &APIError{
		Kind: kinds[r.Kind], Endpoint: a.site.name, StatusCode: r.StatusCode,
		Code: a.redact(r.Code), Type: a.redact(r.Type), Param: a.redact(r.Param), Message: a.redact(r.Message),
		RequestID: r.RequestID, RetryAfter: r.RetryAfter, ShouldRetry: r.ShouldRetry,
		RateLimit: rateLimitInfo(r.RateLimit), Metadata: r.Metadata, Body: bytes.Clone(r.Body),
		advice: r.Advice(),
	}
	if m := r.Moderation; m != nil {
		reasons := slices.Clone(m.Reasons)
		for i := range reasons {
			reasons[i] = a.redact(reasons[i])
		}
		e.Moderation = &Moderation{Reasons: reasons, FlaggedInput: m.FlaggedInput, ProviderName: a.redact(m.ProviderName), ModelSlug: a.redact(m.ModelSlug)}
	}
	if u := r.Upstream; u != nil {
		e.Upstream = &Upstream{ProviderName: a.redact(u.ProviderName), Raw: u.Raw}
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
