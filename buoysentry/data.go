package buoysentry

import (
	"fmt"
	"strings"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/getsentry/sentry-go"
)

// data is what a context or a breadcrumb has.
type data map[string]any

// clean leaves out what says nothing, and writes times and texts as they are read.
func (d data) clean() map[string]any {
	for name, value := range d {
		switch v := value.(type) {
		case string:
			d[name] = cut(v)
		case time.Duration:
			d[name] = v.Round(time.Microsecond).String()
		case time.Time:
			d[name] = v.UTC().Format(time.RFC3339)
		}
		if said(value) == "" {
			delete(d, name)
		}
	}
	return d
}

// said is a value as text; "" for one that says nothing.
func said(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case time.Time:
		if v.IsZero() {
			return ""
		}
	}
	if s := fmt.Sprint(value); s != "0" && s != "0s" && s != "false" {
		return s
	}
	return ""
}

// describe adds a context to an event, unless it is empty.
func describe(e *sentry.Event, name string, d data) {
	if c := d.clean(); len(c) > 0 {
		e.Contexts[name] = c
	}
}

// cut bounds a text that came from elsewhere.
func cut(s string) string { return shorten(s, 1000) }

// shorten cuts a text at most bytes, between letters.
func shorten(s string, most int) string {
	if len(s) <= most {
		return strings.ToValidUTF8(s, "?")
	}
	const dots = "..."
	return strings.ToValidUTF8(s[:most-len(dots)], "") + dots
}

// tag adds a tag in the form that Sentry takes: it refuses names over 32 and values over
// 200 characters, and values with a line break.
// See https://docs.sentry.io/platforms/go/enriching-events/tags/.
func tag(e *sentry.Event, name, value string) {
	if value == "" || name == "" || len(name) > 32 {
		return
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("_.:-", rune(c)) {
			return
		}
	}
	e.Tags[name] = shorten(strings.NewReplacer("\n", " ", "\r", " ").Replace(value), 200)
}

// crumb makes a breadcrumb.
func crumb(what string, level sentry.Level, message string, d data) *sentry.Breadcrumb {
	return &sentry.Breadcrumb{Type: "default", Category: "buoy." + what, Level: level, Message: cut(message), Data: d.clean(), Timestamp: time.Now()}
}

// attemptCrumb is the breadcrumb of an attempt.
func attemptCrumb(e buoy.AttemptEvent, request *buoy.Request) *sentry.Breadcrumb {
	d, level := data{}, sentry.LevelInfo
	if e.Err != nil {
		level = sentry.LevelWarning
		for _, a := range facts(e.Err) {
			d[a.Key] = a.Value.Any()
		}
		if text, ok := d["message"].(string); ok {
			d["message"] = mask(text, e.Err, request)
		}
	}
	for name, value := range map[string]any{
		"call": e.Call, "attempt": e.Number, "endpoint": e.Endpoint, "model": e.Model, "key": e.Key,
		"wait": e.Wait, "duration": e.Duration, "first_token": e.FirstToken, "hedge": e.Hedge,
	} {
		d[name] = value
	}
	if e.RequestID != "" {
		d["provider_request_id"] = e.RequestID
	}
	return crumb("attempt", level, fmt.Sprintf("attempt %d at %s: %s", e.Number, e.Endpoint, e.Outcome()), d)
}
