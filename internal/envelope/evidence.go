package envelope

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// level says whose word a code is. The nearer to the failure, the more it counts: a gateway's "Provider returned error"
// says less than what the provider said.
type level uint8

const (
	// main is what the server that answered says itself.
	main level = iota
	// forwarded is a whole error of the server behind it: JSON in a string, metadata.raw, a Python repr.
	forwarded
	// aside is what stands beside an error to explain it. Its codes count, its numbers are no HTTP codes.
	aside
	levels
)

// maxNest is how deep JSON is followed into strings. Three levels were seen in real replies.
const maxNest = 3

// evidence is what a body, and the headers with it, tell about a refusal.
type evidence struct {
	r     Refusal // by value, or it would have to be allocated with what its texts refer to
	now   time.Time
	asked Request // nil where nobody knows

	codes  [levels]meaning
	code   [levels]place // an HTTP code in "code"
	status [levels]place // one in "status" and the like, which counts less

	codeAt, typeAt, paramAt int    // how near to the failure r.Code, r.Type and r.Param stood
	innerCode, innerType    string // of a forwarded error, where the outer one has none
	bodyID                  string
	rawText                 string // a forwarded sentence that may say what happened; evidence only
	unknown                 string // codes in no table, as words
	shape                   Kind   // the kind that the metadata's shape tells
	upstreamFault           bool   // the server says that its upstream is to blame
	gatewayed               bool   // or at least which it is
	byok                    bool   // it was asked with a key of the caller's
	finishError             bool   // a choice ended with finish_reason "error"
	inChoice                bool   // the error stood in a choice
	midAnswer               bool   // it came as an event, or beside a part of an answer
	wait                    time.Duration
	headers                 http.Header // metadata.headers
	located                 bool        // a validator named a place in the request
	places                  []string    // the sentences of validators, each with the place before it and then without
	heard                   [2]string   // the latest sentence, and the server's own words of it
	doubtful                bool        // what was forwarded also stands in the request
	nest                    int
	grpc                    int  // what may be a gRPC code
	isGRPC                  bool // and is one
}

// place is a number and the distance from the outermost object at which it stood; a larger one is nearer to the failure.
type place struct{ value, at int }

// note weighs a code.
func (e *evidence) note(lv level, code string) {
	switch m, ok := lookup(code); {
	case !ok:
		e.hear(lv, code)
	case m.rank > e.codes[lv].rank:
		e.codes[lv] = m
	}
}

// value reads any node and returns the human sentence in it.
func (e *evidence) value(t *tree, n *node, lv level, at int) string {
	switch n.kind {
	case text:
		return e.sentence(t.str(n), lv)
	case number:
		return t.str(n)
	case array:
		return e.list(t, n, lv, at)
	case object:
		return e.object(t, n, lv, at)
	}
	return ""
}

// list reads several errors, or a message in several pieces. The first is the failure, the others stand beside it.
func (e *evidence) list(t *tree, n *node, lv level, at int) (msg string) {
	const enough = 4
	i := 0
	for c := t.first(n); c != nil && i < enough; c = t.after(c) {
		lv = e.found(t, c, lv)
		sentence := e.value(t, c, lv, at)
		if msg == "" {
			msg = sentence
		} else if sentence != "" && !strings.Contains(msg, sentence) {
			if len(ownWords(msg)) < len(msg) { // see join
				msg, sentence = sentence, msg
			}
			msg += "; " + sentence
		}
		if lv == main && c.kind == object {
			lv = aside
		}
		i++
	}
	return msg
}

// member keeps what one object's members said until all of them are known, since their order is anybody's.
type member struct {
	own, title, detail, token, reason, loc string
	fromError                              string // of an "error" member
	nested                                 bool   // which was an object
	inner                                  string // of an error forwarded inside this one
	spare                                  string // of details, used where nothing else speaks
	valued                                 bool   // a "value" was seen; others are passed over
}

// object reads one object of an error: its codes become evidence, its sentence is returned.
func (e *evidence) object(t *tree, n *node, lv level, at int) string {
	if loc := t.located(n); lv == forwarded && loc != nil && string(t.src[loc.keyStart:loc.keyEnd]) == "loc" {
		lv = e.found(t, n, lv) // the first of a list that stands in a text
	}
	var m member
	e.members(t, n, lv, at, &m)
	return m.sentence()
}

