package buoyhttp

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/buoy-go/buoy"
)

// Handler serves OpenAI's protocol over a client: POST .../chat/completions, whole and
// streamed, GET .../models and GET .../models/NAME, below any path. Everything else is
// answered with 404 in OpenAI's form.
//
// It bounds each wait for the client, whatever the http.Server does. A body may pause
// for 10 s and take a minute in all. Each piece of an answer must be taken within 30 s.
// Set ReadHeaderTimeout and IdleTimeout of the server for the time before and after. A
// client that leaves ends the call to the provider. So does a server that cancels the
// context of its requests with a cause, which is sent to the client.
//
// Handler panics if client is nil. The result is safe for concurrent use.
func Handler(client *buoy.Client, opts ...HandlerOption) http.Handler {
	if client == nil {
		panic("buoyhttp: Handler got a nil client: make one with buoy.New")
	}
	h := newHandler(opts)
	h.clients = single{client, h.models}
	return h
}

// HandlerFor is like [Handler], but chooses one of several clients for each request.
func HandlerFor(clients Clients, opts ...HandlerOption) http.Handler {
	if clients == nil {
		panic("buoyhttp: HandlerFor got no clients")
	}
	h := newHandler(opts)
	h.clients = clients
	return h
}

// Clients chooses the client for each request of a handler. Its methods must be safe
// for concurrent use.
type Clients interface {
	// Client returns the client for a request. It may change the request: set another
	// model, or take out fields of its own. The kind of an error decides the status.
	// Return a [*ModelError] if no client has the model.
	Client(ctx context.Context, req *buoy.Request) (*buoy.Client, error)
	// Models returns the models that can be requested, in order.
	Models() []Model
	// Model describes one model, even if Models does not list it. ok is false if there
	// is no such model.
	Model(name string) (m Model, ok bool)
}

// ModelError refuses a request because of the model that it names.
type ModelError struct {
	Model string // the model that is not served; used if Reason is ""
	Param string // the field of the request; "" means "model"
	// Reason is what is wrong with the field; the status is then 400. "" means that
	// the model is not served; the status is then 404.
	Reason string
}

// Error returns what is wrong.
func (e *ModelError) Error() string {
	if e.Reason != "" {
		return e.Reason
	}
	return fmt.Sprintf("no endpoint serves the model %q", e.Model)
}

func (e *ModelError) refusal() refusal {
	r := badRequest(http.StatusNotFound, "model_not_found", e.Error())
	if e.Reason != "" {
		r = badRequest(http.StatusBadRequest, "invalid_model", e.Reason)
	}
	if r.param = e.Param; r.param == "" {
		r.param = "model"
	}
	return r
}

// single is the one client of a handler.
type single struct {
	client *buoy.Client
	names  []string
}

func (s single) Client(context.Context, *buoy.Request) (*buoy.Client, error) { return s.client, nil }

func (s single) Models() []Model {
	list := make([]Model, len(s.names))
	for i, name := range s.names {
		list[i] = Model{ID: name}
	}
	return list
}

func (s single) Model(name string) (Model, bool) {
	return Model{ID: name}, slices.Contains(s.names, name)
}

// handler is OpenAI's protocol over buoy: what clients ask for and what they are
// told. Who may ask was settled before it is called.
type handler struct {
	settings
	clients Clients
}

func newHandler(opts []HandlerOption) *handler {
	h := &handler{}
	for _, o := range opts {
		if o != nil {
			o.applyHandler(&h.settings)
		}
	}
	return h
}

const chatPath = "/chat/completions"

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	_, name, one := strings.Cut(path, "/models/")
	switch {
	case strings.HasSuffix(path, chatPath):
		if allowed(w, r, http.MethodPost) {
			h.chat(w, r)
		}
	case strings.HasSuffix(path, "/models"):
		if allowed(w, r, http.MethodGet, http.MethodHead) {
			h.listModels(w)
		}
	case one && name != "":
		if allowed(w, r, http.MethodGet, http.MethodHead) {
			h.oneModel(w, name)
		}
	default:
		Refuse(w, http.StatusNotFound, "unknown_url", "only /chat/completions and /models are served")
	}
}

// allowed refuses other methods.
func allowed(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	Refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", r.Method+" is not served here")
	return false
}
