package buoytest

import (
	"encoding/json"
	"net/http"
)

// Dialect selects the provider that a server imitates: the form of its refusals and the
// fields of its usage. See [Server.Speak].
type Dialect int

// The dialects.
const (
	// OpenAI: string codes in refusals, and usage at the end of a stream only if it was asked for.
	OpenAI Dialect = iota
	// AITunnel: numeric codes equal to the status, cost_rub and balance in the usage, usage in every stream,
	// native_finish_reason, no charset in a stream's content type.
	AITunnel
)

// Speaking answers as step does, in dialect d instead of the server's.
func Speaking(d Dialect, step Step) Step {
	return step.wrap(func(x *exchange, serve func(*exchange)) {
		x.dialect = d
		serve(x)
	})
}

func (d Dialect) streamType() string {
	if d == AITunnel {
		return "text/event-stream"
	}
	return "text/event-stream; charset=utf-8"
}

// refusal is the body of a refusal with this status.
func (d Dialect) refusal(status int, message string) []byte {
	return []byte(`{"error":` + string(d.failure(status, message)) + `}`)
}

// failure is the error object of a refusal.
func (d Dialect) failure(status int, message string) []byte {
	if message == "" {
		message = wording(status).message
	}
	if d == AITunnel {
		return aitunnelFailure(status, message, nil)
	}
	return openAIFailure(status, wording(status).code, message)
}

func openAIFailure(status int, code, message string) []byte {
	f := struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	}{Message: message, Type: wording(status).kind}
	if code != "" {
		f.Code = &code
	}
	return encode(f)
}

func aitunnelFailure(status int, message string, metadata map[string]any) []byte {
	return encode(struct {
		Code     int            `json:"code"`
		Message  string         `json:"message"`
		Metadata map[string]any `json:"metadata,omitempty"`
	}{status, message, metadata})
}

// words is what OpenAI says with a status.
type words struct{ kind, code, message string }

func wording(status int) words {
	switch status {
	case http.StatusUnauthorized:
		return words{"invalid_request_error", "invalid_api_key", "Incorrect API key provided."}
	case http.StatusPaymentRequired:
		return words{"insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details."}
	case http.StatusForbidden:
		return words{"invalid_request_error", "", "You are not allowed to do this."}
	case http.StatusNotFound:
		return words{"invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."}
	case http.StatusConflict:
		return words{"invalid_request_error", "", "The request conflicts with another one."}
	case http.StatusTooManyRequests:
		return words{"requests", "rate_limit_exceeded", "Rate limit reached for requests."}
	case http.StatusBadGateway:
		return words{"server_error", "", "Bad gateway."}
	case http.StatusServiceUnavailable:
		return words{"server_error", "", "The engine is currently overloaded, please try again later."}
	}
	if status < http.StatusInternalServerError {
		return words{"invalid_request_error", "", "The request was not understood."}
	}
	return words{"server_error", "", "The server had an error while processing your request."}
}

// encode is v as JSON. It panics on what has no JSON form, since that is a mistake in a script.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("buoytest: " + err.Error())
	}
	return b
}
