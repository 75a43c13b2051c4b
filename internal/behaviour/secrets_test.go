package behaviour_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
)

// What callers put where it must not be shown.
const (
	secretPrompt = "The merger with Heron Industries is planned for next Tuesday."
	secretKey    = "sk-proj-Ab12Cd34Ef56Gh78"
	secretOther  = "sk-proj-Yz98Xw76Vu54Ts32" // another key of the endpoint
	secretHeader = "hdr-7f3a9c55-Zq81"
	secretCall   = "call-5d2e8b41-Wm09"
	secretQuery  = "qry-0c9d4e77-Lk62"
	secretBasic  = "svc-buoy:Pa55-Word-Rt41" // user and password of Authorization: Basic
	secretPerson = "user-81f04c-maria.keller"
)

var secrets = [...]string{secretPrompt, secretKey, secretOther, secretHeader, secretCall, secretQuery, secretBasic, secretPerson}

// shownOf is all that a caller may print of a call that is answered with this.
func shownOf(t *testing.T, secret string, status int, h http.Header, body string) string {
	t.Helper()
	client, err := buoy.New(secretEndpoint(secret), noRetry, buoy.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return replyWith(status, h, body), nil
	})}))
	require.NoError(t, err)
	defer client.Close()
	req := buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(secretPrompt)}, User: secretPerson}
	resp, err := client.Chat(t.Context(), req, buoy.WithHeader("X-Trace-Secret", secretCall))
	if err == nil {
		return fmt.Sprintf("%s %+v", resp.Info.RequestID, resp.Info.Attempts)
	}
	shown := fmt.Sprintf("%v %+v %#v %q %+v", err, err, err, err, callError(t, err).Attempts)
	if te, ok := errors.AsType[*buoy.TransportError](err); ok {
		shown += te.RequestID
	}
	if api, ok := errors.AsType[*buoy.APIError](err); ok {
		encoded, _ := json.Marshal(api)
		shown += fmt.Sprintf("%+v %#v %+v %s %v", *api, *api, api.Moderation, encoded, slog.AnyValue(api).Resolve())
	}
	return shown
}

// secretEndpoint has all the secrets of an endpoint.
func secretEndpoint(secret string) buoy.Endpoint {
	e := buoy.Endpoint{
		BaseURL: "https://provider.example/v1", Keys: []string{secretKey, secretOther}, KeyOrder: buoy.KeysInOrder,
		Header: http.Header{"X-Org-Secret": {secretHeader}}, Query: url.Values{"sig": {secretQuery}},
	}
	if secret == secretBasic {
		e.Keys, e.KeyOrder = nil, ""
		e.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(secretBasic)))
	}
	return e
}

// forms are how a provider may write it.
var forms = map[string]func(string) string{
	"plain":      func(s string) string { return s },
	"quoted":     func(s string) string { return "'" + s + "'" },
	"upper case": strings.ToUpper,
	"lower case": strings.ToLower,
	"JSON escapes": func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		return b.String()
	},
	"URL":         url.QueryEscape,
	"path":        url.PathEscape,
	"URL, all":    func(s string) string { return "%" + strings.Join(split(hex.EncodeToString([]byte(s)), 2), "%") },
	"base64":      func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 URL":  func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 of a": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("a" + s)) },
	"hex":         func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":         func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"zero width":  func(s string) string { return strings.Join(split(s, 3), "\u200b") },
	"soft hyphen": func(s string) string { return strings.Join(split(s, 2), "\u00ad") },
	"HTML":        func(s string) string { return "&quot;" + strings.ReplaceAll(s, "-", "&#45;") + "&quot;" },
	"repr":        func(s string) string { return fmt.Sprintf("{'content': '%s'}", s) },
	"bytes": func(s string) string {
		return `b'\x` + strings.Join(split(hex.EncodeToString([]byte(s)), 2), `\x`) + `'`
	},
	"octal": func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, `\%03o`, c)
		}
		return b.String()
	},
	"braces": func(s string) string { return each(s, `\u{%x}`) },
	"long":   func(s string) string { return each(s, `\U%08x`) },
	"base64 in a path": func(s string) string {
		return "/logs/2026/" + base64.RawURLEncoding.EncodeToString([]byte(s)) + "/view"
	},
	"hex in a name": func(s string) string { return "user_" + hex.EncodeToString([]byte(s)) + "-v2" },
	"JSON in a string": func(s string) string {
		b, _ := json.Marshal(map[string]string{"v": s})
		return string(b)
	},
	"glued": func(s string) string { return "x=" + s + ";" },
	"full width": func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7f {
				return r + 0xfee0
			}
			return r
		}, s)
	},
}

