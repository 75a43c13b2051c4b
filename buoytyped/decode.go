package buoytyped

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/finish"
)

// Decode decodes the answer to a request that used [Format] of the same T. The error is
// a [MismatchError], a [RefusalError] or a [TruncatedError].
func Decode[T any](resp *buoy.Response) (T, error) {
	sh, err := answerShape[T]()
	if err != nil {
		var none T
		return none, err
	}
	return decode[T](sh, resp)
}

// decode reads an answer, or says what it is instead of one.
func decode[T any](sh *shape, resp *buoy.Response) (T, error) {
	var none T
	if resp == nil || len(resp.Choices) == 0 {
		return none, &MismatchError{Type: sh.name, Reason: "it has no choice", Response: resp}
	}
	choice := &resp.Choices[0]
	if r := refusal(choice); r != nil {
		r.Response = resp
		return none, r
	}
	text := choice.Message.Text()
	var v T
	bad := sh.read(text, &v, choice)
	switch {
	case bad == nil:
		return v, nil
	case endOf(choice) == finish.Length:
		return none, &TruncatedError{Text: text, Response: resp}
	}
	bad.Type, bad.Text, bad.Response = sh.name, text, resp
	return none, bad
}

// refusal is the error of an answer that is none.
func refusal(c *buoy.Choice) *RefusalError {
	words := c.Message.Refusal
	for i := range c.Message.Parts {
		words += c.Message.Parts[i].Refusal
	}
	if words == "" && endOf(c) != finish.Filtered {
		return nil
	}
	return &RefusalError{Refusal: words, FinishReason: c.FinishReason}
}

// endOf is how an answer ended, in whichever words: those that are cut off and withheld
// are told in many.
func endOf(c *buoy.Choice) finish.End { return finish.Behind(c.FinishReason, c.NativeFinishReason) }

// read decodes a text into v, which is a pointer to a T, or says why not. The
// error has only what text tells.
func (sh *shape) read(text string, v any, choice *buoy.Choice) *MismatchError {
	raw, reason := extract(text)
	if reason != "" {
		if len(choice.Message.ToolCalls) > 0 {
			reason = "it calls a tool"
		}
		return &MismatchError{Reason: reason}
	}
	return sh.decode(raw, v)
}

// decode decodes a JSON value into v, which is a pointer to a T, or says why not.
func (sh *shape) decode(raw []byte, v any) *MismatchError {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return &MismatchError{Reason: "it has a number that is out of range", Cause: err}
	}
	if err := sh.check.Validate(value); err != nil {
		path, reason := locate(sh.held, value)
		return &MismatchError{Path: path, Reason: reason} // err quotes the answer
	}
	if sh.wrapped {
		var outer struct {
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(raw, &outer); err != nil {
			return undecodable(err)
		}
		raw = outer.Value
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return undecodable(err)
	}
	return nil
}

// undecodable is the error of a value that follows the schema and still does not
// fit the type: a number that overflows, a time that is none.
func undecodable(err error) *MismatchError {
	bad := &MismatchError{Reason: "it follows the schema, but its type refuses it", Cause: err}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		bad.Path, bad.Reason = e.Field, fmt.Sprintf("does not fit into %v", e.Type)
	}
	return bad
}
