package buoyhttp

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/status"
)

// StatusOption is an option of [Status].
type StatusOption interface{ applyStatus(*statusHandler) }

type statusOption func(*statusHandler)

func (o statusOption) applyStatus(h *statusHandler) { o(h) }

// WithTitle sets the title of the page of [Status], such as the name of the service. The
// default is "buoy".
func WithTitle(title string) StatusOption {
	return statusOption(func(h *statusHandler) { h.title = title })
}

// Status serves what a client knows, as [buoy.Client.Status] returns it: as a page for
// people if the Accept header names text/html, and as JSON otherwise. The query
// "format=json" or "format=html" decides if it is there.
//
// The page needs no JavaScript and loads nothing else. It refreshes itself every 10
// seconds; "refresh=off" stops that. It has no key, prompt or answer. It does have the
// names of endpoints, models and tenants, and what is spent: put a check of your own in
// front of it.
//
//	mux.Handle("GET /status", onlyOperators(token, buoyhttp.Status(client)))
//
// [Handler] does not mount it. It answers GET and HEAD. Status panics if client is nil.
// The result is safe for concurrent use.
func Status(client *buoy.Client, opts ...StatusOption) http.Handler {
	if client == nil {
		panic("buoyhttp: Status got a nil client: make one with buoy.New")
	}
	h := &statusHandler{read: client.Status, title: "buoy"}
	for _, o := range opts {
		if o != nil {
			o.applyStatus(h)
		}
	}
	return h
}

// statusHandler serves the status of a client.
type statusHandler struct {
	read  func() status.Client
	title string
}

//go:embed status.css
var statusCSS string

// statusPolicy lets the page do nothing but show itself: of styles only its own.
var statusPolicy = func() string {
	sum := sha256.Sum256([]byte(statusCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// statusData is what the page shows.
type statusData struct {
	status.Client
	Title   string
	Badges  []badge
	State   string // the badges in words
	Refresh bool
	CSS     template.CSS
}

func (h *statusHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Vary", "Accept")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Content-Security-Policy", statusPolicy)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	s := h.read()
	var body bytes.Buffer // nothing is sent of what fails in the middle
	var err error
	query := r.URL.Query()
	if wantsPage(query.Get("format"), r.Header.Values("Accept")) {
		worstFirst(&s)
		all := badges(&s)
		page := statusData{Client: s, Title: h.title, Badges: all, State: headline(all), Refresh: query.Get("refresh") != "off", CSS: template.CSS(statusCSS)}
		if page.Refresh {
			head.Set("Refresh", "10") // a header: those who need more time can turn it off
		}
		head.Set("Content-Type", "text/html; charset=utf-8")
		err = statusPage.Execute(&body, page)
	} else {
		head.Set("Content-Type", "application/json")
		err = json.NewEncoder(&body).Encode(s)
	}
	if err != nil {
		http.Error(w, "the status cannot be shown", http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(body.Bytes()) // a client that has left
}

// wantsPage reports whether a person asks. Browsers name text/html, programs do not.
func wantsPage(format string, accept []string) bool {
	switch format {
	case "html":
		return true
	case "json":
		return false
	}
	return strings.Contains(strings.ToLower(strings.Join(accept, ",")), "text/html")
}
