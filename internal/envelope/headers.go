package envelope

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// requestIDs are the headers that name a reply, the provider's own first: what a gateway or a network added names only a
// part of the way.
var requestIDs = [...]string{
	"X-Request-Id", "Request-Id", "X-Requestid", "Apim-Request-Id", "X-Ms-Request-Id", "X-Amzn-Requestid", "X-Amz-Request-Id",
	"X-Generation-Id", "X-Dashscope-Request-Id", "X-Siliconcloud-Trace-Id", "X-Tt-Logid", "X-Litellm-Call-Id",
	"X-Kong-Request-Id", "Nvcf-Reqid", "X-Goog-Request-Id", "X-Inference-Id", "X-Oneapi-Request-Id", "X-Upstream-Request-Id",
	"X-Portkey-Trace-Id", "Helicone-Id", "X-Bce-Request-Id", "X-Acs-Request-Id", "Cf-Aig-Log-Id", "Mistral-Correlation-Id",
	"Opc-Request-Id", "X-Ds-Trace-Id", "Cerebras-Request-Id",
}

// networkIDs come last: they name the hop rather than the request.
var networkIDs = [...]string{
	"X-Trace-Id", "X-Correlation-Id", "X-B3-Traceid", "X-Vercel-Id", "X-Railway-Request-Id", "Fly-Request-Id", "X-Cloud-Trace-Context",
	"X-Amzn-Trace-Id", "Cf-Ray", "X-Amz-Cf-Id",
}

// RequestID returns the identifier by which a provider finds a request again, from a reply's headers; "" if there is none.
func RequestID(h http.Header) string {
	return requestID(h, "", "")
}

func requestID(h http.Header, inBody, said string) string {
	if id := firstOf(h, requestIDs[:]); id != "" {
		return id
	}
	if inBody != "" {
		return clean(inBody, maxField)
	}
	if id := idInText(said); id != "" {
		return id
	}
	return cmp.Or(anyRequestID(h), firstOf(h, networkIDs[:]))
}

// anyRequestID is an id under a name that says what it is, of a provider that nobody here knows.
func anyRequestID(h http.Header) string {
	name := ""
	for key, v := range h {
		named := strings.HasSuffix(key, "-Request-Id") || strings.HasSuffix(key, "-Requestid")
		if named && key != "X-Client-Request-Id" && !slices.Contains(networkIDs[:], key) && len(v) > 0 && v[0] != "" && (name == "" || key < name) {
			name = key // the first, so that it is always the same
		}
	}
	if name == "" {
		return ""
	}
	return clean(h[name][0], maxField)
}

func firstOf(h http.Header, names []string) string {
	for _, name := range names {
		if v := h[name]; len(v) > 0 && v[0] != "" {
			return clean(v[0], maxField)
		}
	}
	return ""
}

// idInText reads one-api's "... (request id: 20250101000000)", which stands nowhere else.
func idInText(said string) string {
	const intro = "(request id: "
	i := strings.LastIndex(said, intro)
	if i < 0 {
		return ""
	}
	id, _, closed := strings.Cut(said[i+len(intro):], ")")
	if !closed || !token(id) {
		return ""
	}
	return id
}

// codeHeaders have the codes of AWS and Azure.
var codeHeaders = [...]string{"X-Amzn-Errortype", "X-Ms-Error-Code", "X-Error-Code"}

// shown has the names above; shownBy has the bits of their first letters by their lengths, which rules out most others.
var shown, shownBy = func() (all map[string]bool, by [32]uint64) {
	all = make(map[string]bool, 64)
	for _, names := range [...][]string{requestIDs[:], networkIDs[:], codeHeaders[:]} {
		for _, name := range names {
			all[name] = true
			by[len(name)] |= 1 << (name[0] & 63)
		}
	}
	return all, by
}()

// Shown gives the values of the headers that a refusal may show.
func Shown(h http.Header, each func(value string)) {
	for name, values := range h {
		if !shows(name) {
			continue
		}
		for _, v := range values {
			each(v)
		}
	}
}

// shows is whether a refusal may show the value of a header, which has its canonical name.
func shows(name string) bool {
	return name != "" && len(name) < len(shownBy) && shownBy[len(name)]>>(name[0]&63)&1 != 0 && shown[name]
}

// noteHeaders reads the codes that AWS and Azure send in a header, sometimes nowhere else.
func (e *evidence) noteHeaders(h http.Header) {
	for _, name := range codeHeaders {
		values := h[name]
		if len(values) == 0 {
			continue
		}
		v := values[0]
		e.note(main, v)
		if e.r.Type == "" {
			e.r.Type, _, _ = strings.Cut(v, ":")
		}
	}
}
