package buoytest

import (
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error answers with this status and exactly this body. The content type is guessed from the body's first character
// and may be set, as any header, by lines such as "Retry-After: 30".
func Error(status int, body string, headers ...string) Step {
	return Headers(Step{name: "Error", serve: func(x *exchange) { x.whole(status, guessType(body), []byte(body)) }}, headers...)
}

// Fail refuses with this status, in the server's [Dialect] and the words that fit the status.
func Fail(status int) Step {
	return Step{name: "Fail", serve: func(x *exchange) { x.refuse(status, "") }}
}

// OpenAIError refuses as OpenAI does: {"error": {message, type, param, code}}. An empty code is null. The type is the
// one OpenAI sends with this status; for another write the body with [Error].
func OpenAIError(status int, code, message string, headers ...string) Step {
	return Headers(Step{name: "OpenAIError", serve: func(x *exchange) {
		x.whole(status, jsonType, []byte(`{"error":`+string(openAIFailure(status, code, message))+`}`))
	}}, headers...)
}

// AITunnelError refuses as AITUNNEL does: {"error": {code, message, metadata}}, the code being the status. Fields of
// several metadata are put together.
func AITunnelError(status int, message string, metadata ...map[string]any) Step {
	all := map[string]any{}
	for _, m := range metadata {
		maps.Copy(all, m)
	}
	return Step{name: "AITunnelError", serve: func(x *exchange) {
		x.whole(status, jsonType, []byte(`{"error":`+string(aitunnelFailure(status, message, all))+`}`))
	}}
}

// InBand answers 200 with body, a refusal in JSON: what gateways do once they have begun to answer. A stream that was
// asked for does not come.
func InBand(body string) Step {
	return Step{name: "InBand", serve: func(x *exchange) { x.whole(200, guessType(body), []byte(body)) }}
}

// ChoiceError answers 200 with a part of the text and a refusal inside the choice, whose finish reason is "error".
func ChoiceError(status int, message string) Step {
	return Step{name: "ChoiceError", serve: func(x *exchange) {
		failure := string(aitunnelFailure(status, message, nil))
		a := x.base.longer(3)
		a.FinishReason = "error"
		if !x.got.Stream {
			a.Tokens = a.Tokens[:2]
			x.whole(200, jsonType, x.appendCompletion(nil, a, failure))
			return
		}
		s := x.open(a)
		s.say(a.Tokens[:2]...)
		s.choice(`{"content":""}`, a.FinishReason, failure)
		s.done()
	}}
}

// NoChoices answers 200 with a reply that has no choices and no refusal either; as a stream, with nothing but [DONE].
func NoChoices() Step {
	return Step{name: "NoChoices", serve: func(x *exchange) {
		if x.got.Stream {
			x.head(200, x.dialect.streamType(), -1)
			x.send([]byte("data: [DONE]\n\n"))
			return
		}
		b := append(x.appendHead(nil, x.base, "chat.completion"), `,"choices":[]}`...)
		x.whole(200, jsonType, b)
	}}
}

// HTML answers with this status and the page of a proxy.
func HTML(status int) Step {
	return Step{name: "HTML", serve: func(x *exchange) {
		title := strconv.Itoa(status) + " " + http.StatusText(status)
		x.whole(status, "text/html", []byte("<html>\r\n<head><title>"+title+"</title></head>\r\n<body>\r\n<center><h1>"+
			title+"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
	}}
}

// RetryAfter answers as step does and asks to wait for d: in Retry-After, rounded up to seconds, and where that is not
// exact in retry-after-ms too.
func RetryAfter(d time.Duration, step Step) Step {
	lines := []string{"Retry-After: " + strconv.Itoa(int(math.Ceil(d.Seconds())))}
	if d%time.Second != 0 {
		lines = append(lines, "Retry-After-Ms: "+strconv.FormatInt(d.Milliseconds(), 10))
	}
	return Headers(step, lines...)
}

// Redirect sends the client to another URL, with 307, which asks for the same request again.
func Redirect(to string) Step {
	return Step{name: "Redirect", serve: func(x *exchange) {
		x.w.Header().Set("Location", to)
		x.whole(http.StatusTemporaryRedirect, "", nil)
	}}
}

// Headers answers as step does, with more headers: lines such as "X-Request-Id: abc". It panics on a line without a
// colon.
func Headers(step Step, lines ...string) Step {
	if len(lines) == 0 {
		return step
	}
	more := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			panic("buoytest: header " + strconv.Quote(line) + ` is not "Name: value"`)
		}
		more.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return step.wrap(func(x *exchange, serve func(*exchange)) {
		fixed := more.Clone() // a handler may change what it is given
		maps.Copy(x.w.Header(), fixed)
		x.w = &fixedWriter{ResponseWriter: x.w, fixed: fixed}
		serve(x)
	})
}

// fixedWriter keeps headers that a script has named from being replaced by the step below.
type fixedWriter struct {
	http.ResponseWriter
	fixed http.Header
}

func (w *fixedWriter) WriteHeader(status int) {
	maps.Copy(w.Header(), w.fixed)
	w.ResponseWriter.WriteHeader(status)
}

// Flush implements [http.Flusher].
func (w *fixedWriter) Flush() { flush(w.ResponseWriter) }

// Unwrap is for [http.ResponseController].
func (w *fixedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// guessType is the content type that such a body usually has.
func guessType(body string) string {
	switch body := strings.TrimSpace(body); {
	case body == "":
		return ""
	case strings.HasPrefix(body, "<"):
		return "text/html"
	case strings.ContainsAny(body[:1], `{["`):
		return jsonType
	}
	return "text/plain"
}
