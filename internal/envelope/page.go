package envelope

import (
	"bytes"
	"html"
	"net/http"
	"strings"

	"github.com/buoy-go/buoy/internal/sniff"
)

// payload takes the data out of a stream's event that answers with an error status. b is not empty, nor is the result.
func payload(b []byte) []byte {
	if !bytes.HasPrefix(b, []byte("data:")) && !bytes.HasPrefix(b, []byte("event:")) && !bytes.HasPrefix(b, []byte("error:")) {
		return b
	}
	for line := range bytes.Lines(b) {
		for _, field := range [...]string{"data:", "error:"} {
			if data, ok := bytes.CutPrefix(line, []byte(field)); ok {
				if data = sniff.Trim(data); len(data) > 0 {
					return data
				}
			}
		}
	}
	return b
}

// pageStart returns where HTML begins inside a text; -1 if nowhere.
func pageStart(s string) int {
	at := strings.IndexByte(s, '<')
	if at < 0 {
		return -1
	}
	lower := strings.ToLower(s[at:])
	for _, tag := range [...]string{"<!doctype html", "<html"} {
		if i := strings.Index(lower, tag); i >= 0 && len(lower) == len(s)-at {
			return at + i
		}
	}
	return -1
}

// page reads plain text, HTML, and the XML of object stores. Of a page only the heading is taken, since the rest may carry
// account data.
func (e *evidence) page(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if string(b) == "null" {
		return ""
	}
	if b[0] != '<' {
		s := string(b[:min(len(b), maxMessage)])
		return e.sentence(strings.ToValidUTF8(s, "\uFFFD"), main)
	}
	lower := bytes.ToLower(b)
	if code := element(b, lower, "code"); code != "" && !bytes.Contains(lower, []byte("<html")) {
		e.setCode(code, "", main, 0)
		return element(b, lower, "message")
	}
	heading := element(b, lower, "title")
	if h1 := element(b, lower, "h1"); h1 != "" && !strings.Contains(heading, h1) {
		heading = join(heading, h1)
	}
	if heading == "" || heading == "Error" {
		// Express says what it could not find in the only other element of its page.
		heading = or(element(b, lower, "pre"), heading)
	}
	return heading
}

// element returns the text of the first element of that name.
func element(b, lower []byte, name string) string {
	i := bytes.Index(lower, []byte("<"+name))
	if i < 0 {
		return ""
	}
	start := bytes.IndexByte(lower[i:], '>')
	if start < 0 {
		return ""
	}
	start += i + 1
	end := bytes.Index(lower[start:], []byte("</"+name))
	if end < 0 || end > 1024 || len(lower) != len(b) {
		return ""
	}
	return strings.Join(strings.Fields(html.UnescapeString(withoutTags(string(b[start:start+end])))), " ")
}

func withoutTags(s string) string {
	var b strings.Builder
	for s != "" {
		before, rest, found := strings.Cut(s, "<")
		b.WriteString(before)
		if !found {
			break
		}
		b.WriteByte(' ')
		_, s, _ = strings.Cut(rest, ">")
	}
	return b.String()
}

// kindOfPage finds the HTTP code that a proxy's page is about: "502 Bad Gateway", "error code: 1015", "Too Many Requests".
func kindOfPage(said string) int {
	s := strings.ToLower(strings.TrimSpace(said))
	if number, ok := strings.CutPrefix(s, "error code: "); ok {
		return cloudflareCode(number)
	}
	if code := httpCode(strings.TrimPrefix(strings.TrimPrefix(s, "http "), "error ")); code != 0 {
		return code
	}
	for code := 400; code < 600; code++ {
		if phrase := http.StatusText(code); phrase != "" && strings.HasPrefix(s, strings.ToLower(phrase)) && len(s) < len(phrase)+24 {
			return code
		}
	}
	for _, known := range [...]struct {
		code int
		said string
	}{
		{503, "no healthy upstream"}, {503, "upstream connect error"}, {504, "upstream request timeout"}, {504, "stream timeout"},
		{429, "you are being rate limited"}, {429, "rate limited"}, {403, "attention required"}, {403, "access denied"},
		{403, "sorry, you have been blocked"}, {404, "404 page not found"}, {404, "no route matched"}, {502, "bad gateway"},
		{504, "gateway time-out"}, {504, "gateway timeout"}, {503, "temporarily unavailable"}, {524, "a timeout occurred"},
	} {
		if strings.Contains(s, known.said) {
			return known.code
		}
	}
	return 0
}

// cloudflareCode translates the codes of Cloudflare's text pages, which are its own from 1000 on.
func cloudflareCode(number string) int {
	switch {
	case strings.HasPrefix(number, "1015"), strings.HasPrefix(number, "1027"):
		return http.StatusTooManyRequests
	case strings.HasPrefix(number, "10") && len(number) == 4:
		return http.StatusForbidden
	}
	return httpCode(number)
}