func (e *evidence) members(t *tree, n *node, lv level, at int, m *member) {
	for c := t.first(n); c != nil; c = t.after(c) {
		if c.kind == null || c.kind == nothing {
			continue
		}
		switch k := t.keyOf(c); k {
		case errorKey, errorsKey, responseKey, detailKey:
			e.container(t, c, k, lv, at, m)
		case messageKey:
			sentence := e.value(t, c, lv, at)
			if m.own = or(m.own, sentence); token(sentence) {
				e.note(lv, sentence) // {"message":"MODEL_NOT_FOUND"}
			}
		case titleKey:
			m.title = or(m.title, t.str(c))
		case codeKey, grpcKey, errorCodeKey, statusCodeKey, httpKey, statusKey, typeKey, reasonKey, quotaIDKey:
			e.codeMember(t, c, k, lv, at, m)
		case paramKey:
			if s := t.str(c); lv == main && stated(s) && (e.r.Param == "" || at > e.paramAt) {
				e.r.Param, e.paramAt = s, at
			}
		case locKey:
			if c.kind != array {
				continue // the path of the request
			}
			if m.loc = location(t, c); e.r.Param == "" && !t.ofAnswer(c) {
				e.r.Param, e.paramAt = m.loc, at
			}
		case detailsKey, asideKey, dataKey, rawKey, metadataKey, availabilityKey, baseRespKey, headersKey, choicesKey:
			e.inside(t, c, k, lv, at, m)
		case filterKey, reasonsKey, flaggedKey, patternsKey, providerNameKey, modelSlugKey:
			e.metaMember(t, c, k)
		case promptFeedbackKey:
			// Gemini's own form of a blocked prompt, which gateways quote: {"promptFeedback":{"blockReason":"SAFETY"}}.
			for f := t.first(c); f != nil; f = t.after(f) {
				if t.keyOf(f) == typeKey && t.meaningful(f) {
					e.shape = KindModeration
					e.setType(t.str(f), lv, at)
					m.spare = or(m.spare, "the prompt was blocked: "+t.str(f))
				}
			}
		case requestIDKey:
			if s := t.str(c); s != "" && !strings.ContainsAny(s, " \n") && (e.bodyID == "" || lv == main) {
				e.bodyID = s
			}
		case retryableKey:
			if v, ok := t.truth(c); ok && lv != forwarded && e.r.ShouldRetry == nil {
				e.r.ShouldRetry = &v
			}
		case valueKey:
			if lv == main && !m.valued && e.unread(t, n, c) {
				m.inner = or(m.inner, e.raw(t, c))
			}
			m.valued = true
		case waitKey, waitMillisKey:
			e.waitMember(t, c, k == waitMillisKey)
		case otherKey:
			// AWS event streams name the failure by the member: {"throttlingException":{"message":...}}.
			if name := string(t.src[c.keyStart:c.keyEnd]); c.kind == object && exceptional(name) {
				e.setType(name, lv, at)
				m.fromError, m.nested = or(m.fromError, e.object(t, c, lv, at+1)), true
			}
		}
	}
	if m.loc != "" && m.own != "" {
		m.own = e.place(m.loc, m.own)
	}
}

// container reads the members that hold the failure itself.
func (e *evidence) container(t *tree, c *node, k key, lv level, at int, m *member) {
	switch {
	case c.kind == object && k == errorsKey:
		m.fromError, m.nested = or(m.fromError, or(e.object(t, c, lv, at+1), e.fields(t, c))), true
	case k == errorsKey && !t.listsErrors(c):
	case c.kind == object, c.kind == array:
		m.fromError, m.nested = or(m.fromError, e.value(t, c, lv, at+1)), true
	case k == responseKey:
	case c.kind == number && k == errorKey:
		e.setCode(t.str(c), "", lv, at)
	case c.kind == text && k == detailKey:
		m.detail = or(m.detail, e.value(t, c, lv, at))
	case c.kind == text:
		s := e.value(t, c, lv, at)
		if token(s) {
			// {"error":"invalid_api_key","message":...}: a code, and the sentence elsewhere.
			m.token = s
			e.note(lv, s)
			if lv == main && e.r.Code == "" {
				e.r.Code, e.codeAt = s, at-1
			}
			return
		}
		m.fromError = or(m.fromError, s)
	}
}

// inside reads the members that stand beside the failure.
func (e *evidence) inside(t *tree, c *node, k key, lv level, at int, m *member) {
	structured := c.kind == object || c.kind == array
	switch k {
	case detailsKey:
		e.isGRPC = e.isGRPC || lv == main && c.kind == array
		if structured {
			m.spare = or(m.spare, e.value(t, c, aside, at))
		} else if s, unwrapped := e.unwrap(t.str(c), lv); unwrapped {
			m.inner = or(m.inner, s)
		} else {
			m.spare = or(m.spare, s)
		}
	case asideKey, dataKey:
		if structured {
			m.spare = or(m.spare, e.value(t, c, aside, at))
		}
	case metadataKey:
		if c.kind == object {
			if raw := t.raw(c); lv == main && e.r.Metadata == nil && json.Valid(raw) {
				e.r.Metadata = bytes.Clone(raw)
			}
			if lv == main && e.nest == 0 { // not in what was forwarded: anybody may have written that
				e.gateway(t, c)
			}
			// Read like an aside, but what it forwards belongs to the sentence of the error around it.
			var meta member
			e.members(t, c, aside, at, &meta)
			m.inner, meta.inner = or(m.inner, meta.inner), ""
			m.spare = or(m.spare, meta.sentence())
		}
	case rawKey:
		m.inner = or(m.inner, e.raw(t, c))
	case availabilityKey:
		if c.kind == object {
			e.object(t, c, aside, at)
		}
	case baseRespKey:
		if c.kind == object {
			m.own = or(m.own, e.baseResp(t, c, lv, at))
		}
	case headersKey:
		if c.kind == object && e.headers == nil {
			e.headers = headerOf(t, c)
		}
	case choicesKey:
		if c.kind == array {
			e.choices(t, c, lv, at, m)
		}
	}
}

// stated leaves out Python's and JavaScript's words for nothing, which some servers write as text.
func stated(s string) bool {
	return s != "" && s != "None" && s != "null"
}

// httpCode returns the HTTP error code that s begins with: "429", "401 Unauthorized".
func httpCode(s string) int {
	if len(s) < 3 || len(s) > 3 && s[3] != ' ' {
		return 0
	}
	n, err := strconv.Atoi(s[:3])
	if err != nil || n < 400 || n > 599 {
		return 0
	}
	return n
}

// exceptional tells whether a member's name is that of a failure.
func exceptional(name string) bool {
	return strings.HasSuffix(name, "Exception") || strings.HasSuffix(name, "Error")
}

// token tells a code from a sentence.
func token(s string) bool {
	if len(s) < 3 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isWord(c) && c != '.' && c != '#' && c != ':' {
			return false
		}
	}
	return true
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
