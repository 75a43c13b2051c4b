package buoy

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/buoy-go/buoy/internal/envelope"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write golden files and docs/errors.md anew")

// The contract's table, row by row, as it stands in the design: a change of the
// code's table must be meant.
func TestVerdictTable(t *testing.T) {
	const (
		no   = retryNever
		yes  = retryYes
		hint = retryHint
		once = retryOnce
	)
	rows := []struct {
		kinds    string
		retry    retryVerdict
		key      keyVerdict
		target   targetVerdict
		breaker  breakerVerdict
		severity Severity
	}{
		{"invalid_request too_large", no, keySame, targetNo, breakerNeutral, SeverityInformational},
		{"conflict", yes, keySame, targetNo, breakerNeutral, SeverityInformational},
		{"context_length", no, keySame, targetLarger, breakerNeutral, SeverityInformational},
		{"moderation", no, keySame, targetOptIn, breakerNeutral, SeverityInformational},
		{"auth", no, keyDisable, targetYes, breakerNeutral, SeverityCritical},
		{"permission", no, keyNext, targetYes, breakerNeutral, SeverityCritical},
		{"quota", no, keyCool, targetYes, breakerNeutral, SeverityCritical},
		{"not_found", no, keySame, targetYes, breakerNeutral, SeverityInformational},
		{"rate_limit", hint, keyCool, targetLongWait, breakerNeutral, SeverityImportant},
		{"server overloaded upstream malformed", yes, keySame, targetYes, breakerFailure, SeverityStandard},
		{"no_content", yes, keySame, targetYes, breakerNeutral, SeverityStandard},
		{"timeout", once, keySame, targetYes, breakerFailure, SeverityStandard},
		{"connection stream_interrupted", yes, keySame, targetYes, breakerFailure, SeverityStandard},
		{"response_too_large", no, keySame, targetNo, breakerNeutral, SeverityStandard},
		{"circuit_open", no, keySame, targetYes, breakerNeutral, SeverityStandard},
		{"limit", no, keyNext, targetYes, breakerNeutral, SeverityStandard},
		{"canceled incomplete", no, keySame, targetNo, breakerNeutral, SeverityInformational},
		{"unknown", no, keySame, targetNo, breakerNeutral, SeverityStandard},
	}
	seen := 0
	for _, r := range rows {
		for kind := range strings.FieldsSeq(r.kinds) {
			v := verdictOf(Kind(kind))
			require.Equal(t, Kind(kind), v.kind)
			require.Equal(t, r.retry, v.retry, kind)
			require.Equal(t, r.key, v.key, kind)
			require.Equal(t, r.target, v.target, kind)
			require.Equal(t, r.breaker, v.breaker, kind)
			require.Equal(t, r.severity, v.severity, kind)
			seen++
		}
	}
	require.Equal(t, len(verdicts), seen, "a kind of the table is missing here")
}

