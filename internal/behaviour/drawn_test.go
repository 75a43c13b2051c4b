package behaviour_test

import (
	"io"
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
	asked := 0
	var sent []byte
	c := clientOf(t, false, func(req *http.Request) (*http.Response, error) {
		asked++
		sent, _ = io.ReadAll(req.Body)
		resp := r.reply()
		for i := 0; i+1 < len(r.headers); i += 2 {
			resp.Header.Set(r.headers[i], r.headers[i+1])
		}
		return resp, nil
	}, buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 3}))
	resp, pieces, err := answerOf(t, c, hello, streamed)
	if err != nil {
		require.Contains(t, strings.Split(r.kinds, "|"), string(buoy.KindOf(err)), "%v (wanted %q)", err, r.wants)
		require.False(t, r.retried == "yes" && asked < 2 || r.retried == "no" && asked > 1, "%d requests: %v", asked, err)
		if r.partial != "" && streamed {
			require.Equal(t, r.partial, resp.Text())
		}
		for _, k := range c.Keys() {
			require.False(t, k.Disabled && buoy.KindOf(err) != buoy.ErrAuth, "%v", err)
		}
		return
	}
	require.NotEmpty(t, r.wants, "wanted %s, got %q, Check %v", r.kinds, sums(resp), resp.Check())
	require.Equal(t, max(r.asked, 1), asked)
	got := sums(resp)
	require.True(t, slices.ContainsFunc(r.wants, func(want string) bool { return regexp.MustCompile(wanted(want)).MatchString(got) }), "got %q, wanted %q", got, r.wants)
	if streamed {
		require.Equal(t, resp.Text(), pieces)
	}
	if r.anyTurn != "*" {
		require.Contains(t, strings.Split(r.anyTurn, "|"), string(buoy.KindOf(resp.Check())), "Check: %v", resp.Check())
	}
	if r.usage != "" {
		require.Regexp(t, "^"+strings.ReplaceAll(r.usage, "-", `\d+`)+"$", counts(&resp.Usage))
	}
	ids := map[string]bool{}
	for _, call := range resp.ToolCalls() {
		require.False(t, ids[call.ID], "the id %q twice", call.ID)
		ids[call.ID] = true
	}
	r.sendBack(t, c, resp, &sent)
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
