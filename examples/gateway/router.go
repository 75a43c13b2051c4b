package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
	"github.com/buoy-go/buoy/internal/lru"
	"github.com/buoy-go/buoy/status"
)

// maxClients bounds the clients, since requests choose their fallbacks.
const maxClients = 64

// maxFallbacks bounds what a request may ask for: each is a further attempt.
const maxFallbacks = 8

// maxModelName bounds the names that a request may bring.
const maxModelName = 256

// router finds out where a request may go, and keeps a client for each such way.
// All clients share connections and breakers; what is known of keys each learns
// for itself. It is safe for concurrent use.
type router struct {
	endpoints []buoy.Endpoint
	fallbacks map[string][]fallback
	options   []buoy.Option
	breakers  *buoy.Breakers

	mu      sync.Mutex // guards clients
	clients *lru.Map[string, *buoy.Client]
}

// hop is one place that a request may go to.
type hop struct {
	endpoint int
	model    string   // "" is the requested one
	good     fallback // for what else; its Model is not read
}

func newRouter(c *config, endpoints []buoy.Endpoint, opts ...buoy.Option) (*router, error) {
	breakers, err := buoy.NewBreakers(c.breaker())
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	// A dead HTTP/2 connection would eat attempt after attempt.
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}
	opts = append(opts,
		buoy.WithHTTPClient(&http.Client{Transport: transport}), buoy.WithBreakers(breakers),
		buoy.WithTimeouts(c.timeouts()), buoy.WithRetry(c.retry()),
		buoy.WithStreamRecovery(buoy.Recovery(c.Recovery)), buoy.WithChain(limitedChain(c)...))
	opts = append(opts, c.Cache.options()...)
	if c.InsecureHTTP {
		opts = append(opts, buoy.WithInsecureHTTP())
	}
	if c.StreamedChat {
		opts = append(opts, buoy.WithStreamedChat())
	}
	r := &router{
		endpoints: endpoints, fallbacks: c.Fallbacks, options: opts, breakers: breakers,
		clients: lru.New[string, *buoy.Client](maxClients),
	}
	return r, r.check()
}

