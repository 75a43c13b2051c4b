package buoysentry

import (
	"cmp"
	"errors"
	"log/slog"
	"strings"

	"github.com/buoy-go/buoy"
	"github.com/getsentry/sentry-go"
)

// report is what one event says.
type report struct {
	kind            buoy.Kind
	endpoint, model string
	op, key         string
	title           string
	issue           []string // the fingerprint
	err             error
	about           data // joins the facts of err in the context "buoy call"
}

// name is the fingerprint as one word.
func (r *report) name() string { return strings.Join(r.issue, "\x00") }

func (r *report) ofKind() {
	r.title = string(r.kind)
	r.issue = []string{"buoy", string(r.kind), r.endpoint, r.model}
}

// callReport is about a call that failed, or would have without a substitute.
func callReport(e buoy.CallEvent, failure error) report {
	r := report{
		kind: buoy.KindOf(failure), endpoint: e.Info.Endpoint, model: cmp.Or(e.Info.Model, e.Model), op: e.Op, err: failure,
		about: data{"call": e.ID, "duration": e.Duration, "attempts": len(e.Info.Attempts), "model": e.Model},
	}
	if e.Err == nil { // the place is that of the failure, and not of what was given for it
		r.endpoint = ""
		for i := range e.Info.Attempts {
			if a := &e.Info.Attempts[i]; buoy.KindOf(a.Err) == r.kind {
				r.endpoint, r.model = a.Endpoint, a.Model
				break
			}
		}
	}
	if r.endpoint == "" {
		for _, a := range facts(failure) {
			if a.Key == "endpoint" {
				r.endpoint = a.Value.String()
			}
		}
	}
	r.ofKind()
	return r
}

// attemptReport is about a refusal that a human must mend, while the call went on.
func attemptReport(e buoy.CallEvent, number int, a *buoy.Attempt) report {
	r := report{
		kind: buoy.KindOf(a.Err), endpoint: a.Endpoint, model: a.Model, op: e.Op, key: a.Key, err: a.Err,
		about: data{"call": e.ID, "attempt": number, "model": e.Model, "repaired": e.Err == nil, "provider_request_id": a.RequestID},
	}
	r.ofKind()
	return r
}

// levels are Sentry's words for the severities.
var levels = map[buoy.Severity]sentry.Level{
	buoy.SeverityCritical:      sentry.LevelFatal,
	buoy.SeverityImportant:     sentry.LevelWarning,
	buoy.SeverityStandard:      sentry.LevelError,
	buoy.SeverityInformational: sentry.LevelInfo,
}

// parameters are the facts that stand in the context "buoy request": how it was asked, and
// not a word of what.
var parameters = map[string]bool{
	"stream": true, "temperature": true, "max_tokens": true, "reasoning": true, "messages": true, "tools": true, "bytes": true,
}

// event says it in Sentry's words. held is how many events of the issue were held back
// since the last one.
func (r *report) event(held int, request *buoy.Request) *sentry.Event {
	e := sentry.NewEvent()
	e.Level = levels[r.kind.Severity()]
	e.Logger = "buoy"
	e.Fingerprint = r.issue
	call, parameter := data{}, data{}
	message := ""
	for _, a := range facts(r.err) {
		switch {
		case a.Key == "message":
			message = cut(mask(a.Value.String(), r.err, request))
		case parameters[a.Key]:
			parameter[a.Key] = a.Value.Any()
		default:
			call[a.Key] = a.Value.Any()
		}
	}
	for name, value := range r.about {
		call[name] = value
	}
	call["held_back"] = held
	if api, ok := errors.AsType[*buoy.APIError](r.err); ok {
		limits(e, api)
		moderation(e, api)
		if api.Upstream != nil {
			call["upstream"] = api.Upstream.ProviderName
		}
		call["retry_after"] = api.RetryAfter
	}
	if open, ok := errors.AsType[*buoy.OpenError](r.err); ok {
		call["until"] = open.Until
		call["because"] = string(buoy.KindOf(open.Cause))
	}
	if keys, ok := errors.AsType[*buoy.KeysError](r.err); ok {
		call["until"] = keys.Until
		call["keys"] = keys.Keys
	}
	e.Exception = []sentry.Exception{{
		Type: "buoy " + r.title, Value: cmp.Or(message, r.title), Module: "github.com/buoy-go/buoy",
		Mechanism: &sentry.Mechanism{Type: "buoy", Handled: new(true)},
	}}
	for name, value := range map[string]string{
		"buoy.kind": string(r.kind), "buoy.severity": string(r.kind.Severity()), "buoy.op": r.op,
		"buoy.endpoint": r.endpoint, "buoy.model": r.model, "buoy.key": r.key,
		"buoy.status": said(call["status"]), "buoy.code": said(call["code"]), "buoy.stop": said(call["stop"]),
		"buoy.repaired": said(call["repaired"]), "buoy.degraded": said(call["degraded"]),
	} {
		tag(e, name, value)
	}
	describe(e, "buoy call", call)
	describe(e, "buoy request", parameter)
	return e
}

// limits adds what the provider said of its limits. A zero says something here: nothing
// is left.
func limits(e *sentry.Event, api *buoy.APIError) {
	c := sentry.Context{}
	for name, a := range map[string]buoy.Allowance{"requests": api.RateLimit.Requests, "tokens": api.RateLimit.Tokens} {
		if a.Known {
			c[name+"_limit"], c[name+"_remaining"], c[name+"_reset"] = a.Limit, a.Remaining, a.Reset.String()
		}
	}
	if len(c) > 0 {
		e.Contexts["buoy limits"] = c
	}
}

// moderation adds why a request was refused for its content, and never the content.
func moderation(e *sentry.Event, api *buoy.APIError) {
	if m := api.Moderation; m != nil {
		describe(e, "buoy moderation", data{"reasons": cut(strings.Join(m.Reasons, ", ")), "provider": m.ProviderName, "model": m.ModelSlug})
	}
}

// facts are what buoy's logs say of an error.
func facts(err error) []slog.Attr {
	var v slog.LogValuer
	if errors.As(err, &v) {
		if group := v.LogValue(); group.Kind() == slog.KindGroup {
			return group.Group()
		}
	}
	if err == nil {
		return nil
	}
	return []slog.Attr{slog.String("message", err.Error())}
}
