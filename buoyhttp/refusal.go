package buoyhttp

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/buoy-go/buoy"
)

// refusal is what a client is told in place of an answer, in OpenAI's envelope.
type refusal struct {
	status  int
	message string
	kind    string // the envelope's "type"
	param   string
	code    string
	wait    time.Duration // before it makes sense to ask again; 0 for nothing known
	// final tells the official clients, which would ask twice more by themselves,
	// that everything was tried: their retries would multiply with buoy's.
	final bool
	// closes ends the connection: the handler itself refused, and the request may
	// not have been read.
	closes bool
	// moderation has the reasons of a provider that refused the content.
	moderation *buoy.Moderation
	requestID  string // the provider's
}

// statusClosed is nginx's "client closed request". Nobody receives it; it stands
// in the log.
const statusClosed = 499

// typeOf is the envelope's type for a provider that names none: OpenAI's word for what
// the status says.
func typeOf(kind buoy.Kind) string {
	if kind == buoy.ErrModeration {
		return "invalid_request_error"
	}
	switch status := kind.HTTPStatus(); status {
	case http.StatusUnauthorized:
		return "authentication_error"
	case http.StatusPaymentRequired:
		return "insufficient_quota"
	case http.StatusForbidden:
		return "permission_error"
	case http.StatusTooManyRequests:
		return "rate_limit_error"
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return "timeout_error"
	case statusClosed:
		return "canceled"
	default:
		if status >= 500 {
			return "server_error"
		}
		return "invalid_request_error"
	}
}

// refusalOf tells an error of buoy's. A provider's status, type, code, parameter
// and sentence are passed on.
func refusalOf(err error) refusal {
	kind := buoy.KindOf(err)
	r := refusal{
		status: kind.HTTPStatus(), kind: typeOf(kind), code: string(kind), message: errorText(err),
		// What was refused here cost the provider nothing: come back for it.
		final: kind != buoy.ErrCircuitOpen && kind != buoy.ErrLimit,
	}
	if errors.Is(err, buoy.ErrClosed) { // it is not the client of this server that left
		r.status, r.kind, r.code = http.StatusServiceUnavailable, "server_error", "stopping"
		return r
	}
	r.wait, _ = buoy.RetryAfter(err)
	if bad, ok := errors.AsType[*buoy.RequestError](err); ok {
		r.param = bad.Field
	}
	api, ok := errors.AsType[*buoy.APIError](err)
	if !ok || api.Kind != kind { // the cause of something else
		return r
	}
	if api.StatusCode >= 400 && api.StatusCode <= 599 {
		r.status = api.StatusCode
	}
	if api.Type != "" {
		r.kind = api.Type
	}
	// Some providers repeat the status as the code, which tells less than the kind.
	if _, err := strconv.Atoi(api.Code); err != nil && api.Code != "" {
		r.code = api.Code
	}
	if api.Message != "" {
		r.message = api.Message
	}
	r.param, r.moderation, r.requestID = api.Param, api.Moderation, api.RequestID
	return r
}

// errorText is the sentence of an error, without what the call was and how often
// it was tried: the headers say that.
func errorText(err error) string {
	if call, ok := errors.AsType[*buoy.CallError](err); ok && call.Err != nil {
		err = call.Err
	}
	return err.Error()
}

// envelope is OpenAI's form of an error.
type envelope struct {
	Error envelopeError `json:"error"`
}

type envelopeError struct {
	Message  string         `json:"message"`
	Type     string         `json:"type"`
	Param    *string        `json:"param"`
	Code     *string        `json:"code"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// encode writes the body of the refusal, which is the same for a whole reply and
// for an event of a stream.
func (r refusal) encode() []byte {
	e := envelope{envelopeError{Message: r.message, Type: r.kind}}
	if r.param != "" {
		e.Error.Param = &r.param
	}
	if r.code != "" {
		e.Error.Code = &r.code
	}
	if m := r.moderation; m != nil {
		// The flagged input is the client's own. It goes back to it and nowhere else.
		e.Error.Metadata = map[string]any{
			"reasons": m.Reasons, "flagged_input": m.FlaggedInput,
			"provider_name": m.ProviderName, "model_slug": m.ModelSlug,
		}
	}
	body, err := json.Marshal(e)
	if err != nil { // strings only: cannot happen
		return []byte(`{"error":{"message":"the error could not be encoded","type":"server_error","param":null,"code":null}}`)
	}
	return body
}

// head sets the headers of a refusal.
func (r refusal) head(h http.Header) {
	h.Set("Content-Type", "application/json")
	if r.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(r.wait.Seconds()))))
	}
	if r.final {
		h.Set("X-Should-Retry", "false")
	}
	if r.requestID != "" {
		h.Set("X-Request-Id", r.requestID)
	}
}

// write answers with the refusal.
func (r refusal) write(w http.ResponseWriter) {
	r.head(w.Header())
	client, body := patienceWith(w), r.encode()
	_ = client.writing(len(body)) // a client that has left
	if r.closes {
		w.Header().Set("Connection", "close")
		_ = client.reading(time.Now().Add(lingering))
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(body)
}

// badRequest refuses what cannot be taken, and closes the connection: what is still to
// come of such a request is not waited for.
func badRequest(status int, code, message string) refusal {
	return refusal{status: status, kind: "invalid_request_error", code: code, message: message, final: true, closes: true}
}

// Refuse answers a request that is not to be served, such as one without a token, in
// OpenAI's form. It closes the connection. It waits at most a second for the rest of
// the request.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	badRequest(status, code, message).write(w)
}
