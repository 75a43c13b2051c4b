package buoytest

import (
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error answers with this status and exactly this body. The content type is guessed
// from the first character of the body. Set it or any other header with lines such as
// "Retry-After: 30".
func Error(status int, body string, headers ...string) Step {
	return Headers(Step{name: "Error", serve: func(x *exchange) { x.whole(status, guessType(body), []byte(body)) }}, headers...)
}

// Fail refuses with this status. The server's [Dialect] decides the form and the words.
func Fail(status int) Step {
	return Step{name: "Fail", serve: func(x *exchange) { x.refuse(status, "") }}
}

// OpenAIError refuses as OpenAI does: {"error": {message, type, param, code}}. An empty
// code is sent as null. The type is the one that OpenAI sends with this status. To send
// another, write the body with [Error].
func OpenAIError(status int, code, message string, headers ...string) Step {
	return Headers(Step{name: "OpenAIError", serve: func(x *exchange) {
		x.whole(status, jsonType, []byte(`{"error":`+string(openAIFailure(status, code, message))+`}`))
	}}, headers...)
}

// AITunnelError refuses as AITUNNEL does: {"error": {code, message, metadata}}. The
// code is the status. Several metadata are merged.
func AITunnelError(status int, message string, metadata ...map[string]any) Step {
	all := map[string]any{}
	for _, m := range metadata {
		maps.Copy(all, m)
	}
	return Step{name: "AITunnelError", serve: func(x *exchange) {
		x.whole(status, jsonType, []byte(`{"error":`+string(aitunnelFailure(status, message, all))+`}`))
	}}
}

// InBand answers 200 with body, an error in JSON, even if a stream was asked for.
// Gateways do this when they have already begun to answer.
func InBand(body string) Step {
	return Step{name: "InBand", serve: func(x *exchange) { x.whole(200, guessType(body), []byte(body)) }}
}

// ChoiceError answers 200 with a part of the text and an error inside the choice. The
// finish reason is "error".
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

// NoChoices answers 200 with a reply that has neither choices nor an error. A stream
// consists of [DONE] alone.
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

// HTML answers with this status and an HTML page, as proxies do.
func HTML(status int) Step {
	return Step{name: "HTML", serve: func(x *exchange) {
		title := strconv.Itoa(status) + " " + http.StatusText(status)
		x.whole(status, "text/html", []byte("<html>\r\n<head><title>"+title+"</title></head>\r\n<body>\r\n<center><h1>"+
			title+"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
	}}
}

// RetryAfter answers as step does, with a Retry-After header of d, rounded up to
// seconds. If that is not exact, it also sends retry-after-ms.
func RetryAfter(d time.Duration, step Step) Step {
	lines := []string{"Retry-After: " + strconv.Itoa(int(math.Ceil(d.Seconds())))}
	if d%time.Second != 0 {
		lines = append(lines, "Retry-After-Ms: "+strconv.FormatInt(d.Milliseconds(), 10))
	}
	return Headers(step, lines...)
}

// Redirect sends the client to another URL with status 307. The client then sends the
// same request there.
func Redirect(to string) Step {
	return Step{name: "Redirect", serve: func(x *exchange) {
		x.w.Header().Set("Location", to)
		x.whole(http.StatusTemporaryRedirect, "", nil)
	}}
}

// Headers answers as step does, with more headers: lines such as "X-Request-Id: abc".
// It panics if a line has no colon.
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
