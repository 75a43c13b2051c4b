package chat

import (
	"bytes"
	"encoding/json"

	"github.com/buoy-go/buoy/internal/jscan"
)

// DecodeResponse clears resp, reads a whole reply into it, and reports what the reply
// looks like. If it returns an error and [Suspect] is set, the text is valid JSON and
// may be a refusal. Use [Response.UnmarshalJSON] if you do not need the flags.
func DecodeResponse(body []byte, resp *Response) (flags Signs, err error) {
	return Asked{}.DecodeResponse(body, resp)
}

// DecodeResponse is like the function [DecodeResponse], and uses what is known about
// the request. It returns [ErrTooMany] for more choices than were asked for (a margin
// is allowed), and the error of the context when that ends.
func (a Asked) DecodeResponse(body []byte, resp *Response) (flags Signs, err error) {
	*resp = Response{}
	return a.decode(body, resp, nil)
}

// NewResponse is like DecodeResponse, and returns the Response that it has made. If there
// is an error, the Response may have parts of the reply. It costs less, because memory for
// one choice comes with the Response.
func (a Asked) NewResponse(body []byte) (resp *Response, flags Signs, err error) {
	r := new(struct {
		response Response
		choice   [1]Choice
	})
	flags, err = a.decode(body, &r.response, r.choice[:0])
	return &r.response, flags, err
}

// decode reads a whole reply into resp, which is zero, as are the elements of choices.
func (a Asked) decode(body []byte, resp *Response, choices []Choice) (flags Signs, err error) {
	body = bytes.TrimPrefix(body, utf8BOM)
	err = withDecoder(body, func(d *decoder) error {
		d.start(a)
		d.fresh = true
		d.response(resp, choices)
		flags = d.flags
		return d.end()
	})
	if err == nil {
		if a.N == 1 && len(resp.Choices) > 1 {
			resp.joinChoices()
		}
		resp.settle()
	}
	return flags, err
}

var utf8BOM = []byte("\xEF\xBB\xBF")

// response reads into r, which is zero. room is memory for its choices.
func (d *decoder) response(r *Response, room []Choice) {
	if !d.Object() {
		d.notObject()
		return
	}
	choices, usage := false, false
	for {
		key, ok := d.Key()
		if !ok {
			break
		}
		switch string(key) {
		case "id":
			if d.str(&r.ID) {
				continue
			}
		case "object":
			d.Skip()
			continue
		case "created":
			if d.moment(&r.Created) {
				continue
			}
		case "model":
			if d.strAgain(&r.Model, &d.model) {
				continue
			}
		case "choices":
			choices = d.choices(r, room)
			room = nil // what it has left there is not zero any more
			continue
		case "usage":
			if usage { // twice: the last counts
				r.Usage = Usage{}
			}
			usage = true
			if d.usage(&r.Usage) {
				continue
			}
			r.Usage = Usage{}
			if d.Null() {
				continue
			}
		case "system_fingerprint":
			if d.strAgain(&r.SystemFingerprint, &d.fingerprint) {
				continue
			}
		case "service_tier":
			if d.word(&r.ServiceTier) {
				continue
			}
		case "provider":
			if d.str(&r.Provider) {
				continue
			}
		case "metadata":
			if d.metadata(&r.Metadata) {
				continue
			}
		case "moderation":
			if d.raw(&r.Moderation) {
				continue
			}
		}
		r.Extra = d.keepTop(r.Extra, key)
	}
	if !choices {
		d.flags |= Suspect
		if lone(r.Extra) {
			r.Choices = []Choice{{}}
			d.loneMessage(r.Extra, &r.Choices[0])
		}
	}
	if r.Usage.told() > 0 {
		return
	}
	d.usageElsewhere(r.Extra, &r.Usage)
	for i := range r.Choices {
		if c := &r.Choices[i]; r.Usage.told() == 0 && !d.usageElsewhere(c.Extra, &r.Usage) {
			d.usageElsewhere(c.Message.Extra, &r.Usage)
		}
	}
}

