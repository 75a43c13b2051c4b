package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// line is what a tree shows below a span: a span or an event.
type line struct {
	at    time.Time
	text  string
	below []line
}

// writeTree writes a span and all below it, in the order of time.
func writeTree(out io.Writer, all tracetest.SpanStubs, root tracetest.SpanStub) {
	top := lineOf(all, root, root.StartTime)
	_, _ = fmt.Fprintln(out, top.text)
	writeLines(out, top.below, "")
}

func writeLines(out io.Writer, lines []line, indent string) {
	for i, l := range lines {
		branch, more := "├─ ", "│  "
		if i == len(lines)-1 {
			branch, more = "└─ ", "   "
		}
		_, _ = fmt.Fprintln(out, indent+branch+l.text)
		writeLines(out, l.below, indent+more)
	}
}

func lineOf(all tracetest.SpanStubs, s tracetest.SpanStub, begin time.Time) line {
	outcome := "ok"
	if s.Status.Code == codes.Error {
		outcome = s.Status.Description
	}
	l := line{at: s.StartTime, text: fmt.Sprintf("%s, %s after %s, %s %s", s.Name, short(s.EndTime.Sub(s.StartTime)), short(s.StartTime.Sub(begin)), outcome,
		some(s.Attributes, "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "buoy.attempts", "http.response.status_code"))}
	for _, e := range s.Events {
		l.below = append(l.below, line{at: e.Time, text: fmt.Sprintf("* %s after %s %s", e.Name, short(e.Time.Sub(begin)),
			some(e.Attributes, "error.type", "buoy.key.state", "buoy.key.reason", "buoy.wait"))})
	}
	for _, child := range all {
		if child.Parent.SpanID() == s.SpanContext.SpanID() && child.SpanContext.TraceID() == s.SpanContext.TraceID() {
			l.below = append(l.below, lineOf(all, child, begin))
		}
	}
	slices.SortStableFunc(l.below, func(a, b line) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	return l
}

func short(d time.Duration) string { return d.Round(time.Millisecond).String() }

// some are the attributes worth a look here.
func some(all []attribute.KeyValue, keys ...string) string {
	var out []string
	for _, key := range keys {
		for _, a := range all {
			if string(a.Key) == key {
				out = append(out, key[strings.LastIndexByte(key, '.')+1:]+"="+a.Value.String())
			}
		}
	}
	return strings.Join(out, " ")
}
