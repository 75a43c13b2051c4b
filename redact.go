package buoy

import (
	"cmp"
	"context"
	"net/http"

	"github.com/buoy-go/buoy/internal/coalesce"
	"github.com/buoy-go/buoy/internal/echo"
	"github.com/buoy-go/buoy/internal/envelope"
	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/buoy-go/buoy/internal/oneline"
	"github.com/buoy-go/buoy/internal/race"
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
	token  bool        // the text is too short and plain to hold a piece of the prompt
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

// Said reports whether all of a text stands in the request.
func (q *quotations) Said(s string) bool { return q.ready().Said(s) }

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
	envelope.Shown(q.header, func(v string) { echo.Add(f, v) })
	o.secrets(f.Key, f.Secret)
	if q.token {
		f.Asked(nil)
	} else {
		f.Asked(o.st.tries().payload.Latest())
	}
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

// secrets gives what must not be shown: keys, and values that may have secrets in them.
func (o *origin) secrets(key, value func(string)) {
	o.site.secrets(o.key, key, value)
	echo.Values(o.call.Header, value)
	if r := o.call.Request; r != nil { // who asks is somebody's name
		value(r.User)
		value(r.SafetyIdentifier)
	}
}

// redactID returns the id of a reply as it may be shown; it comes with every answer. A
// short one is compared with the secrets alone, and what a refusal shows with nothing.
func (o *origin) redactID(h http.Header, refusal string) string {
	id := envelope.RequestID(h)
	if id == refusal {
		return id
	}
	token, short := echo.TokenOf(id)
	if short && !token.Doubtful {
		found := false
		o.secrets(func(s string) { found = found || token.HasKey(s) }, func(s string) { found = found || token.HasSecret(s) })
		if !found {
			return id
		}
	}
	q := o.quotations([]byte(id), nil)
	q.token = short
	defer q.release()
	return q.hide(id)
}

// secrets gives what must not be seen of an endpoint, and of a key that may be none of its
// own any more.
func (s *site) secrets(mine *keyring.Key, key, value func(string)) {
	s.keys.Secrets(mine, key)
	for _, v := range s.values {
		value(v)
	}
}

// stranger is the part of an error that buoy did not make, nil for none: its text may hold
// all that the application knows. What a provider said was masked when it came.
func stranger(err error) error {
	switch e := err.(type) {
	case nil, *APIError, *KeysError, *LimitError, *QuotaError, *RequestError, *overtakenError, *hiddenError, Kind:
		return nil
	case *TransportError:
		if e == nil || e.Kind != ErrCanceled && e.Timer != timerDeadline {
			return nil
		}
		return stranger(e.Err) // the caller's own cause
	case *OpenError:
		return stranger(e.Cause)
	case *endedError:
		return cmp.Or(stranger(e.end), stranger(e.last))
	case *refusedError:
		return cmp.Or(stranger(e.refusal), stranger(e.last))
	}
	switch err {
	case context.Canceled, context.DeadlineExceeded, race.ErrLost, coalesce.ErrAbandoned, errStreamClosed, errLeftRunning:
		return nil
	}
	return err
}

// hide returns the text of an error that is not buoy's own as it may be logged; "" for
// buoy's own, and where that cannot be said.
func (st *callState) hide(err error) (text string) {
	if stranger(err) == nil {
		return ""
	}
	defer func() {
		if recover() != nil { // an error of another package may panic
			text = ""
		}
	}()
	var asked []byte
	if st.asked() != nil {
		var bad error
		if asked, bad = st.request.AppendBody(nil, st.request.Model, false); bad != nil {
			return "" // what it said cannot be compared
		}
	}
	return st.client.hide(err, st.settings.header, []string{st.request.User, st.request.SafetyIdentifier}, asked, st.tries().payload.Latest())
}

// hide returns the text of an error of the application's as it may be logged: bounded,
// and without any key or what a call has said.
func (c *Client) hide(err error, header http.Header, who []string, bodies ...[]byte) string {
	return oneline.Of(echo.Shown(err.Error(), maxErrorBody, func(f *echo.Finder) {
		for _, s := range c.sites {
			s.secrets(nil, f.Key, f.Secret)
		}
		echo.Values(header, f.Secret)
		for _, name := range who {
			f.Secret(name)
		}
	}, bodies...), maxMessage)
}