// each writes each character as format says.
func each(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

// places are where it may write it: a body, and the header that has it.
var places = map[string]func(string) (body, header string){
	"message":   func(s string) (string, string) { return errorWith("message", s), "" },
	"code":      func(s string) (string, string) { return errorWith("code", s), "" },
	"type":      func(s string) (string, string) { return errorWith("type", s), "" },
	"param":     func(s string) (string, string) { return errorWith("param", s), "" },
	"text":      func(s string) (string, string) { return "bad request: " + s, "" },
	"page":      func(s string) (string, string) { return "<html><title>" + s + "</title></html>", "" },
	"header id": func(s string) (string, string) { return `{"error":{"message":"no"}}`, "X-Request-Id" },
	"body id": func(s string) (string, string) {
		return `{"error":{"message":"no"},"request_id":` + jsonOf(s) + `}`, ""
	},
	"reason": func(s string) (string, string) {
		return `{"error":{"message":"no","metadata":{"reasons":[` + jsonOf(s) + `]}}}`, ""
	},
	"provider": func(s string) (string, string) {
		return `{"error":{"message":"no","metadata":{"provider_name":` + jsonOf(s) + `,"raw":"x"}}}`, ""
	},
	"raw": func(s string) (string, string) {
		return `{"error":{"message":"Provider returned error","metadata":{"raw":` + jsonOf(s) + `}}}`, ""
	},
	"detail":      func(s string) (string, string) { return `{"detail":` + jsonOf(s) + `}`, "" },
	"error":       func(s string) (string, string) { return `{"error":` + jsonOf(s) + `}`, "" },
	"list":        func(s string) (string, string) { return `[{"error":{"message":` + jsonOf(s) + `}}]`, "" },
	"JSON inside": func(s string) (string, string) { return errorWith("message", errorWith("message", s)), "" },
	"aws header":  func(s string) (string, string) { return `{}`, "X-Amzn-Errortype" },
	"redirect":    func(string) (string, string) { return "", "Location" },
	"200, header id": func(string) (string, string) {
		return `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}`, "X-Request-Id"
	},
	"200, header id, malformed": func(string) (string, string) { return `{"choices":[{`, "X-Request-Id" },
	"200, header id, empty":     func(string) (string, string) { return ``, "X-Request-Id" },
	"200, error":                func(s string) (string, string) { return errorWith("message", s), "" },
}

// No form in which a provider repeats a secret reaches what is shown of a call.
func TestSecretsInAllForms(t *testing.T) {
	for form, write := range forms {
		for place, put := range places {
			for _, secret := range secrets {
				written := write(secret)
				status, body, header := 400, "", ""
				if body, header = put(written); strings.HasPrefix(place, "2") {
					status = 200
				}
				h := http.Header{}
				if header != "" {
					h.Set(header, written)
				}
				if place == "redirect" {
					status, h = 307, http.Header{header: {"https://login.example/" + url.PathEscape(written)}}
				}
				shown := shownOf(t, secret, status, h, body)
				for _, leak := range []string{secret, written, secret[len(secret)/3:]} {
					require.False(t, strings.Contains(shown, leak), "%s in %s of %q: %s", form, place, secret, shown)
				}
			}
		}
	}
}

func errorWith(field, s string) string { return `{"error":{` + jsonOf(field) + `:` + jsonOf(s) + `}}` }

func jsonOf(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// split cuts s into pieces of n bytes.
func split(s string, n int) (pieces []string) {
	for ; len(s) > n; s = s[n:] {
		pieces = append(pieces, s[:n])
	}
	return append(pieces, s)
}

// Errors and their parts are as silent by value as by pointer.
func TestErrorsByValueShowNoInput(t *testing.T) {
	api := refusal(t, buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(secretPrompt)}}, 403,
		`{"error":{"message":"no","metadata":{"reasons":["hate"],"flagged_input":`+jsonOf(secretPrompt)+`,"provider_name":"p","raw":`+jsonOf(secretPrompt)+`}}}`)
	require.NotNil(t, api.Moderation)
	require.Equal(t, secretPrompt, api.Moderation.FlaggedInput)
	transport := buoy.TransportError{Kind: buoy.ErrServer, Partial: &buoy.Response{ID: secretPrompt}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%s"} {
		for _, v := range []any{*api, api, *api.Moderation, api.Moderation, transport, &transport, []any{*api, *api.Moderation}} {
			require.NotContains(t, fmt.Sprintf(verb, v), "Heron", verb)
		}
		if api.Upstream != nil {
			require.NotContains(t, fmt.Sprintf(verb, *api.Upstream), "Heron", verb)
		}
	}
}
