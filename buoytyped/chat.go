package buoytyped

import (
	"context"
	"errors"

	"github.com/buoy-go/buoy"
)

// ChatAs asks for an answer of type T and returns it decoded. Leave ResponseFormat nil,
// because ChatAs sets it. If there are several choices (N), only the first is decoded.
// The request is not changed.
//
// ChatAs returns a Response whenever a provider answered, even with an error. It has
// the usage, the attempts and the text. The error is a [MismatchError], a
// [RefusalError], a [TruncatedError] or an error of [buoy.Client.Chat]. For a T that
// JSON cannot fill, and for a nil client, it is a [buoy.RequestError].
func ChatAs[T any](ctx context.Context, client *buoy.Client, req buoy.Request, opts ...Option) (T, *buoy.Response, error) {
	var none T
	if client == nil {
		return none, nil, errNilClient
	}
	s := settingsOf(opts)
	sh, err := answerShape[T]()
	if err != nil {
		return none, nil, err
	}
	if err := s.prepare(&req, sh); err != nil {
		return none, nil, err
	}
	resp, err := client.Chat(ctx, req, s.call...)
	if err != nil {
		return none, nil, err
	}
	v, err := decode[T](sh, resp)
	bad, mismatch := errors.AsType[*MismatchError](err)
	if !mismatch || !s.repair || len(resp.ToolCalls()) > 0 {
		return v, resp, err
	}
	repaired, err := client.Chat(ctx, repairing(req, bad), s.call...)
	if err != nil {
		own := *bad
		own.Repair = err
		return none, resp, &own
	}
	account(repaired, resp)
	v, err = decode[T](sh, repaired)
	return v, repaired, err
}

// errNilClient names the fix.
var errNilClient = &buoy.RequestError{Field: "client", Reason: "is nil: make one with buoy.New"}

// prepare makes the request ask for the shape. It changes only what is req's own.
func (s *settings) prepare(req *buoy.Request, sh *shape) error {
	_, extra := req.Extra["response_format"]
	if req.ResponseFormat != nil || extra {
		return &buoy.RequestError{Field: "response_format", Reason: "is set, but it is ChatAs's to set"}
	}
	if !s.jsonMode {
		req.ResponseFormat = sh.format()
		return nil
	}
	req.ResponseFormat = buoy.JSONObject()
	req.Messages = instructed(req.Messages, sh)
	return nil
}

// instructed returns the messages with the schema in the system message. Many
// chat templates take only one, and only in the first place.
func instructed(messages []buoy.Message, sh *shape) []buoy.Message {
	text := "Answer with one JSON object and nothing else. It must follow this JSON Schema:\n" + string(sh.sent)
	if len(messages) == 0 || messages[0].Role != buoy.RoleSystem && messages[0].Role != buoy.RoleDeveloper {
		return append([]buoy.Message{buoy.System(text)}, messages...)
	}
	out := append([]buoy.Message(nil), messages...)
	first := &out[0]
	if len(first.Parts) > 0 {
		first.Content = ""
		first.Parts = append(append([]buoy.Part(nil), first.Parts...), buoy.Text(text))
	} else {
		first.Content += "\n\n" + text
	}
	return out
}
