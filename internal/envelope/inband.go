package envelope

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/buoy-go/buoy/internal/sniff"
)

// InBand inspects what came with a 2xx: a whole JSON body, or the data of one event or line of a stream. It returns the
// refusal if that is what it is, and false for an answer, a part of one, and whatever says nothing of a failure. name is
// the event's name in a stream; "error" makes a refusal of any data.
//
// Give the whole body, however long: the error is not always its first member. The refusal keeps body.
func (q Reader) InBand(h http.Header, status int, name string, body []byte, now time.Time) (*Refusal, bool) {
	named := name == "error" || name == "response.failed" || name == "response.error"
	b := sniff.Trim(body)
	if !named && (len(b) == 0 || answers(b)) {
		return nil, false
	}
	e := q.evidence(status, body, now)
	if len(b) == 0 || b[0] != '{' && b[0] != '[' && b[0] != '"' {
		if !named {
			return nil, false
		}
		// event: error with a sentence, a number, null or nothing.
		if s := string(b); numeric(s) && len(s) <= 16 {
			e.setCode(s, "", main, 0)
		}
		e.midAnswer = true
		e.resolve(h, e.bare(b), 0)
		return e.refusal(), true
	}
	t := parse(b)
	defer t.free()
	s := t.signs(t.root()).of(name)
	said := ""
	switch {
	case t.root().kind == text && !named:
		// A bare string in place of an answer is a refusal if it speaks of one, as in "Invalid token".
		said = e.sentence(t.str(t.root()), main)
		if kind, _ := kindFromText(0, ownWords(said)); kind == 0 {
			return nil, false
		}
	case named, s.refuses():
		said = e.value(t, t.root(), main, 0)
	case s.mayRefuse():
		said = e.value(t, t.root(), main, 0)
		e.resolve(h, said, 0)
		if (e.r.Kind == KindUnknown || e.r.Kind == KindServer) && e.codes[main].rank == 0 {
			return nil, false
		}
		return e.refusal(), true
	default:
		return nil, false
	}
	e.finishError = e.finishError || s.finishError
	e.midAnswer = named || s.answer || s.choices > 0
	e.resolve(h, said, 0)
	return e.refusal(), true
}

func (e *evidence) refusal() *Refusal {
	r := e.r
	return &r
}

// Ended tells what a finish reason means that says that something broke; 0 where it says no more. A bare "error" is a
// gateway's word for its upstream, and Portkey writes the type of Anthropic's error, such as overloaded_error.
func Ended(reason string) Kind {
	word := strings.ToLower(reason)
	if strings.HasSuffix(word, "error") {
		switch m, _ := lookup(word); m.kind {
		case KindServer, KindOverloaded, KindRateLimit, KindTimeout, KindUpstream:
			return m.kind
		}
	}
	if strings.HasPrefix(word, "error") {
		return KindUpstream
	}
	return 0
}

// bare reads an event's data that is no JSON: null says nothing, a number is a code.
func (e *evidence) bare(b []byte) string {
	s := string(b[:min(len(b), maxMessage)])
	if s == "null" || numeric(s) {
		return ""
	}
	return e.page([]byte(s))
}

// answers recognises at a glance what nearly all bodies are: an object with at least one choice, and nothing that could be
// a failure. It may only be wrong in saying false.
func answers(b []byte) bool {
	if b[0] != '{' {
		return false
	}
	_, rest, found := bytes.Cut(b, []byte(`"choices"`))
	if !found || !bytes.HasPrefix(rest, []byte(`:[{`)) && !bytes.HasPrefix(bytes.TrimLeft(bytes.TrimLeft(rest, ": \t\r\n"), "[ \t\r\n"), []byte("{")) {
		return false
	}
	return !bytes.Contains(b, []byte("rror")) && !bytes.Contains(b, []byte("base_resp"))
}

// signs are what the members of an answer say about whether it is one.
type signs struct {
	failed      bool // said outright: an error, type "error", success false, a non-zero base_resp
	error       bool // an error
	tool        bool // the name of a tool, or of its call
	choices     int
	finishError bool
	answer      bool // members that only an answer has
	explained   bool // detail, errors
	code        bool // a code that is no success
	sentence    bool // a message that is a text
	badStatus   bool // an HTTP error code as status
	empty       bool // "error": {}
}