// docs/errors.md is printed from the table; run with -update after a change.
func TestErrorsPage(t *testing.T) {
	page := errorsPage()
	const path = "docs/errors.md"
	if *update {
		require.NoError(t, os.MkdirAll("docs", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, page, string(got), "docs/errors.md is stale: run make golden")
}

func errorsPage() string {
	var b strings.Builder
	b.WriteString(`# What every kind of error means

<!-- This page is printed from the verdict table in verdict.go by "make golden"; do not edit it. -->

` + "`buoy.KindOf(err)`" + ` returns the kind of any error. Kinds are constants and errors, so
` + "`errors.Is(err, buoy.ErrQuota)`" + ` works as well. Below each constant is its text, for logs and metrics. Some kinds are special cases of a wider kind, which is in brackets:
` + "`errors.Is(err, buoy.ErrServer)`" + ` is also true for an overload. A ` + "`switch buoy.KindOf(err)`" + ` compares with exactly one
kind, so name the special cases, too (` + "`case buoy.ErrServer, buoy.ErrOverloaded, buoy.ErrUpstream`" + `).
` + "`buoy.Kinds()`" + ` yields all of them.

| kind | what happened | what to do |
|---|---|---|
`)
	for _, v := range verdicts {
		kind := "`" + string(v.kind) + "`"
		if v.also != "" {
			kind += " (`" + string(v.also) + "`)"
		}
		fmt.Fprintf(&b, "| `%s`<br>%s | %s | %s |\n", constantName(v.kind), kind, v.meaning, v.advice)
	}
	b.WriteString(`
## What buoy does about it

| kind | retry same target | another key | another target | breaker | severity | HTTP status |
|---|---|---|---|---|---|---|
`)
	for _, v := range verdicts {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %d |\n", v.kind,
			[...]string{"no", "yes", "after Retry-After", "once if it was sent, else yes"}[v.retry],
			[...]string{"no", "yes", "yes; the key is disabled", "yes; the key cools down"}[v.key],
			[...]string{"no", "yes", "only one declared larger", "only if opted in", "if the wait is long"}[v.target],
			[...]string{"neutral", "failure"}[v.breaker], v.severity, v.status)
	}
	b.WriteString(`
If the provider says whether to retry (` + "`x-should-retry`, `availability.retryable`" + `), that replaces the
column "retry same target". The caller's own deadline is a ` + "`timeout`" + ` that is not retried. The breaker counts it only after a long
silence. A ` + "`connection`" + ` that would fail each time is not tried at the same target again either: a certificate that does not verify, TLS on one side
only or without a version in common, a proxy (HTTP or SOCKS) that refuses the address. After a stream's first meaningful event nothing is retried, unless you use ` + "`WithStreamRecovery`" + `.

The HTTP status (` + "`Kind.HTTPStatus`" + `) is the one with which a service should answer its own client. If that client uses buoy, most statuses give it
the same kind again.
`)
	return b.String()
}

// constantName is the Go name: ErrRateLimit for rate_limit.
func constantName(k Kind) string {
	name := "Err"
	for word := range strings.SplitSeq(string(k), "_") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

// Whatever a refusal turns out to be, it has a public name of its own.
func TestEveryKindOfRefusalHasAName(t *testing.T) {
	seen := map[Kind]bool{"": true}
	require.Len(t, kinds, int(envelope.KindUnknown)+1, "KindUnknown is the last")
	for _, kind := range kinds[1:] {
		require.False(t, seen[kind], "%q stands twice, or is none", kind)
		require.Contains(t, verdictByKind, kind)
		seen[kind] = true
	}
}

// What a service answers with is read as the same kind by a client before it, or as the
// wider one: a status alone says no more.
func TestAStatusIsReadAsItsKind(t *testing.T) {
	read := map[int]Kind{ // api.md, "How an answer gets its kind", 4
		400: ErrInvalidRequest, 401: ErrAuth, 402: ErrQuota, 403: ErrPermission, 404: ErrNotFound, 409: ErrConflict,
		413: ErrTooLarge, 429: ErrRateLimit, 500: ErrServer, 502: ErrUpstream, 503: ErrOverloaded, 504: ErrTimeout,
	}
	for kind := range Kinds() {
		again, ok := read[kind.HTTPStatus()]
		if kind == ErrCanceled {
			require.Equal(t, 499, kind.HTTPStatus())
			continue
		}
		require.True(t, ok, "%s has the status %d", kind, kind.HTTPStatus())
		switch kind {
		case ErrContextLength:
			require.True(t, kind.Is(again))
		case ErrModeration, ErrLimit, ErrCircuitOpen, ErrUnknown, ErrConnection, ErrStreamInterrupted, ErrMalformed, ErrNoContent, ErrResponseTooLarge, ErrIncomplete:
			require.NotEqual(t, ErrInvalidRequest, again, "the client's request is not to blame for %s", kind)
		default:
			require.Equal(t, kind, again)
		}
	}
	require.Equal(t, 200, Kind("").HTTPStatus())
	require.Equal(t, 500, Kind("somebody's own").HTTPStatus())
}

// Kinds has every constant of the type, whoever adds one.
func TestKindsAreAllConstants(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "verdict.go", nil, 0)
	require.NoError(t, err)
	declared := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Kind" {
				declared[spec.Names[0].Name] = true
			}
		}
		return true
	})
	for kind := range Kinds() {
		name := constantName(kind)
		require.True(t, declared[name], "%s is no constant", name)
		delete(declared, name)
	}
	require.Empty(t, declared, "these kinds have no row in the verdict table")
	for range Kinds() {
		break // and stops where it is told to
	}
}
