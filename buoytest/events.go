package buoytest

import (
	"strconv"
	"unicode/utf8"
)

// events is a stream that has begun.
type events struct {
	x      *exchange
	a      Answer
	tokens []string
	head   []byte // of each chunk, up to its choices
	buf    []byte // one event, used again
}

// open sends the headers of a stream and the chunks with the role, and puts them on the wire.
func (x *exchange) open(a Answer) *events {
	s := &events{x: x, a: a, tokens: a.tokens()}
	s.head = x.appendHead(append(s.head, "data: "...), a, "chat.completion.chunk")
	if x.got.IncludeUsage && x.dialect == OpenAI {
		s.head = append(s.head, `,"usage":null`...)
	}
	s.head = append(s.head, `,"choices":[`...)

	h := x.w.Header()
	h.Set("Cache-Control", "no-cache")
	x.head(200, x.dialect.streamType(), -1)
	if a.bare() {
		s.delta(`{"role":"assistant","content":null,"refusal":null}`, "")
	} else {
		s.delta(`{"role":"assistant","content":"","refusal":null}`, "")
	}
	return s
}

// say sends tokens, one chunk each.
func (s *events) say(tokens ...string) {
	for _, t := range tokens {
		s.delta(string(append(appendString([]byte(`{"content":`), t), '}')), "")
	}
}

// finish says tokens and ends the stream well.
func (s *events) finish(tokens ...string) {
	s.reason()
	s.say(tokens...)
	s.rest()
	s.delta(`{}`, s.a.finishReason())
	s.usage()
	if !s.a.OmitDone {
		s.done()
	}
}

// reason streams the reasoning, which comes before the text.
func (s *events) reason() {
	for _, t := range splitWords(s.a.Reasoning) {
		s.delta(string(append(appendString([]byte(`{"reasoning":`), t), '}')), "")
	}
}

// rest streams what an answer has beside its text.
func (s *events) rest() {
	for _, t := range splitWords(s.a.Refusal) {
		s.delta(string(append(appendString([]byte(`{"refusal":`), t), '}')), "")
	}
	for i, c := range s.a.ToolCalls {
		at := `{"tool_calls":[{"index":` + strconv.Itoa(i)
		b := appendString([]byte(at+`,"id":`), c.id(i))
		b = appendString(append(b, `,"type":"function","function":{"name":`...), c.Name)
		s.delta(string(append(b, `,"arguments":""}}]}`...)), "")
		for _, piece := range pieces(c.Arguments, 8) {
			b = appendString([]byte(at+`,"function":{"arguments":`), piece)
			s.delta(string(append(b, `}}]}`...)), "")
		}
	}
	if len(s.a.Message) > 0 {
		s.delta("{"+string(appendFields(nil, s.a.Message)[1:])+"}", "")
	}
}

// usage sends the chunk with the usage, if one is due.
func (s *events) usage() {
	if s.a.OmitUsage || !s.x.got.IncludeUsage && s.x.dialect != AITunnel {
		return
	}
	b := s.x.appendHead(append(s.buf[:0], "data: "...), s.a, "chat.completion.chunk")
	b = append(b, `,"choices":[],"usage":`...)
	b = s.x.appendUsage(b, s.a)
	s.buf = append(b, "}\n\n"...)
	s.put(s.buf)
}

// delta sends one chunk for each choice; reason "" is no finish reason yet.
func (s *events) delta(delta, reason string) { s.choice(delta, reason, "") }

// choice is delta with the error object of the choice.
func (s *events) choice(delta, reason, failure string) {
	for i := range s.x.got.Choices {
		b := append(s.buf[:0], s.head...)
		b = append(b, `{"index":`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `,"delta":`...)
		b = append(b, delta...)
		if failure != "" {
			b = append(b, `,"error":`...)
			b = append(b, failure...)
		}
		b = append(b, `,"logprobs":null,`...)
		b = s.x.dialect.appendFinish(b, reason)
		s.buf = append(b, "}]}\n\n"...)
		s.put(s.buf)
	}
}

// data sends payload as one event.
func (s *events) data(payload string) { s.put([]byte("data: " + payload + "\n\n")) }

// comment sends a line that means nothing.
func (s *events) comment(text string) { s.put([]byte(": " + text + "\n\n")) }

func (s *events) done() { s.data("[DONE]") }

// put sends an event and puts it on the wire.
func (s *events) put(b []byte) {
	s.x.send(b)
	s.x.endEvent()
}

// pieces cuts s after every n bytes, but never inside a character.
func pieces(s string, n int) []string {
	var ps []string
	for len(s) > n {
		cut := n
		for cut < len(s) && !utf8.RuneStart(s[cut]) {
			cut++
		}
		ps = append(ps, s[:cut])
		s = s[cut:]
	}
	if s != "" {
		ps = append(ps, s)
	}
	return ps
}
