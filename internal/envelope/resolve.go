package envelope

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/buoy-go/buoy/internal/hint"
)

// resolve fills the refusal from all that was found. number is the status, or 0 for a refusal inside a 200.
func (e *evidence) resolve(h http.Header, said string, number int) {
	r := &e.r
	e.noteHeaders(h)
	r.Code = clean(or(r.Code, e.innerCode), maxField)
	r.Type = clean(or(r.Type, e.innerType), maxField)
	r.Param = clean(r.Param, maxField)
	r.Message = clean(said, maxMessage)
	own := e.own(said)
	if strings.Contains(said[len(own):], e.rawText) {
		e.rawText = "" // it is the model's
	}
	said = own
	wait, limits := hint.FromRefusal(h, e.now)
	r.RateLimit, e.wait = limits, max(e.wait, wait)
	if d, ok := hint.FromHeader(e.headers, e.now); ok {
		e.wait = max(e.wait, d)
	}
	r.Kind = e.kind(said, number)
	if (r.Kind == KindAuth || r.Kind == KindQuota) && e.ofUpstream(r.Kind, said, number) {
		r.Kind = KindUpstream
	}
	r.byText = r.Kind == KindAuth && !e.saysAuth(number)
	if r.Moderation != nil && r.Upstream != nil {
		r.Moderation.ProviderName = r.Upstream.ProviderName
	}
	r.RequestID = requestID(h, e.bodyID, said)
	r.RetryAfter = e.retryAfter(said)
	if said := h["X-Should-Retry"]; len(said) > 0 {
		if v, err := strconv.ParseBool(said[0]); err == nil {
			r.ShouldRetry = &v
		}
	}
	if r.ShouldRetry == nil && r.Kind == KindRateLimit && oversized(said) {
		// One request above the whole minute's allowance: no wait makes it fit. Another key's allowance may be larger.
		r.ShouldRetry = new(bool)
		r.oversized = true
	}
	r.reserved = r.Kind == KindQuota && e.reserved(said)
}

// saysAuth reports whether a number or a code says that the key is bad, and not only a sentence, which may repeat
// what the request said.
func (e *evidence) saysAuth(status int) bool {
	number := e.number(status)
	if e.doubtful {
		number = e.outer(status)
	}
	for lv, m := range e.codes {
		if m.kind == KindAuth && !(e.doubtful && level(lv) == forwarded) {
			return true
		}
	}
	return number == 401 || e.shape == KindAuth || kindFromNumber(httpOfGRPC(e.grpc)) == KindAuth
}

// ofUpstream tells that a key or money is meant that this server has with a provider behind it, whatever status it passes
// on. The caller's own is good then, unless it is what the provider was asked with.
func (e *evidence) ofUpstream(kind Kind, said string, status int) bool {
	if own := e.codes[main]; e.byok || own.rank >= precise && own.kind == kind {
		return false
	}
	if outer := e.outer(status); e.upstreamFault || (outer == 0 || outer >= 500) && allFailed(said) {
		return true
	}
	return kind == KindAuth && e.gatewayed && (e.codes[forwarded].kind == KindAuth && !e.doubtful || strings.HasPrefix(said, "Provider returned error"))
}

