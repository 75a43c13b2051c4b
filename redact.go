package buoy

import (
	"net/http"

	"github.com/buoy-go/buoy/internal/echo"
)

// quotations knows what an attempt's request said, and what must not be shown, for one
// piece of foreign text. It is the only place where foreign text becomes ours: what the
// request said is taken out before the text is judged, and hidden with the secrets
// before it is shown. Nothing is compared before somebody asks.
type quotations struct {
	origin *origin
	text   []byte
	header http.Header // of the reply, whose values may be shown as well
	status int         // of the reply, 0 for none
	finder *echo.Finder
}

// quotations is for one piece of foreign text; release it after use.
func (o *origin) quotations(text []byte, h http.Header) *quotations {
	return &quotations{origin: o, text: text, header: h}
}

// Quoted returns a sentence with the prompt taken out where it is quoted.
func (q *quotations) Quoted(s string) string { return q.ready().Quoted(s) }

// Named returns a sentence with the request's names taken out.
func (q *quotations) Named(s string) string { return q.ready().Named(s) }

// hide returns a text as it may be shown.
func (q *quotations) hide(s string) string {
	if s == "" {
		return ""
	}
	return q.ready().Hide(s)
}

func (q *quotations) release() {
	if q.finder != nil {
		q.finder.Free()
		q.finder = nil
	}
}

func (q *quotations) ready() *echo.Finder {
	if q.finder != nil {
		return q.finder
	}
	f, o := echo.Get(), q.origin
	q.finder = f
	switch q.status {
	case 401, 402, 403, 408, 429:
		f.Trusted = true
	default:
		f.Trusted = q.status >= 500
	}
	echo.Add(f, q.text[:min(len(q.text), maxErrorBody)])
	for _, values := range q.header {
		for _, v := range values {
			echo.Add(f, v)
		}
	}
	if o.key != nil {
		f.Key(o.key.Secret())
	}
	for _, h := range [...]http.Header{o.site.header, o.call.Header} {
		for _, values := range h {
			for _, v := range values {
				f.Secret(v)
			}
		}
	}
	if o.site.url.RawQuery != "" {
		for _, values := range o.site.url.Query() {
			for _, v := range values {
				f.Secret(v)
			}
		}
	}
	f.Asked(o.st.payload.latest())
	return f
}

// redact returns foreign text as it may be shown.
func (o *origin) redact(s string) string {
	if s == "" {
		return ""
	}
	q := o.quotations([]byte(s), nil)
	defer q.release()
	return q.hide(s)
}
