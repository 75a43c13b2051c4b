package buoy

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/internal/address"
	"github.com/buoy-go/buoy/internal/billing"
	"github.com/buoy-go/buoy/internal/echo"
	"github.com/buoy-go/buoy/internal/header"
	"github.com/buoy-go/buoy/internal/history"
	"github.com/buoy-go/buoy/internal/keyring"
)

// Endpoint says where calls go and with which keys. Use a constructor ([OpenAI],
// [AITunnel], [OpenRouter], [Azure], [FromEnv]), or fill it in for any compatible
// server. [New] checks and copies it.
//
//	local := buoy.Endpoint{BaseURL: "http://localhost:11434/v1"} // no key needed
//
// New refuses the zero value. Do not change an Endpoint while New reads it. Formatting
// it never shows a key.
type Endpoint struct {
	Name    string            // label in errors, logs and metrics; default: the host of BaseURL
	BaseURL string            // ".../v1"; "/chat/completions" is appended
	Keys    []string          // KeyOrder says which a call uses; with none, no credentials are sent, as for local servers
	Models  map[string]string // this endpoint's name for a requested model
	Header  http.Header       // added to each request
	Limit   RateLimit         // for each key; if it sets a limit, it replaces the client's as a whole

	// KeySource returns keys that change while the program runs. It is used instead of
	// Keys.
	KeySource KeySource
	KeyOrder  KeyOrder // which of several keys is taken; "" means KeysSticky

	// KeyHeader is the header for the key alone. "" means "Authorization: Bearer KEY".
	// Azure needs "api-key".
	KeyHeader string
	Query     url.Values // added to each request's URL, such as Azure's api-version
	// TrustDone accepts [DONE] without a finish reason as a good end. It also accepts a
	// whole answer without one, or with fewer choices than were asked for. Set it for
	// servers that never send finish reasons (Ollama sent null:
	// pydantic/pydantic-ai#6610). By default such an answer is ErrStreamInterrupted,
	// because gateways write [DONE] after a cut, too.
	TrustDone bool
	// Prefill says that the models here continue a message from the assistant at the
	// end of a request. RecoverContinue needs that. Set it in a [Target] for a single
	// model.
	Prefill bool

	// Costs is the currency in which answers report their cost. Set it for your own
	// gateway in front of AITUNNEL (RUB) or OpenRouter (USD). Those two are known, and
	// others report nothing. A [Quota] of cost needs Costs or Quota.Prices.
	Costs Currency

	deployment string // Azure's, for requests that name no model
	missing    string // what a constructor was not given; New refuses with it
	needsKey   string // what New says where there is no key, "" where none is needed
}

// OpenAI returns the endpoint of OpenAI, https://api.openai.com/v1.
func OpenAI(keys ...string) Endpoint {
	return hosted("https://api.openai.com/v1", "OPENAI_API_KEY", keys)
}

// AITunnel returns the endpoint of the AITUNNEL gateway (https://docs.aitunnel.ru).
func AITunnel(keys ...string) Endpoint {
	return hosted("https://api.aitunnel.ru/v1", "AITUNNEL_API_KEY", keys)
}

// OpenRouter returns the endpoint of the OpenRouter gateway.
func OpenRouter(keys ...string) Endpoint {
	return hosted("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", keys)
}

// hosted is an endpoint that needs a key.
func hosted(base, variable string, keys []string) Endpoint {
	return Endpoint{BaseURL: base, Keys: keys, needsKey: "pass one, or set " + variable + " and use buoy.FromEnv"}
}

// Azure returns the endpoint of a deployment of Azure OpenAI. The resourceURL is
// "https://NAME.openai.azure.com"; apiVersion goes into the query. Azure ignores the
// model of a request and uses that of the deployment, so a request may leave it empty.
// With Entra ID in place of a key, set KeyHeader to "" and KeySource to what fetches the
// token; see docs/azure.md.
func Azure(resourceURL, deployment, apiVersion string, keys ...string) Endpoint {
	e := Endpoint{
		BaseURL:   strings.TrimRight(resourceURL, "/") + "/openai/deployments/" + url.PathEscape(deployment),
		Keys:      keys,
		KeyHeader: "api-key",
		Query:     url.Values{"api-version": {apiVersion}},
		needsKey:  "pass one of the resource's keys, or set KeySource",

		deployment: deployment,
	}
	switch {
	case deployment == "":
		e.missing = "azure: no deployment name"
	case apiVersion == "":
		e.missing = `azure: no API version, such as "2024-10-21"`
	}
	return e
}

// FromEnv returns an endpoint for the first of these variables that is set:
// AITUNNEL_API_KEY; OPENAI_API_KEY, with OPENAI_BASE_URL for a compatible server;
// OPENROUTER_API_KEY. If none is set, [New] returns an error that says so.
func FromEnv() Endpoint {
	if key := os.Getenv("AITUNNEL_API_KEY"); key != "" {
		return AITunnel(key)
	}
	if key := os.Getenv("OPENAI_API_KEY"); key != "" {
		e := OpenAI(key)
		if base := os.Getenv("OPENAI_BASE_URL"); base != "" {
			e.BaseURL = base
		}
		return e
	}
	if key := os.Getenv("OPENROUTER_API_KEY"); key != "" {
		return OpenRouter(key)
	}
	return Endpoint{missing: "no key in the environment: set AITUNNEL_API_KEY, OPENAI_API_KEY (and OPENAI_BASE_URL) or OPENROUTER_API_KEY"}
}