// kind takes the four steps in their order.
func (e *evidence) kind(said string, status int) Kind {
	number := e.number(status)
	if status != 0 {
		number = plainNumber(number, status)
	}
	heard := e.withoutPlaces(said)
	if e.rawText != "" && !strings.Contains(said, e.rawText) {
		heard += "\n" + e.rawText
	}

	// Step 1: codes, the nearest to the failure first.
	best := meaning{}
	for _, lv := range [...]level{forwarded, aside, main} {
		m := e.codes[lv]
		if m.kind == KindAuth && lv == forwarded && e.outer(status) >= 500 {
			// The gateway's own key was refused upstream, and the gateway says that it failed: the caller's key is
			// good, and must not be taken for a dead one.
			continue
		}
		if m.rank > best.rank && (m.rank >= renewable || best.rank < broad) {
			best = m
		}
	}
	if best.rank == renewable {
		best.rank = precise
		if renews(e.named(heard), e.wait) {
			best.kind = KindRateLimit
		}
	}
	if best.rank == broad && best.kind == KindContextLength && number == 429 {
		// Tokens a minute, not in one prompt.
		best = meaning{}
	}
	if best.rank >= precise {
		switch {
		case best.kind == KindQuota && number == 429 && mayThrottle(heard) && (noQuota(e.r.Code) || noQuota(e.r.Type)) && throttles(lower(e.named(heard))),
			best.kind == KindQuota && strings.IndexByte(said, '#') > 0 && strings.Contains(said, "error-code#token-limit"):
			// DashScope's insufficient_quota says, or links to, what it means: tokens a minute.
			return KindRateLimit
		case best.kind == KindRateLimit && number == 429 && has(lower(said), allocated):
			return KindQuota
		case best.kind == KindAuth && number == 401 && has(lower(e.named(heard)), keySpent):
			return KindQuota // LLMGateway: invalid_api_key beside "API key reached its usage limit"
		}
		return best.kind
	}
	told, firm := kindFromText(plainNumber(number, status), e.named(heard+e.unknown))
	if (number == 400 || number == 422) && (told == KindQuota && (e.located || e.r.Param != "" || faulty(e.r.Code)) || told == KindRateLimit && e.located) {
		told, firm = 0, false // a field of the request is wrong, whatever it is called
	}
	if told == KindTimeout && number >= 500 && number != e.r.StatusCode {
		told = 0 // the number is the body's own, and whoever wrote it knew how long it took
	}
	if best.rank == broad && best.kind == KindAuth && number == 403 && told != KindAuth {
		// LiteLLM's default type is auth_error, whatever it is that a key may not do.
		switch {
		case firm && told == KindQuota:
			return KindQuota
		case phrases.in(lower(e.named(heard))).has(denied | notAllowed | wrongPlace):
			best.kind = KindPermission
		}
	}
	if best.rank >= broad && !(firm && outranks(told, best)) {
		return best.kind
	}
	if (number == 500 || number == 502) && (e.located || e.r.Param != "" && faulty(e.r.Code)) {
		// A gateway put a number of its own before what the provider said of a field of the request.
		return KindInvalidRequest
	}
	// Step 2: the metadata's shape. Step 3: the text. Step 4: the number.
	if e.shape != 0 {
		return e.shape
	}
	// A "quota" that comes with a wait is a rate, except where the status says that it is none.
	renewed := told == KindQuota && !firm && number != 400 && number != 403 && e.wait > 0 && e.wait <= shortWait
	if told != 0 && !renewed {
		return told
	}
	if (number == 401 || number == 403) && lapse(e.r.Code) && !has(lower(heard), whoAsks) {
		return KindServer // the code of a failure beside a status that explains nothing
	}
	if kind := kindFromNumber(number); kind != 0 {
		return kind
	}
	if kind := kindFromNumber(httpOfGRPC(e.grpc)); kind != 0 {
		return kind
	}
	return e.lastResort(best, e.named(heard))
}

// named takes the names of the request out of a sentence.
func (e *evidence) named(s string) string {
	if e.asked == nil {
		return s
	}
	return e.asked.Named(s)
}

// lastResort decides a refusal inside a 200 that neither code nor text nor number explains.
func (e *evidence) lastResort(best meaning, heard string) Kind {
	switch {
	case e.finishError && heard == "":
		return KindUpstream
	case best.kind == KindInvalidRequest && phrases.in(lower(heard)).has(fault):
		// The type of nearly every error, beside a sentence about a failure of theirs.
		return KindServer
	case best.kind != 0:
		return best.kind
	case e.finishError, e.inChoice, phrases.in(lower(heard)).has(garbled):
		return KindUpstream
	case heard == "", e.midAnswer, phrases.in(lower(heard)).has(troubled | fault):
		return KindServer
	}
	return KindUnknown
}

