package behaviour_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// drawnRow is a thread of a sample of answers that was drawn without choosing: twenty queries
// were written down, and each thread that a search of issues brought is a row, ordinary or
// not. What is right was written before the first run. 126 of 131 were right then.
type drawnRow struct {
	threadRow
	wants   []string // any of these is right, beside an error of one of kinds
	anyTurn string   // kinds of Check, any of these between |; * for any
	headers []string
	query   int // which of the twenty
	asked   int // 0: once
}

func TestThreadsDrawn(t *testing.T) {
	for _, r := range slices.Concat(drawnRows, moreDrawnRows, lastDrawnRows) {
		for _, mode := range []string{"chat", "stream"} {
			if strings.HasPrefix(r.body, "{") == (mode == "chat") || r.status >= 400 {
				t.Run(r.name+"/"+mode, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { r.judge(t, mode == "stream") })
				})
			} else {
				t.Run(r.name+"/other/"+mode, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { r.judge(t, mode == "stream") })
				})
			}
		}
	}
}

func (r *drawnRow) judge(t *testing.T, streamed bool) {
	a := inquire(t, hello, streamed, func() *http.Response {
		resp := r.reply()
		for i := 0; i+1 < len(r.headers); i += 2 {
			resp.Header.Set(r.headers[i], r.headers[i+1])
		}
		return resp
	})
	if a.err != nil {
		r.failed(t, a, streamed)
		return
	}
	require.NotEmpty(t, r.wants, "wanted %s, got %q, Check %v", r.kinds, sums(a.resp), a.resp.Check())
	require.Equal(t, max(r.asked, 1), a.asked)
	got := sums(a.resp)
	require.True(t, slices.ContainsFunc(r.wants, func(want string) bool { return regexp.MustCompile(wanted(want)).MatchString(got) }), "got %q, wanted %q", got, r.wants)
	if r.anyTurn != "*" {
		require.Contains(t, strings.Split(r.anyTurn, "|"), string(buoy.KindOf(a.resp.Check())), "Check: %v", a.resp.Check())
	}
	r.answered(t, a, streamed)
}

// re is a row that is an answer.
func re(query int, name, body string, wants ...string) drawnRow {
	return drawnRow{query: query, threadRow: threadRow{name: name, body: body}, wants: wants}
}

// no is a row that is an error.
func no(query int, name string, status int, kinds, retried, body string) drawnRow {
	row := drawnRow{query: query, threadRow: threadRow{name: name, body: body, status: status, kinds: kinds, retried: retried}}
	if strings.HasPrefix(body, "<") {
		row.ct = "text/html"
	} else if !strings.HasPrefix(body, "{") && !strings.Contains(body, "data:") {
		row.ct = "text/plain; charset=utf-8"
	}
	return row
}

// either may be an error too.
func (r drawnRow) or(kinds, retried string) drawnRow {
	r.kinds, r.retried = kinds, retried
	return r
}

func (r drawnRow) checked(kinds string) drawnRow { r.anyTurn = kinds; return r }

func (r drawnRow) keeps(text string) drawnRow { r.partial = text; return r }
