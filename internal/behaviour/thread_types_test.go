package behaviour_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// typesRow is a threadRow whose point are types, usage, whole answers and HTTP.
type typesRow struct {
	threadRow
	headers []string // names and values
	also    string   // facts of the answer or error, as facts and errorFacts have them; !x must not be there
	says    string   // in the text of the error; !x must not be there
}

// moment is a time in a row: %, a layout, and the seconds from now.
var moment = regexp.MustCompile(`%(http|rfc850|asctime|iso|unix|millis|rfc1123z)\+(\d+)`)

func fromNow(s string) string {
	return moment.ReplaceAllStringFunc(s, func(m string) string {
		name, seconds, _ := strings.Cut(m[1:], "+")
		n, _ := strconv.Atoi(seconds)
		at := time.Now().UTC().Add(time.Duration(n) * time.Second)
		switch name {
		case "unix":
			return strconv.FormatInt(at.Unix(), 10)
		case "millis":
			return strconv.FormatInt(at.UnixMilli(), 10)
		}
		return at.Format(map[string]string{"http": http.TimeFormat, "rfc850": strings.ReplaceAll(time.RFC850, "MST", "GMT"), "asctime": time.ANSIC, "iso": "2006-01-02T15:04:05.000Z", "rfc1123z": time.RFC1123Z}[name])
	})
}

// Values of odd types, usage in odd places and odd HTTP of the threads mean what they should.
func TestThreadsOfTypes(t *testing.T) {
	for _, r := range slices.Concat(typesRows, moreTypesRows, furtherTypesRows, lastTypesRows, providerTypesRows) {
		for _, mode := range []string{"chat", "stream"} {
			t.Run(r.name+"/"+mode, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { r.judge(t, mode == "stream") })
			})
		}
	}
}

func (r *typesRow) judge(t *testing.T, streamed bool) {
	a := inquire(t, hello, streamed, r.reply)
	if r.kinds != "" {
		r.failed(t, a, streamed)
		holds(t, r.also, errorFacts(a.err))
		holds(t, r.says, []string{a.err.Error()})
		return
	}
	require.NoError(t, a.err)
	require.Equal(t, 1, a.asked)
	require.Regexp(t, wanted(r.want), sums(a.resp))
	require.Equal(t, r.check, string(buoy.KindOf(a.resp.Check())))
	holds(t, r.also, facts(a.resp))
	r.answered(t, a, streamed)
}

// holds checks that each wanted word is among the facts, or within one of them.
func holds(t *testing.T, want string, facts []string) {
	for _, word := range strings.Fields(want) {
		word, not := strings.CutPrefix(word, "!")
		there := slices.ContainsFunc(facts, func(f string) bool { return f == word || len(facts) == 1 && strings.Contains(f, word) })
		require.Equal(t, !not, there, "%s in %v", word, facts)
	}
}

func facts(resp *buoy.Response) []string {
	u := &resp.Usage
	p, c := &u.PromptTokensDetails, &u.CompletionTokensDetails
	out := []string{
		fmt.Sprintf("created=%d", resp.Created), "id=" + resp.ID, "model=" + resp.Model, "request=" + resp.Info.RequestID,
		fmt.Sprintf("written=%d", p.CacheWriteTokens), fmt.Sprintf("cached=%d", p.CachedTokens),
		fmt.Sprintf("in=%d/%d/%d/%d", p.TextTokens, p.AudioTokens, p.ImageTokens, p.VideoTokens),
		fmt.Sprintf("out=%d/%d/%d", c.TextTokens, c.AudioTokens, c.ImageTokens),
		fmt.Sprintf("predicted=%d/%d", c.AcceptedPredictionTokens, c.RejectedPredictionTokens),
	}
	for _, m := range []struct {
		name string
		v    *float64
	}{{"cost", u.Cost}, {"rub", u.CostRUB}, {"balance", u.Balance}} {
		if m.v == nil {
			out = append(out, m.name+"=none")
		} else {
			out = append(out, fmt.Sprintf("%s=%v", m.name, *m.v))
		}
	}
	if u.IsBYOK != nil {
		out = append(out, fmt.Sprintf("byok=%v", *u.IsBYOK))
	}
	if u.ServerToolUse != nil {
		out = append(out, fmt.Sprintf("searches=%d", u.ServerToolUse.WebSearchRequests))
	}
	if l := resp.Choices[0].Logprobs; l != nil {
		out = append(out, fmt.Sprintf("logprobs=%d", len(l.Content)))
		for _, token := range l.Content {
			out = append(out, fmt.Sprintf("%s=%v", token.Token, token.Logprob))
		}
	} else {
		out = append(out, "logprobs=0")
	}
	out = append(out, fmt.Sprintf("cites=%d", len(resp.Choices[0].Message.Annotations)))
	return append(out, limits(resp.Info.RateLimit)...)
}

func limits(l buoy.RateLimitInfo) (out []string) {
	for name, a := range map[string]buoy.Allowance{"requests": l.Requests, "tokens": l.Tokens} {
		if a.Known {
			out = append(out, fmt.Sprintf("%s=%d/%d/%v", name, a.Limit, a.Remaining, a.Reset))
		}
	}
	return out
}

func errorFacts(err error) []string {
	out := []string{"kind=" + string(buoy.KindOf(err)), "wait=0s"}
	if api, ok := errors.AsType[*buoy.APIError](err); ok {
		out[1] = "wait=" + api.RetryAfter.String()
		out = append(out, "wait~"+(api.RetryAfter+time.Second-1).Truncate(time.Second).String()) // dates have whole seconds
		out = append(out, "code="+api.Code, "type="+api.Type, "param="+api.Param, "request="+api.RequestID)
		out = append(out, limits(api.RateLimit)...)
	}
	if tr, ok := errors.AsType[*buoy.TransportError](err); ok {
		out = append(out, "op="+tr.Op, "request="+tr.RequestID)
	}
	return out
}

func (r *typesRow) reply() *http.Response {
	row := r.threadRow
	row.body = fromNow(row.body)
	resp := row.reply()
	for i := 0; i+1 < len(r.headers); i += 2 {
		resp.Header.Set(r.headers[i], fromNow(r.headers[i+1]))
		if r.headers[i+1] == "" {
			resp.Header.Del(r.headers[i])
		}
	}
	return resp
}

// wu is a whole answer with this usage, su a stream with it at its end.
func wu(usage string) string {
	return `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"hey"},"finish_reason":"stop"}],"usage":` + usage + `}`
}

func su(usage string) string { return ev(d(`{"content":"hey"}`), f("stop"), u(usage), end) }

func deflated(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}