// Format writes the label and the number of keys, but never a key.
func (e Endpoint) Format(s fmt.State, _ rune) { fmt.Fprint(s, e.label()) }

// LogValue returns the label and the base URL for slog.
func (e Endpoint) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", e.Name), slog.String("base_url", e.BaseURL), slog.Int("keys", len(e.Keys)))
}

func (e Endpoint) label() string {
	name := e.Name
	if name == "" {
		name = e.BaseURL
	}
	return fmt.Sprintf("endpoint %q with %d keys", name, len(e.Keys))
}

// isZero reports whether nothing was said: a Target's zero Endpoint means the
// primary one.
func (e Endpoint) isZero() bool {
	return e.BaseURL == "" && e.missing == "" && e.Name == "" && len(e.Keys) == 0 && e.Limit.isZero()
}

// site is an Endpoint that was checked and made ready. It never changes.
type site struct {
	name      string
	url       *url.URL
	header    http.Header // canonical names
	asks      http.Header // those of a request for a whole answer but its key, with the header
	keyHeader string      // canonical; "" for Authorization: Bearer
	models    map[string]string
	trustDone bool
	// deployment is the model of a request that names none; "" where it must.
	deployment string
	costs      Currency  // in which answers tell their cost, "" for none that is known
	limit      RateLimit // the endpoint's own; zero where the client's holds
	source     KeySource // of the keys, nil for fixed ones
	keys       *keyring.Ring
	sends      string           // what all calls to it have in common, for the keys of a cache: address and headers
	lately     *history.Minutes // what its attempts came to
	values     []string         // of its headers and its query, which must not be shown
}

// newSite checks e; its error names the fix and never a key.
func newSite(e Endpoint, insecureHTTP bool) (*site, error) {
	refuse := func(format string, args ...any) (*site, error) {
		return nil, fmt.Errorf("buoy: "+format, args...)
	}
	if e.missing != "" {
		return refuse("%s", e.missing)
	}
	u, err := address.Parse(e.BaseURL, insecureHTTP)
	if err != nil {
		return refuse("%v", err)
	}
	s := &site{
		name: e.Name, models: maps.Clone(e.Models), trustDone: e.TrustDone, deployment: e.deployment, limit: e.Limit, source: e.KeySource,
	}
	if s.name == "" {
		s.name = u.Host
	}
	if e.KeySource != nil && len(e.Keys) > 0 {
		return refuse("%s has both Keys and a KeySource: keep one of them", s.name)
	}
	if e.needsKey != "" && len(e.Keys) == 0 && e.KeySource == nil {
		return refuse("%s has no key: %s", s.name, e.needsKey)
	}
	if err := header.CheckDistinct(s.name, e.Keys); err != nil {
		return refuse("%v", err)
	}
	if s.costs = cmp.Or(e.Costs, Currency(billing.Currency(u.Hostname()))); s.costs != "" && s.costs != RUB && s.costs != USD {
		return refuse("Costs of %s is %q: answers tell costs in RUB (AITUNNEL) or USD (OpenRouter)", s.name, s.costs)
	}
	if slices.Contains(slices.Collect(maps.Values(e.Models)), "") {
		return refuse("Models of %s has an empty name: leave that model out", s.name)
	}
	order, ok := keyOrders[e.KeyOrder]
	if !ok {
		return refuse("KeyOrder %q of %s is none: use KeysSticky, KeysSpread or KeysInOrder, or leave it out", e.KeyOrder, s.name)
	}
	if err := e.Limit.check(); err != nil {
		return refuse("%s: %v", s.name, err)
	}
	if e.KeyHeader != "" {
		if !header.ValidName(e.KeyHeader) {
			return refuse("KeyHeader %q of %s is not a header name", e.KeyHeader, s.name)
		}
		s.keyHeader = http.CanonicalHeaderKey(e.KeyHeader)
	}
	if s.header, err = header.Fixed(e.Header, len(e.Keys) > 0 || e.KeySource != nil, s.keyHeader); err != nil {
		return refuse("%s: %v", s.name, err)
	}
	s.asks = http.Header{"User-Agent": headerAgent}
	maps.Copy(s.asks, s.header)
	s.asks["Content-Type"], s.asks["Accept"] = headerJSON, headerJSON
	s.url = address.Below(u, address.Completions, e.Query)
	var headers strings.Builder
	_ = s.header.Write(&headers) // in the order of their names; it never fails
	s.sends = s.url.String() + "\n" + headers.String()
	note := func(v string) { s.values = append(s.values, v) }
	echo.Values(s.header, note)
	echo.Values(s.url.Query(), note)
	s.lately = new(history.Minutes)
	s.keys = newKeyring(s.name, e.Keys, e.KeySource, order)
	return s, nil
}

// same reports whether two endpoints send the same: their address, keys, headers
// and names for models.
func (s *site) same(o *site) bool {
	return s.url.String() == o.url.String() && s.keyHeader == o.keyHeader && s.trustDone == o.trustDone && s.costs == o.costs &&
		maps.Equal(s.models, o.models) && maps.EqualFunc(s.header, o.header, slices.Equal) &&
		s.source.same(o.source) && s.keys.Same(o.keys)
}

// address is where requests go, without what may hold a key.
func (s *site) address() string {
	u := *s.url
	u.RawQuery, u.User = "", nil
	return u.String()
}

// model is this endpoint's name for a requested model.
func (s *site) model(requested string) string {
	if name, ok := s.models[requested]; ok {
		return name
	}
	return requested
}
