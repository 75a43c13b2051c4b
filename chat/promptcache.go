package chat

// CacheControl marks where a prompt that is worth caching ends.
type CacheControl struct {
	Type string `json:"type"`          // "ephemeral"
	TTL  string `json:"ttl,omitempty"` // "5m" (default) or "1h"
}

// Ephemeral makes a cache mark that lives for "5m" (also "") or "1h".
func Ephemeral(ttl string) *CacheControl { return &CacheControl{Type: "ephemeral", TTL: ttl} }

// CacheBreakpoint is OpenAI's mark of where a prompt that is worth caching ends.
type CacheBreakpoint struct {
	Mode string `json:"mode"` // "explicit"
}

// PromptCacheOptions steers the prompt cache for a whole request.
type PromptCacheOptions struct {
	Mode string `json:"mode,omitempty"` // "implicit" or "explicit"
	TTL  string `json:"ttl,omitempty"`  // "30m"
}
