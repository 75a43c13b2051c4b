package chat

import (
	"bytes"
	"encoding/json"

	"github.com/buoy-go/buoy/internal/finish"
)

// refReply is DecodeResponse on top of encoding/json, of what a reply says alone.
func refReply(body []byte, r *Response) (flags Signs, err error) {
	*r = Response{}
	body = bytes.TrimPrefix(body, utf8BOM)
	if !json.Valid(body) {
		return 0, errNotObject
	}
	choices := false
	ok := refObject(ref{bytes.TrimSpace(body)}, &r.Extra, func(key string, v ref) bool {
		known := false
		switch key {
		case "id":
			known = v.str(&r.ID)
		case "object":
			return true
		case "created":
			known = v.moment(&r.Created)
		case "model":
			known = v.str(&r.Model)
		case "choices":
			choices = !v.null()
			if !refList(v, &r.Choices, func(v ref, c *Choice) bool { return refChoice(v, c, &flags) }) {
				err = errChoices
			}
			return true
		case "usage":
			known = refUsage(v, &r.Usage)
			if !known {
				r.Usage = Usage{}
				known = v.null()
			}
		case "system_fingerprint":
			known = v.str(&r.SystemFingerprint)
		case "service_tier":
			known = v.str(&r.ServiceTier)
		case "provider":
			known = v.str(&r.Provider)
		case "metadata":
			r.Metadata = nil
			known = (v.null() || v.raw[0] == '{') && json.Unmarshal(v.raw, &r.Metadata) == nil
			if !known {
				r.Metadata = nil
			}
		case "moderation":
			known = true
			if r.Moderation = v.raw; v.null() {
				r.Moderation = nil
			}
		}
		if !known && refRefuses(key, v) {
			flags |= Suspect
		}
		return known
	})
	if !ok {
		return Suspect, errNotObject
	}
	if !choices || err != nil {
		flags |= Suspect
	}
	if !choices && lone(r.Extra) {
		c := Choice{Message: Message{Role: RoleAssistant}}
		refMessage(ref{r.Extra["message"]}, &c.Message)
		flags |= loneFinish(r.Extra, &c.FinishReason)
		r.Choices = []Choice{c}
	}
	if err == nil {
		// Only where it is looked for is held against the reference, not how it reads.
		var d decoder
		if r.Usage.told() == 0 {
			d.usageElsewhere(r.Extra, &r.Usage)
			for _, c := range r.Choices {
				if r.Usage.told() == 0 {
					_ = d.usageElsewhere(c.Extra, &r.Usage) || d.usageElsewhere(c.Message.Extra, &r.Usage)
				}
			}
		}
	}
	return flags, err
}

func refFinish(v ref, reason *string, flags *Signs) bool {
	known := v.str(reason)
	if v.raw[0] == '{' {
		var d decoder
		d.Reset(v.raw)
		d.finish(reason)
		*flags |= d.flags
	}
	switch end := finish.Of(*reason); {
	case known && end == finish.None:
		*reason = ""
	case known && end == finish.Failed:
		*flags |= Suspect
	}
	return known
}

func refChoice(r ref, c *Choice, flags *Signs) bool {
	message := false
	ok := refObject(r, &c.Extra, func(key string, v ref) bool {
		switch key {
		case "index":
			return v.count(&c.Index)
		case "message":
			message = true
			if v.raw[0] == '{' {
				return refMessage(v, &c.Message)
			}
			c.Message = Message{}
			return v.null() || v.str(&c.Message.Content)
		case "finish_reason":
			return refFinish(v, &c.FinishReason, flags)
		case "native_finish_reason":
			return v.str(&c.NativeFinishReason)
		case "logprobs":
			return refLogprobs(v, &c.Logprobs)
		case "error":
			if refRefuses(key, v) {
				*flags |= Suspect
			}
		}
		return false
	})
	if !message {
		c.Message.Content = textInPlace(c.Extra)
	}
	if c.FinishReason == "" {
		*flags |= finishElsewhere(c.Extra, &c.FinishReason)
	}
	return ok
}

// refLogprobs is the decoder's own: encoding/json takes names in capitals, too.
func refLogprobs(v ref, l **Logprobs) bool {
	var d decoder
	d.Reset(v.raw)
	return d.logprobs(l)
}