// number returns the body's own HTTP code, that of a forwarded error first, else the status.
func (e *evidence) number(status int) int {
	for _, p := range [...]place{e.code[forwarded], e.status[forwarded]} {
		if p.value == 401 && e.outer(status) >= 500 {
			continue
		}
		if p.value != 0 {
			return p.value
		}
	}
	return e.outer(status)
}

// plainNumber is the number that a sentence is read beside. One that HTTP does not know says nothing: iFlow sends 434 to
// 514 in the body of a 200, and MiMo 441 in that of a 400.
func plainNumber(number, status int) int {
	most := 599
	if status != 0 {
		most = 498 // a number that says "we failed" says it beside a 4xx, too
	}
	if number != status && number >= 430 && number <= most && number != 499 && http.StatusText(number) == "" && kindFromNumber(number) == kindFromNumber(number/100*100) {
		return status
	}
	return number
}

// outer is the number of the server that answered.
func (e *evidence) outer(status int) int {
	for _, p := range [...]place{e.code[main], e.status[main]} {
		if p.value != 0 {
			return p.value
		}
	}
	if code := httpOfGRPC(e.grpc); code != 0 && e.isGRPC && (status == 0 || status >= 500) {
		return code
	}
	return status
}

// outranks lists what a clear sentence may make of a code that only repeats the status. Gemini says RESOURCE_EXHAUSTED of
// a rate and of a used-up prepayment, and many say permission_denied where the balance is the reason.
func outranks(told Kind, code meaning) bool {
	kind := code.kind
	switch told {
	case KindQuota:
		return kind == KindRateLimit || kind == KindPermission || kind == KindOverloaded || kind == KindServer
	case KindRateLimit:
		return kind == KindPermission || kind == KindInvalidRequest || kind == KindServer
	case KindInvalidRequest, KindTimeout:
		return kind == KindServer || kind == KindUpstream
	case KindContextLength:
		return code.rank != plainly && kind != KindAuth && kind != KindPermission
	case KindModeration, KindAuth:
		return kind == KindPermission || kind == KindInvalidRequest
	case KindNotFound:
		return kind == KindOverloaded || kind == KindInvalidRequest || kind == KindUpstream
	}
	return false
}

// noQuota tells the code that OpenAI has for no money, and others for whatever is used up.
func noQuota(code string) bool {
	m, ok := find(code)
	return ok && m.kind == KindQuota && strings.Contains(strings.ToLower(code), "quota")
}

// whoAsks are words about the caller and the key.
var whoAsks = []string{
	"key", "token", "auth", "credential", "permi", "access", "account", "user", "organi", "login", "log in", "sign in", "allowed", "denied", "forbidden", "region", "country", "invalid",
	"expired", "revoked", "ключ", "токен", "доступ", "令牌", "密钥", "用户", "权限", "clé", "clave", "chave", "schlüssel", "chiave", "klucz",
}

// lapse tells whether a code, and not only a type, names a failure of the server.
func lapse(code string) bool {
	switch lower(code) {
	case "server_error", "internal_error", "internal_server_error":
		return true
	}
	return false
}

// faulty tells whether a code says that something in the request is wrong or not known.
func faulty(code string) bool {
	for _, begin := range [...]string{"invalid_", "unknown_", "unsupported_", "unrecognized_", "missing_"} {
		if strings.HasPrefix(code, begin) && !strings.HasPrefix(code, "invalid_request") {
			return true
		}
	}
	return false
}

// renews tells whether a code that says "quota" is about a short time here.
func renews(heard string, wait time.Duration) bool {
	s := lower(heard)
	m := phrases.in(s)
	if m.has(broke | spent | longPeriod) {
		return false
	}
	said, ok := hint.FromText(s, time.Time{})
	return m.has(perMinute|tooFast) || ok && said <= shortWait || wait > 0 && wait <= shortWait
}

// oversized reads OpenAI's and Groq's "Request too large for ... tokens per min (TPM): Limit 30000, Requested 49000".
func oversized(said string) bool {
	return strings.HasPrefix(said, "Request too large") && strings.Contains(said, "Requested")
}