func (t *tree) signs(n *node) (s signs) {
	switch n.kind {
	case array:
		for c := t.first(n); c != nil; c = t.after(c) {
			if c.kind == object {
				if of := t.signs(c); of.refuses() {
					return of
				}
			}
		}
		return s
	case object:
	default:
		return s
	}
	for c := t.first(n); c != nil; c = t.after(c) {
		t.sign(c, &s)
	}
	return s
}

func (t *tree) sign(c *node, s *signs) {
	switch k := t.keyOf(c); k {
	case errorKey:
		if c.kind == object && t.first(c) == nil {
			s.empty = true
		}
		s.error = s.error || t.meaningful(c)
		s.failed = s.failed || s.error
	case choicesKey:
		t.signChoices(c, s)
	case typeKey, objectKey:
		v := t.str(c)
		s.failed = s.failed || v == "error" || v == "response.failed" || strings.HasPrefix(string(t.src[c.keyStart:c.keyEnd]), "__") && exceptional(v)
		s.answer = s.answer || strings.HasPrefix(v, "chat.completion")
	case statusKey, statusCodeKey, httpKey:
		switch v := strings.ToLower(t.str(c)); v {
		case "failed", "failure", "fail", "error":
			s.failed = true
		default:
			s.badStatus = s.badStatus || httpCode(v) != 0
		}
		for f := t.first(c); f != nil; f = t.after(f) {
			v := t.str(f)
			s.badStatus = s.badStatus || t.keyOf(f) == codeKey && len(v) >= 3 && (v[0] == '4' || v[0] == '5')
		}
	case successKey:
		v, ok := t.truth(c)
		s.failed = s.failed || ok && !v
	case promptFeedbackKey:
		for f := t.first(c); f != nil; f = t.after(f) {
			s.failed = s.failed || t.keyOf(f) == typeKey && t.meaningful(f)
		}
	case baseRespKey:
		for f := t.first(c); f != nil; f = t.after(f) {
			if t.keyOf(f) == statusCodeKey && t.str(f) != "0" && t.str(f) != "" {
				s.failed = true
			}
		}
	case responseKey:
		for f := t.first(c); f != nil; f = t.after(f) {
			s.failed = s.failed || t.keyOf(f) == errorKey && t.meaningful(f)
		}
	case errorsKey, detailKey:
		s.explained = s.explained || t.meaningful(c) && t.listsErrors(c)
	case messageKey:
		s.sentence = s.sentence || c.kind == text && t.meaningful(c)
	case codeKey, errorCodeKey:
		switch v := strings.ToLower(t.str(c)); v {
		case "", "0", "200", "ok", "success":
		default:
			s.code = true
			s.explained = s.explained || k == errorCodeKey
		}
	case answerKey:
		s.answer = true
	case toolKey:
		s.tool = true
	case otherKey:
		s.failed = s.failed || c.kind == object && exceptional(string(t.src[c.keyStart:c.keyEnd]))
	}
}

func (t *tree) signChoices(n *node, s *signs) {
	for c := t.first(n); c != nil; c = t.after(c) {
		s.choices++
		if c.kind != object {
			continue
		}
		for f := t.first(c); f != nil; f = t.after(f) {
			switch t.keyOf(f) {
			case errorKey:
				s.failed = s.failed || t.meaningful(f)
			case finishReasonKey:
				s.finishError = s.finishError || t.str(f) == "error"
			}
		}
	}
}

// refuses tells whether it is one without a doubt.
func (s signs) refuses() bool {
	switch {
	case s.failed, s.finishError:
		return true
	case s.choices > 0:
		return false
	}
	return s.code && s.sentence || !s.answer && (s.explained || s.empty || s.badStatus)
}

// mayRefuse is a sentence alone. It takes evidence besides to call it a refusal.
func (s signs) mayRefuse() bool {
	return s.choices == 0 && !s.answer && s.sentence
}

// meaningful tells a failure from the empty error that some servers send beside every answer: null, "", {}, [], 0, false,
// and an object whose members are all of that sort.
func (t *tree) meaningful(n *node) bool {
	switch n.kind {
	case text:
		return len(bytes.TrimSpace(t.src[n.start:n.end])) > 0
	case number:
		return t.str(n) != "0"
	case boolean:
		v, _ := t.truth(n)
		return v
	case array, object:
		for c := t.first(n); c != nil; c = t.after(c) {
			if t.meaningful(c) {
				return true
			}
		}
	}
	return false
}
