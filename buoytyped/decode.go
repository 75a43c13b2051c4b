package buoytyped

import (
	"cmp"
	"encoding/json"
	"errors"
	"reflect"

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
	_, bad := sh.decode(raw, v)
	return bad
}

// decode decodes a JSON value into v, which is a pointer to a T, and returns how it was
// read; or it says why not.
func (sh *shape) decode(raw []byte, v any) (used []byte, bad *MismatchError) {
	why := sh.fill(raw, v)
	if why == nil {
		return raw, nil
	}
	if exact := sh.wholes(raw); exact != nil {
		raw = exact
		reflect.ValueOf(v).Elem().SetZero()
		if why = sh.fill(raw, v); why == nil {
			return raw, nil
		}
	}
	return nil, sh.mismatch(raw, why)
}

// misfit is why a value is no T.
type misfit struct {
	reason string
	cause  error // of encoding/json, or of the type
}

// fill decodes a JSON value into v if it follows the schema.
func (sh *shape) fill(raw []byte, v any) *misfit {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return &misfit{"it has a number that is out of range", err}
	}
	if err := sh.check.Validate(value); err != nil {
		return &misfit{reason: "does not follow the schema"} // err quotes the answer
	}
	if sh.wrapped {
		var outer struct {
			Value json.RawMessage `json:"value"`
		}
		if err := json.Unmarshal(raw, &outer); err != nil {
			return &misfit{"it follows the schema, but its type refuses it", err}
		}
		raw = outer.Value
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return &misfit{"it follows the schema, but its type refuses it", err}
	}
	return nil
}

// mismatch says what is wrong with a value, and where.
func (sh *shape) mismatch(raw []byte, why *misfit) *MismatchError {
	f := finder{kinds: sh.kinds}
	if value, ok := parse(string(raw)); ok {
		f.find(sh.held, value, place{})
	}
	bad := &MismatchError{Mistakes: f.found, Cause: cmp.Or(f.cause, why.cause)}
	if len(bad.Mistakes) == 0 {
		field, reason := "", why.reason
		if _, ok := errors.AsType[*json.UnmarshalTypeError](why.cause); ok {
			if field, reason = refusedBy(why.cause); field == "" {
				reason = why.reason
			}
		}
		bad.Mistakes = []Mistake{{Path: field, Reason: reason, told: placed(field, reason) + explained(why.cause)}}
	}
	bad.Path, bad.Reason = bad.Mistakes[0].Path, bad.Mistakes[0].Reason
	return bad
}
