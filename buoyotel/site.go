package buoyotel

import (
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// site is where requests go, as attributes have it.
type site struct {
	provider string
	address  string
	port     int
}

// providers are the names of the conventions by host; a leading dot means any host below.
var providers = []struct{ host, name string }{
	{"api.openai.com", "openai"},
	{".api.openai.com", "openai"},
	{".openai.azure.com", "azure.ai.openai"},
	{".cognitiveservices.azure.com", "azure.ai.openai"},
	{".services.ai.azure.com", "azure.ai.inference"},
	{".models.ai.azure.com", "azure.ai.inference"},
	{"api.aitunnel.ru", "aitunnel"},
	{"openrouter.ai", "openrouter"},
	{"api.anthropic.com", "anthropic"},
	{"api.deepseek.com", "deepseek"},
	{"api.groq.com", "groq"},
	{"api.mistral.ai", "mistral_ai"},
	{"api.perplexity.ai", "perplexity"},
	{"api.x.ai", "x_ai"},
	{"api.cohere.ai", "cohere"},
	{"api.cohere.com", "cohere"},
	{"generativelanguage.googleapis.com", "gcp.gemini"},
	{"aiplatform.googleapis.com", "gcp.vertex_ai"},
	{".aiplatform.googleapis.com", "gcp.vertex_ai"},
}

// maxSites bounds what is remembered; further addresses are parsed each time.
const maxSites = 256

// sites remembers the addresses that were parsed. It is safe for concurrent use.
type sites struct {
	names map[string]string // by endpoint, as the user set them

	mu    sync.RWMutex // guards known
	known map[siteKey]*site
}

type siteKey struct{ endpoint, url string }

func (s *sites) of(endpoint, rawURL string) *site {
	key := siteKey{endpoint, rawURL}
	s.mu.RLock()
	found := s.known[key]
	s.mu.RUnlock()
	if found != nil {
		return found
	}
	made := s.parse(endpoint, rawURL)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) < maxSites {
		s.known[key] = made
	}
	return made
}

func (s *sites) parse(endpoint, rawURL string) *site {
	made := &site{}
	if u, err := url.Parse(rawURL); err == nil {
		made.address = clean(strings.ToLower(u.Hostname()))
		switch port, err := strconv.Atoi(u.Port()); {
		case err == nil:
			made.port = port
		case u.Scheme == "http":
			made.port = 80
		case u.Scheme == "https":
			made.port = 443
		}
	}
	if endpoint == "" {
		endpoint = made.address
	}
	made.provider = s.provider(endpoint, made.address)
	return made
}

func (s *sites) provider(endpoint, host string) string {
	if name := s.names[endpoint]; name != "" {
		return name
	}
	for _, p := range providers {
		if host == p.host || p.host[0] == '.' && strings.HasSuffix(host, p.host) {
			return p.name
		}
	}
	return clean(endpoint)
}