// check makes the clients of everything that is configured, so that what cannot
// work is refused at the start and not by the first request.
func (r *router) check() error {
	names := r.names()
	for name := range r.fallbacks {
		if name != "*" {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if _, err := r.client(name, nil); err != nil {
			return fmt.Errorf("config: model %q: %w", name, err)
		}
	}
	if slices.ContainsFunc(r.endpoints, func(e buoy.Endpoint) bool { return e.Models == nil }) {
		if _, err := r.client("any-model-that-is-not-listed", nil); err != nil {
			return fmt.Errorf("config: %w", err)
		}
	}
	return nil
}

// Models lists what the configuration names. An endpoint that takes every name
// adds none.
func (r *router) Models() []buoyhttp.Model {
	var list []buoyhttp.Model
	for _, name := range r.names() {
		m, _ := r.Model(name)
		list = append(list, m)
	}
	return list
}

// Model describes a model that some endpoint takes, listed or not. Its owner is the
// endpoint that is asked first.
func (r *router) Model(name string) (m buoyhttp.Model, ok bool) {
	at := r.serving(name)
	if len(at) == 0 {
		return buoyhttp.Model{}, false
	}
	return buoyhttp.Model{ID: name, OwnedBy: r.endpoints[at[0]].Name}, true
}

// names lists the models of the configuration, in order.
func (r *router) names() []string {
	var names []string
	for _, e := range r.endpoints {
		for name := range e.Models {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// serving returns the endpoints that have a model: those that list it, and only
// where there is none those that take every name.
func (r *router) serving(model string) (listed []int) {
	var open []int
	for i, e := range r.endpoints {
		if _, ok := e.Models[model]; ok {
			listed = append(listed, i)
		} else if e.Models == nil {
			open = append(open, i)
		}
	}
	if len(listed) > 0 {
		return listed
	}
	return open
}

// reachable reports whether some endpoint would be asked now.
func (r *router) reachable() bool {
	all := r.breakers.Snapshot()
	return slices.ContainsFunc(r.endpoints, func(e buoy.Endpoint) bool { return r.wouldAsk(e, all) })
}

// wouldAsk reports whether an endpoint has a model whose breaker is not open. One
// that was never asked has no breaker, and nothing is known against it. Where the
// endpoint takes every name, those that were asked for speak for all.
func (r *router) wouldAsk(e buoy.Endpoint, all []status.Breaker) bool {
	for _, name := range e.Models {
		if r.breakers.State(e.Name, name) != buoy.BreakerOpen {
			return true
		}
	}
	if e.Models != nil {
		return false
	}
	asked := false
	for _, b := range all {
		if b.Endpoint != e.Name {
			continue
		}
		if b.State != buoy.BreakerOpen {
			return true
		}
		asked = true
	}
	return !asked
}

// Client returns the client for a request, and takes the request's lists of models for
// itself: buoy goes along them, and the provider must not do so as well, or the two
// multiply, and a client gets models that are not served.
func (r *router) Client(_ context.Context, req *buoy.Request) (*buoy.Client, error) {
	models, err := takeModels(req)
	if err != nil {
		return nil, err
	}
	if req.Model == "" && len(models) > 0 { // OpenRouter's form
		req.Model, models = models[0], models[1:]
	}
	switch {
	case req.Model == "":
		return nil, &buoyhttp.ModelError{Reason: "model is missing"}
	case len(models) > maxFallbacks:
		return nil, &buoyhttp.ModelError{Param: "models", Reason: fmt.Sprintf("models has more than %d entries", maxFallbacks)}
	}
	for _, name := range models {
		if name == "" || len(name) > maxModelName {
			return nil, &buoyhttp.ModelError{Param: "models", Reason: fmt.Sprintf("a model's name is empty or longer than %d bytes", maxModelName)}
		}
	}
	return r.client(req.Model, models)
}

// takeModels takes the models that are to follow the first one out of a request: models,
// and fallbacks, which is the same in Anthropic's form.
func takeModels(req *buoy.Request) ([]string, error) {
	for _, list := range [...]struct{ param, of string }{{"models", "names"}, {"fallbacks", "models"}} {
		if own, there := req.Extra[list.param]; there {
			if raw, ok := own.(json.RawMessage); !ok || string(raw) != "null" {
				return nil, &buoyhttp.ModelError{Param: list.param, Reason: list.param + " is not a list of " + list.of}
			}
			delete(req.Extra, list.param)
		}
	}
	models := req.Models
	if models == nil && req.Fallbacks != nil {
		models = []string{}
	}
	for _, f := range req.Fallbacks {
		if len(f.Extra) > 0 {
			return nil, &buoyhttp.ModelError{Param: "fallbacks", Reason: "an entry of fallbacks has more than a model"}
		}
		models = append(models, f.Model)
	}
	req.Models, req.Fallbacks = nil, nil
	return models, nil
}

// client returns the client for a model. The request's own list of models, where
// it has one, takes the place of the configured fallbacks.
func (r *router) client(model string, wanted []string) (*buoy.Client, error) {
	hops, err := r.way(model, wanted)
	if err != nil {
		return nil, err
	}
	key := wayKey(hops)
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.clients.Get(key); ok {
		return c, nil
	}
	var targets []buoy.Target
	for _, h := range hops[1:] {
		targets = append(targets, buoy.Target{
			Endpoint: r.endpoints[h.endpoint], Model: h.model,
			Prefill: h.good.Prefill, LargerContext: h.good.LargerContext, OnModeration: h.good.OnModeration,
		})
	}
	c, err := buoy.New(r.endpoints[hops[0].endpoint], append(slices.Clip(r.options), buoy.WithFallback(targets...))...)
	if err != nil {
		return nil, err
	}
	// One that is pushed out is not closed, since a request may just have taken it.
	// It owns nothing but memory.
	r.clients.Put(key, c)
	return c, nil
}

// way lists the places for a model, the first choice first.
func (r *router) way(model string, wanted []string) ([]hop, error) {
	var hops []hop
	for _, i := range r.serving(model) {
		hops = append(hops, hop{endpoint: i})
	}
	if len(hops) == 0 {
		return nil, &buoyhttp.ModelError{Model: model}
	}
	further, ok := r.fallbacks[model]
	if !ok {
		further = r.fallbacks["*"]
	}
	if wanted != nil {
		further = nil
		for _, name := range wanted {
			further = append(further, fallback{Model: name})
		}
	}
	seen := []string{model}
	for _, f := range further {
		if slices.Contains(seen, f.Model) {
			continue
		}
		seen = append(seen, f.Model)
		at := r.serving(f.Model)
		if len(at) == 0 {
			return nil, &buoyhttp.ModelError{Model: f.Model, Param: "models"}
		}
		for _, i := range at {
			hops = append(hops, hop{i, f.Model, f})
		}
	}
	return hops, nil
}

// wayKey is the same for models that go the same way: they share a client.
func wayKey(hops []hop) string {
	var b strings.Builder
	for _, h := range hops {
		fmt.Fprintf(&b, "%d %q %t %t %t;", h.endpoint, h.model, h.good.Prefill, h.good.LargerContext, h.good.OnModeration)
	}
	return b.String()
}