// notObject records that the text is something else than an object. Gemini's
// compatible endpoint refuses with an array.
func (d *decoder) notObject() {
	d.flags |= Suspect
	if d.err == nil {
		d.err = errNotObject
	}
	d.Skip()
}

// choices reads an array of objects and reports that there was one.
func (d *decoder) choices(r *Response, room []Choice) bool {
	r.Choices = nil
	if d.Null() {
		return false
	}
	if !listIn(d, &r.Choices, room, (*decoder).choice) {
		d.badChoices()
	}
	if len(r.Choices) > d.maxChoices() {
		d.Fail(ErrTooMany)
	}
	return true
}

// badChoices skips choices that are not an array of objects. They cannot be read as an
// answer.
func (d *decoder) badChoices() {
	d.flags |= Suspect
	if d.err == nil {
		d.err = errChoices
	}
	d.Skip()
}

// keepTop is keep for the top level, where refusals show.
func (d *decoder) keepTop(extra map[string]json.RawMessage, key []byte) map[string]json.RawMessage {
	mark := d.Mark()
	if refuses(key, d.Raw()) {
		d.flags |= Suspect
	}
	d.Rewind(mark)
	return d.keep(extra, key)
}

// refuses reports that this field may be a refusal. The names are those of the
// shapes that providers send with status 200.
func refuses(key, raw []byte) bool {
	switch {
	case bytes.EqualFold(key, []byte("error")), bytes.EqualFold(key, []byte("errors")),
		string(key) == "base_resp", string(key) == "detail", string(key) == "fault":
		return !jscan.Blank(raw)
	case string(key) == "type", string(key) == "status":
		return bytes.Contains(raw, []byte("error")) || bytes.Contains(raw, []byte("fail"))
	case string(key) == "success":
		return string(raw) == "false"
	}
	return false
}

func (d *decoder) choice(c *Choice) bool {
	if !d.Object() {
		return false
	}
	if !d.fresh {
		*c = Choice{}
	}
	message := false
	for {
		key, ok := d.Key()
		if !ok {
			if !message && len(c.Extra) > 0 {
				c.Message.Content = textInPlace(c.Extra)
			}
			if c.FinishReason == "" && len(c.Extra) > 0 {
				d.flags |= finishElsewhere(c.Extra, &c.FinishReason)
			}
			return true
		}
		switch string(key) {
		case "index":
			if d.int(&c.Index) {
				continue
			}
		case "message":
			if message { // twice: the last counts
				c.Message = Message{}
			}
			message = true
			if d.message(&c.Message) {
				continue
			}
			c.Message = Message{}
			if d.Null() || d.str(&c.Message.Content) {
				continue
			}
		case "finish_reason":
			if d.finish(&c.FinishReason) {
				continue
			}
		case "native_finish_reason":
			if d.word(&c.NativeFinishReason) {
				continue
			}
		case "logprobs":
			if d.logprobs(&c.Logprobs) {
				continue
			}
		case "error":
			d.choiceError()
		}
		c.Extra = d.keep(c.Extra, key)
	}
}

// choiceError notes the error inside a choice, and stays before it.
func (d *decoder) choiceError() {
	mark := d.Mark()
	if !jscan.Blank(d.Raw()) {
		d.flags |= Suspect
	}
	d.Rewind(mark)
}

// metadata reads an object of strings, or a null.
func (d *decoder) metadata(dst *map[string]string) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	mark := d.Mark()
	if d.Kind() != jscan.Object {
		return false
	}
	for ok := d.Object(); ok; {
		if _, ok = d.Key(); ok && d.spend() {
			d.Skip()
		}
	}
	if d.Err() != nil {
		return true
	}
	d.Rewind(mark)
	if json.Unmarshal(d.Raw(), dst) != nil {
		*dst = nil
		d.Rewind(mark)
		return false
	}
	return true
}
