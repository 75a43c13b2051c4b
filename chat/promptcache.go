package chat

// CacheControl marks the end of a prompt prefix that the provider should cache.
type CacheControl struct {
	Type string `json:"type"`          // "ephemeral"
	TTL  string `json:"ttl,omitempty"` // "5m" (default) or "1h"
}

// Ephemeral makes a cache mark with a lifetime of "5m" or "1h". "" means the provider's
// default, 5 minutes.
func Ephemeral(ttl string) *CacheControl { return &CacheControl{Type: "ephemeral", TTL: ttl} }

// CacheBreakpoint is OpenAI's mark for the end of a prompt prefix to be cached.
type CacheBreakpoint struct {
	Mode string `json:"mode"` // "explicit"
}

// PromptCacheOptions controls the prompt cache for a whole request (OpenAI).
type PromptCacheOptions struct {
	Mode string `json:"mode,omitempty"` // "implicit" or "explicit"
	TTL  string `json:"ttl,omitempty"`  // "30m"
}
