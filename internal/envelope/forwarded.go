package envelope

import (
	"bytes"
	"encoding/json"
	"strings"
)

// This file reads errors that stand inside something else: behind a gateway, in a choice, in MiniMax' status.

// raw reads the error of the provider behind a gateway.
func (e *evidence) raw(t *tree, c *node) string {
	if e.r.Upstream == nil {
		e.r.Upstream = new(Upstream)
	}
	if raw := t.raw(c); e.r.Upstream.Raw == nil && json.Valid(raw) {
		e.r.Upstream.Raw = bytes.Clone(raw)
	}
	if c.kind != text {
		return e.value(t, c, forwarded, 0)
	}
	text := t.str(c)
	if pageStart(ownWords(text)) >= 0 {
		return ""
	}
	said, unwrapped := e.unwrap(text, forwarded)
	if unwrapped {
		return said
	}
	// Not an error object: it may be the answer itself. What is as short as a sentence is one.
	const sentenceLength = 400
	if len(said) > sentenceLength {
		return ""
	}
	e.rawText = or(e.rawText, ownWords(said))
	return said
}

// unread tells whether the value c of the error n is what a gateway got from its upstream, an error, and could not read.
// Vercel's says {"name":"AI_TypeValidationError","message":"Stream error occurred","value":{...}}. A value may as well be
// what the caller or the model wrote, so it is believed of this one request and of the server, and never of a key.
func (e *evidence) unread(t *tree, n, c *node) bool {
	invalid, failed := false, false
	for f := t.first(n); f != nil; f = t.after(f) {
		invalid = invalid || t.keyOf(f) == typeKey && strings.HasSuffix(t.str(f), "TypeValidationError")
	}
	if !invalid || c.kind != object || e.nest >= maxNest || e.asked != nil && e.asked.Said(string(t.raw(c))) {
		return false
	}
	for f := t.first(c); f != nil; f = t.after(f) {
		switch t.keyOf(f) {
		case errorKey:
			failed = failed || t.meaningful(f)
		case messageKey:
			failed = failed || bytes.HasPrefix(t.src[f.keyStart:f.keyEnd], []byte("error")) && t.meaningful(f)
		case answerKey, choicesKey, toolKey:
			return false
		}
	}
	if !failed {
		return false
	}
	alone := evidence{now: e.now, asked: e.asked, nest: e.nest + 1}
	switch said := ownWords(alone.value(t, c, main, 0)); alone.kind(said, 0) {
	case KindInvalidRequest, KindContextLength, KindTooLarge, KindModeration, KindNotFound, KindServer, KindOverloaded, KindUpstream, KindTimeout:
		return true
	}
	return false
}

// baseResp reads MiniMax's status, whose zero is success.
func (e *evidence) baseResp(t *tree, n *node, lv level, at int) (msg string) {
	for c := t.first(n); c != nil; c = t.after(c) {
		switch t.keyOf(c) {
		case statusCodeKey, codeKey:
			e.setCode(t.str(c), "baseresp", lv, at+1)
		case messageKey:
			msg = or(msg, e.value(t, c, lv, at))
		}
	}
	return msg
}

// choices reads only the errors in an answer's choices; their content is the answer.
func (e *evidence) choices(t *tree, n *node, lv level, at int, m *member) {
	for c := t.first(n); c != nil; c = t.after(c) {
		if c.kind != object {
			continue
		}
		for f := t.first(c); f != nil; f = t.after(f) {
			switch t.keyOf(f) {
			case errorKey:
				if t.meaningful(f) {
					e.inChoice = true
					e.container(t, f, errorKey, lv, at, m)
				}
			case finishReasonKey:
				e.finishError = e.finishError || t.str(f) == "error"
			}
		}
	}
}

// fields reads {"errors":{"model":["is required"]}}.
func (e *evidence) fields(t *tree, n *node) (msg string) {
	for c := t.first(n); c != nil && len(msg) < maxMessage; c = t.after(c) {
		sentence := e.value(t, c, aside, 0)
		if sentence == "" {
			continue
		}
		if t.keyOf(c) == otherKey {
			name := string(t.src[c.keyStart:c.keyEnd])
			if phrases.in(lower(sentence)).has(validates) {
				sentence = e.place(name, sentence)
			} else {
				sentence = name + ": " + sentence
			}
		}
		msg = join(msg, sentence)
	}
	return msg
}

// listsErrors tells a list of errors from the request's messages, which some servers send back.
func (t *tree) listsErrors(n *node) bool {
	if string(t.src[n.keyStart:n.keyEnd]) != "messages" {
		return true
	}
	first := t.first(n)
	if n.kind != array || first == nil || first.kind != object {
		return false
	}
	for c := t.first(first); c != nil; c = t.after(c) {
		switch t.keyOf(c) {
		case errorCodeKey, codeKey:
			return true
		}
	}
	return false
}
